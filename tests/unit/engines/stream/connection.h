#pragma once

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engines/stream/tcp_reassembler.h"

namespace sekisho::tests {

using engines::BodyView;
using engines::Direction;
using engines::index_of;
using engines::MemoryPool;
using engines::PacketView;
using engines::stream::Delivery;
using engines::stream::OverlapPolicy;
using engines::stream::StreamEnd;
using engines::stream::StreamSink;
using engines::stream::TcpConfig;
using engines::stream::TcpOutcome;
using engines::stream::TcpReassembler;
using engines::stream::TcpState;
using engines::stream::TcpWorker;
using engines::stream::UrgentPolicy;

inline constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32;
inline constexpr auto kClient = Direction::to_server;
inline constexpr auto kServer = Direction::to_client;

/// What a connection told, by direction: bytes, "<3>" for a gap of three, "?" before what nobody
/// could read, "|" for the depth, "$" for the end.
class RecordingSink : public StreamSink {
 public:
  void stream_bytes(Direction direction, const BodyView& view) noexcept override {
    auto& end = ends_[index_of(direction)];
    ok = ok && view.fresh > 0 && view.fresh <= view.window.size() &&
         view.window_offset + view.window.size() == end.offset + view.fresh;
    const std::string window(view.window.begin(), view.window.end());
    const auto fresh = window.substr(window.size() - view.fresh);
    end.text += fresh;
    order += direction == kClient ? 'c' : 's';
    end.since_gap += fresh;
    end.offset += view.fresh;
    ok = ok && end.since_gap.ends_with(window);
    least_history =
        std::min(least_history, window.size() == end.since_gap.size() ? least_history
                                                                      : window.size() - view.fresh);
  }
  void stream_gap(Direction direction, std::uint64_t count) noexcept override {
    auto& end = ends_[index_of(direction)];
    end.text += "<" + std::to_string(count) + ">";
    end.since_gap.clear();
    end.offset += count;
    ++gaps;
  }
  void stream_unreadable(Direction direction) noexcept override {
    ends_[index_of(direction)].text += "?";
  }
  bool stream_depth_reached(Direction direction) noexcept override {
    ends_[index_of(direction)].text += "|";
    return reads_on;
  }
  void stream_end(Direction direction, StreamEnd why) noexcept override {
    ends_[index_of(direction)].text += "$";
    order += direction == kClient ? 'C' : 'S';
    ends_[index_of(direction)].why = why;
  }

  const std::string& text(Direction direction) const { return ends_[index_of(direction)].text; }
  StreamEnd why(Direction direction) const { return ends_[index_of(direction)].why; }
  std::string order;      // of the client's bytes (c) and end (C), the server's (s, S)
  bool reads_on = false;  // behind the depth
  bool ok = true;         // every view was consistent with what came before
  std::size_t least_history = SIZE_MAX;  // bytes behind the fresh ones, when there were more
  int gaps = 0;

 private:
  struct End {
    std::string text;
    std::string since_gap;
    std::uint64_t offset = 0;
    StreamEnd why = StreamEnd::fin;
  };
  std::array<End, 2> ends_;
};

struct Segment {
  Direction from = kClient;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = kAck;
  std::string_view payload = {};
  std::uint16_t window = 65535;
  std::uint8_t ttl = 64;
  std::uint16_t urgent = 0;
  std::string_view options = {};  // a multiple of 4 bytes
  bool bad_checksum = false;
  std::uint64_t time_s = 1000;
};

/// One connection and everything around it.
class Connection {
 public:
  explicit Connection(const TcpConfig& config = {}, std::size_t pool_bytes = 1 << 22)
      : pool_(*MemoryPool::create(pool_bytes)),
        worker_(config, *pool_),
        tcp_(std::make_unique<TcpReassembler>(worker_)) {}

  TcpOutcome send(const Segment& segment) {
    std::vector<std::uint8_t> header(20 + segment.options.size());
    header[18] = static_cast<std::uint8_t>(segment.urgent >> 8);
    header[19] = static_cast<std::uint8_t>(segment.urgent);
    std::copy(segment.options.begin(), segment.options.end(), header.begin() + 20);
    // A copy of its own, so that a sanitizer sees whoever reads beyond it.
    const std::vector<std::uint8_t> payload(segment.payload.begin(), segment.payload.end());
    PacketView packet;
    packet.transport_header = header;
    packet.payload = payload;
    packet.tcp_sequence = segment.sequence;
    packet.tcp_acknowledgement = segment.acknowledgement;
    packet.tcp_flags = segment.flags;
    packet.tcp_window = segment.window;
    packet.ttl = segment.ttl;
    packet.bad_transport_checksum = segment.bad_checksum;
    packet.time_ns = segment.time_s * 1'000'000'000;
    const auto outcome = tcp_->segment(segment.from, packet, sink);
    REQUIRE(sink.ok);
    return outcome;
  }
  /// Client's first byte is 101, server's 501.
  void open(std::string_view options = {}) {
    send({.sequence = 100, .flags = kSyn, .options = options});
    send({.from = kServer,
          .sequence = 500,
          .acknowledgement = 101,
          .flags = kSyn | kAck,
          .options = options});
    send({.sequence = 101, .acknowledgement = 501});
    REQUIRE(tcp_->established());
  }
  TcpOutcome client(std::uint32_t sequence, std::string_view payload,
                    std::uint32_t acknowledgement = 501) {
    return send({.sequence = sequence, .acknowledgement = acknowledgement, .payload = payload});
  }
  TcpOutcome server(std::uint32_t sequence, std::string_view payload,
                    std::uint32_t acknowledgement) {
    return send({.from = kServer,
                 .sequence = sequence,
                 .acknowledgement = acknowledgement,
                 .payload = payload});
  }
  void close() { tcp_->close(sink); }

  TcpReassembler& tcp() { return *tcp_; }
  TcpWorker& worker() { return worker_; }
  MemoryPool& pool() { return *pool_; }
  const std::string& from_client() const { return sink.text(kClient); }
  const std::string& from_server() const { return sink.text(kServer); }
  /// Gives everything back; the pool must be whole then.
  void destroy() {
    tcp_.reset();
    REQUIRE(pool_->used_bytes() == 0);
  }

  RecordingSink sink;

 private:
  std::unique_ptr<MemoryPool> pool_;
  TcpWorker worker_;
  std::unique_ptr<TcpReassembler> tcp_;
};

inline bool has_oddity(const TcpOutcome& outcome, std::string_view name) {
  for (const auto oddity : outcome.oddities)
    if (oddity == name) return true;
  return false;
}

}  // namespace sekisho::tests
