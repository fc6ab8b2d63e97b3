#include "engines/stream/tcp_reassembler.h"

#include <algorithm>
#include <utility>

#include "tcp_processing.h"

namespace sekisho::engines::stream {

TcpWorker::TcpWorker(const TcpConfig& config, MemoryPool& pool) noexcept
    : config_(config), pool_(&pool) {
  config_.max_window = static_cast<std::uint32_t>(std::clamp<std::size_t>(
      config_.max_window, StreamWindow::kFirstBytes, MemoryPool::kLargestBlock));
  config_.usual_window = std::clamp<std::uint32_t>(config_.usual_window, StreamWindow::kFirstBytes,
                                                   config_.max_window);
  config_.history = std::min(config_.history, config_.usual_window / 2);
}

TcpReassembler::~TcpReassembler() {
  for (End& end : ends_) {
    end.queue.clear(worker_->pool());
    end.window.release(worker_->pool());
  }
}

TcpOutcome TcpReassembler::segment(Direction direction, const PacketView& packet,
                                   StreamSink& sink) noexcept {
  return TcpProcessing(*this, direction, packet, sink).run();
}

void TcpReassembler::close(StreamSink& sink) noexcept {
  if (std::exchange(closed_, true)) return;
  worker_->oddities().clear();
  const PacketView no_packet;
  TcpProcessing(*this, Direction::to_server, no_packet, sink).close();
}

void TcpReassembler::stop(Direction direction) noexcept {
  End& end = ends_[index_of(direction)];
  end.stopped = true;
  if (busy_) return;  // the call in progress still uses the memory, and gives it back
  end.queue.clear(worker_->pool());
  end.window.release(worker_->pool());
}

void TcpReassembler::swap_directions() noexcept {
  std::swap(ends_[0], ends_[1]);
  opener_ = static_cast<std::uint8_t>(1 - opener_);
}

std::uint64_t TcpReassembler::delivered_bytes(Direction direction) const noexcept {
  return ends_[index_of(direction)].delivered;
}

bool TcpReassembler::stopped(Direction direction) const noexcept {
  return ends_[index_of(direction)].stopped;
}

std::size_t TcpReassembler::memory_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const End& end : ends_)
    bytes += end.window.capacity() + end.queue.bytes() +
             end.queue.segments() * sizeof(SegmentQueue::Segment);
  return bytes;
}

}  // namespace sekisho::engines::stream
