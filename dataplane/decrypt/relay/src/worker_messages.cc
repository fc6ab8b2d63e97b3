// What a worker of the packet process sends.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "dataplane/decrypt/relay/loop.h"
#include "dataplane/decrypt/takeover/bare_segment.h"

namespace sekisho::decrypt {
namespace {

constexpr int kMessagesARound = 512;
constexpr std::size_t kMostReasonBytes = 200;

}  // namespace

bool Loop::take_messages(std::uint32_t worker) noexcept {
  if (!workers_[worker].channel) return false;
  auto& in = workers_[worker].channel->in;
  RingReader::Message message;
  int taken = 0;
  auto outcome = RingReader::Outcome::empty;
  for (; taken < kMessagesARound; ++taken) {
    outcome = in.next(message);
    if (outcome != RingReader::Outcome::message) break;
    take_message(worker, message);
  }
  if (outcome == RingReader::Outcome::broken) {
    coalescer_.flush([](std::span<const iovec>) {});
    counters_.channels_broken.add(1);
    drop_channel(worker);
    return true;
  }
  if (taken == 0) return false;
  coalescer_.flush([&](std::span<const iovec> parts) { to_kernel(workers_[worker], parts); });
  in.release();
  const auto& counts = coalescer_.counts();
  counters_.packets_in.set(counts.packets);
  counters_.bad_checksums.set(counts.bad_checksum);
  return true;
}

void Loop::take_message(std::uint32_t worker, const RingReader::Message& message) noexcept {
  Worker& from = workers_[worker];
  switch (message.header.kind) {
    case MessageKind::packet:
      coalescer_.add(message.body, (message.header.flags & kChecksumIsGood) != 0,
                     [&](std::span<const iovec> parts) { to_kernel(from, parts); });
      return;
    case MessageKind::handover:
      return take_over(worker, message);
    case MessageKind::abandon:
      if (const auto found = from.by_flow.find(message.header.flow_id);
          found != from.by_flow.end()) {
        counters_.abandoned.add(1);
        forget_session(found->second);
      }
      return;
    case MessageKind::cleared:
    case MessageKind::answer:
    case MessageKind::condemn:
      return take_verdict(worker, message);
    case MessageKind::filler:
    case MessageKind::ready:
    case MessageKind::refused:
    case MessageKind::emitted:
    case MessageKind::closed:
    case MessageKind::opened:
    case MessageKind::failed:
    case MessageKind::plaintext:
    case MessageKind::plaintext_end:
      counters_.malformed.add(1);
      return;
  }
  counters_.malformed.add(1);
}

void Loop::take_over(std::uint32_t worker, const RingReader::Message& message) noexcept {
  Worker& from = workers_[worker];
  const auto flow_id = message.header.flow_id;
  auto handover = read_handover(message.body);
  const auto wish = read_handover_flags(message.header.flags);
  if (!handover || !wish || from.by_flow.contains(flow_id)) {
    counters_.refused_malformed.add(1);
    return refuse(from, flow_id,
                  !handover ? handover.error().message
                  : !wish   ? "handover: unknown flags"
                            : "handover: a flow that is here already");
  }
  handover->flow_id = flow_id;
  if (free_places_.empty()) {
    counters_.refused_full.add(1);
    return refuse(from, flow_id, "no session is free");
  }
  // Packets of the ends' last connection must not meet this one.
  coalescer_.flush([&](std::span<const iovec> parts) { to_kernel(from, parts); });
  auto pair = rebuild(*handover, from.number);
  if (!pair) {
    counters_.refused_by_kernel.add(1);
    return refuse(from, flow_id, pair.error().message);
  }
  introduce(from, *handover);
  if (!begin_session(worker, *handover, *wish, std::move(*pair))) {
    counters_.refused_by_kernel.add(1);
    return refuse(from, flow_id, "epoll");
  }
  if (tell(from, MessageKind::ready, flow_id, {})) return;
  // Nobody waits for it: its worker will take it for refused.
  forget_session(from.by_flow[flow_id]);
}

void Loop::introduce(Worker& worker, const Handover& handover) noexcept {
  for (const Side from : {Side::client, Side::server}) {
    std::array<std::uint8_t, kBareSegmentBytes> packet;
    const auto bytes = write_introduction(handover, from, packet);
    VirtualHeader header;
    header.flags = VirtualHeader::kChecksumIsGood;
    const std::array<iovec, 2> parts{iovec{&header, kVirtualHeaderBytes},
                                     iovec{packet.data(), bytes}};
    to_kernel(worker, parts);
  }
}

void Loop::refuse(Worker& worker, std::uint64_t flow_id, const std::string& why) noexcept {
  const auto count = std::min(why.size(), kMostReasonBytes);
  std::array<std::uint8_t, kMostReasonBytes> reason;
  std::copy_n(why.begin(), count, reason.begin());
  (void)tell(worker, MessageKind::refused, flow_id, std::span(reason).first(count));
}

bool Loop::tell(Worker& worker, MessageKind kind, std::uint64_t flow_id,
                std::span<const std::uint8_t> body, std::uint16_t flags) noexcept {
  bool sleeps = false;
  return worker.channel && worker.channel->out.send(kind, flags, flow_id, body, sleeps);
}

void Loop::to_kernel(Worker& worker, std::span<const iovec> parts) noexcept {
  counters_.pieces_in.add(1);
  if (!worker.queue.write(parts)) counters_.refused_by_link.add(1);
}

}  // namespace sekisho::decrypt
