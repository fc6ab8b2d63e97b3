#include "dataplane/worker/alert_capture.h"

#include <algorithm>
#include <charconv>

#include "config/base/text_bytes.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

}  // namespace

CaptureName name_of_capture(std::uint64_t time_ns, std::uint64_t flow_id, std::uint32_t generator,
                            std::uint32_t signature) noexcept {
  constexpr std::uint64_t kMicrosecond = 1000, kMicrosASecond = 1'000'000;
  CaptureName name;
  char* at = name.text.data();
  char* const end = at + name.text.size();
  const auto number = [&](std::uint64_t value) { at = std::to_chars(at, end, value).ptr; };
  number(time_ns / kSecond);
  const auto micros = time_ns / kMicrosecond % kMicrosASecond;
  number(kMicrosASecond + micros);  // six digits behind a one,
  at[-7] = '.';                     // which gives way to the point
  for (const std::uint64_t value : {flow_id, std::uint64_t{generator}, std::uint64_t{signature}}) {
    *at++ = '-';
    number(value);
  }
  constexpr std::string_view kSuffix = ".pcap";
  at = std::copy(kSuffix.begin(), kSuffix.end(), at);
  name.size = static_cast<std::uint8_t>(at - name.text.data());
  return name;
}

std::string_view name_of(CaptureEnd end) noexcept {
  switch (end) {
    case CaptureEnd::time:
      return "time";
    case CaptureEnd::flow:
      return "flow";
    case CaptureEnd::size:
      return "size";
    case CaptureEnd::stopped:
      return "stopped";
    case CaptureEnd::failed:
      return "failed";
  }
  return "";
}

AlertCapture::AlertCapture(Counters& counters)
    : counters_(counters), history_(kSnapBytes, kHistorySlots), queue_(kSnapBytes, kQueueSlots) {}

std::string_view AlertCapture::begin(FlowCapture& flow, const Alert& alert,
                                     const engines::ips::CaptureSettings& wanted,
                                     std::uint64_t now_ns) noexcept {
  const auto until_ns = now_ns + wanted.seconds_after * kSecond;
  const auto packets = wanted.packets_after == 0 ? kNoLimit : std::uint64_t{wanted.packets_after};
  if (auto* const running = running_of(flow, alert.flow_id)) {
    running->until_ns = std::max(running->until_ns, until_ns);
    running->packets_left = std::max(running->packets_left, packets);
    return running->name.view();
  }
  auto* const running = take_free(alert, now_ns);
  if (running == nullptr) {
    ++counters_.captures_refused;
    return {};
  }
  ++counters_.captures_begun;
  ++num_running_;
  const auto& rule = *alert.rule;
  *running = {
      .flow_id = alert.flow_id,
      .until_ns = until_ns,
      .bytes_left = wanted.bytes_after == 0
                        ? kMostBytes
                        : std::min<std::uint64_t>(wanted.bytes_after, kMostBytes),
      .packets_left = packets,
      .lost = 0,
      .ended = {},
      .name = name_of_capture(alert.time_ns, alert.flow_id, rule.generator, rule.signature)};
  flow.running = number_of(*running);
  history_.find(flow.trail, alert.flow_id, wanted.packets_before, found_);
  running->lost += static_cast<std::uint32_t>(found_.overwritten);
  counters_.capture_packets_lost += found_.overwritten;
  for (std::size_t i = 0; i < found_.count; ++i) put(*running, found_.packets[i]);
  flow.trail = {};  // no packet is in two captures
  return running->name.view();
}

/// One that the writer has been told of.
AlertCapture::Running* AlertCapture::take_free(const Alert& alert, std::uint64_t now_ns) noexcept {
  if (const auto second = now_ns / kSecond; second != second_) {
    second_ = second;
    begun_this_second_ = 0;
  }
  if (begun_this_second_ == kMostASecond) return nullptr;
  auto* const found = std::find_if(running_.begin(), running_.end(),
                                   [](const Running& one) { return one.flow_id == 0; });
  if (found == running_.end()) return nullptr;
  const auto& rule = *alert.rule;
  const CaptureRecord record{.time_ns = alert.time_ns,
                             .flow_id = alert.flow_id,
                             .client = alert.client,
                             .server = alert.server,
                             .generator = rule.generator,
                             .signature = rule.signature,
                             .revision = rule.revision,
                             .client_port = alert.client_port,
                             .server_port = alert.server_port,
                             .kind = CaptureRecord::Kind::begin,
                             .running = number_of(*found),
                             .protocol = alert.protocol};
  if (!queue_.offer(record, bytes_of(rule.message))) return nullptr;
  ++begun_this_second_;
  return found;
}

AlertCapture::Running* AlertCapture::running_of(const FlowCapture& flow,
                                                std::uint64_t flow_id) noexcept {
  auto& running = running_[flow.running];
  return running.flow_id == flow_id && !running.ended ? &running : nullptr;
}

void AlertCapture::put(Running& running, const WirePacket& packet) noexcept {
  const CaptureRecord record{.time_ns = packet.time_ns,
                             .frame_bytes = packet.frame_bytes,
                             .kind = CaptureRecord::Kind::packet,
                             .running = number_of(running)};
  if (queue_.offer(record, packet.bytes)) {
    running.bytes_left -= std::min<std::uint64_t>(running.bytes_left, packet.bytes.size());
    return;
  }
  ++running.lost;
  ++counters_.capture_packets_lost;
}

bool AlertCapture::add(const FlowCapture& flow, std::uint64_t flow_id, const WirePacket& packet,
                       std::uint64_t now_ns) noexcept {
  auto* const running = running_of(flow, flow_id);
  if (running == nullptr) return false;
  if (now_ns >= running->until_ns) {
    finish(*running, CaptureEnd::time);
    return false;
  }
  if (running->packets_left == 0 || packet.bytes.size() > running->bytes_left) {
    finish(*running, CaptureEnd::size);
    return false;
  }
  if (running->packets_left != kNoLimit) --running->packets_left;
  put(*running, packet);
  return true;
}

void AlertCapture::end(const FlowCapture& flow, std::uint64_t flow_id, CaptureEnd why) noexcept {
  if (auto* const running = running_of(flow, flow_id)) finish(*running, why);
}

/// Its place is free when the writer has been told.
void AlertCapture::finish(Running& running, CaptureEnd why) noexcept {
  running.ended = why;
  if (!queue_.offer({.lost = running.lost,
                     .kind = CaptureRecord::Kind::end,
                     .running = number_of(running),
                     .end = why},
                    {}))
    return;
  running.flow_id = 0;
  --num_running_;
}

void AlertCapture::keep_house(std::uint64_t now_ns) noexcept {
  if (num_running_ == 0) return;
  auto& running = running_[next_looked_at_++ % kMostRunning];
  if (running.flow_id == 0) return;
  if (running.ended)
    finish(running, *running.ended);
  else if (now_ns >= running.until_ns)
    finish(running, CaptureEnd::time);
}

}  // namespace sekisho::dataplane
