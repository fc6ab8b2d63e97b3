#include "specs.h"
#include "tls/tls_parser.h"

namespace sekisho::engines {
namespace tls {
namespace {

constexpr std::size_t kLargestRecord = (std::size_t{1} << 14) + 2048;

/// SSL 2: length with the top bit, hello, version.
Likeness probe_v2(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  const bool to_server = input.direction == Direction::to_server;
  const std::size_t version_at = to_server ? 3 : 5;
  if (bytes.size() > 2 && bytes[2] != (to_server ? 1 : 4)) return Likeness::no;
  if (bytes.size() < version_at + 2) return Likeness::maybe;
  const auto length = (bytes[0] & 0x7f) << 8 | bytes[1];
  const auto version = bytes[version_at] << 8 | bytes[version_at + 1];
  if (length < 9 || (version != kSsl2 && (version < 0x0300 || version > kTls12)))
    return Likeness::no;
  return Likeness::yes;
}

}  // namespace

Likeness probe(const ProbeInput& input) noexcept {
  constexpr std::uint8_t kHandshake = 22, kAlert = 21;
  const auto bytes = input.bytes;
  if (bytes.empty()) return Likeness::maybe;
  if (bytes[0] >= 0x80) return probe_v2(input);
  const bool server_alert = bytes[0] == kAlert && input.direction == Direction::to_client;
  if (bytes[0] != kHandshake && !server_alert) return Likeness::no;
  if (bytes.size() > 1 && bytes[1] != 3) return Likeness::no;
  if (bytes.size() > 2 && bytes[2] > 4) return Likeness::no;
  if (bytes.size() < 6) return Likeness::maybe;
  const auto length = static_cast<std::size_t>(bytes[3] << 8 | bytes[4]);
  if (length == 0 || length > kLargestRecord) return Likeness::no;
  if (server_alert) return length == 2 && bytes[5] <= 2 ? Likeness::yes : Likeness::no;
  const std::uint8_t hello = input.direction == Direction::to_server ? 1 : 2;
  return bytes[5] == hello ? Likeness::yes : Likeness::no;
}

}  // namespace tls

const ProtocolSpec kTls{.protocol = Protocol::tls,
                        .tcp = true,
                        .udp = false,
                        .probe = tls::probe,
                        .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                          return make_pooled<tls::TlsParser, Parser>(pool, pool);
                        }};

}  // namespace sekisho::engines
