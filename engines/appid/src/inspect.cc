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

/// What flows of a call are spoken in, which another flow may have announced.
bool is_media(ApplicationId application) noexcept {
  using namespace rules::application_id;
  return application == kRtp || application == kRtcp || application == kStun ||
         application == kDtls;
}

/// Protocols in which many applications say what they are later in the same payload.
bool is_envelope(ApplicationId application) noexcept {
  using namespace rules::application_id;
  return application == kNone || application == kJsonRpc || application == kWsd ||
         application == kDcerpc;
}

FlowMemory memory_of(const Inspection& inspection) noexcept {
  FlowMemory memory{};
  std::memcpy(&memory, inspection.flow_state, sizeof memory);
  return memory;
}

Payload payload_of(const Inspection& inspection, const FlowMemory& memory) noexcept {
  const std::size_t direction = inspection.to_server ? 0 : 1;
  return {.bytes = inspection.payload,
          .to_server = inspection.to_server,
          .is_first = memory.payloads[direction] == 0,
          .peer_spoke = memory.payloads[1 - direction] != 0,
          .hints = memory.hints,
          .rtp = memory.rtp,
          .is_announced = inspection.facts->announced_as != 0,
          .server_port = inspection.facts->destination_port,
          .client_port = inspection.facts->source_port};
}

/// For the flow's next payload.
void remember(const Inspection& inspection, const Payload& payload, FlowMemory& memory) noexcept {
  memory.hints = payload.hints;
  memory.rtp = payload.rtp;
  ++memory.payloads[inspection.to_server ? 0 : 1];
  std::memcpy(inspection.flow_state, &memory, sizeof memory);
}

/// What a flow tells about later ones: a call's first flow about the socket that it came from, its
/// checks between peers about both, tinc about the port that its packets go to, and a request of
/// TFTP about the one that its data goes to; BitTorrent about the host on our side.
void remember(const Facts& facts, const Payload& payload, ApplicationId application,
              ApplicationId named, KnownSockets& sockets) noexcept {
  if (application == rules::application_id::kTinc)
    sockets.put(facts.destination, facts.destination_port, application);
  if (application == rules::application_id::kTftp)  // its server answers from another port
    sockets.put(facts.source, facts.source_port, application);
  if (application == rules::application_id::kBittorrent ||
      application == rules::application_id::kBittorrentDht)
    sockets.put_bittorrent_host(facts.ingress == policy::Side::lan ? facts.source
                                                                   : facts.destination);
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

/// What the payloads of a flow that nothing has named show together, and `payload` completes; 0:
/// nothing (yet). `memory` is of the payloads before.
ApplicationId shown_by_sequence(const Inspection& inspection, const Payload& payload,
                                const FlowMemory& memory, WorkerMemory& worker) noexcept {
  const auto& facts = *inspection.facts;
  const unsigned before = unsigned{memory.payloads[0]} + memory.payloads[1];
  const auto* const sequence = worker.sequences.add(facts, payload, before, inspection.midstream);
  if (sequence == nullptr) return 0;
  if (const auto application = application_of(*sequence, facts, payload)) return application;
  auto after = memory;
  ++after.payloads[payload.to_server ? 0 : 1];
  if (!is_exhausted(after)) return 0;
  return last_word_of(*sequence, facts,
                      worker.sockets.is_bittorrent_host(facts.source) ||
                          worker.sockets.is_bittorrent_host(facts.destination));
}

}  // namespace

void Recognition::examine(Inspection& inspection, WorkerMemory& worker) const noexcept {
  const auto& facts = *inspection.facts;
  if (facts.carrier_awaited) return examine_carrier(inspection, worker.scratch);
  if (facts.application_known != Knowledge::not_yet) return;
  if (facts.protocol != kTcpProtocol && facts.protocol != kUdpProtocol)
    return conclude(inspection, application_of_protocol(facts.protocol));
  if (inspection.payload.empty()) return;

  auto memory = memory_of(inspection);
  auto payload = payload_of(inspection, memory);
  const auto application = recognise(facts, payload);
  if (facts.announced_as != 0 && is_media(application)) {
    inspection.facts->carrier = application;
    return conclude(inspection, facts.announced_as);
  }
  auto named = application_within(application, payload);
  if (named == 0 && tells_little(application)) named = application_by_ends(facts, worker.sockets);
  if (named == 0 && is_envelope(application))
    named = patterns_.find(facts, payload, worker.scratch, memory.half);
  if (named == application) named = 0;
  const bool waits = named == 0 && may_name_a_realm(application, payload, memory);
  if (!waits && (application != rules::application_id::kNone || named != 0)) {
    remember(facts, payload, application, named, worker.sockets);
    if (named == 0) return conclude(inspection, application);
    inspection.facts->carrier = application;
    return conclude(inspection, named);
  }

  if (waits) inspection.facts->application = application;  // at least that
  if (!waits && inspection.facts->application == 0)
    if (const auto shown = shown_by_sequence(inspection, payload, memory, worker))
      return conclude(inspection, shown);
  remember(inspection, payload, memory);
  if (is_exhausted(memory)) conclude(inspection, inspection.facts->application);
}

/// Of a flow whose application its ends told: the protocol that it is spoken in, which rules may
/// name, too. What else its bytes would tell does not count: the administrator said what it is.
void Recognition::examine_carrier(Inspection& inspection,
                                  pattern::Scratch& scratch) const noexcept {
  auto& facts = *inspection.facts;
  const auto conclude_with = [&](ApplicationId carrier) {
    const auto* const known = rules::application(carrier);
    if (known != nullptr && rules::can_carry(*known)) facts.carrier = carrier;
    facts.carrier_awaited = false;
    inspection.facts_changed = true;
  };
  if (facts.protocol != kTcpProtocol && facts.protocol != kUdpProtocol)
    return conclude_with(application_of_protocol(facts.protocol));
  if (inspection.payload.empty()) return;
  auto memory = memory_of(inspection);
  auto payload = payload_of(inspection, memory);
  auto carrier = recognise(facts, payload);
  if (carrier == rules::application_id::kNone)
    carrier = patterns_.find(facts, payload, scratch, memory.half);
  remember(inspection, payload, memory);
  if (carrier != rules::application_id::kNone || is_exhausted(memory)) conclude_with(carrier);
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
