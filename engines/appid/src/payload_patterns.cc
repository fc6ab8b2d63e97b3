#include "payload_patterns.h"

#include <algorithm>

#include "engines/pattern/exact_expressions.h"

namespace sekisho::engines::appid {
namespace {

constexpr std::uint8_t kServerSpoke = 0x80;  // of FlowMemory::half: which half was seen

/// In the order of their ids.
std::vector<pattern::ExactExpression> all_expressions() {
  std::vector<pattern::ExactExpression> all;
  for (const auto& application : rules::applications())
    for (const auto& patterns : application.patterns)
      for (const auto& list : {patterns.client, patterns.server, patterns.either})
        for (const auto& part : list)
          all.push_back(
              {part.expression, part.nocase, part.within, static_cast<std::uint32_t>(all.size())});
  return all;
}

int note(unsigned int id, unsigned long long /*from*/, unsigned long long /*to*/,
         unsigned int /*flags*/, void* context) {
  auto& found = *static_cast<std::bitset<rules::ApplicationPatterns::kMaxParts>*>(context);
  if (id < found.size()) found[id] = true;
  return 0;
}

}  // namespace

const Result<std::vector<std::byte>>& PayloadPatterns::compiled() {
  static const auto kCompiled = pattern::compile_exact_expressions(all_expressions());
  return kCompiled;
}

std::uint64_t PayloadPatterns::key() noexcept {
  std::uint64_t key = pattern::database_format();
  const auto mix = [&key](std::uint64_t value) { key = (key ^ value) * 1099511628211U; };  // FNV-1a
  for (const auto& application : rules::applications())
    for (const auto& patterns : application.patterns)
      for (const auto& list : {patterns.client, patterns.server, patterns.either})
        for (const auto& part : list) {
          for (const char c : part.expression) mix(static_cast<unsigned char>(c));
          mix(std::uint64_t{part.within} << 1 | std::uint64_t{part.nocase});
        }
  return key;
}

Result<PayloadPatterns> PayloadPatterns::load(std::span<const std::byte> database) {
  if (database.empty()) {
    const auto& made = compiled();
    if (!made) return Error{made.error()};
    database = *made;
  }
  auto loaded = pattern::Database::load(database);
  if (!loaded) return std::move(loaded).error();
  return PayloadPatterns(*std::move(loaded));
}

PayloadPatterns::PayloadPatterns(pattern::Database database) : database_(std::move(database)) {
  std::uint16_t next = 0;
  std::uint8_t of_both = 0;
  const auto parts_of = [&next](std::span<const rules::PayloadPattern> list) {
    const Parts parts{next, static_cast<std::uint16_t>(list.size())};
    next = static_cast<std::uint16_t>(next + list.size());
    return parts;
  };
  for (const auto& application : rules::applications())
    for (const auto& patterns : application.patterns) {
      const bool both = !patterns.client.empty() && !patterns.server.empty();
      if (both) ++of_both;
      const auto client = parts_of(patterns.client);  // in this order, as all_expressions() has it
      const auto server = parts_of(patterns.server);
      const auto either = parts_of(patterns.either);
      signatures_.push_back({.application = &application,
                             .protocol = patterns.protocol,
                             .number = both ? of_both : std::uint8_t{0},
                             .port = patterns.port,
                             .client = client,
                             .server = server,
                             .either = either});
    }
}

bool PayloadPatterns::Parts::are_in(const Found& found) const noexcept {
  for (std::size_t id = first; id < std::size_t{first} + count; ++id)
    if (!found[id]) return false;
  return count != 0;
}

/// Of a signature of both ends the first half is remembered, until the other is seen; where
/// another's half was seen before, that one's stays.
bool PayloadPatterns::shows(const Signature& signature, const Found& found, bool to_server,
                            std::uint8_t& half) noexcept {
  if (signature.either.count != 0) return signature.either.are_in(found);
  const auto& own = to_server ? signature.client : signature.server;
  if (!own.are_in(found)) return false;
  if (signature.number == 0) return true;
  const auto server_half = static_cast<std::uint8_t>(signature.number | kServerSpoke);
  if (half == (to_server ? server_half : signature.number)) return true;
  if (half == 0) half = to_server ? signature.number : server_half;
  return false;
}

ApplicationId PayloadPatterns::find(const Facts& facts, const Payload& payload,
                                    pattern::Scratch& scratch, std::uint8_t& half) const noexcept {
  Found found;
  database_.scan(payload.bytes.first(std::min(payload.bytes.size(), kScannedBytes)), scratch, note,
                 &found);
  if (found.none()) return 0;
  ApplicationId told = 0;
  for (const auto& one : signatures_) {
    if (one.protocol != facts.protocol || (one.port != 0 && !payload.is_on(one.port))) continue;
    if (!one.application->can_be(facts.protocol, facts.source_port, facts.destination_port))
      continue;
    if (!shows(one, found, payload.to_server, half)) continue;
    if (told == 0 || rules::is_part_of(one.application->id, told)) told = one.application->id;
  }
  return told;
}

}  // namespace sekisho::engines::appid
