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

/// Protocols that many applications speak without saying their own name.
bool tells_little(ApplicationId application) noexcept {
  using namespace rules::application_id;
  return application == kNone || application == kTls || application == kDtls ||
         application == kStun || application == kRtp || application == kRtcp;
}

/// What a flow tells about later ones: a call's first flow about the socket that it came from, its
/// checks between peers about both, and tinc about the port that its packets go to, too.
void remember(const Facts& facts, const Payload& payload, ApplicationId application,
              ApplicationId named, KnownSockets& sockets) noexcept {
  if (application == rules::application_id::kTinc)
    sockets.put(facts.destination, facts.destination_port, application);
  if (application != rules::application_id::kStun || named == 0 || facts.protocol != kUdpProtocol)
    return;
  sockets.put(facts.source, facts.source_port, named);
  if (is_ice_check(payload.bytes)) sockets.put(facts.destination, facts.destination_port, named);
}

/// Whether the next payloads of a STUN flow may tell whose it is: a client asks a server who it is
/// itself, then for a relay; the server's refusal of that names the realm (RFC 8656 §7.1).
bool may_name_a_realm(ApplicationId application, Payload& payload,
                      const FlowMemory& memory) noexcept {
  if (application != rules::application_id::kStun) return false;
  if (memory.payloads[0] + memory.payloads[1] == 0 && is_anonymous_question(payload.bytes))
    payload.hints |= kStunAsked;
  return (payload.hints & kStunAsked) != 0 &&
         (!payload.to_server || is_anonymous_question(payload.bytes));
}

}  // namespace

void Recognition::examine(Inspection& inspection, KnownSockets& sockets) const noexcept {
  const auto& facts = *inspection.facts;
  if (facts.application_known != Knowledge::not_yet) return;
  if (facts.protocol != kTcpProtocol && facts.protocol != kUdpProtocol)
    return conclude(inspection, application_of_protocol(facts.protocol));
  if (inspection.payload.empty()) return;

  FlowMemory memory{};
  std::memcpy(&memory, inspection.flow_state, sizeof memory);
  const std::size_t direction = inspection.to_server ? 0 : 1;
  Payload payload{.bytes = inspection.payload,
                  .to_server = inspection.to_server,
                  .is_first = memory.payloads[direction] == 0,
                  .peer_spoke = memory.payloads[1 - direction] != 0,
                  .hints = memory.hints,
                  .rtp = memory.rtp,
                  .server_port = facts.destination_port,
                  .client_port = facts.source_port};
  const auto application = recognise(facts, payload);
  auto named = application_within(application, payload);
  if (named == 0 && tells_little(application)) named = application_by_ends(facts, sockets);
  const bool waits = named == 0 && may_name_a_realm(application, payload, memory);
  if (!waits && (application != rules::application_id::kNone || named != 0)) {
    remember(facts, payload, application, named, sockets);
    if (named == 0) return conclude(inspection, application);
    inspection.facts->carrier = application;
    return conclude(inspection, named);
  }

  if (waits) inspection.facts->application = application;  // at least that
  memory.hints = payload.hints;
  memory.rtp = payload.rtp;
  ++memory.payloads[direction];
  std::memcpy(inspection.flow_state, &memory, sizeof memory);
  if (is_exhausted(memory)) conclude(inspection, inspection.facts->application);
}

/// Whose `application` is, where its protocol alone does not tell; 0: nobody's of ours.
ApplicationId Recognition::application_within(ApplicationId application,
                                              const Payload& payload) const noexcept {
  namespace id = rules::application_id;
  switch (application) {
    case id::kTls:
      return payload.to_server ? hosts_.find(host_named_by_hello(payload.bytes)) : 0;
    case id::kHttp:
      return payload.to_server ? application_of_request(payload.text()) : 0;
    case id::kDns:
      if (is_dnscrypt(payload.bytes)) return id::kDnscrypt;
      return is_avast_securedns(payload.bytes) ? id::kAvastSecuredns : id::kNone;
    case id::kStun:
      return application_of_stun(stun_message(payload.bytes));
    default:
      return 0;
  }
}

ApplicationId Recognition::application_of_request(std::string_view request) const noexcept {
  if (const auto named = hosts_.find(host_named_by_request(request))) return named;
  return is_webdav(request) ? rules::application_id::kWebdav : rules::application_id::kNone;
}

ApplicationId Recognition::application_of_stun(
    std::span<const std::uint8_t> message) const noexcept {
  switch (maker_of_stun(message)) {
    case StunMaker::microsoft:
      return teams_;
    case StunMaker::whatsapp:
      return whatsapp_;
    case StunMaker::unknown:
      break;
  }
  return hosts_.find(realm_of_stun(message));
}

/// By whom the flow's ends belong to.
ApplicationId Recognition::application_by_ends(const Facts& facts,
                                               const KnownSockets& sockets) const noexcept {
  if (facts.protocol == kUdpProtocol) {
    if (const auto known = sockets.find(facts.source, facts.source_port)) return known;
    if (const auto known = sockets.find(facts.destination, facts.destination_port)) return known;
  }
  if (const auto owner = networks_.find(facts.destination, facts.destination_port)) return owner;
  return networks_.find(facts.source, facts.source_port);
}

ApplicationId Recognition::recognise(const Facts& facts, Payload& payload) const noexcept {
  for (const auto& recogniser : facts.protocol == kTcpProtocol ? tcp_ : udp_) {
    const bool possible =
        recogniser.application->can_be(facts.protocol, facts.source_port, facts.destination_port);
    if (possible && recogniser.matches(payload)) return recogniser.application->id;
  }
  return signatures_.find(facts, payload);
}

}  // namespace sekisho::engines::appid
