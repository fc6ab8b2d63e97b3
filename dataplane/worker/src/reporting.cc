// What a worker tells the rest of the box: fixed-size records into its own ring, which never waits.
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "config/events/text_event.h"
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
  tuple.third_vlan = key.third_vlan;
  return tuple;
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
  event.user = accounts_[flows_.index_of(flow)].source_user;
  std::copy(flow.initiator_mac.bytes.begin(), flow.initiator_mac.bytes.end(),
            event.source_mac.begin());
  std::copy(flow.responder_mac.bytes.begin(), flow.responder_mac.bytes.end(),
            event.destination_mac.begin());
  event.tuple = tuple_of(flow);
  event.decrypted = is_lent(flow) ? 1 : 0;
}

void Worker::end_flow(Flow& flow, events::FlowEndReason reason) noexcept {
  part_with(flow, reason);
  if (!notes_.empty()) notes_[flows_.index_of(flow)].facts = {};
  flows_.erase(flow);
  table_changed_ = true;
}

/// What hangs on a flow whose record is about to go. Alerts may be found only now.
void Worker::part_with(Flow& flow, events::FlowEndReason reason) noexcept {
  const auto carrier = std::exchange(carrier_, std::nullopt);
  close_conversation(flow);
  carrier_ = carrier;
  end_waiting(flow);
  end_scans(flow);
  end_diversion(flow);
  if (callbacks_) note_call(flow);
  forget_url(flow);
  if (captures_)
    captures_->end(
        notes_[flows_.index_of(flow)].capture, flow.flow_id,
        reason == events::FlowEndReason::shutdown ? CaptureEnd::stopped : CaptureEnd::flow);
  report_flow(flow, reason);
  add_up(flow);
}

/// As the streams have it, where there are some; otherwise all that is over is closed.
std::uint8_t Worker::told_tcp_state(const Flow& flow) const noexcept {
  using State = engines::stream::TcpState;
  constexpr std::uint8_t kFinWait2 = 8, kCloseWait = 9, kLastAck = 10;
  const auto number = [](TcpState state) { return static_cast<std::uint8_t>(state); };
  const auto state = notes_.empty() ? State::none : notes_[flows_.index_of(flow)].facts.tcp_state;
  switch (state) {
    case State::none:
      return number(flow.tcp_state == TcpState::time_wait ? TcpState::closed : flow.tcp_state);
    case State::syn_sent:
      return number(TcpState::syn_sent);
    case State::syn_recv:
      return number(TcpState::syn_received);
    case State::established:
      return number(TcpState::established);
    case State::fin_wait1:
      return number(TcpState::fin_wait);
    case State::fin_wait2:
      return kFinWait2;
    case State::close_wait:
      return kCloseWait;
    case State::closing:
      return number(TcpState::closing);
    case State::last_ack:
      return kLastAck;
    case State::time_wait:
      return number(TcpState::time_wait);
    case State::closed:
      return number(TcpState::closed);
  }
  return 0;
}

/// A connection whose end was agreed upon is closed, whatever may yet be acknowledged.
events::FlowState Worker::told_state(const Flow& flow) const noexcept {
  using State = engines::stream::TcpState;
  if (notes_.empty() || flow.state == events::FlowState::blocked) return flow.state;
  const auto state = notes_[flows_.index_of(flow)].facts.tcp_state;
  const bool is_over =
      state == State::last_ack || state == State::time_wait || state == State::closed;
  if (is_over) return events::FlowState::closed;
  const bool is_open = state == State::established || state == State::fin_wait1 ||
                       state == State::fin_wait2 || state == State::close_wait ||
                       state == State::closing;
  return is_open && flow.state == events::FlowState::fresh ? events::FlowState::established
                                                           : flow.state;
}

/// The server spoke first: the initiator is not the client.
void Worker::turn_round(events::EventRecord& event) noexcept {
  auto& flow = event.flow;
  std::swap(event.tuple.source, event.tuple.destination);
  std::swap(event.tuple.source_port, event.tuple.destination_port);
  std::swap(event.source_mac, event.destination_mac);
  std::swap(flow.packets_to_server, flow.packets_to_client);
  std::swap(flow.bytes_to_server, flow.bytes_to_client);
  std::swap(flow.tcp_flags_to_server, flow.tcp_flags_to_client);
  std::swap(flow.details.least_ttl[0], flow.details.least_ttl[1]);
  std::swap(flow.details.most_ttl[0], flow.details.most_ttl[1]);
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
                 .state = told_state(flow),
                 .tcp_flags_to_server = flow.tcp_flags[0],
                 .tcp_flags_to_client = flow.tcp_flags[1],
                 .tcp_state = told_tcp_state(flow),
                 .alerted = (flow.watch & kAlerted) != 0 ? std::uint8_t{1} : std::uint8_t{0},
                 .application = flow.application,
                 .app_protocol = flow.app_protocol,
                 .passed = (flow.watch & kPassed) != 0 ? std::uint8_t{1} : std::uint8_t{0},
                 .carrier = flow.carrier,
                 .function = flow.function,
                 .details = details_of(flow),
                 .parent_flow_id = flow.has_parent ? flow.parent.id() : 0,
                 .hint = hint_of(flow)};
  if (!notes_.empty() && notes_[flows_.index_of(flow)].facts.reversed) turn_round(*event);
  events_.commit();
}

events::FlowDetails Worker::details_of(const Flow& flow) const noexcept {
  if (notes_.empty()) return {};
  const auto& notes = notes_[flows_.index_of(flow)];
  const auto number = [](engines::Protocol protocol) {
    return static_cast<std::uint8_t>(protocol);
  };
  return {.app_protocol_to_server = number(notes.facts.by_direction[0]),
          .app_protocol_to_client = number(notes.facts.by_direction[1]),
          .app_protocol_original = number(notes.facts.original),
          .app_protocol_expected = number(notes.facts.expected),
          .least_ttl = {notes.least_ttl[0], notes.least_ttl[1]},
          .most_ttl = {notes.most_ttl[0], notes.most_ttl[1]},
          .response_type = notes.response_type,
          .response_code = notes.response_code,
          .has_response = notes.has_response ? std::uint8_t{1} : std::uint8_t{0},
          .midstream = notes.facts.midstream ? std::uint8_t{1} : std::uint8_t{0},
          .transactions = notes.facts.transactions};
}

/// One record a flow and reason: a blocked flow that keeps trying must not fill the ring.
void Worker::report_drop(Flow& flow, std::size_t i) noexcept {
  const auto reason = batch_.drop[i];
  if (reason == DropReason::policy_answer || reason == DropReason::web_reputation)
    return;                                               // report_answer() does
  if (reason == DropReason::web_reputation_wait) return;  // it comes again
  const bool by_policy = reason == DropReason::policy_block || reason == DropReason::policy_reset;
  const std::uint8_t mark = by_policy ? kDropByPolicy : kDropOtherwise;
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

OwnCategories Worker::own_categories_of_server(const Flow& flow) const noexcept {
  if (policy_ == nullptr) return {};
  return policy_->lists().find(flow.initiator_is_a ? flow.key.b : flow.key.a).categories;
}

void Worker::report_policy(const Flow& flow, bool rejudged) noexcept {
  events::EventRecord head{};
  fill_head(head, flow);
  events::PolicyFields fields{};
  fields.action = static_cast<std::uint8_t>(flow.action);
  fields.rejudged = rejudged ? 1 : 0;
  fields.application = flow.application;
  fields.carrier = flow.carrier;
  fields.function = flow.function;
  fields.parent_flow_id = flow.has_parent ? flow.parent.id() : 0;
  fields.block_id = flow.verdict == engines::Verdict::answer ? block_id_of(flow) : 0;
  const auto* url = notes_.empty() ? nullptr : &url_of(flow);
  auto own = own_categories_of_server(flow);
  if (url != nullptr) own |= url->facts.own_categories;
  fields.own_categories = own.words;
  if (url == nullptr || url->text == nullptr) return put_policy(events_, head, fields, {});
  fields.host_at = url->text->host_at;
  fields.host_bytes = url->text->host_bytes;
  fields.categories = url->facts.categories;
  fields.num_categories = url->facts.num_categories;
  fields.list = static_cast<std::uint8_t>(url->facts.list);
  put_policy(events_, head, fields, url->text->view(), url->text->is_cut);
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
