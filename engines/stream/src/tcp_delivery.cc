#include <algorithm>

#include "tcp_processing.h"

namespace sekisho::engines::stream {

/// `end.acknowledged` has moved on.
void TcpProcessing::acknowledge(End& end) noexcept {
  const auto next = end.window.next();
  if (end.depth_reached || end.ended) {
    if (!before(end.acknowledged, next)) end.unread = true;
    return;
  }
  if (end.stopped) return;
  if (!end.seen) {  // nobody waits for what will never be seen
    if (after(end.acknowledged, next)) guess(end, end.acknowledged);
    return;
  }
  auto limit = end.acknowledged;
  if (end.fin_seen && after(limit, end.fin)) limit = end.fin;
  if (!after(limit, next)) return;
  advance(end, limit);
  if (on_arrival()) deliver_contiguous(end);
}

/// A listener may see an acknowledgement before the bytes that it is for: they are missing when
/// something behind them was seen.
bool TcpProcessing::may_still_come(const End& end) const noexcept {
  return !on_arrival() && !after(end.sent, end.window.next());
}

/// Hands on everything before `limit`, and tells what is missing.
void TcpProcessing::advance(End& end, std::uint32_t limit) noexcept {
  while (end.reading() && before(end.window.next(), limit)) {
    const auto* const front = end.queue.front();
    if (front != nullptr && !after(front->sequence, end.window.next())) {
      take_from_queue(end, limit);
    } else if (front == nullptr && may_still_come(end)) {
      return;
    } else {
      const auto to = front == nullptr ? limit : earlier(front->sequence, limit);
      gap(end, to - end.window.next());
    }
  }
}

void TcpProcessing::deliver_contiguous(End& end) noexcept {
  for (auto* front = end.queue.front();
       end.reading() && front != nullptr && !after(front->sequence, end.window.next());
       front = end.queue.front())
    take_from_queue(end, front->end());
}

/// The front segment, which is due, up to `limit`.
void TcpProcessing::take_from_queue(End& end, std::uint32_t limit) noexcept {
  auto& queue = end.queue;
  auto* front = queue.front();
  const auto next = end.window.next();
  if (!after(front->end(), next)) {
    queue.take_front(worker_.pool(), front->size);
    return;
  }
  if (front->sequence != next) queue.take_front(worker_.pool(), next - front->sequence);
  const auto count = earlier(front->end(), limit) - next;
  const bool has_urgent = front->urgent < count;  // kNoUrgent is beyond every segment
  hand_on(end, {front->data(), count}, has_urgent ? front->urgent : SegmentQueue::kNoUrgent);
  queue.take_front(worker_.pool(), count);
}

void TcpProcessing::hand_on(End& end, std::span<const std::uint8_t> bytes,
                            std::uint32_t urgent) noexcept {
  if (urgent != SegmentQueue::kNoUrgent) {
    end.urgent_pending = false;
    const auto policy = worker_.config().urgent;
    if (policy == UrgentPolicy::out_of_band || policy == UrgentPolicy::gap) {
      hand_on_ordinary(end, bytes.first(urgent));
      if (!end.reading()) return;
      if (policy == UrgentPolicy::gap)
        gap(end, 1);
      else
        end.window.leave_out(bytes[urgent]);
      bytes = bytes.subspan(urgent + 1);
    }
  }
  hand_on_ordinary(end, bytes);
}

void TcpProcessing::hand_on_ordinary(End& end, std::span<const std::uint8_t> bytes) noexcept {
  const auto left = depth_left(end);
  auto rest = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left)));
  while (!rest.empty() && !end.stopped) {
    const auto count = end.window.append(worker_.pool(), rest, window_limits(end, rest.size()));
    if (count == 0) {
      ++worker_.counters().no_memory;
      gap(end, static_cast<std::uint32_t>(rest.size()));
      break;
    }
    end.offset += count;
    end.delivered += count;
    worker_.counters().bytes += count;
    delivered_ = true;
    const auto window = end.window.view();
    sink_.stream_bytes(direction_of(end), {window, end.offset - window.size(), count, false});
    rest = rest.subspan(count);
  }
  if (bytes.size() <= left || end.stopped) return;
  odd("stream.reassembly_depth_reached");
  end.without_depth = sink_.stream_depth_reached(direction_of(end));
  end.depth_reached = !end.without_depth;
  if (end.without_depth) hand_on_ordinary(end, bytes.subspan(static_cast<std::size_t>(left)));
}

/// Inline, everything that may come again stays at hand to be compared.
StreamWindow::Limits TcpProcessing::window_limits(const End& end,
                                                  std::size_t count) const noexcept {
  const auto& config = worker_.config();
  StreamWindow::Limits limits{config.history, config.usual_window, config.max_window};
  if (on_arrival()) {
    const End& receiver = &end == &from_ ? to_ : from_;
    const auto in_flight = end.window.next() - end.acknowledged;
    limits.keep =
        std::max<std::size_t>(limits.keep, unseen(receiver) ? config.usual_window / 2 : in_flight);
  }
  const auto most = std::max<std::size_t>(limits.most, count);
  limits.keep = std::min(limits.keep, most - count);
  return limits;
}

std::uint64_t TcpProcessing::depth_left(const End& end) const noexcept {
  const std::uint64_t depth = worker_.config().depth[index_of(direction_of(end))];
  if (depth == 0 || end.without_depth) return UINT64_MAX;
  return depth > end.offset ? depth - end.offset : 0;
}

void TcpProcessing::gap(End& end, std::uint32_t count) noexcept {
  end.window.skip(count);
  end.offset += count;
  ++worker_.counters().gaps;
  worker_.counters().gap_bytes += count;
  odd("stream.reassembly_seq_gap");
  sink_.stream_gap(direction_of(end), count);
}

void TcpProcessing::end_if_over(End& end) noexcept {
  if (end.ended || end.stopped || !end.fin_seen) return;
  // A listener believes a FIN, as it does bytes, when the other end acknowledges it.
  const End& receiver = &end == &from_ ? to_ : from_;
  const bool believed = on_arrival() || unseen(receiver) || after(end.acknowledged, end.fin);
  if (end.depth_reached || (believed && !before(end.window.next(), end.fin)))
    finish(end, StreamEnd::fin);
}

void TcpProcessing::finish(End& end, StreamEnd why) noexcept {
  if (end.ended || !end.known) return;
  end.ended = true;
  if (why != StreamEnd::fin || !on_arrival() || !before(end.acknowledged, end.window.next()))
    end.unread = true;
  if (!end.stopped) sink_.stream_end(direction_of(end), why);
}

/// Gives back what nobody reads any more.
void TcpProcessing::tidy(End& end) noexcept {
  if (end.reading()) return;
  end.queue.clear(worker_.pool());
  if (end.stopped || end.unread || !on_arrival() ||
      end.highest - end.window.next() > worker_.config().max_window) {
    end.window.release(worker_.pool());
    end.unread = true;
  }
}

/// Nobody acknowledged it. What waits behind a gap never became readable for its receiver.
void TcpProcessing::deliver_rest(End& end) noexcept {
  deliver_contiguous(end);
  if (!end.reading() || end.queue.front() == nullptr) return;
  sink_.stream_unreadable(direction_of(end));
  advance(end, end.queue.end());
}

void TcpProcessing::close() noexcept {
  connection_.busy_ = true;
  const bool reset = from_.reset_sent || to_.reset_sent;
  // One end after the other: what the server still says does not come before the client's end.
  for (End& end : connection_.ends_) {
    if (!on_arrival()) deliver_rest(end);
    finish(end, reset ? StreamEnd::reset : StreamEnd::timeout);
  }
  connection_.busy_ = false;
  for (End* const end : {&from_, &to_}) {
    end->unread = true;
    tidy(*end);
  }
}

}  // namespace sekisho::engines::stream
