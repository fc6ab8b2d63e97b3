// How a worker finds calls to C&C servers: by lists of addresses, names and URLs, and by what hosts
// do. Whose calls they are is the host on the LAN side that opened the flow.
#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "config/base/text_bytes.h"
#include "config/events/json_writer.h"
#include "dataplane/answers/dns_refusal.h"
#include "dataplane/answers/dns_sinkhole.h"
#include "dataplane/worker/worker.h"
#include "engines/callback/name_score.h"
#include "engines/callback/recent_table.h"
#include "rules/applications/catalogue.h"

namespace sekisho::dataplane {
namespace {

namespace callback = engines::callback;
using callback::Action;

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint64_t kMs = 1'000'000, kSecond = 1'000'000'000;
/// Keep-alives of TCP carry a byte at most (RFC 9293 §3.8.4).
constexpr std::uint16_t kLeastCallBytes = 2;

const IpAddress& initiator(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.a : flow.key.b;
}
const IpAddress& responder(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.b : flow.key.a;
}
std::uint16_t server_port(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.port_b : flow.key.port_a;
}

bool is_dns(const Flow& flow) noexcept {
  return server_port(flow) == kDnsPort && (flow.key.protocol == kUdp || flow.key.protocol == kTcp);
}

/// Groups, broadcasts and the link's own are no servers.
bool is_one_host(const IpAddress& address) noexcept {
  constexpr std::uint8_t kLoopback = 127, kFirstGroup = 224;
  const auto first = address.bytes[12];
  if (address.is_v4()) return first < kFirstGroup && first != 0 && first != kLoopback;
  return address.bytes[0] != 0xff && !(address.bytes[0] == 0xfe && address.bytes[1] >= 0x80);
}

class AddressText {
 public:
  explicit AddressText(const IpAddress& address) noexcept {
    const bool v4 = address.is_v4();
    inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes.data() + (v4 ? 12 : 0), text_.data(),
              INET6_ADDRSTRLEN);
  }
  std::string_view view() const noexcept { return text_.data(); }

 private:
  std::array<char, INET6_ADDRSTRLEN> text_{};
};

std::string_view told_action(Action action) noexcept {
  return action == Action::monitor ? "monitored" : action == Action::block ? "blocked" : "reset";
}

/// Of what a detector finds.
std::string_view told_action(const callback::Profile& profile) noexcept {
  return told_action(profile.block_detected ? profile.action : Action::monitor);
}

/// To everybody on the host's own network, as far as its address tells: of a /24, which most are.
bool is_broadcast(const IpAddress& host, const IpAddress& address) noexcept {
  constexpr std::ptrdiff_t kNetwork = 15;
  return address.is_v4() && address.bytes[kNetwork] == 0xff &&
         std::equal(host.bytes.begin(), host.bytes.begin() + kNetwork, address.bytes.begin());
}

/// A service that the catalogue or the policy knows and does not warn of: what it does regularly is
/// its own. HTTP, TLS and their like are none by themselves.
bool is_known_service(const PolicySnapshot* policy, const Flow& flow) noexcept {
  constexpr std::uint8_t kMostRisk = 2;
  if (const auto* own = policy == nullptr ? nullptr : policy->own_application(flow.application))
    return own->risk <= kMostRisk;
  const auto* application = rules::application(flow.application);
  return application != nullptr && application->risk <= kMostRisk &&
         (flow.carrier != 0 || application->category != "web");
}

std::uint32_t seconds(std::uint64_t ns) noexcept {
  return static_cast<std::uint32_t>(ns / kSecond);
}

}  // namespace

/// Null: its callbacks are not looked for.
const callback::Profile* Worker::callback_profile(const Flow& flow) const noexcept {
  if (callbacks_ == nullptr || policy_ == nullptr || flow.ingress_side != policy::Side::lan)
    return nullptr;
  return policy_->callback_profile_of(flow.inspected_as);
}

FlowCallback& Worker::callback_of(const Flow& flow) noexcept {
  return notes_[flows_.index_of(flow)].callback;
}

/// Queries must be read, whatever else the flow is looked into for.
bool Worker::listens_to_dns(const Flow& flow) const noexcept {
  return is_dns(flow) && flow.verdict == engines::Verdict::pass &&
         callback_profile(flow) != nullptr;
}

/// The flow's server, by its address, when the flow is judged.
void Worker::look_at_server(Flow& flow, const engines::Facts& facts) noexcept {
  const auto* profile = callback_profile(flow);
  if (profile == nullptr || flow.verdict != engines::Verdict::pass ||
      facts.address_list == engines::ListOutcome::allowed)
    return;
  const auto& server = responder(flow);
  if (profile->is_sinkhole(server))
    return refuse_callback(flow, profile->action,
                           {.kind = "list", .type = "sinkhole", .confidence = 100});
  const auto* indicators = policy_->indicators().get();
  const auto found = indicators == nullptr ? std::nullopt : indicators->find_address(server);
  if (found) return refuse_callback(flow, profile->action, listed(*found));
  const callback::BeaconPeer peer{.client = initiator(flow),
                                  .server = server,
                                  .port = server_port(flow),
                                  .ip_protocol = flow.key.protocol};
  if (profile->block_detected && callbacks_->beacons.is_suspect(peer, now_ns_ / kMs))
    refuse_callback(flow, profile->action, {.kind = "beacon", .type = "address"});
}

/// The URL, or the server's name as one, that was read in the packet at work.
void Worker::look_at_url(Flow& flow, const rules::CanonicalUrl& url,
                         const engines::UrlFacts& facts) noexcept {
  const auto* profile = callback_profile(flow);
  if (profile == nullptr || flow.verdict != engines::Verdict::pass ||
      facts.list == engines::ListOutcome::allowed || profile->excludes(url.host))
    return;
  const auto* indicators = policy_->indicators().get();
  const auto found = indicators == nullptr ? std::nullopt : indicators->find_url(url);
  if (found) return refuse_callback(flow, profile->action, listed(*found));
  const callback::BeaconPeer peer{.client = initiator(flow),
                                  .server = responder(flow),
                                  .name = url.host,
                                  .port = server_port(flow),
                                  .ip_protocol = flow.key.protocol};
  if (profile->block_detected && url.kind == rules::HostKind::name &&
      callbacks_->beacons.is_suspect(peer, now_ns_ / kMs))
    refuse_callback(flow, profile->action,
                    {.kind = "beacon", .indicator = url.host, .type = "domain"});
}

Worker::Callback Worker::listed(const callback::IndicatorMatch& match) noexcept {
  return {.kind = "list",
          .indicator = match.indicator,
          .type = callback::name_of(match.kind),
          .source = match.source,
          .confidence = match.confidence};
}

/// A certificate comes later than the name: until the conversation has settled.
bool Worker::awaits_certificate(const Flow& flow) const noexcept {
  return flow.app_protocol == static_cast<std::uint8_t>(engines::Protocol::tls) &&
         flow.verdict == engines::Verdict::pass && callback_profile(flow) != nullptr &&
         policy_->indicators() != nullptr &&
         policy_->indicators()->num(callback::IndicatorKind::certificate) != 0;
}

// engines::FingerprintWatch
void Worker::fingerprints_seen(const engines::SeenFingerprints& seen) noexcept {
  if (url_flow_ == nullptr) return;
  Flow& flow = *url_flow_;
  const auto* profile = callback_profile(flow);
  if (profile == nullptr || policy_->indicators() == nullptr ||
      flow.verdict != engines::Verdict::pass ||
      policy_->lists().find(responder(flow)).list == engines::ListOutcome::allowed)
    return;
  const auto& url = url_of(flow);
  if (url.facts.list == engines::ListOutcome::allowed ||
      (url.text != nullptr && profile->excludes(url.text->host())))
    return;
  using Kind = callback::IndicatorKind;
  const std::array<std::pair<Kind, std::string_view>, 4> known{
      {{Kind::ja3, seen.ja3},
       {Kind::ja4, seen.ja4},
       {Kind::certificate, seen.certificate_sha1},
       {Kind::certificate, seen.certificate_sha256}}};
  for (const auto& [kind, text] : known) {
    const auto found = text.empty() ? std::nullopt : policy_->indicators()->find_exact(kind, text);
    if (found) return refuse_callback(flow, profile->action, listed(*found));
  }
}

/// Tells of it once a flow; the action holds for all of the flow from here on.
void Worker::refuse_callback(Flow& flow, Action action, Callback what) noexcept {
  auto& known = callback_of(flow);
  what.action = told_action(action);
  if (!known.told) tell_callback(flow, what);
  known.told = true;
  if (action != Action::monitor) stop_calls(flow, action == Action::reset);
}

void Worker::stop_calls(Flow& flow, bool reset) noexcept {
  callback_of(flow).refused = true;
  const std::uint8_t told = reset ? kResetInitiator | kResetResponder : 0;
  flow.watch = static_cast<std::uint8_t>(flow.watch | kCondemned | told);
  const auto action = reset ? Action::reset : Action::block;
  flow.verdict = action == Action::reset ? engines::Verdict::reset : engines::Verdict::drop;
  flow.state = events::FlowState::blocked;
}

/// Packets of a flow that was condemned for a callback are counted as such, not as the IPS's.
DropReason Worker::as_callback(const Flow& flow, DropReason drop) noexcept {
  if (notes_.empty() || !callback_of(flow).refused) return drop;
  if (drop == DropReason::ips_drop) return DropReason::callback_block;
  return drop == DropReason::ips_reset ? DropReason::callback_reset : drop;
}

void Worker::look_at_dns(Flow& flow, const engines::SeenDns& seen) noexcept {
  if (seen.name.empty()) return;
  const auto* profile = callback_profile(flow);
  if (profile == nullptr || flow.verdict != engines::Verdict::pass || profile->excludes(seen.name))
    return;
  const bool to_server = seen.direction == engines::Direction::to_server;
  if (to_server && !seen.is_response) look_at_query(flow, *profile, seen);
  if (!to_server && seen.is_response) look_at_response(flow, *profile, seen);
}

/// By the policy's allow list, as https://name/ would be.
bool Worker::is_allowed(std::string_view name) const noexcept {
  constexpr std::string_view kScheme = "https", kBetween = "://";
  std::array<char, 300> room;
  events::BoundedText text(room);
  text.append(kScheme).append(kBetween).append(name).append("/");
  if (text.overflowed()) return false;
  rules::CanonicalUrl url;
  url.text = text.view();
  url.scheme = url.text.substr(0, kScheme.size());
  url.host = url.text.substr(kScheme.size() + kBetween.size(), name.size());
  url.path = url.text.substr(url.text.size() - 1);
  return policy_->lists().find(url).list == engines::ListOutcome::allowed;
}

/// A listed name, or one of a kind that a detector has told of.
void Worker::look_at_query(Flow& flow, const callback::Profile& profile,
                           const engines::SeenDns& seen) noexcept {
  const auto& client = initiator(flow);
  const auto now = seconds(now_ns_);
  const auto* indicators = policy_->indicators().get();
  const auto found = indicators == nullptr ? std::nullopt : indicators->find_domain(seen.name);
  if (found && !is_allowed(seen.name)) return refuse_query_of(flow, profile, seen, listed(*found));
  const auto tunnel =
      callbacks_->tunnels.add_query(client, seen.name, seen.type, profile.sensitivity, now);
  Callback what{.kind = "dns_tunnel",
                .indicator = callback::registered_domain(seen.name),
                .type = "domain",
                .action = told_action(profile)};
  if (tunnel) {
    what.confidence = tunnel->confidence;
    what.names = tunnel->names;
    what.bytes = tunnel->name_bytes + tunnel->answer_bytes;
    tell_callback(flow, what);
  }
  if (!profile.block_detected || profile.action == Action::monitor) return;
  if (callbacks_->tunnels.is_suspect(client, seen.name, now) ||
      callbacks_->names.is_suspect(client, seen.name, now))
    sinkhole_packet(flow);
}

void Worker::look_at_response(Flow& flow, const callback::Profile& profile,
                              const engines::SeenDns& seen) noexcept {
  constexpr std::uint16_t kNameError = 3;
  const auto& client = initiator(flow);
  const auto now = seconds(now_ns_);
  const auto bytes = static_cast<std::uint32_t>(std::min<std::size_t>(seen.answer_bytes, 65535));
  callbacks_->tunnels.add_answer(client, seen.name, bytes, now);
  if (seen.rcode != kNameError) return;
  const auto found = callbacks_->names.add_unresolved(client, seen.name, profile.sensitivity, now);
  if (!found) return;
  tell_callback(flow, {.kind = "dga",
                       .indicator = callback::registered_domain(seen.name),
                       .type = "domain",
                       .confidence = found->confidence,
                       .action = told_action(profile),
                       .names = found->names});
}

/// A query by UDP is answered in the server's place; a connection is refused whole.
void Worker::refuse_query_of(Flow& flow, const callback::Profile& profile,
                             const engines::SeenDns& seen, Callback what) noexcept {
  if (flow.key.protocol != kUdp || profile.action == Action::monitor) {
    const auto name = callback::KeyHash(flow.flow_id).add(seen.name).value();
    auto& known = callback_of(flow);
    if (std::exchange(known.told_name, name) == name) return;
    known.told = false;
    return refuse_callback(flow, profile.action, what);
  }
  what.action = "sinkholed";
  what.name = seen.name;
  tell_callback(flow, what);
  sinkhole_packet(flow);
}

/// The packet at work goes no further; enforce() has its query answered.
void Worker::sinkhole_packet(Flow& flow) noexcept {
  if (flow.key.protocol == kUdp)
    batch_.drop[inspected_packet_] = DropReason::callback_sinkhole;
  else
    stop_calls(flow, false);
}

/// What is no query that can be answered is dropped in silence.
void Worker::answer_sinkholed(const Flow& flow, std::size_t i) noexcept {
  const auto* profile = callback_profile(flow);
  if (profile == nullptr) return;
  std::array<std::uint8_t, std::max(kMaxDnsRefusalBytes, kMaxDnsSinkholeBytes)> message;
  const bool leads = profile->sinkhole_v4 || profile->sinkhole_v6;
  const auto size =
      leads
          ? write_dns_sinkhole(payload_of(i), {profile->sinkhole_v4, profile->sinkhole_v6}, message)
          : write_dns_refusal(payload_of(i), "a server that controls malware", message);
  std::array<std::uint8_t, kMaxReplyBytes> bytes;
  const auto length = size == 0 ? 0
                                : build_datagram_to_sender(frame_bytes(i), batch_.info[i],
                                                           {message.data(), size}, bytes);
  if (length == 0 || !may_reply()) return;
  counters_.answers_dns += send_back(i, {bytes.data(), length});
}

/// Before packet `i` counts into the flow: behind a pause the client's next packet begins a call.
void Worker::note_pause(const Flow& flow, std::size_t i) noexcept {
  if (callbacks_ == nullptr || flow.packets[0] == 0 || i >= kBurst) return;
  const auto& info = batch_.info[i];
  const bool from_client = info.from_a == flow.initiator_is_a;
  if (!from_client || info.payload_bytes < kLeastCallBytes) return;
  note_call(flow);
  auto& known = callback_of(flow);
  known.call_ns = now_ns_;
  known.call_bytes = flow.bytes[0];
}

/// The latest call in the flow is over.
void Worker::note_call(const Flow& flow) noexcept {
  const auto* profile = callback_profile(flow);
  const auto& server = responder(flow);
  if (profile == nullptr || flow.verdict != engines::Verdict::pass ||
      is_known_service(policy_, flow) || !is_one_host(server) ||
      is_broadcast(initiator(flow), server) ||
      (flow.key.protocol != kTcp && flow.key.protocol != kUdp))
    return;
  const auto& known = callback_of(flow);
  const auto* text = url_of(flow).text;
  const bool is_named = text != nullptr && text->kind == rules::HostKind::name;
  const callback::BeaconPeer peer{.client = initiator(flow),
                                  .server = server,
                                  .name = is_named ? text->host() : std::string_view{},
                                  .port = server_port(flow),
                                  .ip_protocol = flow.key.protocol};
  if (is_named && profile->excludes(peer.name)) return;
  const auto begun_ns = known.call_ns == 0 ? flow.start_ns : known.call_ns;
  const auto found = callbacks_->beacons.add_call(
      peer, begun_ns / kMs, flow.bytes[0] - std::min(flow.bytes[0], known.call_bytes),
      profile->sensitivity);
  if (!found) return;
  tell_callback(flow, {.kind = "beacon",
                       .indicator = peer.name,
                       .type = is_named ? "domain" : "address",
                       .confidence = found->confidence,
                       .action = told_action(*profile),
                       .bytes = found->bytes,
                       .period_ms = found->period_ms});
}

/// Where the record has no indicator, it is the server's address, which it says anyway.
void Worker::tell_callback(const Flow& flow, const Callback& what) noexcept {
  callbacks_->counts.add(initiator(flow), now_ns_);
  ++counters_.callbacks;
  if (!callbacks_told_.take(now_ns_)) {
    ++counters_.callbacks_untold;
    return;
  }
  std::array<char, 2048> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  json.begin_object("callback").member("host", AddressText(initiator(flow)).view());
  json.member("kind", what.kind).member("indicator_type", what.type);
  if (what.indicator.empty())
    json.member("indicator", AddressText(responder(flow)).view());
  else
    json.member("indicator", bytes_of(what.indicator));
  if (!what.name.empty()) json.member("query", bytes_of(what.name));
  if (!what.source.empty()) json.member("source", what.source);
  json.member("confidence", what.confidence).member("action", what.action);
  if (what.names != 0) json.member("names", what.names);
  if (what.period_ms != 0) json.member("period_seconds", what.period_ms / 1000.0);
  if (what.bytes != 0) json.member("bytes", what.bytes);
  json.end_object();
  if (text.overflowed()) return;
  auto* const at_work = std::exchange(inspected_flow_, const_cast<Flow*>(&flow));
  record({.flow_id = flow.flow_id,
          .direction = engines::Direction::to_server,
          .time_ns = wall_clock(now_ns_)},
         "callback", text.view());
  inspected_flow_ = at_work;
}

}  // namespace sekisho::dataplane
