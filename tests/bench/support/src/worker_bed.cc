#include "bench_support/worker_bed.h"

#include <rte_cycles.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace sekisho::tests {
namespace {

constexpr std::uint64_t kPollNs = 2'000;  // between two bursts at 16 M packets a second
constexpr std::uint8_t kTcp = 6;

/// How often the kernel gave this thread's core to another.
long preemptions() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

HarnessOptions harness_options(const BedShape& shape) {
  HarnessOptions options;
  options.flow_capacity = shape.flow_capacity;
  return options;
}

}  // namespace

WorkerBed::WorkerBed(const BedShape& shape)
    : office_(shape.rules, shape.with_names),
      io_(packet_pool(), kBatch),
      harness_(io_, harness_options(shape)),
      established_(shape.established),
      conversations_({}),
      next_new_(shape.established) {
  harness_.publish(office_.yaml());
  conversations_ = Conversations(office_.passing_flows(
      harness_.policy()->firewall(), shape.protocol, shape.established + shape.to_set_up));
  open_all(shape.established);
}

/// Both ends speak until the worker has looked into enough of their packets.
void WorkerBed::open_all(std::size_t count) {
  constexpr std::size_t kPacketsUntilDecided = 6;
  for (std::size_t first = 0; first < count; first += kBatch) {
    const std::size_t last = std::min(count, first + kBatch);
    const bool tcp = conversations_.flow(first).protocol == kTcp;
    for (std::size_t step = 0;
         step < (tcp ? Conversations::kTcpOpening : Conversations::kUdpOpening); ++step) {
      for (std::size_t i = first; i < last; ++i) open(i, step);
      run();
    }
    for (std::size_t packet = 0; packet < kPacketsUntilDecided; ++packet) {
      for (std::size_t i = first; i < last; ++i) say(i, packet % 2 != 0);
      run();
    }
  }
  if (harness_.worker().flows().size() != count)
    throw std::runtime_error("not every flow was established");
}

void WorkerBed::open(std::size_t i, std::size_t step) {
  io_.add(conversations_.flow(i), conversations_.opening(i, step));
}

void WorkerBed::say(std::size_t i, bool to_server) {
  io_.add(conversations_.flow(i), conversations_.data(i, to_server));
}

std::uint64_t WorkerBed::run() {
  const auto sent = io_.num_sent();
  const auto given = io_.num_waiting();
  auto& worker = harness_.worker();
  const auto start = rte_rdtsc_precise();
  while (io_.num_waiting() != 0) {
    worker.poll_once(harness_.now_ns());
    harness_.advance_ns(kPollNs);
  }
  const auto cycles = rte_rdtsc_precise() - start;
  const bool preempted = preemptions() != last_preemptions_;
  last_preemptions_ = preemptions();
  calm_batches_ = preempted ? 0 : calm_batches_ + 1;
  if (io_.num_sent() != sent + given) throw std::runtime_error("a packet was not forwarded");
  io_.clear();
  harness_.drop_events();  // their reader is another process, on another core
  return cycles;
}

double WorkerBed::established_batch() {
  for (std::size_t n = 0; n < kBatch; ++n) {
    const bool by_wan = n / dataplane::kBurst % 2 != 0;
    const std::size_t i = random_() % established_;
    say(i, by_wan == conversations_.flow(i).from_wan);
  }
  const auto judged = harness_.worker().counters().judgements;
  const auto cycles = run();
  if (harness_.worker().counters().judgements != judged)
    throw std::runtime_error("an established flow was judged again");
  return static_cast<double>(cycles) / kBatch;
}

double WorkerBed::set_up_batch() {
  const std::size_t count = std::min(kBatch, flows_to_set_up());
  if (count == 0) throw std::runtime_error("no new flows are left");
  const auto opened = harness_.worker().counters().flows_opened;
  for (std::size_t n = 0; n < count; ++n) open(next_new_++, 0);
  const auto cycles = run();
  if (harness_.worker().counters().flows_opened != opened + count)
    throw std::runtime_error("a new flow was not opened");
  return static_cast<double>(cycles) / static_cast<double>(count);
}

double quantile(std::vector<double>& values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::lround(q * static_cast<double>(values.size() - 1)))];
}

}  // namespace sekisho::tests
