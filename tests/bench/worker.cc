// What the worker costs without ports: 64-byte packets through whole iterations of poll_once, from
// receiving to transmitting, in TSC cycles.
//
// Frames lie in mbufs that are written between measurements, 1,024 at a time (a NIC's ring), and
// are handed over by pointer; "i/o alone" tells what that costs, and it is not taken off. Every
// burst has 32 frames from one port; the ports take turns. What a row says is the median of some
// hundred batches of 1,024 packets, so that what else the machine does counts little; the best
// tenth is printed beside it. Batches in which the kernel gave the core to another thread, and the
// ones after them, do not count: a worker's core is its own. Flow tables and mbufs are in huge
// pages where there are any.
//
// Established: flows that were answered and are decided, in random order and direction, with TCP's
// sequence numbers going on; a batch in which anything was judged or not forwarded ends the
// program. New: one first packet a flow, with everything that belongs to opening, judging and
// logging it. What the rules and the traffic are is told in bench_support/office.h. The numbers of
// rules are measured in turns, so that the load of the machine falls on all of them alike.
//
// cycles_1k and cycles_1m: established UDP, 10,000 rules. setups_per_s: the slowest of the rows
// with 10,000 rules, among them those into a table with a million live flows, where every new flow
// displaces another. rules_ratio: the worst of 10,000 rules over 10,
// each the median of the rounds' own ratios: both were measured within milliseconds, at one clock.
#include <rte_cycles.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench_support/worker_bed.h"

namespace {

using namespace sekisho;
using namespace sekisho::tests;

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::array<std::size_t, 4> kRuleCounts{10, 100, 1'000, 10'000};
constexpr std::size_t kFewFlows = 1'000;
constexpr std::size_t kManyFlows = 1'000'000;
constexpr std::uint32_t kManyCapacity = 1U << 20;

/// Measurements of one thing.
class Series {
 public:
  void add(double cycles) { cycles_.push_back(cycles); }
  /// Of the medians of a round, when both were seen.
  void add_ratio(Series& many, Series& few) {
    if (!many.cycles_.empty() && !few.cycles_.empty()) add(many.median() / few.median());
  }
  double median() { return tests::median(cycles_); }
  double print(const std::string& what) {
    if (cycles_.empty()) throw std::runtime_error("the machine is too busy to measure anything");
    const double middle = median();
    std::printf("%-58s %8.1f %8.1f\n", what.c_str(), middle, quantile(cycles_, 0.1));
    std::fflush(stdout);
    return middle;
  }
  double print_ratio(const std::string& what) {
    if (cycles_.empty()) throw std::runtime_error("the machine is too busy to measure anything");
    const double middle = median();
    std::printf("%-58s %8.2f\n", what.c_str(), middle);
    return middle;
  }

 private:
  std::vector<double> cycles_;
};

std::string with_rules(const std::string& what, std::size_t rules) {
  return what + ", " + std::to_string(rules) + " rules";
}

/// A batch handed over and taken back, without a worker.
void print_io_alone() {
  Series batch;
  PreparedIo io(packet_pool(), WorkerBed::kBatch);
  for (std::size_t n = 0; n < WorkerBed::kBatch; ++n) io.add({.protocol = kUdp}, {});
  dataplane::FrameIo* any_io = &io;
  asm volatile("" : "+r"(any_io));  // called as the worker calls it
  for (int round = 0; round < 200; ++round) {
    io.rewind();
    std::array<rte_mbuf*, dataplane::kBurst> frames;
    const auto start = rte_rdtsc_precise();
    while (const auto count = any_io->receive(frames)) any_io->transmit(1, {frames.data(), count});
    batch.add(static_cast<double>(rte_rdtsc_precise() - start) / WorkerBed::kBatch);
  }
  batch.print("i/o alone");
}

void print_empty_poll(WorkerBed& bed) {
  constexpr int kPolls = 1000;
  Series polls;
  for (int round = 0; round < 50; ++round) {
    const auto start = rte_rdtsc_precise();
    for (int i = 0; i < kPolls; ++i) bed.harness().poll();
    polls.add(static_cast<double>(rte_rdtsc_precise() - start) / kPolls);
  }
  polls.print("an iteration with nothing to do");
}

/// What becomes of the rules' number.
struct RulesCosts {
  double established = 0;  // 10,000 rules
  double new_flow = 0;
  double worst_ratio = 0;
};

RulesCosts measure_rules(std::uint8_t protocol, const char* name) {
  constexpr int kRounds = 40;
  constexpr int kWarmUp = 2, kBatches = 5;  // of a round, each of established and of new flows
  std::vector<std::unique_ptr<WorkerBed>> beds;
  beds.reserve(kRuleCounts.size());
  for (const auto rules : kRuleCounts)
    beds.push_back(std::make_unique<WorkerBed>(
        BedShape{.rules = rules,
                 .flow_capacity = 1U << 19,
                 .protocol = protocol,
                 .established = kFewFlows,
                 .to_set_up = std::size_t{kRounds} * (kWarmUp + kBatches) * WorkerBed::kBatch}));
  std::array<Series, kRuleCounts.size()> established, new_flow;
  Series established_ratio, new_ratio;
  for (int round = 0; round < kRounds; ++round) {
    std::array<Series, kRuleCounts.size()> established_now, new_now;
    for (std::size_t i = 0; i < beds.size(); ++i) {
      for (int batch = -kWarmUp; batch < kBatches; ++batch)
        if (const double cycles = beds[i]->established_batch(); batch >= 0 && beds[i]->was_calm())
          established_now[i].add(cycles), established[i].add(cycles);
      for (int batch = -kWarmUp; batch < kBatches; ++batch)
        if (const double cycles = beds[i]->set_up_batch(); batch >= 0 && beds[i]->was_calm())
          new_now[i].add(cycles), new_flow[i].add(cycles);
    }
    established_ratio.add_ratio(established_now.back(), established_now.front());
    new_ratio.add_ratio(new_now.back(), new_now.front());
  }
  if (protocol == kUdp) print_empty_poll(*beds[0]);
  RulesCosts costs;
  const std::string text = name;
  for (std::size_t i = 0; i < beds.size(); ++i)
    costs.established =
        established[i].print(with_rules(text + ": established, 1,000 flows", kRuleCounts[i]));
  for (std::size_t i = 0; i < beds.size(); ++i)
    costs.new_flow = new_flow[i].print(with_rules(text + ": new", kRuleCounts[i]));
  costs.worst_ratio =
      std::max(established_ratio.print_ratio(text + ": established, 10,000 rules over 10"),
               new_ratio.print_ratio(text + ": new, 10,000 rules over 10"));
  return costs;
}

struct ManyCosts {
  double established = 0;
  double ratio = 0;  // of 10,000 rules to 10
  double slowest_new = 0;
};

constexpr BedShape many_flows(std::size_t rules, std::uint8_t protocol) {
  constexpr std::size_t kSetUps = (kManyCapacity - kManyFlows) + 160 * WorkerBed::kBatch;
  return {.rules = rules,
          .flow_capacity = kManyCapacity,
          .protocol = protocol,
          .established = kManyFlows,
          .to_set_up = kSetUps};
}

/// New flows beside a million live ones: while there is room, then each in place of another.
double measure_new_beside_many(WorkerBed& bed, const std::string& name) {
  Series filling, displacing;
  const auto& worker = bed.harness().worker();
  while (bed.flows_to_set_up() != 0) {
    const auto evicted = worker.counters().flows_evicted;
    const double cycles = bed.set_up_batch();
    if (!bed.was_calm()) continue;
    if (worker.counters().flows_evicted == evicted)
      filling.add(cycles);
    else if (worker.counters().flows_evicted == evicted + WorkerBed::kBatch)
      displacing.add(cycles);
  }
  const double room =
      filling.print(with_rules(name + ": new beside 1,000,000 flows", kRuleCounts.back()));
  return std::max(room, displacing.print(with_rules(name + ": new, displacing another, beside 1 M",
                                                    kRuleCounts.back())));
}

ManyCosts measure_many(std::uint8_t protocol, const std::string& name) {
  constexpr int kRounds = 40, kWarmUp = 1, kBatches = 8;
  std::array<std::unique_ptr<WorkerBed>, 2> beds;
  beds[0] = std::make_unique<WorkerBed>(many_flows(kRuleCounts.front(), protocol));
  beds[1] = std::make_unique<WorkerBed>(many_flows(kRuleCounts.back(), protocol));
  std::array<Series, 2> established;
  Series ratio;
  for (int round = 0; round < kRounds; ++round) {
    std::array<Series, 2> now;
    for (std::size_t i = 0; i < beds.size(); ++i)
      for (int batch = -kWarmUp; batch < kBatches; ++batch)
        if (const double cycles = beds[i]->established_batch(); batch >= 0 && beds[i]->was_calm())
          now[i].add(cycles), established[i].add(cycles);
    ratio.add_ratio(now[1], now[0]);
  }
  ManyCosts costs;
  established[0].print(with_rules(name + ": established, 1,000,000 flows", kRuleCounts.front()));
  costs.established =
      established[1].print(with_rules(name + ": established, 1,000,000 flows", kRuleCounts.back()));
  costs.ratio = ratio.print_ratio(name + ": established, 1,000,000 flows, 10,000 rules over 10");
  costs.slowest_new = measure_new_beside_many(*beds[1], name);
  return costs;
}

/// The same rules, some of them by FQDN and MAC address: what looking for names adds.
void print_rules_with_names() {
  constexpr int kBatches = 200;
  WorkerBed bed({.rules = kRuleCounts.back(),
                 .flow_capacity = 1U << 19,
                 .protocol = kTcp,
                 .established = kFewFlows,
                 .to_set_up = kBatches * WorkerBed::kBatch,
                 .with_names = true});
  Series new_flow;
  for (int batch = 0; batch < kBatches; ++batch)
    if (const double cycles = bed.set_up_batch(); bed.was_calm()) new_flow.add(cycles);
  new_flow.print(with_rules("TCP: new, 5 % of rules by FQDN or MAC", kRuleCounts.back()));
}

void run() {
  init_eal();
  std::printf("%s pages; TSC %.0f MHz\n", eal_uses_huge_pages() ? "huge" : "small",
              static_cast<double>(rte_get_tsc_hz()) / 1e6);
  std::printf("%-58s %8s %8s\n", "cycles a packet or new flow", "median", "10 %");
  print_io_alone();
  const RulesCosts udp = measure_rules(kUdp, "UDP");
  const RulesCosts tcp = measure_rules(kTcp, "TCP");
  print_rules_with_names();
  const ManyCosts many_udp = measure_many(kUdp, "UDP");
  const ManyCosts many_tcp = measure_many(kTcp, "TCP");

  const double slowest_new =
      std::max({udp.new_flow, tcp.new_flow, many_udp.slowest_new, many_tcp.slowest_new});
  const double ratio = std::max({udp.worst_ratio, tcp.worst_ratio, many_udp.ratio, many_tcp.ratio});
  std::printf(
      "{\"cycles_1k\": %.1f, \"cycles_1m\": %.1f, \"setups_per_s\": %.0f, \"rules_ratio\": %.3f, "
      "\"tcp_cycles_1k\": %.1f, \"tcp_cycles_1m\": %.1f}\n",
      udp.established, many_udp.established, static_cast<double>(rte_get_tsc_hz()) / slowest_new,
      ratio, tcp.established, many_tcp.established);
}

}  // namespace

int main() try {
  run();
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bench_worker: %s\n", problem.what());
  return 1;
}
