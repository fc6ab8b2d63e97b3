#include "quic/quic_parser.h"
#include "specs.h"

namespace sekisho::engines {
namespace quic {
namespace {

constexpr bool is_google_text(std::uint32_t version) noexcept {
  const auto tens = version >> 8 & 0xff;
  const auto ones = version & 0xff;
  return is_google(version) && tens >= '0' && tens <= '9' && ones >= '0' && ones <= '9';
}

/// Q043 and before: flags with version and connection id.
bool is_google_public(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::size_t kVersionAt = 9;
  ByteReader reader(bytes);
  std::uint32_t version = 0;
  return (bytes[0] & 0xc9) == 0x09 && reader.skip(kVersionAt) && reader.be32(version) &&
         is_google_text(version);
}

}  // namespace

Likeness probe(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  if (bytes.empty()) return Likeness::no;
  if ((bytes[0] & 0x80) == 0) return is_google_public(bytes) ? Likeness::yes : Likeness::no;
  ByteReader reader(bytes.subspan(1));
  std::uint32_t version = 0;
  if (!reader.be32(version)) return Likeness::no;
  if (is_google_text(version)) return Likeness::yes;
  const auto header = parse_long_header(bytes);
  if (!header) return Likeness::no;
  if (version == kNegotiation) {
    const bool plausible = input.direction == Direction::to_client &&
                           (!header->destination.empty() || !header->source.empty());
    return plausible ? Likeness::yes : Likeness::no;
  }
  const bool fixed_bit = (bytes[0] & 0x40) != 0;
  const bool asks_for_negotiation = (version & 0x0f0f0f0f) == 0x0a0a0a0a;
  return fixed_bit && (secrets_of(version) != nullptr || asks_for_negotiation) ? Likeness::yes
                                                                               : Likeness::no;
}

}  // namespace quic

const ProtocolSpec kQuic{.protocol = Protocol::quic,
                         .tcp = false,
                         .udp = true,
                         .probe = quic::probe,
                         .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                           return make_pooled<quic::QuicParser, Parser>(pool, pool);
                         }};

}  // namespace sekisho::engines
