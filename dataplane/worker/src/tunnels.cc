// Packets inside packets: what a worker inspects of tunnels, labels and fragments. Each is a packet
// of a flow of its own; the outermost one alone is forwarded or dropped.
#include <rte_mbuf.h>

#include <algorithm>

#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {
namespace {

using engines::PacketOrigin;

constexpr std::uint8_t kUdp = 17;

constexpr PacketOrigin origin_of(Carrier carrier, PacketOrigin around) noexcept {
  switch (carrier) {
    case Carrier::label:
      return around;
    case Carrier::ipv4:
      return PacketOrigin::ipv4;
    case Carrier::ipv6:
      return PacketOrigin::ipv6;
    case Carrier::gre:
      return PacketOrigin::gre;
    case Carrier::teredo:
      return PacketOrigin::teredo;
    case Carrier::vxlan:
      return PacketOrigin::vxlan;
    case Carrier::geneve:
      return PacketOrigin::geneve;
  }
  return around;
}

/// VLAN ids add up from the outside, as far as there is room.
void put_vlans_before(const FlowKey& around, std::uint16_t between, FlowKey& key) noexcept {
  std::array<std::uint16_t, 7> ids{around.vlan, around.inner_vlan, around.third_vlan, between,
                                   key.vlan,    key.inner_vlan,    key.third_vlan};
  std::stable_partition(ids.begin(), ids.end(), [](std::uint16_t id) { return id != 0; });
  key.vlan = ids[0];
  key.inner_vlan = ids[1];
  key.third_vlan = ids[2];
}

void copy_vlans(const FlowKey& from, FlowKey& to) noexcept {
  to.vlan = from.vlan;
  to.inner_vlan = from.inner_vlan;
  to.third_vlan = from.third_vlan;
}

}  // namespace

LinkType Worker::link_of(std::size_t i) const noexcept {
  return i < kBurst ? config_.link : batch_.carried[i - kBurst].link;
}

/// The one question that ordinary packets are asked.
bool Worker::is_tunnel_like(std::size_t i) const noexcept {
  const auto& info = batch_.info[i];
  if (info.kind == PacketKind::not_ip) return config_.decode.for_detection || i >= kBurst;
  if (info.kind != PacketKind::flow) return false;
  if (info.protocol == kUdp)
    return info.from_a ? may_be_tunnel(info.key.port_a, info.key.port_b)
                       : may_be_tunnel(info.key.port_b, info.key.port_a);
  constexpr std::uint8_t kIpv4 = 4, kIpv6 = 41, kGre = 47;
  return info.protocol == kIpv4 || info.protocol == kIpv6 || info.protocol == kGre;
}

/// The packet in packet `i`, if it carries one. `around` is the flow of `i`, whose policy holds for
/// what it carries; null: it has none.
void Worker::inspect_inside(PolicySnapshot& policy, std::size_t i, const Flow* around) noexcept {
  const std::size_t slot = i < kBurst ? kBurst : i + 1;
  if (slot == kSlots) return;
  const bool wanted = around == nullptr
                          ? policy.inspect_every_flow
                          : around->verdict == engines::Verdict::pass &&
                                policy.inspection_of(around->inspected_as).has_value();
  if (!wanted) return;
  const auto found = look_inside(frame_bytes(i), batch_.info[i]);
  if (!found) return;
  const auto view = view_of(i);
  Carried carried{.frame = found->frame,
                  .link = found->link,
                  .origin = origin_of(found->carrier, view.origin),
                  .depth = view.depth,
                  .lead_bytes = found->lead_bytes,
                  .number = view.number,
                  .network_id = found->network_id,
                  .carrier = view.carrier,
                  .ethernet = {}};
  const bool is_tunnel = found->carrier != Carrier::label;
  if (is_tunnel) {
    ++carried.depth;
    if (carried.carrier == nullptr) carried.carrier = &view;
  } else if (link_of(i) == LinkType::ethernet) {
    carried.ethernet = frame_bytes(i).first(std::min<std::size_t>(frame_bytes(i).size(), 14));
  }
  take_in(i, carried);
  auto& info = batch_.info[slot];
  put_vlans_before(batch_.info[i].key, found->vlan, info.key);
  // What is no IP packet is no tunnel's either: the bytes only looked like one.
  if (is_tunnel && info.kind == PacketKind::malformed && info.transport_offset <= info.ip_offset)
    return;
  inspect_carried(policy, slot, around);
  if (batch_.drop[i] == DropReason::none && batch_.drop[slot] != DropReason::none &&
      config_.content->enforce) {
    batch_.drop[i] = batch_.drop[slot];
    if (!config_.numbered) batch_.culprit[i] = batch_.culprit[slot];
  }
}

/// Fills the slot behind that of packet `i`.
void Worker::take_in(std::size_t i, const Carried& carried) noexcept {
  const std::size_t slot = i < kBurst ? kBurst : i + 1;
  batch_.carried[slot - kBurst] = carried;
  batch_.frames[slot] = batch_.frames[i];
  batch_.drop[slot] = DropReason::none;
  batch_.culprit[slot] = nullptr;
  batch_.keys[slot] = nullptr;
  batch_.flows[slot] = nullptr;
  auto options = config_.decode;
  options.for_detection = true;
  auto& info = batch_.info[slot];
  decode(carried.link, carried.frame, options, info);
  info.key.tunnel = carried.depth;
  info.key.segment = config_.ports[batch_.frames[i]->port].segment;
}

/// The packet of `slot`, as one of its own flow.
void Worker::inspect_carried(PolicySnapshot& policy, std::size_t slot,
                             const Flow* around) noexcept {
  const auto& info = batch_.info[slot];
  if (info.kind == PacketKind::flow || info.kind == PacketKind::icmp_error) {
    batch_.keys[slot] = &info.key;
    table_changed_ = true;
    attach(policy, slot);
  }
  Flow* flow = batch_.keys[slot] == nullptr ? nullptr : batch_.flows[slot];
  if (flow != nullptr && flow->judged_generation != generation_) {
    refresh_application(*flow);
    flow->judged_generation = generation_;
    flow->rule = around == nullptr ? 0 : around->rule;
    flow->inspected_as = around == nullptr ? 0 : around->inspected_as;
    flow->policy_serial = policy_serial_;
    flow->settled = true;
    if (!notes_.empty()) url_of(*flow).facts.known = engines::Knowledge::never;
    if (flow->packets[0] + flow->packets[1] <= 1) flow->watch |= kWatchContent;
  }
  if (flow != nullptr) name_carried(policy, *flow, slot);
  inspect_slot(policy, slot);
  const auto& drop = batch_.drop[slot];
  if (drop == DropReason::none && flow != nullptr && flow->verdict != engines::Verdict::pass)
    batch_.drop[slot] = DropReason::ips_drop;
  if (is_tunnel_like(slot)) inspect_inside(policy, slot, flow == nullptr ? around : flow);
  if (drop != DropReason::none && config_.numbered && config_.content->enforce)
    report_numbered_drop(flow, slot);
}

/// A fragment by itself, and the datagram that it completes. Whoever drops the one drops the other.
void Worker::inspect_fragment(PolicySnapshot& policy, std::size_t i) noexcept {
  auto view = examined_view(i);
  const auto result = inspector_->defragment(view);
  for (const auto oddity : result.oddities) examination_.events.add(oddity);
  view.oddities = examination_.events.names();
  const auto alone = inspector_->inspect_alone(view);
  if (alone.verdict != engines::ContentVerdict::pass) {
    batch_.drop[i] = DropReason::ips_drop;
    batch_.culprit[i] = alone.rule;
  }
  using Kind = engines::stream::Defragmented::Kind;
  if (result.kind == Kind::dropped && config_.content->enforce) batch_.drop[i] = result.drop;
  const std::size_t slot = i < kBurst ? kBurst : i + 1;
  if (result.kind != Kind::complete || slot == kSlots) return;
  take_in(i, {.frame = result.frame,
              .link = link_of(i),
              .origin = PacketOrigin::defragmentation,
              .depth = view.depth,
              .lead_bytes = 0,
              .number = view.number,
              .network_id = view.vxlan_vni,
              .carrier = view.carrier,
              .ethernet = {}});
  copy_vlans(batch_.info[i].key, batch_.info[slot].key);
  inspect_carried(policy, slot, nullptr);
  if (batch_.drop[slot] == DropReason::none || !config_.content->enforce) return;
  inspector_->refuse_datagram();
  batch_.drop[i] = batch_.drop[slot];
}

/// Packet `i`, with what is odd about it where somebody asks.
engines::PacketView Worker::examined_view(std::size_t i) noexcept {
  auto view = view_of(i);
  examination_.events.clear();
  const auto& info = batch_.info[i];
  if (!inspector_->wants_packet_events() || is_plain(view.frame, info)) [[likely]]
    return view;
  examine(link_of(i), view.frame, examination_);
  view.oddities = examination_.events.names();
  view.sctp_chunks = examination_.sctp_chunks;
  return view;
}

}  // namespace sekisho::dataplane
