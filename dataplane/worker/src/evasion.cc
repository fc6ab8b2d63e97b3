// Flows that contradict themselves: who hears of them, and what becomes of them.
#include "engines/evasion/evasion.h"

#include <arpa/inet.h>

#include <utility>

#include "address_text.h"
#include "config/base/text_bytes.h"
#include "config/events/json_writer.h"
#include "dataplane/worker/worker.h"
#include "rules/applications/well_known_ports.h"

namespace sekisho::dataplane {
namespace {

using engines::evasion::Evasion;
using engines::evasion::Kind;

constexpr std::uint8_t kTcp = 6, kUdp = 17;

const IpAddress& opener_of(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.a : flow.key.b;
}
const IpAddress& server_of(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.b : flow.key.a;
}
std::uint16_t port_of_server(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.port_b : flow.key.port_a;
}

/// What the flow is spoken in, as far as it is known; null: not yet, or nothing of the catalogue.
const rules::Application* protocol_of(const Flow& flow) noexcept {
  const auto id = flow.carrier != 0 ? flow.carrier : flow.application;
  if (id != 0) return rules::application(id);
  const auto protocol = static_cast<engines::Protocol>(flow.app_protocol);
  return protocol == engines::Protocol::unknown ? nullptr
                                                : rules::find_application(rules::name_of(protocol));
}

void write_host(events::BoundedJsonWriter& json, const IpAddress& address) noexcept {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = address.is_v4();
  inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes.data() + (v4 ? 12 : 0), text.data(),
            text.size());
  json.member("host", std::string_view(text.data()));
}

}  // namespace

/// Null: nobody is interested. What comes from outside to a server that is published evades
/// nobody's filter, and scanners contradict themselves all day.
const engines::evasion::Profile* Worker::evasion_profile_of(const Flow& flow) const noexcept {
  if (policy_ == nullptr || flow.ingress_side != policy::Side::lan) return nullptr;
  return policy_->evasion().profile_of(flow.inspected_as);
}

/// Whether the flow is looked into for names that may contradict each other.
bool Worker::turns_on_names(const Flow& flow) const noexcept {
  using enum engines::Protocol;
  const auto protocol = static_cast<engines::Protocol>(flow.app_protocol);
  const bool has_names = protocol == unknown || protocol == http1 || protocol == http2 ||
                         protocol == tls || protocol == quic;
  const bool carries = flow.key.protocol == kTcp || flow.key.protocol == kUdp;
  return has_names && carries && flow.verdict == engines::Verdict::pass &&
         evasion_profile_of(flow) != nullptr;
}

// engines::EvasionWatch
void Worker::evasion_seen(const Evasion& seen) noexcept {
  if (url_flow_ == nullptr) return;
  // Some programs give the address that they call as the server's name: no rule, but no lie.
  if (seen.kind == Kind::invalid_server_name && is_text_of(seen.claimed, server_of(*url_flow_)))
    return;
  note_evasion(*url_flow_, seen);
}

/// Once a flow, by the first protocol that is known of it: what it turns to is that one's affair.
void Worker::look_at_port(Flow& flow) noexcept {
  if (notes_.empty() || flow.told_by_ends || flow.expected || evasion_profile_of(flow) == nullptr)
    return;
  if (is_lent(flow)) return;  // its port is that of what carries it
  // Of a connection whose beginning was not seen the server may be taken for the client.
  if (flow.key.protocol == kTcp && (flow.tcp[0].midstream || flow.tcp[1].midstream)) return;
  auto& notes = notes_[flows_.index_of(flow)];
  const auto* protocol = notes.port_compared ? nullptr : protocol_of(flow);
  if (protocol == nullptr) return;
  notes.port_compared = true;
  const auto port = port_of_server(flow);
  if (!rules::is_foreign(*protocol, flow.key.protocol, port)) return;
  note_evasion(flow, {.kind = Kind::foreign_port,
                      .claimed = rules::protocols_at_home(flow.key.protocol, port).front(),
                      .actual = protocol->name});
}

/// Of each kind a flow has one event. A server whose address is on the allow list may do as it
/// likes; a name on it excuses nothing, as it is the name that cannot be believed.
void Worker::note_evasion(Flow& flow, const Evasion& seen) noexcept {
  const auto* profile = evasion_profile_of(flow);
  if (profile == nullptr || flow.verdict != engines::Verdict::pass) return;
  if (seen.encrypted_hello && profile->is_outer_name(seen.actual)) return;
  if (policy_->lists().find(server_of(flow)).list == engines::ListOutcome::allowed) return;
  auto& known = notes_[flows_.index_of(flow)].evasions;
  const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(seen.kind));
  if ((known & bit) != 0) return;
  known = static_cast<std::uint8_t>(known | bit);
  ++counters_.evasions;
  tell_evasion(flow, seen, profile->blocks);
  if (!profile->blocks) return;
  ++counters_.evasions_blocked;
  if (flow.log) report_cause(flow, flow.rule, events::PolicyCause::evasion, {}, {});
  condemn(flow);
}

void Worker::tell_evasion(Flow& flow, const Evasion& seen, bool is_blocked) noexcept {
  if (!evasions_told_.take(now_ns_)) {
    ++counters_.evasions_untold;
    return;
  }
  constexpr std::size_t kShown = 256;  // bytes of each
  std::array<char, 4096> storage;      // a byte may take six
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  json.begin_object("evasion");
  write_host(json, opener_of(flow));
  json.member("kind", engines::evasion::name_of(seen.kind));
  json.member("claimed", bytes_of(seen.claimed.substr(0, kShown)));
  if (!seen.actual.empty()) json.member("actual", bytes_of(seen.actual.substr(0, kShown)));
  json.member("action", is_blocked ? "blocked" : "logged").end_object();
  if (text.overflowed()) {
    ++counters_.evasions_untold;
    return;
  }
  auto* const at_work = std::exchange(inspected_flow_, &flow);
  record({.flow_id = flow.flow_id,
          .direction = engines::Direction::to_server,
          .time_ns = wall_clock(now_ns_)},
         "evasion", text.view());
  inspected_flow_ = at_work;
}

}  // namespace sekisho::dataplane
