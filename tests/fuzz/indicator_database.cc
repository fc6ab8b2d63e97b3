// The loader of indicator databases and look-ups in what it lets through. An input is a list of
// patches to a good file: 4 bytes where, 1 byte what; its digest is made to fit again.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "config/snapshot/snapshot.h"
#include "engines/callback/indicators.h"

namespace {

using namespace sekisho;
using engines::callback::IndicatorDatabase;
using engines::callback::IndicatorKind;

const std::vector<std::byte>& good() {
  static const auto kFile = [] {
    using enum IndicatorKind;
    auto built = engines::callback::compile_indicators(
        {{address, "192.0.2.0/24", "a", 50},
         {address, "192.0.2.7", "b", 100},
         {address, "2001:db8::/32", "a", 10},
         {domain, "evil.example", "b", 100},
         {url, "http://shared.example/gate", "c", 70},
         {ja3, "6734f37431670b3ab4292b8f60f29984", "c", 70},
         {certificate, "0123456789abcdef0123456789abcdef01234567", "c", 70}});
    return built ? std::move(built->file) : std::vector<std::byte>{};
  }();
  return kFile;
}

/// Without it, hardly any input would get past the digest.
void reseal(std::vector<std::byte>& file) {
  constexpr std::size_t kDigestAt = 56, kCovers = 120;
  const auto digest = snapshot::sha256_hex(std::span(file).subspan(kCovers));
  std::transform(digest.begin(), digest.end(), file.begin() + kDigestAt,
                 [](char c) { return static_cast<std::byte>(c); });
}

/// Every byte of what is told must be readable.
void read(const std::optional<engines::callback::IndicatorMatch>& match) {
  if (!match) return;
  unsigned sum = match->confidence;
  for (const char c : match->indicator) sum += static_cast<unsigned char>(c);
  for (const char c : match->source) sum += static_cast<unsigned char>(c);
  if (sum == 0xffffffff) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rules::UrlScratch scratch;
  auto file = good();
  for (std::size_t at = 0; at + 5 <= size; at += 5) {
    std::uint32_t place = 0;
    std::memcpy(&place, data + at, sizeof place);
    file[place % file.size()] = static_cast<std::byte>(data[at + 4]);
  }
  if (size % 2 == 0) reseal(file);
  const auto database = IndicatorDatabase::load(file);
  if (!database) return 0;
  for (const auto* text : {"192.0.2.7", "192.0.2.8", "2001:db8::1", "198.51.100.1"})
    read(database->find_address(*parse_ip_address(text)));
  for (const auto* name : {"evil.example", "a.evil.example", "x", ""})
    read(database->find_domain(name));
  rules::CanonicalUrl url;
  if (rules::canonicalise_url("http://shared.example/gate?x", scratch, url) !=
      rules::UrlFault::none)
    __builtin_trap();
  read(database->find_url(url));
  read(database->find_exact(IndicatorKind::ja3, "6734f37431670b3ab4292b8f60f29984"));
  return 0;
}
