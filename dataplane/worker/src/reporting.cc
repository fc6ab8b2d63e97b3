// What a worker tells the rest of the box: fixed-size records into its own ring, which never waits.
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint32_t kAnomaliesPerSecond = 32;  // a worker; the rest only counts

events::EventTuple tuple_of(const Flow& flow) noexcept {
  const auto& key = flow.key;
  const bool a = flow.initiator_is_a;
  events::EventTuple tuple;
  tuple.source = a ? key.a : key.b;
  tuple.destination = a ? key.b : key.a;
  tuple.source_port = a ? key.port_a : key.port_b;
  tuple.destination_port = a ? key.port_b : key.port_a;
  if (key.protocol == 1 || key.protocol == 58) {
    tuple.source_port = flow.icmp_type;
    tuple.destination_port = flow.icmp_code;
  }
  tuple.protocol = key.protocol;
  tuple.ingress_port = flow.ingress_port;
  tuple.vlan = key.vlan;
  tuple.inner_vlan = key.inner_vlan;
  return tuple;
}

/// What the flow's bytes said; the ends of a flow whose server was seen first change places.
void add_content_facts(const engines::FlowFacts& facts, events::EventRecord& event) noexcept {
  auto& flow = event.flow;
  for (std::size_t i = 0; i < 2; ++i)
    flow.app_protocol_by_direction[i] = static_cast<std::uint8_t>(facts.by_direction[i]);
  flow.app_protocol_original = static_cast<std::uint8_t>(facts.original);
  flow.transactions = facts.transactions;
  if (!facts.reversed) return;
  std::swap(event.tuple.source, event.tuple.destination);
  std::swap(event.tuple.source_port, event.tuple.destination_port);
  std::swap(event.source_mac, event.destination_mac);
  std::swap(flow.packets_to_server, flow.packets_to_client);
  std::swap(flow.bytes_to_server, flow.bytes_to_client);
  std::swap(flow.tcp_flags_to_server, flow.tcp_flags_to_client);
}

}  // namespace

std::uint64_t Worker::wall_clock(std::uint64_t steady_ns) const noexcept {
  return steady_ns +
         static_cast<std::uint64_t>(shared_.wall_offset_ns.load(std::memory_order_relaxed));
}

events::EventRecord* Worker::new_event(events::EventType type, const Flow& flow) noexcept {
  events::EventRecord* event = events_.reserve();
  if (event == nullptr) return nullptr;
  std::memset(static_cast<void*>(event), 0, sizeof(*event));
  fill_head(*event, flow);
  event->type = type;
  return event;
}

/// What every record says of its flow; the rest of `event` is left as it is.
void Worker::fill_head(events::EventRecord& event, const Flow& flow) const noexcept {
  event.time_ns = wall_clock(now_ns_);
  event.flow_id = flow.flow_id;
  event.worker = config_.index;
  event.policy_serial = flow.policy_serial;
  event.rule = flow.rule;
  std::copy(flow.initiator_mac.bytes.begin(), flow.initiator_mac.bytes.end(),
            event.source_mac.begin());
  std::copy(flow.responder_mac.bytes.begin(), flow.responder_mac.bytes.end(),
            event.destination_mac.begin());
  event.tuple = tuple_of(flow);
}

void Worker::end_flow(Flow& flow, events::FlowEndReason reason) noexcept {
  close_conversation(flow);
  report_flow(flow, reason);
  if (inspector_) content_facts_[flows_.index_of(flow)] = {};
  flows_.erase(flow);
  table_changed_ = true;
}

void Worker::report_flow(const Flow& flow, events::FlowEndReason reason) noexcept {
  auto* event = new_event(events::EventType::flow, flow);
  if (event == nullptr) return;
  event->flow = {.start_ns = wall_clock(flow.start_ns),
                 .last_ns = wall_clock(flow.last_ns),
                 .packets_to_server = flow.packets[0],
                 .packets_to_client = flow.packets[1],
                 .bytes_to_server = flow.bytes[0],
                 .bytes_to_client = flow.bytes[1],
                 .reason = reason,
                 .state = flow.state,
                 .tcp_flags_to_server = flow.tcp_flags[0],
                 .tcp_flags_to_client = flow.tcp_flags[1],
                 .tcp_state = static_cast<std::uint8_t>(flow.tcp_state),
                 .alerted = (flow.watch & kAlerted) != 0 ? std::uint8_t{1} : std::uint8_t{0},
                 .application = flow.application,
                 .app_protocol = flow.app_protocol,
                 .passed = (flow.watch & kPassed) != 0 ? std::uint8_t{1} : std::uint8_t{0},
                 .app_protocol_by_direction = {},
                 .app_protocol_original = 0,
                 .transactions = 0};
  if (inspector_) add_content_facts(content_facts_[flows_.index_of(flow)], *event);
  events_.commit();
}

/// One record a flow and reason: a blocked flow that keeps trying must not fill the ring.
void Worker::report_drop(Flow& flow, std::size_t i) noexcept {
  const auto reason = batch_.drop[i];
  const bool by_policy = reason == DropReason::policy_block || reason == DropReason::policy_reset;
  const std::uint8_t mark = by_policy ? 1 : 2;
  if ((flow.drops_logged & mark) != 0 || (by_policy && !flow.log)) return;
  auto* event = new_event(events::EventType::drop, flow);
  if (event == nullptr) return;
  flow.drops_logged = static_cast<std::uint8_t>(flow.drops_logged | mark);
  const auto& info = batch_.info[i];
  event->drop = {
      .reason = static_cast<std::uint16_t>(reason),
      .packet_bytes = batch_.frames[i]->data_len,
      .direction = info.from_a == flow.initiator_is_a ? std::uint8_t{0} : std::uint8_t{1},
      .tcp_flags = info.tcp_flags,
      .ttl = info.ttl,
      .pad = 0,
      .tcp_seq = info.tcp_seq,
      .tcp_ack = info.tcp_ack,
      .tcp_window = info.tcp_window,
      .ip_id = info.ip_id};
  events_.commit();
}

void Worker::report_policy(const Flow& flow, bool rejudged) noexcept {
  auto* event = new_event(events::EventType::policy, flow);
  if (event == nullptr) return;
  event->policy = {.action = static_cast<std::uint8_t>(flow.action),
                   .rejudged = rejudged ? std::uint8_t{1} : std::uint8_t{0},
                   .application = flow.application};
  events_.commit();
}

void Worker::report_anomaly(std::size_t i) noexcept {
  const auto second = now_ns_ / 1'000'000'000;
  if (second != anomaly_second_) {
    anomaly_second_ = second;
    anomalies_this_second_ = 0;
  }
  if (++anomalies_this_second_ > kAnomaliesPerSecond) {
    ++counters_.anomalies_unreported;
    return;
  }
  auto* event = events_.reserve();
  if (event == nullptr) return;
  std::memset(static_cast<void*>(event), 0, sizeof(*event));
  event->time_ns = wall_clock(now_ns_);
  event->type = events::EventType::anomaly;
  event->worker = config_.index;
  event->policy_serial = policy_serial_;
  const auto frame = frame_bytes(i);
  if (config_.link == LinkType::ethernet && frame.size() >= 12) {
    std::copy_n(frame.data(), 6, event->destination_mac.begin());
    std::copy_n(frame.data() + 6, 6, event->source_mac.begin());
  }
  event->tuple.ingress_port = static_cast<std::uint8_t>(batch_.frames[i]->port);
  event->anomaly = {.reason = static_cast<std::uint16_t>(batch_.info[i].problem),
                    .packet_bytes = batch_.frames[i]->data_len};
  events_.commit();
}

void Worker::offer_to_taps(std::size_t i) noexcept {
  const auto& info = batch_.info[i];
  const auto frame = frame_bytes(i);
  const Flow* flow = batch_.keys[i] == nullptr ? nullptr : batch_.flows[i];
  for (const auto& slot : taps_) {
    Tap* tap = slot.load(std::memory_order_acquire);
    if (tap == nullptr || !tap->filter().wants(frame, info)) continue;
    const bool addressed = info.kind != PacketKind::not_ip && info.kind != PacketKind::malformed;
    TapRecord record{};
    record.time_ns = wall_clock(now_ns_);
    record.kind = info.kind;
    record.reason = batch_.drop[i];
    record.frame_bytes = batch_.frames[i]->pkt_len;
    if (addressed) {
      record.source = info.from_a ? info.key.a : info.key.b;
      record.destination = info.from_a ? info.key.b : info.key.a;
      record.source_port = info.from_a ? info.key.port_a : info.key.port_b;
      record.destination_port = info.from_a ? info.key.port_b : info.key.port_a;
      record.protocol = info.protocol;
      record.tcp_flags = info.tcp_flags;
    }
    if (flow != nullptr) {
      record.flow_id = flow->flow_id;
      record.rule = flow->rule;
      record.to_server = info.from_a == flow->initiator_is_a;
      record.tentative = flow->tentative;
    }
    if (!tap->offer(record, frame)) ++counters_.tap_lost;
  }
}

void Worker::end_flows(std::uint32_t first, std::uint32_t last,
                       events::FlowEndReason reason) noexcept {
  for (std::uint32_t i = first; i < std::min(last, flows_.capacity()); ++i)
    if (Flow& flow = flows_.at(i); flow.in_use) end_flow(flow, reason);
  num_flows_.store(flows_.size(), std::memory_order_relaxed);
}

}  // namespace sekisho::dataplane
