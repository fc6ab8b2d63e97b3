#include <cstring>

#include "recognisers.h"

namespace sekisho::engines::appid {
namespace {

constexpr std::uint8_t kTcpProtocol = 6, kUdpProtocol = 17;

void conclude(Inspection& inspection, ApplicationId application) noexcept {
  inspection.facts->application = application;
  inspection.facts->application_known =
      application == rules::application_id::kNone ? Knowledge::never : Knowledge::known;
  inspection.facts_changed = true;
}

/// Whether the flow has said enough without being recognised.
bool is_exhausted(const FlowMemory& memory) noexcept {
  const unsigned all = unsigned{memory.payloads[0]} + memory.payloads[1];
  const bool both = memory.payloads[0] != 0 && memory.payloads[1] != 0;
  return all >= kMaxPayloads || (both && all >= kMaxPayloadsOfBoth);
}

}  // namespace

void Recognition::examine(Inspection& inspection) const noexcept {
  const auto& facts = *inspection.facts;
  if (facts.application_known != Knowledge::not_yet) return;
  if (facts.protocol != kTcpProtocol && facts.protocol != kUdpProtocol)
    return conclude(inspection, application_of_protocol(facts.protocol));
  if (inspection.payload.empty()) return;

  FlowMemory memory;
  std::memcpy(&memory, inspection.flow_state, sizeof memory);
  const std::size_t direction = inspection.to_server ? 0 : 1;
  Payload payload{.bytes = inspection.payload,
                  .to_server = inspection.to_server,
                  .is_first = memory.payloads[direction] == 0,
                  .peer_spoke = memory.payloads[1 - direction] != 0,
                  .hints = memory.hints,
                  .server_port = facts.destination_port};
  const auto application = recognise(facts, payload);
  if (application != rules::application_id::kNone) return conclude(inspection, application);

  memory.hints = payload.hints;
  ++memory.payloads[direction];
  std::memcpy(inspection.flow_state, &memory, sizeof memory);
  if (is_exhausted(memory)) conclude(inspection, rules::application_id::kNone);
}

ApplicationId Recognition::recognise(const Facts& facts, Payload& payload) const noexcept {
  for (const auto& recogniser : facts.protocol == kTcpProtocol ? tcp_ : udp_) {
    const bool possible =
        recogniser.application->can_be(facts.protocol, facts.source_port, facts.destination_port);
    if (possible && recogniser.matches(payload)) return recogniser.application->id;
  }
  return rules::application_id::kNone;
}

}  // namespace sekisho::engines::appid
