#include "worker_harness/recording_io.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace sekisho::tests {
namespace {

packets::Bytes bytes_of(const rte_mbuf* frame) {
  const auto* data = rte_pktmbuf_mtod(frame, const std::uint8_t*);
  return {data, data + frame->data_len};
}

}  // namespace

RecordingIo::~RecordingIo() {
  for (auto* frame : waiting_) rte_pktmbuf_free(frame);
}

void RecordingIo::give(std::uint8_t port, std::span<const std::uint8_t> frame) {
  auto* buffer = rte_pktmbuf_alloc(pool_);
  if (buffer == nullptr) throw std::runtime_error("the packet pool is empty");
  if (frame.size() > rte_pktmbuf_tailroom(buffer)) {
    rte_pktmbuf_free(buffer);
    throw std::length_error("a frame does not fit a packet buffer");
  }
  const auto length = static_cast<std::uint16_t>(frame.size());
  if (length != 0) std::memcpy(rte_pktmbuf_append(buffer, length), frame.data(), length);
  buffer->port = port;
  waiting_.push_back(buffer);
}

std::vector<packets::Bytes> RecordingIo::take_sent(std::uint8_t port) {
  return std::exchange(sent_[port], {});
}

std::vector<packets::Bytes> RecordingIo::take_discarded() { return std::exchange(discarded_, {}); }

std::size_t RecordingIo::receive(std::span<rte_mbuf*> out) noexcept {
  const auto count = std::min(out.size(), waiting_.size());
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = waiting_.front();
    waiting_.pop_front();
  }
  return count;
}

std::size_t RecordingIo::transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept {
  const auto count = std::min(frames.size(), transmit_limit_);
  for (auto* frame : frames.first(count)) {
    sent_[port].push_back(bytes_of(frame));
    rte_pktmbuf_free(frame);
  }
  return count;
}

void RecordingIo::discard(std::span<rte_mbuf*> frames) noexcept {
  for (auto* frame : frames) {
    discarded_.push_back(bytes_of(frame));
    rte_pktmbuf_free(frame);
  }
}

}  // namespace sekisho::tests
