#pragma once

#include <rte_mempool.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "worker_harness/worker_harness.h"

namespace sekisho::dataplane::test {

using packets::Bytes;
using packets::ethernet;
using packets::PacketBuilder;
using tests::HarnessOptions;
using tests::kLanPort;
using tests::kWanPort;
using Frames = std::vector<Bytes>;

inline constexpr std::string_view kAllowAll =
    "version: 1\nrules: [{name: everything, action: allow, log: false}]\n";
inline constexpr std::string_view kBlockAll =
    "version: 1\nrules: [{name: nothing, action: block, log: false}]\n";

inline constexpr std::string_view kClient = "192.0.2.1", kServer = "198.51.100.2";
inline constexpr std::string_view kClient6 = "2001:db8::1", kServer6 = "2001:db8:1::2";

/// What became of one frame, and what the worker sent besides.
struct Fate {
  bool forwarded = false;  // unchanged, to the other port, and nowhere else
  Frames to_lan;           // everything sent while it was the only frame
  Frames to_wan;
};

/// One worker under one policy. Every test ends with a look at the packet pool: whatever came in
/// must have been sent or let go.
class Gateway {
 public:
  explicit Gateway(std::string_view policy = kAllowAll, const HarnessOptions& options = {})
      : harness_(io_, options) {
    if (!policy.empty()) harness_.publish(policy);
  }
  ~Gateway() {
    harness_.poll_all();
    CHECK(buffers_in_use() == in_use_before_);
  }
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  Fate from(std::uint8_t port, const Bytes& frame) {
    io_.give(port, frame);
    harness_.poll_all();
    Fate fate{.to_lan = io_.take_sent(kLanPort), .to_wan = io_.take_sent(kWanPort)};
    const auto discarded = io_.take_discarded();
    const auto& there = port == kLanPort ? fate.to_wan : fate.to_lan;
    fate.forwarded = fate.to_lan.size() + fate.to_wan.size() == 1 && there.size() == 1 &&
                     there.front() == frame && discarded.empty();
    return fate;
  }
  bool passes(std::uint8_t port, const Bytes& frame) { return from(port, frame).forwarded; }
  bool lan_passes(const PacketBuilder& frame) { return passes(kLanPort, frame.build()); }
  bool wan_passes(const PacketBuilder& frame) { return passes(kWanPort, frame.build()); }

  /// Frames of one burst (at most 32), judged together.
  void burst(std::uint8_t port, const Frames& frames) {
    for (const auto& frame : frames) io_.give(port, frame);
    harness_.poll_all();
  }

  std::uint64_t count(const std::string& name) const {
    const auto all = harness_.counters();
    const auto found = all.find(name);
    return found == all.end() ? 0 : found->second;
  }
  std::vector<events::EventRecord> take_events(events::EventType type) {
    auto all = harness_.take_events();
    std::erase_if(all, [type](const auto& event) { return event.type != type; });
    return all;
  }
  std::uint32_t num_flows() {
    harness_.poll();  // counts them again
    return harness_.worker().num_flows();
  }

  tests::WorkerHarness& harness() { return harness_; }
  Worker& worker() { return harness_.worker(); }
  tests::RecordingIo& io() { return io_; }

 private:
  static unsigned buffers_in_use() { return rte_mempool_in_use_count(tests::packet_pool()); }

  tests::RecordingIo io_{tests::packet_pool()};
  unsigned in_use_before_ = buffers_in_use();
  tests::WorkerHarness harness_;
};

/// A TCP connection from the LAN as its two ends would speak it.
struct Connection {
  std::string client{kClient}, server{kServer};
  std::uint16_t client_port = 40'000, server_port = 80;
  std::uint32_t client_next = 1000, server_next = 5000;

  PacketBuilder to_server(std::uint8_t flags, std::string_view payload = {}) {
    auto frame = address(client, server)
                     .tcp(client_port, server_port, flags, client_next,
                          (flags & packets::kAck) != 0 ? server_next : 0);
    if (!payload.empty()) frame.payload(payload);
    client_next += length(flags, payload);
    return frame;
  }
  PacketBuilder to_client(std::uint8_t flags, std::string_view payload = {}) {
    auto frame = address(server, client)
                     .tcp(server_port, client_port, flags, server_next,
                          (flags & packets::kAck) != 0 ? client_next : 0);
    if (!payload.empty()) frame.payload(payload);
    server_next += length(flags, payload);
    return frame;
  }
  /// False when any of the three segments did not pass.
  bool open(Gateway& gateway) {
    return gateway.lan_passes(to_server(packets::kSyn)) &&
           gateway.wan_passes(to_client(packets::kSyn | packets::kAck)) &&
           gateway.lan_passes(to_server(packets::kAck));
  }

 private:
  static PacketBuilder address(const std::string& from, const std::string& to) {
    return from.find(':') == std::string::npos ? ethernet().ipv4(from, to)
                                               : ethernet().ipv6(from, to);
  }
  static std::uint32_t length(std::uint8_t flags, std::string_view payload) {
    return static_cast<std::uint32_t>(payload.size()) + ((flags & packets::kSyn) != 0 ? 1U : 0U) +
           ((flags & packets::kFin) != 0 ? 1U : 0U);
  }
};

}  // namespace sekisho::dataplane::test
