// How a worker lets streams, protocols and the IPS see the flows that they want to see.
#include <rte_mbuf.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "config/events/json_writer.h"
#include "config/events/text_event.h"
#include "dataplane/worker/worker.h"
#include "drop_record.h"
#include "engines/conversation/packet_facts.h"
#include "rules/applications/catalogue.h"

namespace sekisho::dataplane {
namespace {

using engines::ContentOutcome;
using engines::ContentVerdict;
using engines::Direction;

constexpr std::uint8_t kIcmp = 1, kIgmp = 2, kIcmpv6 = 58;

/// MAC addresses and ethertype, of packets that have them.
void take_link(const engines::PacketView& packet, events::EventRecord& head) noexcept {
  constexpr std::size_t kEthernetHeader = 14;
  const auto& frame = packet.frame;
  if (packet.link_type != static_cast<std::uint16_t>(LinkType::ethernet) ||
      frame.size() < kEthernetHeader)
    return;
  std::copy_n(frame.begin(), 6, head.destination_mac.begin());
  std::copy_n(frame.begin() + 6, 6, head.source_mac.begin());
  head.ethertype = static_cast<std::uint16_t>(frame[12] << 8 | frame[13]);
}

constexpr bool is_icmp(std::uint8_t protocol) noexcept {
  return protocol == kIcmp || protocol == kIcmpv6;
}

constexpr Direction direction_of(bool to_server) noexcept {
  return to_server ? Direction::to_server : Direction::to_client;
}

/// Source and destination as the innermost IP header has them.
std::pair<IpAddress, IpAddress> addresses_of(std::span<const std::uint8_t> frame,
                                             const PacketInfo& info) noexcept {
  constexpr std::size_t kIpv4Source = 12, kIpv6Source = 8;
  const auto header = frame.subspan(info.ip_offset);
  std::pair<IpAddress, IpAddress> ends{IpAddress::from_v4(0), IpAddress::from_v4(0)};
  if (info.is_ipv4) {
    std::copy_n(header.begin() + kIpv4Source, 4, ends.first.bytes.begin() + 12);
    std::copy_n(header.begin() + kIpv4Source + 4, 4, ends.second.bytes.begin() + 12);
  } else {
    std::copy_n(header.begin() + kIpv6Source, 16, ends.first.bytes.begin());
    std::copy_n(header.begin() + kIpv6Source + 16, 16, ends.second.bytes.begin());
  }
  return ends;
}

/// The rule behind a drop, as Suricata's drop records have it.
void write_rule(const engines::ips::RuleInfo& rule, events::BoundedJsonWriter& json) noexcept {
  json.begin_object("alert").member("action", "blocked").member("gid", rule.generator);
  json.member("signature_id", rule.signature).member("rev", rule.revision);
  json.member("signature", rule.message).member("category", rule.category);
  json.member("severity", rule.priority).end_object();
}

}  // namespace

Worker::~Worker() {
  for (auto*& conversation : conversations_)
    if (conversation != nullptr)
      inspector_->close(std::exchange(conversation, nullptr), {}, wall_clock(now_ns_));
  for (std::uint16_t number = 1; number <= WaitingRoom::kPlaces; ++number)
    if (auto*& frame = waiting_.at(number).frame; frame != nullptr) io_.discard({&frame, 1});
  if (diversion_ != nullptr)
    for (std::uint32_t i = 0; i < flows_.high_water(); ++i)
      if (Flow& flow = flows_.at(i); flow.in_use) end_diversion(flow);
  for (const auto& scan : scans_)
    if (scan.flow != kNoFlow)
      if (rte_mbuf* frame = std::exchange(notes_[scan.flow].scan.held, nullptr); frame != nullptr)
        io_.discard({&frame, 1});
}

void Worker::inspect_content(PolicySnapshot& policy) noexcept {
  if (!inspector_) return;
  for (std::size_t i = 0; i < batch_.count; ++i) {
    if (batch_.drop[i] == DropReason::quarantine) [[unlikely]]
      continue;
    inspect_slot(policy, i);
    if (!is_tunnel_like(i)) [[likely]]
      continue;
    carrier_ = i;
    inspect_inside(policy, i, batch_.keys[i] == nullptr ? nullptr : batch_.flows[i]);
    carrier_.reset();
  }
  if (num_set_aside_ != 0) [[unlikely]]
    set_aside();
  if (num_held_back_ != 0) [[unlikely]]
    take_held_back();
}

/// One packet, not what it carries.
void Worker::inspect_slot(PolicySnapshot& policy, std::size_t i) noexcept {
  const auto kind = batch_.info[i].kind;
  if (kind == PacketKind::not_ip && !policy.inspect_every_flow) return;
  const bool fragment = kind == PacketKind::first_fragment || kind == PacketKind::later_fragment;
  if (fragment && (config_.decode.for_detection || i >= kBurst)) return inspect_fragment(policy, i);
  Flow* flow = batch_.keys[i] == nullptr ? nullptr : batch_.flows[i];
  if (flow == nullptr || kind == PacketKind::icmp_error) {
    if (policy.inspect_every_flow)
      inspect_alone(i, nullptr);
    else if (flow != nullptr)
      inspect_related(policy, *flow, i);
    return;
  }
  if (waiting_.size() != 0 && is_behind_waiting(*flow, i)) [[unlikely]] {
    if (batch_.drop[i] == DropReason::none) batch_.drop[i] = DropReason::web_reputation_wait;
    return;
  }
  if (config_.files != nullptr && is_behind_file(*flow, i)) [[unlikely]] {
    if (batch_.drop[i] == DropReason::none) batch_.drop[i] = DropReason::malware_wait;
    return;
  }
  if ((flow->watch & kWatchContent) == 0 || flow->verdict != engines::Verdict::pass) return;
  const auto treatment = policy.inspection_of(flow->inspected_as);
  if (!treatment && !is_listened_to(*flow)) return stop_inspecting(*flow);  // by a new policy
  // A listener follows what a gateway would have refused: the ends may have taken it.
  if (batch_.drop[i] == DropReason::none || !config_.content->enforce)
    inspect_packet(*flow, i, policy.inspect_every_flow, treatment);
}

/// An ICMP error is about packets of a flow, under whose profile it is. The flow itself may have
/// settled long ago.
void Worker::inspect_related(PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept {
  if (flow.verdict != engines::Verdict::pass || batch_.drop[i] != DropReason::none) return;
  const auto treatment = policy.inspection_of(flow.inspected_as);
  if (!treatment) return;
  const engines::RelatedFlow related{.flow_id = flow.flow_id, .treatment = *treatment};
  if (inspect_alone(i, &related).alerted) flow.watch |= kAlerted;
}

/// A packet of no flow: malformed, or about another flow's.
ContentOutcome Worker::inspect_alone(std::size_t i, const engines::RelatedFlow* related) noexcept {
  const auto outcome = inspector_->inspect_alone(examined_view(i), related);
  if (outcome.verdict == ContentVerdict::pass) return outcome;
  batch_.drop[i] = DropReason::ips_drop;
  batch_.culprit[i] = outcome.rule;
  batch_.over_rate[i] = outcome.over_rate;
  return outcome;
}

/// Fragments go on as they come; the one that completes a datagram decides for all: without it
/// nobody can put the datagram together. False: nothing to look at (yet).
bool Worker::put_together(std::size_t i, bool every_flow, engines::PacketView& view) noexcept {
  const auto result = inspector_->defragment(view);
  for (const auto oddity : result.oddities) examination_.events.add(oddity);
  view.oddities = examination_.events.names();
  if (every_flow) static_cast<void>(inspector_->inspect_alone(view));
  if (result.kind == engines::stream::Defragmented::Kind::dropped && config_.content->enforce)
    batch_.drop[i] = result.drop;
  if (result.kind != engines::stream::Defragmented::Kind::complete) return false;
  PacketInfo info;
  decode(config_.link, result.frame, config_.decode, info);
  if (info.kind == PacketKind::malformed || info.kind == PacketKind::not_ip) return false;
  const auto time_ns = view.time_ns, number = view.number;
  view = view_of(result.frame, info);
  view.time_ns = time_ns;
  view.number = number;
  view.is_reassembled = true;
  view.origin = engines::PacketOrigin::defragmentation;
  view.link_type = static_cast<std::uint16_t>(config_.link);
  if (!every_flow) view.oddities = result.oddities;
  return true;
}

void Worker::inspect_packet(Flow& flow, std::size_t i, bool every_flow,
                            const std::optional<engines::ips::Treatment>& treatment) noexcept {
  auto view = examined_view(i);
  if (view.is_fragment && !put_together(i, every_flow, view)) return;
  inspect_in_flow(flow, i, view, treatment);
}

/// Null: there is no memory for one.
engines::Conversation* Worker::conversation_of(Flow& flow) noexcept {
  auto*& conversation = conversations_[flows_.index_of(flow)];
  if (conversation != nullptr) return conversation;
  const bool a = flow.initiator_is_a;
  conversation =
      inspector_->open({.flow_id = flow.flow_id,
                        .client = a ? flow.key.a : flow.key.b,
                        .server = a ? flow.key.b : flow.key.a,
                        .client_port = a ? flow.key.port_a : flow.key.port_b,
                        .server_port = a ? flow.key.port_b : flow.key.port_a,
                        .ip_protocol = flow.key.protocol,
                        .start_ns = wall_clock(flow.start_ns),
                        .asymmetric = policy_ != nullptr && policy_->tcp_rules().accept_asymmetric,
                        .decrypted = is_lent(flow)});
  return conversation;
}

void Worker::inspect_in_flow(Flow& flow, std::size_t i, const engines::PacketView& view,
                             const std::optional<engines::ips::Treatment>& treatment) noexcept {
  const auto* profile = treatment ? treatment->profile : nullptr;
  auto* conversation = conversation_of(flow);
  if (conversation == nullptr) return lack_memory(flow, i, profile);
  inspected_flow_ = &flow;
  inspected_packet_ = i;
  has_ended_file_ = false;
  url_flow_ = i < kBurst ? &flow : nullptr;  // what is carried has the verdict of what is around it
  const bool to_server = batch_.info[i].from_a == flow.initiator_is_a;
  const auto outcome =
      inspector_->inspect(*conversation, direction_of(to_server), view,
                          {.packets = {flow.packets[0], flow.packets[1]},
                           .bytes = {flow.bytes[0], flow.bytes[1]},
                           .treatment = treatment.value_or(engines::ips::Treatment{}),
                           .with_rules = treatment.has_value()});
  inspected_flow_ = url_flow_ = nullptr;
  const bool is_refused =
      outcome.verdict != ContentVerdict::pass || flow.verdict != engines::Verdict::pass;
  if (view.is_reassembled && is_refused) inspector_->refuse_datagram();
  take_outcome(flow, i, outcome, profile);
  if (asked_.count != 0) [[unlikely]]
    await_reputation(flow, i);
  if (has_ended_file_) [[unlikely]]
    hold_end_of_file(flow, i);
  if (outcome.quarantine_seconds != 0) [[unlikely]] {
    inspected_flow_ = &flow;
    quarantine(outcome, i);
    inspected_flow_ = nullptr;
  }
}

/// By the flow's profile: it passes uninspected from here on, as nobody knows what went before; or
/// the packet is dropped, and its next ones are looked at when there is memory again.
void Worker::lack_memory(Flow& flow, std::size_t i, const engines::ips::Profile* profile) noexcept {
  if (profile == nullptr || !profile->fail_open) {
    batch_.drop[i] = DropReason::no_inspection_memory;
    return;
  }
  batch_.drop[i] = DropReason::none;
  ++counters_.flows_uninspected;
  stop_inspecting(flow);
}

/// At most one record a second, with how many flows passed since the last one.
void Worker::report_uninspected() noexcept {
  constexpr std::uint64_t kBetweenNs = 1'000'000'000;
  if (uninspected_told_ns_ != 0 && now_ns_ - uninspected_told_ns_ < kBetweenNs) return;
  const auto count = counters_.flows_uninspected.get();
  std::array<char, 256> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  json.begin_object("anomaly").member("type", "inspection");
  json.member("event", "no_inspection_memory").member("flows", count - uninspected_told_);
  json.member("action", "pass").end_object();
  uninspected_told_ns_ = now_ns_;
  uninspected_told_ = count;
  record({}, "anomaly", text.view());
}

/// TTLs and the first answer of ICMP.
void Worker::note_packet(const Flow& flow, std::size_t i) noexcept {
  if (notes_.empty()) return;
  auto& notes = notes_[flows_.index_of(flow)];
  const auto& info = batch_.info[i];
  const std::size_t side = info.from_a == flow.initiator_is_a ? 0 : 1;
  const bool first = notes.most_ttl[side] == 0;
  notes.least_ttl[side] = first ? info.ttl : std::min(notes.least_ttl[side], info.ttl);
  notes.most_ttl[side] = std::max(notes.most_ttl[side], info.ttl);
  if (side == 0 || notes.has_response || !is_icmp(info.protocol)) return;
  notes.has_response = true;
  notes.response_type = info.icmp_type;
  notes.response_code = info.icmp_code;
}

void Worker::take_outcome(Flow& flow, std::size_t i, const ContentOutcome& outcome,
                          const engines::ips::Profile* profile) noexcept {
  const bool is_recognised = flow.app_protocol != static_cast<std::uint8_t>(outcome.protocol);
  flow.app_protocol = static_cast<std::uint8_t>(outcome.protocol);
  if (is_recognised) look_at_port(flow);
  if (outcome.application != 0 && outcome.application != flow.application && !flow.told_by_ends) {
    name_application(flow, outcome.application);
    if (policy_ != nullptr) judge_again(*policy_, flow);
  }
  if (outcome.alerted) flow.watch |= kAlerted;
  if (outcome.passed) flow.watch |= kPassed;
  batch_.over_rate[i] = outcome.over_rate;
  switch (outcome.verdict) {
    case ContentVerdict::pass:
      break;
    case ContentVerdict::drop_packet:
      batch_.culprit[i] = outcome.rule;
      batch_.drop[i] = outcome.drop == DropReason::none ? DropReason::ips_drop : outcome.drop;
      break;
    case ContentVerdict::drop_flow:
    case ContentVerdict::reset_flow:
      batch_.culprit[i] = outcome.rule;
      flow.watch |= kCondemned;
      if (outcome.resets_client) flow.watch |= kResetInitiator;
      if (outcome.resets_server) flow.watch |= kResetResponder;
      flow.verdict = outcome.verdict == ContentVerdict::drop_flow ? engines::Verdict::drop
                                                                  : engines::Verdict::reset;
      flow.state = events::FlowState::blocked;
      break;
  }
  const bool condemned = (flow.watch & kCondemned) != 0;
  const bool fails_open = profile != nullptr && profile->fail_open;
  const bool lost = outcome.starved || (batch_.drop[i] == DropReason::stream_memory && fails_open);
  if (lost && !condemned && config_.content->enforce) [[unlikely]]
    return lack_more_memory(flow, i, profile);
  conclude_url(flow, i, outcome);
  if (outcome.settled || condemned) stop_inspecting(flow);
}

/// In the middle of a conversation: a parser that was not made stays away, and what it should have
/// read is gone. Nothing of the flow passes any more, or all of it.
void Worker::lack_more_memory(Flow& flow, std::size_t i,
                              const engines::ips::Profile* profile) noexcept {
  lack_memory(flow, i, profile);
  if (batch_.drop[i] == DropReason::none) return;
  flow.watch |= kCondemned;
  flow.verdict = engines::Verdict::drop;
  flow.state = events::FlowState::blocked;
  stop_inspecting(flow);
}

void Worker::stop_inspecting(Flow& flow) noexcept {
  flow.watch = static_cast<std::uint8_t>(flow.watch & ~kWatchContent);
  close_conversation(flow);
}

void Worker::close_conversation(Flow& flow) noexcept {
  if (!inspector_) return;
  auto*& conversation = conversations_[flows_.index_of(flow)];
  if (conversation == nullptr) return;
  inspected_flow_ = &flow;
  const auto treatment =
      policy_ == nullptr ? std::nullopt : policy_->inspection_of(flow.inspected_as);
  const auto facts =
      inspector_->close(std::exchange(conversation, nullptr), treatment, wall_clock(now_ns_));
  flow.app_protocol = static_cast<std::uint8_t>(facts.protocol);
  if (facts.application != 0) name_application(flow, facts.application);
  if (facts.alerted) flow.watch |= kAlerted;
  notes_[flows_.index_of(flow)].facts = facts;
  inspected_flow_ = nullptr;
}

engines::PacketView Worker::view_of(std::size_t i) const noexcept {
  auto view = view_of(frame_bytes(i), batch_.info[i]);
  view.time_ns = wall_clock(now_ns_);
  view.link_type = static_cast<std::uint16_t>(link_of(i));
  if (i >= kBurst) {
    const auto& carried = batch_.carried[i - kBurst];
    view.number = carried.number;
    view.origin = carried.origin;
    view.depth = carried.depth;
    view.carrier = carried.carrier;
    view.vxlan_vni = carried.network_id;
    view.is_reassembled = carried.origin == engines::PacketOrigin::defragmentation;
  } else if (config_.numbered) {
    view.number = counters_.packets.get() - batch_.count + i + 1;
  }
  return view;
}

engines::PacketView Worker::view_of(std::span<const std::uint8_t> frame,
                                    const PacketInfo& info) noexcept {
  engines::PacketView view;
  view.frame = frame;
  view.ethertype = info.ethertype;
  view.source = info.from_a ? info.key.a : info.key.b;
  view.destination = info.from_a ? info.key.b : info.key.a;
  for (const auto vlan : {info.key.vlan, info.key.inner_vlan, info.key.third_vlan})
    if (vlan != 0) view.vlans[view.num_vlans++] = vlan;
  if (info.kind == PacketKind::not_ip) {
    if (info.payload_offset != 0 && info.payload_offset <= frame.size())
      view.payload = frame.subspan(info.payload_offset);
    return view;
  }
  // Of a malformed packet the transport is what is wrong, or there is nothing to tell.
  if (info.kind == PacketKind::malformed && info.transport_offset <= info.ip_offset) return view;
  if (info.kind == PacketKind::icmp_error) {  // its key is that of the packet it is about
    std::tie(view.source, view.destination) = addresses_of(frame, info);
  } else {
    view.source_port = info.from_a ? info.key.port_a : info.key.port_b;
    view.destination_port = info.from_a ? info.key.port_b : info.key.port_a;
  }
  view.ip_protocol = info.protocol;
  view.ttl = info.ttl;
  view.ip_id = info.ip_id;
  view.tcp_flags = info.tcp_flags;
  view.tcp_sequence = info.tcp_seq;
  view.tcp_acknowledgement = info.tcp_ack;
  view.tcp_window = info.tcp_window;
  view.icmp_type = info.icmp_type;
  view.icmp_code = info.icmp_code;
  view.fragment_offset = static_cast<std::uint16_t>(info.fragment_offset);
  view.more_fragments = info.more_fragments;
  view.is_fragment =
      info.kind == PacketKind::first_fragment || info.kind == PacketKind::later_fragment;
  if (info.transport_offset >= info.ip_offset && info.transport_offset <= frame.size())
    view.ip_header = frame.subspan(info.ip_offset, info.transport_offset - info.ip_offset);
  if (view.ip_header.size() >= 2)
    view.tos = info.is_ipv4
                   ? view.ip_header[1]
                   : static_cast<std::uint8_t>(view.ip_header[0] << 4 | view.ip_header[1] >> 4);
  if (info.kind == PacketKind::malformed) return view;
  if (info.payload_offset >= info.transport_offset &&
      info.payload_offset + std::size_t{info.payload_bytes} <= frame.size()) {
    view.transport_header =
        frame.subspan(info.transport_offset, info.payload_offset - info.transport_offset);
    view.payload = frame.subspan(info.payload_offset, info.payload_bytes);
    if (info.protocol == kIgmp && !view.is_fragment)  // its messages are all header
      view.transport_header = std::exchange(view.payload, {});
  }
  return view;
}

void Worker::record(const engines::RecordOrigin& origin, std::string_view event_type,
                    std::string_view members) noexcept {
  events::EventRecord head{};
  if (origin.packet != nullptr) take_link(*origin.packet, head);
  if (inspected_flow_ != nullptr) {
    fill_head(head, *inspected_flow_);
    if (origin.client != nullptr) head.tuple.source = *origin.client;
  } else if (origin.packet != nullptr) {
    const auto& packet = *origin.packet;
    head.tuple.source = packet.source;
    head.tuple.destination = packet.destination;
    head.tuple.protocol = packet.ip_protocol;
    head.tuple.source_port = packet.source_port;
    head.tuple.destination_port = packet.destination_port;
    head.tuple.vlan = packet.vlans[0];
    head.tuple.inner_vlan = packet.vlans[1];
    head.tuple.third_vlan = packet.vlans[2];
    head.flow_id = origin.flow_id;
    head.worker = config_.index;
    head.policy_serial = policy_serial_;
  }
  if (origin.packet != nullptr && !origin.packet->frame.empty() &&
      is_icmp(origin.packet->ip_protocol)) {
    head.tuple.source_port = origin.packet->icmp_type;
    head.tuple.destination_port = origin.packet->icmp_code;
  }
  head.time_ns = origin.time_ns != 0 ? origin.time_ns : wall_clock(now_ns_);
  if (!events::put_text(events_, head, origin.direction == Direction::to_client, event_type,
                        members))
    ++counters_.records_lost;
}

/// The drop of a packet that a rule decided: what report_drop() tells, with the rule.
void Worker::report_rule_drop(Flow& flow, std::size_t i) noexcept {
  if ((flow.drops_logged & kDropByRule) != 0) return;
  std::array<char, 2048> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  const auto view = view_of(i);
  const auto& info = batch_.info[i];
  const bool to_client = info.from_a != flow.initiator_is_a;
  write_drop(view, to_client, name_of(batch_.drop[i]), json);
  write_rule(*batch_.culprit[i], json);
  if (text.overflowed()) return report_drop(flow, i);
  // What a condemned flow still sends is dropped for that rule, too.
  const bool condemned = (flow.watch & kCondemned) != 0;
  flow.drops_logged = static_cast<std::uint8_t>(flow.drops_logged | kDropByRule |
                                                (condemned ? kDropOtherwise : std::uint8_t{0}));
  inspected_flow_ = info.kind == PacketKind::icmp_error ? nullptr : &flow;
  record({.flow_id = flow.flow_id,
          .direction = to_client ? Direction::to_client : Direction::to_server,
          .time_ns = view.time_ns,
          .packet = &view},
         "drop", text.view());
  inspected_flow_ = nullptr;
}

/// As Suricata's drop records: with the rule, where one decided.
void Worker::report_numbered_drop(Flow* flow, std::size_t i) noexcept {
  std::array<char, 2048> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  const auto view = view_of(i);
  const auto& info = batch_.info[i];
  const bool to_client = flow != nullptr && info.from_a != flow->initiator_is_a;
  const auto* rule = batch_.culprit[i];
  const bool condemned = flow != nullptr && (flow->watch & kCondemned) != 0;
  if (condemned && !config_.record_every_drop) {  // and for each rule that decides
    const std::uint8_t mark = to_client ? 2 : 1;
    if (rule == nullptr && (flow->drops_logged & mark) != 0) return;
    flow->drops_logged = static_cast<std::uint8_t>(flow->drops_logged | mark);
  }
  engines::write_packet_facts(view, json);
  json.member("direction", to_client ? "to_client" : "to_server");
  json.begin_object("drop").member("len", view.frame.size()).member("ttl", view.ttl);
  json.member("ipid", view.ip_id);
  json.member("reason", rule != nullptr && batch_.over_rate[i] ? "threshold detection_filter"
                        : rule != nullptr                      ? "rules"
                        : condemned                            ? "flow drop"
                                                               : name_of(batch_.drop[i]));
  json.end_object();
  if (rule != nullptr) write_rule(*rule, json);
  if (text.overflowed()) return;
  inspected_flow_ = flow;
  record({.flow_id = flow == nullptr ? 0 : flow->flow_id,
          .direction = to_client ? Direction::to_client : Direction::to_server,
          .time_ns = view.time_ns,
          .packet = &view},
         "drop", text.view());
  inspected_flow_ = nullptr;
}

}  // namespace sekisho::dataplane
