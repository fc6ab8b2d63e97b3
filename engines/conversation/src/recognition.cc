#include "recognition.h"

namespace sekisho::engines {

Probed probe_all(const ProbeInput& input, bool tcp, const ProtocolSet& left_out) noexcept {
  Probed probed;
  for (const ProtocolSpec* spec : all_protocols()) {
    if (spec->probe == nullptr || !(tcp ? spec->tcp : spec->udp)) continue;
    if (left_out[static_cast<std::size_t>(spec->protocol)]) continue;
    switch (spec->probe(input)) {
      case Likeness::yes:
        return {.spec = spec};
      case Likeness::reversed:
        return {.spec = spec, .reversed = true};
      case Likeness::maybe:
        probed.undecided = true;
        break;
      case Likeness::no:
        break;
    }
  }
  return probed;
}

Recognition::Result Recognition::look(const ProbeInput& input, bool tcp,
                                      const ProtocolSet& left_out) noexcept {
  const auto direction = index_of(input.direction);
  if (failed_[direction]) return {.failed = failed_[1 - direction]};
  const auto probed = probe_all(input, tcp, left_out);
  if (probed.spec != nullptr) return {.spec = probed.spec, .reversed = probed.reversed};
  if (probed.undecided && tcp && input.bytes.size() < kMaxBytes) return {};
  return give_up(input.direction);
}

Recognition::Result Recognition::give_up(Direction direction) noexcept {
  failed_[index_of(direction)] = true;
  return {.failed = failed_[0] && failed_[1]};
}

const ProtocolSpec* spec_of(Protocol protocol, bool tcp) noexcept {
  for (const ProtocolSpec* spec : all_protocols())
    if (spec->protocol == protocol && (tcp ? spec->tcp : spec->udp)) return spec;
  return nullptr;
}

}  // namespace sekisho::engines
