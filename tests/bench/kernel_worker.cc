// The worker's side of the comparison with the kernel's bridge and nftables: what one packet of 60
// bytes more costs a worker that tracks flows and has 1,000 rules in force, I/O excluded. 1,000
// UDP flows, all established, in random order, as bench_worker does it; nanoseconds by the TSC. New
// flows are told beside it, because conntrack pays for them too.
#include <rte_cycles.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <vector>

#include "bench_support/worker_bed.h"

namespace {

using namespace sekisho::tests;

void run() {
  constexpr std::size_t kBatches = 400;
  WorkerBed bed({.rules = 1'000,
                 .flow_capacity = 1U << 19,
                 .protocol = 17,
                 .established = 1'000,
                 .to_set_up = kBatches * WorkerBed::kBatch});
  std::vector<double> established, new_flow;
  established.reserve(kBatches);
  new_flow.reserve(kBatches);
  for (std::size_t i = 0; i < kBatches; ++i)
    if (const double cycles = bed.established_batch(); bed.was_calm())
      established.push_back(cycles);
  for (std::size_t i = 0; i < kBatches; ++i)
    if (const double cycles = bed.set_up_batch(); bed.was_calm()) new_flow.push_back(cycles);
  if (established.empty() || new_flow.empty())
    throw std::runtime_error("the machine is too busy to measure anything");
  const double ns = 1e9 / static_cast<double>(rte_get_tsc_hz());
  const double packet = median(established) * ns, opening = median(new_flow) * ns;
  std::printf("a packet of an established flow: %6.1f ns (best tenth %.1f)\n", packet,
              quantile(established, 0.1) * ns);
  std::printf("the first packet of a flow:      %6.1f ns (best tenth %.1f)\n", opening,
              quantile(new_flow, 0.1) * ns);
  std::printf("{\"worker_ns\": %.1f, \"worker_new_flow_ns\": %.1f}\n", packet, opening);
}

}  // namespace

int main() try {
  run();
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bench_kernel_worker: %s\n", problem.what());
  return 1;
}
