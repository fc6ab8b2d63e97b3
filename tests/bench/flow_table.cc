// Cost of the flow table in TSC cycles: finding established flows in bursts of 32 at random, then
// touching what a packet of theirs touches; opening flows; bytes a flow. The fastest of many
// rounds, so that other work on the machine does not count. Ends with one JSON object.
#include "dataplane/flow/flow_table.h"

#include <x86intrin.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "dataplane/flow/tcp_tracking.h"

namespace {

using namespace sekisho;
using namespace sekisho::dataplane;

constexpr std::size_t kBurst = 32;
constexpr std::size_t kLookups = std::size_t{1} << 18;  // a round; more than the caches remember
constexpr int kRounds = 25;
constexpr std::uint64_t kSecond = 1'000'000'000;

FlowKey key_number(std::uint32_t n) {
  FlowKey key;
  key.a = IpAddress::from_v4(0x0a000000 + (n >> 14));
  key.b = IpAddress::from_v4(0xc6336402);
  key.port_a = static_cast<std::uint16_t>(1024 + (n & 0x3fff));
  key.port_b = 443;
  key.protocol = 6;
  return key;
}

FlowTable make_table(std::uint32_t capacity) {
  Result<FlowTable> table = FlowTable::create(capacity, {});
  if (!table) {
    std::fprintf(stderr, "%s\n", table.error().message.c_str());
    std::exit(1);
  }
  return *std::move(table);
}

/// A data segment of a connection that both ends have agreed on, again and again.
PacketInfo established_packet(const FlowKey& key) {
  PacketInfo packet{};
  packet.kind = PacketKind::flow;
  packet.key = key;
  packet.protocol = 6;
  packet.tcp_flags = kTcpAck;
  packet.tcp_seq = 1000;
  packet.tcp_ack = 2000;
  packet.tcp_window = 60000;
  packet.tcp_window_scale = kNoWindowScale;
  return packet;
}

struct Cost {
  double find;   // cycles a lookup
  double track;  // cycles a packet: lookup, counters and window check
};

Cost measure(std::uint32_t num_flows) {
  FlowTable table = make_table(num_flows);
  for (std::uint32_t n = 0; n < num_flows; ++n) {
    Flow* const flow = table.insert(key_number(n), kSecond, [](Flow&) {});
    open_tcp(*flow, established_packet(flow->key), {});
    table.promote(*flow, 3600);
  }
  std::mt19937 random(1);
  std::vector<PacketInfo> packets(kLookups);
  for (PacketInfo& packet : packets)
    packet = established_packet(key_number(static_cast<std::uint32_t>(random() % num_flows)));

  Cost best{std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
  for (int round = 0; round < 2 * kRounds; ++round) {
    const bool track = round % 2 != 0;
    std::uint64_t cycles = 0, found = 0;
    for (std::size_t at = 0; at < kLookups; at += kBurst) {
      const FlowKey* keys[kBurst];
      Flow* flows[kBurst];
      for (std::size_t i = 0; i < kBurst; ++i) keys[i] = &packets[at + i].key;
      // The worker has just decoded these packets: they are in the cache.
      for (std::size_t i = 0; i < kBurst; ++i) found += packets[at + i].key.protocol == 0;
      const std::uint64_t start = __rdtsc();
      table.find(keys, flows);
      if (track) {
        for (std::size_t i = 0; i < kBurst; ++i) {
          Flow& flow = *flows[i];
          flow.last_ns = start;
          ++flow.packets[0];
          flow.bytes[0] += 64;
          found += track_tcp(flow, packets[at + i], true, {}).drop == DropReason::none;
        }
      } else {
        for (const Flow* const flow : flows) found += flow != nullptr;
      }
      cycles += __rdtsc() - start;
    }
    if (found != kLookups) {
      std::fprintf(stderr, "%llu of %zu found\n", static_cast<unsigned long long>(found), kLookups);
      std::exit(1);
    }
    double& cost = track ? best.track : best.find;
    cost = std::min(cost, static_cast<double>(cycles) / static_cast<double>(kLookups));
  }
  return best;
}

/// Flows opened a second into a table of a million: while it fills, and when each displaces
/// another.
struct Inserts {
  double filling;
  double evicting;
};

Inserts measure_inserts() {
  constexpr std::uint32_t kFlows = 1'000'000;
  FlowTable table = make_table(kFlows);
  using Clock = std::chrono::steady_clock;
  Inserts best{0, 0};
  const auto rate = [&](std::uint32_t from, std::uint32_t count) {
    const auto start = Clock::now();
    for (std::uint32_t n = from; n < from + count; ++n)
      table.insert(key_number(n), kSecond, [](Flow&) {});
    return count / std::chrono::duration<double>(Clock::now() - start).count();
  };
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t from = 0; from < kFlows; from += kFlows / 10)
      best.filling = std::max(best.filling, rate(from, kFlows / 10));
    for (std::uint32_t from = kFlows; from < 2 * kFlows; from += kFlows / 10)
      best.evicting = std::max(best.evicting, rate(from, kFlows / 10));
    for (std::uint32_t i = 0; i < kFlows; ++i) table.erase(table.at(i));
  }
  return best;
}

}  // namespace

int main() {
  std::string json;
  std::printf("%10s %18s %26s\n", "flows", "cycles to find", "cycles to find and track");
  for (const std::uint32_t flows : {1'000U, 100'000U, 1'000'000U}) {
    const Cost cost = measure(flows);
    std::printf("%10u %18.1f %26.1f\n", flows, cost.find, cost.track);
    char text[96];
    std::snprintf(text, sizeof text, "\"find_%u\": %.1f, \"track_%u\": %.1f, ", flows, cost.find,
                  flows, cost.track);
    json += text;
  }
  const Inserts inserts = measure_inserts();
  std::printf("inserts a second: %.2f M filling, %.2f M displacing\n", inserts.filling / 1e6,
              inserts.evicting / 1e6);
  const FlowTable table = make_table(1'000'000);
  const double bytes = static_cast<double>(table.memory_bytes()) / 1e6;
  std::printf("bytes a flow of a million: %.0f\n", bytes);
  std::printf(
      "{%s\"inserts_per_s\": %.0f, \"evicting_inserts_per_s\": %.0f, "
      "\"bytes_per_flow\": %.0f, \"gib_per_million\": %.3f}\n",
      json.c_str(), inserts.filling, inserts.evicting, bytes,
      static_cast<double>(table.memory_bytes()) / (1U << 30));
}
