#include "ssh/ssh_transaction.h"

#include <array>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"

namespace sekisho::engines::ssh {
namespace {

std::optional<Bytes> when(bool there, Bytes bytes) noexcept {
  return there ? std::optional<Bytes>(bytes) : std::nullopt;
}

void write_side(const char* key, const SshTransaction::Side& side,
                events::BoundedJsonWriter& json) noexcept {
  if (!side.has_banner && side.hassh.empty()) return;
  json.begin_object(key);
  if (side.has_banner) {
    json.member("proto_version", side.protocol);
    if (!side.software.empty()) json.member("software_version", side.software);
  }
  if (!side.hassh.empty())
    json.begin_object("hassh")
        .member("hash", std::string_view(side.hassh_hash.data(), side.hassh_hash.size()))
        .member("string", side.hassh.view())
        .end_object();
  json.end_object();
}

}  // namespace

bool SshTransaction::banner_done(Direction direction) noexcept {
  constexpr std::string_view kBegin = "SSH-";
  Side& own = side(direction);
  const auto line = own.banner.view();
  const auto text = as_text(line);
  if (!text.starts_with(kBegin)) return false;
  const auto dash = text.find('-', kBegin.size());
  const auto protocol_end = dash == text.npos ? text.size() : dash;
  own.protocol = line.subspan(kBegin.size(), protocol_end - kBegin.size());
  if (dash != text.npos) {
    const auto rest = text.substr(dash + 1);
    const auto end = rest.find_first_of(std::string_view(" \r\0", 3));
    own.software = line.subspan(dash + 1, end == rest.npos ? rest.size() : end);
  }
  own.has_banner = true;
  return !own.protocol.empty() && dash != text.npos;
}

/// HASSH: of the lists in which the sender writes what it will send.
bool SshTransaction::key_exchange_done(Direction direction, Bytes body) noexcept {
  constexpr std::size_t kCookieBytes = 16;
  constexpr std::size_t kLists = 8;  // without languages
  ByteReader reader(body);
  if (!reader.skip(kCookieBytes)) return false;
  std::array<Bytes, kLists> lists;
  for (auto& list : lists) {
    std::uint32_t length = 0;
    if (!reader.be32(length) || !reader.take(length, list)) return false;
  }
  const std::size_t way = direction == Direction::to_server ? 0 : 1;
  const Bytes parts[] = {lists[0], lists[2 + way], lists[4 + way], lists[6 + way]};
  PooledBytes& string = side(direction).hassh;
  const std::uint8_t separator = ';';
  bool fits = true;
  for (std::size_t i = 0; i < std::size(parts) && fits; ++i)
    fits = (i == 0 || string.append({&separator, 1})) && string.append(parts[i]);
  if (!fits) string.reset();
  side(direction).hassh_hash = md5_hex(string.view());
  return true;
}

std::optional<std::span<const std::uint8_t>> SshTransaction::bytes(rules::Field field,
                                                                   Direction direction,
                                                                   std::uint32_t,
                                                                   FieldScratch) const noexcept {
  using enum rules::Field;
  const Side& own = side(direction);
  const Side& client = sides[0];
  const Side& server = sides[1];
  switch (field) {
    case ssh_proto:
      return when(own.has_banner, own.protocol);
    case ssh_software:
      return when(own.has_banner && !own.software.empty(), own.software);
    case ssh_hassh:
      return when(!client.hassh.empty(), bytes_of(client.hassh_hash));
    case ssh_hassh_string:
      return when(!client.hassh.empty(), client.hassh.view());
    case ssh_hassh_server:
      return when(!server.hassh.empty(), bytes_of(server.hassh_hash));
    case ssh_hassh_server_string:
      return when(!server.hassh.empty(), server.hassh.view());
    default:
      return std::nullopt;
  }
}

void SshTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("ssh");
  write_side("client", sides[0], json);
  write_side("server", sides[1], json);
  json.end_object();
}

}  // namespace sekisho::engines::ssh
