// How a worker cuts off whoever attacked.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "config/events/json_writer.h"
#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

void write_entry(const QuarantineEntry& entry, std::string_view state,
                 events::BoundedJsonWriter& json) noexcept {
  json.begin_object("quarantine").member("state", state);
  json.member("seconds", (entry.until_ns - entry.since_ns) / kSecond);
  json.member("gid", entry.generator).member("signature_id", entry.signature);
  json.member("rev", entry.revision);
}

std::string_view name_of(QuarantineEnd why) noexcept {
  switch (why) {
    case QuarantineEnd::expired:
      return "expired";
    case QuarantineEnd::released:
      return "released";
    case QuarantineEnd::displaced:
      return "displaced";
  }
  return "";
}

/// The sender of the innermost IP packet. The key of an ICMP error is that of the packet it is
/// about.
IpAddress source_of(std::span<const std::uint8_t> frame, const PacketInfo& info) noexcept {
  constexpr std::size_t kIpv4Source = 12, kIpv6Source = 8;
  if (info.kind != PacketKind::icmp_error) [[likely]]
    return info.from_a ? info.key.a : info.key.b;
  const auto header = frame.subspan(info.ip_offset);
  IpAddress sender = IpAddress::from_v4(0);
  if (info.is_ipv4)
    std::memcpy(sender.bytes.data() + 12, header.data() + kIpv4Source, 4);
  else
    std::memcpy(sender.bytes.data(), header.data() + kIpv6Source, 16);
  return sender;
}

}  // namespace

/// Whose packets reach us under his address, whatever they are about, and those that a tunnel
/// carries for him: they stop here, before a flow is looked up or opened for them.
void Worker::refuse_quarantined() noexcept {
  if (shared_.quarantine.size() == 0) [[likely]]
    return;
  for (std::size_t i = 0; i < batch_.count; ++i) {
    const auto kind = batch_.info[i].kind;
    if (kind == PacketKind::not_ip || kind == PacketKind::malformed) continue;
    if (!shared_.quarantine.holds(sender_of(i), now_ns_) && !carries_quarantined(i)) continue;
    batch_.drop[i] = DropReason::quarantine;
    batch_.keys[i] = nullptr;
  }
}

/// Every packet in the packet is asked for its sender, and the tunnel's own: the decoder may have
/// followed it to the innermost.
bool Worker::carries_quarantined(std::size_t i) const noexcept {
  const bool followed = batch_.info[i].key.tunnel != 0;
  if (!followed && !is_tunnel_like(i)) return false;
  auto options = config_.decode;
  options.for_detection = true;
  auto frame = frame_bytes(i);
  PacketInfo info = batch_.info[i];
  if (followed) decode(link_of(i), frame, options, info);
  for (std::size_t depth = 0; depth <= kMaxInside; ++depth) {
    if (info.kind == PacketKind::malformed) return false;
    if (info.kind != PacketKind::not_ip &&
        shared_.quarantine.holds(source_of(frame, info), now_ns_))
      return true;
    const auto inside = look_inside(frame, info);
    if (!inside) return false;
    frame = inside->frame;
    decode(inside->link, frame, options, info);
  }
  return false;
}

IpAddress Worker::sender_of(std::size_t i) const noexcept {
  return source_of(frame_bytes(i), batch_.info[i]);
}

/// A rule on packet `i` of the flow under inspection says who attacked.
void Worker::quarantine(const engines::ContentOutcome& outcome, std::size_t i) noexcept {
  const auto& rule = *outcome.quarantine_rule;
  const QuarantineEntry entry{.source = outcome.attacker,
                              .since_ns = now_ns_,
                              .until_ns = now_ns_ + outcome.quarantine_seconds * kSecond,
                              .generator = rule.generator,
                              .signature = rule.signature,
                              .revision = rule.revision};
  const auto added = shared_.quarantine.add(entry, now_ns_);
  using Outcome = Quarantine::Added::Outcome;
  counters_.quarantine_never += added.outcome == Outcome::never;
  counters_.quarantine_contended += added.outcome == Outcome::not_now;
  if (added.ended) {
    auto* const flow = std::exchange(inspected_flow_, nullptr);
    end_quarantine(*added.ended);
    inspected_flow_ = flow;
  }
  if (added.outcome != Outcome::begun) return;
  ++counters_.quarantine_begun;
  std::array<char, 1024> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  write_entry(entry, "begun", json);
  json.member("signature", rule.message).end_object();
  if (text.overflowed()) return;
  const auto view = view_of(i);
  const auto& info = batch_.info[i];
  const auto& flow = *inspected_flow_;
  const auto& initiator = flow.initiator_is_a ? flow.key.a : flow.key.b;
  // Its source is who is cut off, whoever sent the packet.
  record({.flow_id = flow.flow_id,
          .direction = outcome.attacker == initiator ? engines::Direction::to_server
                                                     : engines::Direction::to_client,
          .time_ns = wall_clock(now_ns_),
          .packet = info.kind == PacketKind::flow ? &view : nullptr},
         "quarantine", text.view());
}

void Worker::end_quarantine(const EndedQuarantine& ended) noexcept {
  const auto& entry = ended.entry;
  counters_.quarantine_displaced += ended.why == QuarantineEnd::displaced;
  std::array<char, 512> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  json.begin_object("quarantine").member("state", "ended").member("reason", name_of(ended.why));
  json.member("seconds", (now_ns_ - std::min(entry.since_ns, now_ns_)) / kSecond);
  json.member("packets", entry.packets).member("gid", entry.generator);
  json.member("signature_id", entry.signature).member("rev", entry.revision).end_object();
  engines::PacketView view;  // stands for all of its packets
  view.source = entry.source;
  view.destination = entry.source.is_v4() ? IpAddress::from_v4(0) : IpAddress{};
  record({.time_ns = wall_clock(now_ns_), .packet = &view}, "quarantine", text.view());
}

}  // namespace sekisho::dataplane
