#include "specs.h"

namespace sekisho::engines {
namespace {

/// Recognised only: what rules look for in it is in the stream.
class TelnetParser final : public Parser {
 public:
  ParseStatus consume(Direction, std::span<const std::uint8_t>, ProtocolEvents&) noexcept override {
    return ParseStatus::ok;
  }
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }
};

/// An option negotiation (RFC 854): IAC, then WILL, WON'T, DO or DON'T and the option.
Likeness probe_telnet(const ProbeInput& input) noexcept {
  constexpr std::uint8_t kIac = 255, kSubnegotiation = 250, kWill = 251, kDont = 254;
  const auto bytes = input.bytes;
  if (bytes.empty() || bytes[0] != kIac) return Likeness::no;
  if (bytes.size() < 3) return Likeness::maybe;
  const bool negotiates = bytes[1] >= kWill && bytes[1] <= kDont;
  constexpr std::uint8_t kMaxOption = 50;  // IANA gave out 0-49 and 255
  const bool option = bytes[2] < kMaxOption || bytes[2] == 255;
  return (negotiates || bytes[1] == kSubnegotiation) && option ? Likeness::yes : Likeness::no;
}

}  // namespace

const ProtocolSpec kTelnet{.protocol = Protocol::telnet,
                           .tcp = true,
                           .probe = probe_telnet,
                           .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                             return make_pooled<TelnetParser, Parser>(pool);
                           }};

}  // namespace sekisho::engines
