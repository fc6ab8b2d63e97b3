#include "frames/telnet_cutter.h"

namespace sekisho::engines::frames {
namespace {

constexpr std::uint8_t kIac = 255, kBegin = 250, kEnd = 240, kWill = 251, kDont = 254;

bool is_command(std::span<const std::uint8_t> unit) noexcept {
  return !unit.empty() && unit[0] == kIac;
}

/// A subnegotiation ends at IAC SE, a negotiation has an option, other commands nothing.
bool is_complete(std::span<const std::uint8_t> unit) noexcept {
  if (!is_command(unit)) return !unit.empty() && unit.back() == '\n';
  if (unit.size() < 2) return false;
  if (unit[1] == kBegin) return unit.back() == kEnd && unit[unit.size() - 2] == kIac;
  return unit.size() == (unit[1] >= kWill && unit[1] <= kDont ? 3U : 2U);
}

}  // namespace

void TelnetCutter::consume(Direction direction, std::span<const std::uint8_t> bytes,
                           ProtocolEvents& events) noexcept {
  auto& unit = units_[index_of(direction)];
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == kIac && !is_command(unit.view())) tell(direction, events);
    if (!unit.append(bytes.subspan(i, 1))) {
      tell(direction, events);
      if (!unit.append(bytes.subspan(i, 1))) return;
    }
    if (is_complete(unit.view())) tell(direction, events);
  }
}

bool TelnetCutter::gap(Direction direction, std::uint64_t) noexcept {
  units_[index_of(direction)].clear();
  return true;
}

void TelnetCutter::tell(Direction direction, ProtocolEvents& events) noexcept {
  auto& unit = units_[index_of(direction)];
  const auto bytes = unit.view();
  if (bytes.empty()) return;
  events.frame(rules::Field::frame_telnet_pdu, direction, bytes);
  events.frame(is_command(bytes) ? rules::Field::frame_telnet_ctl : rules::Field::frame_telnet_data,
               direction, bytes);
  unit.clear();
}

}  // namespace sekisho::engines::frames
