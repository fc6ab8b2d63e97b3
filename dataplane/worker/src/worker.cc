// The life of a packet, from port to verdict, top to bottom. ARCHITECTURE.md follows this file.
#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <cstring>

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kExpireBudget = 16;          // records a housekeeping round
constexpr std::uint32_t kRoundsBetweenExpiry = 8;  // while traffic flows
constexpr std::size_t kPrefetchAhead = 4;
/// A packet of the client behind such a silence begins a call of its own (callbacks.cc).
constexpr std::uint64_t kPauseNs = 2'000'000'000;
constexpr std::uint8_t kTcp = 6, kUdp = 17, kIcmp = 1, kIcmpv6 = 58;
constexpr std::uint16_t kIpv6HeaderBytes = 40;

bool is_tcp_segment(const PacketInfo& info) noexcept {
  return info.protocol == kTcp && info.kind != PacketKind::later_fragment;
}

/// What IPv6 does where IPv4 has ARP and IGMP: neighbour and router discovery (RFC 4861), which a
/// router never forwards (hop limit 255), and multicast listeners (RFC 3810, hop limit 1). It
/// passes as ARP does: without it a rule that allows something could not. Inside a tunnel it would
/// be somebody else's link.
bool is_link_housekeeping(const PacketInfo& info) noexcept {
  if (info.protocol != kIcmpv6 || info.kind != PacketKind::flow || info.key.tunnel != 0) [[likely]]
    return false;
  const bool discovery = info.icmp_type >= 133 && info.icmp_type <= 137 && info.icmp_code == 0 &&
                         info.transport_offset == info.ip_offset + kIpv6HeaderBytes;
  const bool listener = (info.icmp_type >= 130 && info.icmp_type <= 132) || info.icmp_type == 143;
  return (discovery && info.ttl == 255) || (listener && info.ttl == 1);
}

/// Why a packet of a flow that does not pass is dropped.
DropReason drop_reason_of(const Flow& flow) noexcept {
  const bool condemned = (flow.watch & kCondemned) != 0;
  switch (flow.verdict) {
    case engines::Verdict::pass:
      return DropReason::none;
    case engines::Verdict::drop:
      return condemned ? DropReason::ips_drop : DropReason::policy_block;
    case engines::Verdict::reset:
      return condemned ? DropReason::ips_reset : DropReason::policy_reset;
    case engines::Verdict::answer:
      return DropReason::policy_answer;  // or for the URL's reputation: see enforce()
  }
  return DropReason::policy_block;
}

/// Whether an end hears of the drop.
bool is_told(DropReason drop) noexcept {
  return drop == DropReason::policy_reset || drop == DropReason::policy_answer ||
         drop == DropReason::ips_reset || drop == DropReason::web_reputation ||
         drop == DropReason::callback_reset || drop == DropReason::callback_sinkhole ||
         drop == DropReason::malware;
}

bool begins_connection(const PacketInfo& info) noexcept {
  return is_tcp_segment(info) && (info.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
}

bool is_icmp_reply(const PacketInfo& info) noexcept {
  return (info.protocol == kIcmp && info.icmp_type == 0) ||
         (info.protocol == kIcmpv6 && info.icmp_type == 129);
}

}  // namespace

/// One iteration of one core.
bool Worker::poll_once(std::uint64_t now_ns) noexcept {
  now_ns_ = std::max(now_ns_, now_ns);
  const auto start = rte_rdtsc();
  PolicySnapshot* policy = adopt_policy();  // ours until the next call
  // What open connections have to send goes first.
  const bool polled = diversion_ != nullptr && poll_diversion();
  if (waiting_.size() != 0) [[unlikely]]
    settle_waiting(policy);  // packets put aside go on, once their URL's reputation is known
  if (config_.files != nullptr && config_.files->num_files() != 0) [[unlikely]]
    settle_scans(policy);  // likewise those with the end of a file, once its verdict is known
  // The slots behind a burst are for what is inside tunnels.
  batch_.count = io_.receive(std::span(batch_.frames).first<kBurst>());
  if (batch_.count != 0) {
    if (policy != nullptr) {
      decode_batch();            // L2-L4 once; what does not parse has a reason from here on
      complete_fragments();      // later fragments learn their ports
      refuse_quarantined();      // whoever attacked is cut off for a time
      attach_flows(*policy);     // find or create the flow, follow TCP
      judge_undecided(*policy);  // engines add facts, the firewall judges
      inspect_content(*policy);  // streams, protocols, IPS: may drop packets and condemn flows
      guide_dns(*policy);        // names: refused, or answered as another one
      enforce(*policy);          // verdict: keep, drop with a reason, or reset
      send_all();
    } else {
      refuse_batch();
    }
    ++counters_.bursts;
    counters_.busy_cycles += rte_rdtsc() - start;
  } else {
    ++counters_.empty_polls;
  }
  keep_house();
  if (adopting_) [[unlikely]]
    note_adoption(rte_rdtsc() - start);
  else if (rejudged_ < flows_.high_water() && policy != nullptr) [[unlikely]]
    rejudge_some(*policy);  // flows without packets too get the verdict of a new policy
  polls_.store(polls_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  return batch_.count != 0 || polled;
}

/// Takes up what the control thread published since the last burst. Whatever can change a verdict
/// moves the generation on, so that every flow is judged again by its next packet.
PolicySnapshot* Worker::adopt_policy() noexcept {
  PolicySnapshot* policy = shared_.policies.current(config_.index).policy.get();
  policy_ = policy;
  const auto schedules = shared_.active_schedules.load(std::memory_order_relaxed);
  const auto learned = shared_.learned_generation.load(std::memory_order_acquire);
  const std::uint32_t load = policy == nullptr ? 0 : policy->load_number;
  adopting_ = load != policy_load_;
  if (adopting_ || schedules != active_schedules_) rejudged_ = 0;
  if (load != policy_load_ || schedules != active_schedules_ || learned != learned_generation_) {
    ++generation_;
    policy_load_ = load;
    policy_serial_ = policy == nullptr ? 0 : policy->serial();
    if (inspector_) listen_for(policy);
    active_schedules_ = schedules;
    learned_generation_ = learned;
  }
  return policy;
}

/// What the policy turns on in conversations.
void Worker::listen_for(const PolicySnapshot* policy) noexcept {
  inspector_->use(policy == nullptr ? nullptr : policy->detector(config_.index));
  inspector_->use_hosts(policy == nullptr ? engines::appid::HostTable::of_catalogue()
                                          : policy->own_applications().hosts());
  const bool urls = policy != nullptr && (policy->looks_at_urls() || policy->dns().refuses_ech());
  const bool dns = policy != nullptr && (policy->dns().acts() || policy->callbacks().is_used());
  const bool fingerprints =
      policy != nullptr && policy->looks_for_callback_names() && policy->indicators()->names_tls();
  inspector_->watch_urls(urls ? this : nullptr);
  inspector_->watch_dns(dns ? this : nullptr);
  inspector_->watch_fingerprints(fingerprints ? this : nullptr);
  inspector_->watch_files(policy != nullptr && policy->scans_files() ? this : nullptr);
  inspector_->watch_evasion(policy != nullptr && policy->evasion().is_used() ? this : nullptr);
}

void Worker::note_adoption(std::uint64_t cycles) noexcept {
  if (cycles > worst_adoption_cycles_.load(std::memory_order_relaxed))
    worst_adoption_cycles_.store(cycles, std::memory_order_relaxed);
}

void Worker::refuse_batch() noexcept {
  counters_.packets += batch_.count;
  counters_.dropped[static_cast<std::size_t>(DropReason::no_policy)] += batch_.count;
  io_.discard({batch_.frames.data(), batch_.count});
}

void Worker::decode_batch() noexcept {
  const std::size_t count = batch_.count;
  for (std::size_t i = 0; i < std::min(kPrefetchAhead, count); ++i)
    rte_prefetch0(rte_pktmbuf_mtod(batch_.frames[i], void*));
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kPrefetchAhead < count)
      rte_prefetch0(rte_pktmbuf_mtod(batch_.frames[i + kPrefetchAhead], void*));
    auto& info = batch_.info[i];
    decode_frame(i);
    counters_.bytes += batch_.frames[i]->data_len;
    ++counters_.by_kind[static_cast<std::size_t>(info.kind)];
    batch_.drop[i] = DropReason::none;
    batch_.culprit[i] = nullptr;
    batch_.keys[i] = nullptr;
    if (info.kind == PacketKind::not_ip || info.kind == PacketKind::malformed) continue;
    ++counters_.by_family[info.is_ipv4];
    ++counters_.by_protocol[info.protocol];
    counters_.vlan += info.key.vlan != 0;
    counters_.vlan_qinq += info.key.inner_vlan != 0;
    counters_.tunneled += info.key.tunnel != 0;
    if (!config_.decode.for_detection && is_link_housekeeping(info)) continue;
    info.key.segment = config_.ports[batch_.frames[i]->port].segment;
    batch_.keys[i] = &info.key;
  }
  counters_.packets += count;
}

void Worker::decode_frame(std::size_t i) noexcept {
  if (config_.link == LinkType::ethernet)
    decode_ethernet(frame_bytes(i), config_.decode, batch_.info[i]);
  else
    decode(config_.link, frame_bytes(i), config_.decode, batch_.info[i]);
}

/// A later fragment has no ports: its first fragment lends them, so that it finds its flow.
void Worker::complete_fragments() noexcept {
  for (std::size_t i = 0; i < batch_.count; ++i) {
    auto& info = batch_.info[i];
    if (config_.decode.for_detection && info.kind != PacketKind::flow) [[unlikely]] {
      const bool fragment =
          info.kind == PacketKind::first_fragment || info.kind == PacketKind::later_fragment;
      if (fragment) batch_.keys[i] = nullptr;  // only whole datagrams belong to flows
      continue;
    }
    if (info.kind == PacketKind::first_fragment)
      batch_.drop[i] = fragments_.first(info, now_ns_);
    else if (info.kind == PacketKind::later_fragment)
      batch_.drop[i] = fragments_.later(info, now_ns_);
    if (batch_.drop[i] != DropReason::none) batch_.keys[i] = nullptr;
  }
}

void Worker::attach_flows(PolicySnapshot& policy) noexcept {
  table_changed_ = false;
  flows_.find({batch_.keys.data(), batch_.count}, {batch_.flows.data(), batch_.count});
  for (std::size_t i = 0; i < batch_.count; ++i)
    if (batch_.keys[i] != nullptr) attach(policy, i);
}

/// Ties packet `i` to its flow, opening one when it is new, and checks that it fits.
void Worker::attach(PolicySnapshot& policy, std::size_t i) noexcept {
  const auto& info = batch_.info[i];
  Flow* flow = batch_.flows[i];
  if (table_changed_) [[unlikely]]
    flow =
        flows_.find(info.key);  // an earlier packet of this burst opened, ended or displaced flows
  if (flow != nullptr && flow->is_followed && take_diverted(policy, *flow, i)) [[unlikely]]
    return;
  if (info.kind == PacketKind::icmp_error) {
    batch_.flows[i] = flow;
    if (flow == nullptr && policy.tcp_rules().drop_out_of_window)
      batch_.drop[i] = DropReason::icmp_error_without_flow;
    if (flow != nullptr)
      batch_.to_server[i] =
          info.from_a != flow->initiator_is_a;  // it travels against the packet it is about
    return;
  }
  bool proves_life = true;
  if (flow == nullptr) {
    flow = open_flow(policy, i);
  } else if (config_.decode.for_detection && is_over(*flow)) [[unlikely]] {
    flow = reopen_flow(policy, *flow, i, events::FlowEndReason::timeout);
  } else if (flow->verdict != engines::Verdict::pass && opens_the_other_way(policy, *flow, i))
      [[unlikely]] {
    flow = reopen_flow(policy, *flow, i, events::FlowEndReason::policy);
  } else if (is_tcp_segment(info)) {
    const auto outcome =
        track_tcp(*flow, info, info.from_a == flow->initiator_is_a, policy.tcp_rules());
    proves_life = outcome.proves_life;
    batch_.drop[i] = outcome.drop;
    if (outcome.reuse) [[unlikely]]
      flow = reopen_flow(policy, *flow, i, events::FlowEndReason::closed);
    else if (outcome.state_changed || goes_on_unanswered(policy, *flow, outcome))
      follow_tcp_state(*flow);
    if (outcome.anomaly != DropReason::none) [[unlikely]]
      ++counters_.anomalies[static_cast<std::size_t>(outcome.anomaly)];
  } else if (info.kind == PacketKind::later_fragment && info.key.protocol == kTcp) [[unlikely]] {
    const auto outcome =
        track_tcp_fragment(*flow, info, info.from_a == flow->initiator_is_a, policy.tcp_rules());
    proves_life = outcome.proves_life;
    batch_.drop[i] = outcome.drop;
  }
  batch_.flows[i] = flow;
  if (flow != nullptr && batch_.drop[i] == DropReason::none) count_into(*flow, i, proves_life);
}

/// Where one direction may stay unseen, a second packet is all that shows a connection.
bool Worker::goes_on_unanswered(const PolicySnapshot& policy, const Flow& flow,
                                const TcpOutcome& outcome) noexcept {
  return flow.half_open && outcome.proves_life && policy.tcp_rules().accept_asymmetric;
}

/// Its time was over, though nobody came by to end it.
bool Worker::is_over(const Flow& flow) const noexcept {
  return now_ns_ > flow.last_ns && (now_ns_ - flow.last_ns) / 1'000'000'000 >= flow.timeout_s;
}

/// A packet that only pretends to belong to the flow is forwarded for the ends to judge, but must
/// not keep the flow alive.
void Worker::count_into(Flow& flow, std::size_t i, bool proves_life) noexcept {
  const auto& info = batch_.info[i];
  const bool to_server = info.from_a == flow.initiator_is_a;
  batch_.to_server[i] = to_server;
  if (now_ns_ - flow.last_ns > kPauseNs) [[unlikely]]
    note_pause(flow, i);
  ++flow.packets[!to_server];
  flow.bytes[!to_server] += frame_bytes(i).size();
  if (i >= kBurst) [[unlikely]]
    flow.bytes[!to_server] += batch_.carried[i - kBurst].lead_bytes;
  flow.tcp_flags[!to_server] =
      static_cast<std::uint8_t>(flow.tcp_flags[!to_server] | info.tcp_flags);
  if (config_.numbered) [[unlikely]]
    note_packet(flow, i);
  if (!proves_life) [[unlikely]]
    return;
  flow.last_ns = now_ns_;
  if (!to_server && flow.half_open && flow.verdict == engines::Verdict::pass) [[unlikely]]
    note_answer(flow);
}

/// Whether the first packet seen answers a SYN that was not.
bool Worker::begins_with_answer(const PolicySnapshot& policy,
                                const PacketInfo& info) const noexcept {
  if (!is_tcp_segment(info)) return false;
  const bool is_late = config_.decode.for_detection &&
                       (info.tcp_flags & (kTcpSyn | kTcpAck)) == (kTcpSyn | kTcpAck) &&
                       config_.content && config_.content->tcp.midstream;
  return is_late || answers_unseen_syn(info, policy.tcp_rules());
}

/// What the first packet tells of who began.
void Worker::introduce(const PolicySnapshot& policy, Flow& flow, std::size_t i) const noexcept {
  const auto& info = batch_.info[i];
  const bool is_answer = begins_with_answer(policy, info);
  const auto arrival = batch_.frames[i]->port;
  const auto port = is_answer ? std::uint16_t{config_.ports[arrival].peer} : arrival;
  flow.initiator_is_a = info.from_a != is_answer;
  flow.ingress_port = config_.ports[port].wire;
  flow.ingress_side = config_.ports[port].side;
  flow.icmp_type = info.icmp_type;
  flow.icmp_code = info.icmp_code;
  const auto frame = link_of(i) == LinkType::ethernet ? frame_bytes(i)
                     : i >= kBurst                    ? batch_.carried[i - kBurst].ethernet
                                                      : std::span<const std::uint8_t>{};
  if (frame.size() < 12) return;
  std::memcpy(flow.responder_mac.bytes.data(), frame.data(), 6);
  std::memcpy(flow.initiator_mac.bytes.data(), frame.data() + 6, 6);
  if (is_answer) std::swap(flow.initiator_mac, flow.responder_mac);
}

Flow* Worker::open_flow(PolicySnapshot& policy, std::size_t i) noexcept {
  const auto& info = batch_.info[i];
  if (info.kind == PacketKind::later_fragment) {  // its first one opened none, or it is gone
    batch_.drop[i] = DropReason::fragment_before_first;
    return nullptr;
  }
  // Asked before a record is taken: a flood of segments that open nothing displaces no flow.
  if (is_tcp_segment(info) && !config_.decode.for_detection &&
      !opens_tcp(info, policy.tcp_rules())) {
    batch_.drop[i] = DropReason::tcp_no_flow;
    return nullptr;
  }
  Flow* flow = flows_.insert(info.key, now_ns_, [this, i](Flow& victim) {
    ++counters_.flows_evicted;
    part_with(victim, events::FlowEndReason::evicted);
    let_go(victim, i);
  });
  table_changed_ = true;
  if (flow == nullptr) {
    batch_.drop[i] = DropReason::flow_table_full;
    return nullptr;
  }
  flow->flow_id = next_flow_id_++;
  if (!notes_.empty()) notes_[flows_.index_of(*flow)] = {};
  accounts_[flows_.index_of(*flow)] = {.is_carried = i >= kBurst || is_lent(*flow)};
  introduce(policy, *flow, i);
  if (is_tcp_segment(info)) open_tcp(*flow, info, policy.tcp_rules());
  ++counters_.flows_opened;
  counters_.flows_tcp += info.protocol == kTcp;
  counters_.flows_udp += info.protocol == kUdp;
  counters_.flows_icmp += info.protocol == kIcmp || info.protocol == kIcmpv6;
  adopt_expected(*flow);
  return flow;
}

/// A new flow on the ports of one that is over: a finished connection (RFC 9293 §3.6.1), or an
/// opener that was refused.
Flow* Worker::reopen_flow(PolicySnapshot& policy, Flow& old, std::size_t i,
                          events::FlowEndReason reason) noexcept {
  end_flow(old, reason);
  let_go(old, i);
  return open_flow(policy, i);
}

/// Whether packet `i`, of the end that a refused opener was meant for, would be let through as an
/// opener itself. Otherwise one refused packet with a forged sender would shut that end's own
/// connections.
bool Worker::opens_the_other_way(PolicySnapshot& policy, const Flow& refused,
                                 std::size_t i) const noexcept {
  const auto& info = batch_.info[i];
  if (!refused.half_open || (refused.watch & kCondemned) != 0 ||
      info.from_a == refused.initiator_is_a || refused.judged_generation != generation_)
    return false;
  if (info.kind == PacketKind::later_fragment || is_icmp_reply(info)) return false;
  if (is_tcp_segment(info) && !opens_tcp(info, policy.tcp_rules())) return false;
  Flow opener;
  opener.key = info.key;
  introduce(policy, opener, i);
  return policy.firewall().judge(facts_of(opener), conditions()).verdict == engines::Verdict::pass;
}

/// A record is about to be another flow's: packets before `end` of this burst that found it must
/// not be judged as that one. They get the verdict they had, and are dropped if there was none.
void Worker::let_go(const Flow& flow, std::size_t end) noexcept {
  const bool passes =
      flow.judged_generation == generation_ && flow.verdict == engines::Verdict::pass;
  for (std::size_t i = 0; i < std::min(end, batch_.count); ++i) {
    if (batch_.keys[i] == nullptr || batch_.flows[i] != &flow) continue;
    batch_.flows[i] = nullptr;
    if (passes)
      batch_.keys[i] = nullptr;
    else if (batch_.drop[i] == DropReason::none)
      batch_.drop[i] = DropReason::flow_table_full;
  }
}

/// What is blocked stays told as blocked, whatever its ends go on saying.
void Worker::note_state(Flow& flow, events::FlowState state) noexcept {
  if (flow.verdict == engines::Verdict::pass) flow.state = state;
}

void Worker::follow_tcp_state(Flow& flow) noexcept {
  const auto& timeouts = flows_.timeouts();
  switch (flow.tcp_state) {
    case TcpState::established:
      note_state(flow, events::FlowState::established);
      flow.half_open ? flows_.promote(flow, timeouts.tcp_established)
                     : flows_.set_timeout(flow, timeouts.tcp_established);
      break;
    case TcpState::fin_wait:
    case TcpState::closing:
    case TcpState::time_wait:
      flow.half_open ? flows_.promote(flow, timeouts.tcp_closing)
                     : flows_.set_timeout(flow, timeouts.tcp_closing);
      break;
    case TcpState::closed:
      note_state(flow, events::FlowState::closed);
      flow.half_open ? flows_.promote(flow, timeouts.tcp_closed)
                     : flows_.set_timeout(flow, timeouts.tcp_closed);
      break;
    case TcpState::none:
    case TcpState::syn_sent:
    case TcpState::syn_received:
      break;
  }
}

/// The other end spoke: TCP's states decide for TCP (a connection picked up midstream is answered
/// only now), everything else counts as answered.
void Worker::note_answer(Flow& flow) noexcept {
  if (flow.key.protocol == kTcp) return follow_tcp_state(flow);
  const auto& timeouts = flows_.timeouts();
  note_state(flow, events::FlowState::established);
  if (flow.key.protocol == kUdp)
    flows_.promote(flow, timeouts.udp_answered);
  else if (flow.key.protocol == kIcmp || flow.key.protocol == kIcmpv6)
    flows_.promote(flow, timeouts.icmp);
  else
    flows_.promote(flow, timeouts.other);
}

void Worker::enforce(PolicySnapshot& policy) noexcept {
  auto& hits = policy.worker(config_.index).hits;
  bool tapped = false;
  for (const auto& tap : taps_) tapped |= tap.load(std::memory_order_relaxed) != nullptr;
  const bool captures = captures_in(policy);

  std::size_t num_dropped = 0;
  std::array<rte_mbuf*, kBurst> dropped;
  for (std::size_t i = 0; i < batch_.count; ++i) {
    rte_mbuf* frame = batch_.frames[i];
    if (frame == nullptr) [[unlikely]]
      continue;  // it waits for a reputation, or a file's verdict
    Flow* flow = batch_.keys[i] == nullptr ? nullptr : batch_.flows[i];
    DropReason& drop = batch_.drop[i];
    const auto& info = batch_.info[i];
    if (info.kind == PacketKind::malformed) [[unlikely]] {
      ++counters_.anomalies[static_cast<std::size_t>(info.problem)];
      if (!config_.decode.for_detection) report_anomaly(i);
      if (policy.drop_malformed()) drop = info.problem;
    } else if (flow != nullptr && drop == DropReason::none) {
      auto& hit = hits[flow->rule];
      ++hit.packets;
      hit.bytes += frame->data_len;
      drop = drop_reason_of(*flow);
      if (drop == DropReason::policy_answer && is_blocked_for_reputation(*flow)) [[unlikely]]
        drop = DropReason::web_reputation;
      if (drop != DropReason::none) drop = as_callback(*flow, drop);
      if (drop == DropReason::ips_reset && !notes_.empty() && scan_of(*flow).blocks) [[unlikely]]
        drop = DropReason::malware;
    }
    if ((tapped || captures) && !is_lent(i)) [[unlikely]] {  // what was secret stays so
      if (tapped) offer_to_taps(i);
      if (captures) capture_packet(policy, i);
    }
    if (flow != nullptr && (flow->is_followed || begins_connection(info))) [[unlikely]] {
      if (drop == DropReason::none && divert(*flow, i)) continue;
      if (flow->verdict != engines::Verdict::pass) end_diversion(*flow);
    }
    if (drop == DropReason::none) [[likely]] {
      send(config_.ports[frame->port].peer, frame);
      continue;
    }
    ++counters_.dropped[static_cast<std::size_t>(drop)];
    if (is_told(drop)) tell_ends(policy, *flow, i);
    if (config_.numbered) [[unlikely]]
      report_numbered_drop(flow, i);
    else if (flow != nullptr)
      batch_.culprit[i] != nullptr ? report_rule_drop(*flow, i) : report_drop(*flow, i);
    dropped[num_dropped++] = frame;
  }
  if (num_dropped != 0) io_.discard({dropped.data(), num_dropped});
}

void Worker::send(std::uint8_t port, rte_mbuf* frame) noexcept {
  auto& outbox = outboxes_[port];
  if (outbox.count == outbox.frames.size()) [[unlikely]]
    empty_outbox(port);  // what was held, or comes from the decrypting process, knows no bursts
  outbox.frames[outbox.count++] = frame;
}

void Worker::send_all() noexcept {
  for (std::size_t port = 0; port < config_.ports.size(); ++port)
    empty_outbox(static_cast<std::uint8_t>(port));
}

void Worker::empty_outbox(std::uint8_t port) noexcept {
  auto& outbox = outboxes_[port];
  if (outbox.count == 0) return;
  const std::span<rte_mbuf*> frames(outbox.frames.data(), outbox.count);
  const auto sent = io_.transmit(port, frames);
  (port == config_.ports[port].wire ? counters_.forwarded : counters_.lent_forwarded) += sent;
  if (sent < frames.size()) {
    counters_.dropped[static_cast<std::size_t>(DropReason::transmit_queue_full)] +=
        frames.size() - sent;
    io_.discard(frames.subspan(sent));
  }
  outbox.count = 0;
}

/// What must happen now and then: flows time out, the control thread gets its answers.
void Worker::keep_house() noexcept {
  if (batch_.count == 0 || ++rounds_without_expiry_ >= kRoundsBetweenExpiry) {
    rounds_without_expiry_ = 0;
    flows_.expire(now_ns_, kExpireBudget, [this](Flow& flow) {
      const bool closed =
          flow.tcp_state == TcpState::closed || flow.tcp_state == TcpState::time_wait;
      part_with(flow, closed ? events::FlowEndReason::closed : events::FlowEndReason::timeout);
    });
    if (inspector_) inspector_->keep_house(wall_clock(now_ns_));
    if (captures_) captures_->keep_house(now_ns_);
    if (config_.index == 0)
      if (const auto ended = shared_.quarantine.next_ended(now_ns_)) end_quarantine(*ended);
    if (counters_.flows_uninspected.get() != uninspected_told_) report_uninspected();
    num_flows_.store(flows_.size(), std::memory_order_relaxed);
    add_up_some();
  }
  if (Job* job = job_.load(std::memory_order_acquire); job != nullptr && job->run_slice(*this)) {
    job_.store(nullptr, std::memory_order_relaxed);
    job->finish();
  }
}

bool Worker::post(Job& job) noexcept {
  Job* none = nullptr;
  return job_.compare_exchange_strong(none, &job, std::memory_order_acq_rel);
}

bool Worker::is_lent(std::size_t i) const noexcept {
  return (config_.ports[batch_.frames[i]->port].segment & kLentSegment) != 0;
}

std::span<const std::uint8_t> Worker::frame_bytes(std::size_t i) const noexcept {
  if (i >= kBurst) [[unlikely]]
    return batch_.carried[i - kBurst].frame;
  return {rte_pktmbuf_mtod(batch_.frames[i], const std::uint8_t*), batch_.frames[i]->data_len};
}

}  // namespace sekisho::dataplane
