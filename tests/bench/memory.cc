// What a worker with a million live flows takes: the growth of the process, ordinary and huge pages
// together (/proc/self/smaps_rollup), from before it is made until every flow was answered. In it
// are the flow table, a policy of 10,000 rules with its counters, the fragment table, what is
// learned of FQDNs, and an event ring as on a box. The traffic and its buffers are there before.
// Half of the flows are TCP, half UDP.
#include <malloc.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include "bench_support/conversations.h"
#include "bench_support/office.h"
#include "bench_support/prepared_io.h"
#include "worker_harness/worker_harness.h"

namespace {

using namespace sekisho;
using namespace sekisho::tests;

constexpr std::size_t kFlows = 1'000'000;
constexpr std::size_t kRules = 10'000;
constexpr std::size_t kBatch = 1024;
constexpr double kMebibyte = 1 << 20, kGibibyte = 1 << 30;
constexpr std::uint8_t kTcp = 6, kUdp = 17;

struct Resident {
  double ordinary = 0;  // bytes
  double huge = 0;
};

Resident resident() {
  malloc_trim(0);
  std::ifstream file("/proc/self/smaps_rollup");
  Resident result;
  std::string word;
  double kilobytes = 0;
  while (file >> word) {
    if (word == "Rss:" && file >> kilobytes) result.ordinary += kilobytes * 1024;
    if ((word == "Private_Hugetlb:" || word == "Shared_Hugetlb:") && file >> kilobytes)
      result.huge += kilobytes * 1024;
  }
  if (result.ordinary == 0) throw std::runtime_error("/proc/self/smaps_rollup cannot be read");
  return result;
}

/// Every flow's opening and an answer.
void open_flows(WorkerHarness& harness, PreparedIo& io, Conversations& conversations) {
  const auto run = [&] {
    harness.poll_all();
    io.clear();
    harness.drop_events();
    harness.advance_ns(100'000);
  };
  for (std::size_t first = 0; first < conversations.size(); first += kBatch) {
    const std::size_t last = std::min(conversations.size(), first + kBatch);
    for (std::size_t step = 0; step < Conversations::kTcpOpening; ++step) {
      for (std::size_t i = first; i < last; ++i)
        if (step == 0 || conversations.flow(i).protocol == kTcp)
          io.add(conversations.flow(i), conversations.opening(i, step));
      run();
    }
    for (std::size_t i = first; i < last; ++i)
      io.add(conversations.flow(i), conversations.data(i, false));
    run();
  }
}

void measure() {
  Office office(kRules);
  auto snapshot = compile_snapshot(office.yaml());
  const auto policy = dataplane::PolicySnapshot::load(snapshot, 1, 1);
  if (!policy) throw std::runtime_error(policy.error().message);
  auto flows = office.passing_flows((*policy)->firewall(), kTcp, kFlows / 2);
  for (const auto& flow : office.passing_flows((*policy)->firewall(), kUdp, kFlows / 2))
    flows.push_back(flow);
  Conversations conversations(std::move(flows));
  PreparedIo io(packet_pool(), kBatch);

  const Resident before = resident();
  HarnessOptions options;
  options.flow_capacity = kFlows;
  options.event_records = 32768;
  WorkerHarness harness(io, options);
  harness.publish_snapshot(std::vector(snapshot));
  open_flows(harness, io, conversations);
  const Resident after = resident();

  auto& worker = harness.worker();
  const double live = worker.flows().size();
  const double ordinary = after.ordinary - before.ordinary, huge = after.huge - before.huge;
  const double gib_per_million = (ordinary + huge) / kGibibyte / (live / 1e6);
  std::printf("live flows                     %10.0f\n", live);
  std::printf("flow table                     %10.1f MiB, %.0f bytes a flow\n",
              static_cast<double>(worker.memory_bytes()) / kMebibyte,
              static_cast<double>(worker.memory_bytes()) / live);
  std::printf("growth, huge pages             %10.1f MiB\n", huge / kMebibyte);
  std::printf("growth, ordinary pages         %10.1f MiB\n", ordinary / kMebibyte);
  if (live < kFlows) throw std::runtime_error("not every flow is live");
  std::printf("{\"gib_per_million\": %.3f, \"bytes_per_flow\": %.0f}\n", gib_per_million,
              (ordinary + huge) / live);
}

}  // namespace

int main() try {
  measure();
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bench_memory: %s\n", problem.what());
  return 1;
}
