// A worker on its own thread while another one publishes policies, posts jobs, and sets and reads
// taps: what ThreadSanitizer must find nothing in.
#include <atomic>
#include <thread>

#include "gateway.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

class CountFlows final : public Job {
 public:
  bool run_slice(Worker& worker) noexcept override {
    flows = worker.flows().size();
    return true;
  }
  std::uint32_t flows = 0;
};

}  // namespace

TEST_CASE("policies, jobs and taps come and go while the worker runs") {
  constexpr int kRounds = 200;
  tests::RecordingIo io(tests::packet_pool());
  tests::WorkerHarness harness(io);
  harness.publish(kAllowAll);
  auto& worker = harness.worker();
  auto& policies = harness.shared().policies;
  const auto allow = tests::compile_snapshot(kAllowAll), block = tests::compile_snapshot(kBlockAll);

  std::atomic<bool> stop{false};
  policies.offline(0);
  std::jthread runner([&] {
    policies.online(0);
    for (std::uint16_t n = 1; !stop.load(std::memory_order_relaxed); ++n) {
      io.give(kLanPort, ethernet().ipv4(kClient, kServer).udp(n % 512U + 1U, 7).build());
      harness.advance_ns(1'000'000);
      harness.poll();
      io.take_sent(kWanPort);
      io.take_discarded();
    }
    policies.offline(0);
  });

  std::size_t tapped = 0;
  for (int round = 0; round < kRounds; ++round) {
    auto next = harness.load(round % 2 == 0 ? block : allow);
    auto* policy = next.get();
    const auto old =
        policies.publish(std::make_unique<const ActivePolicy>(ActivePolicy{std::move(next)}));
    policy->inherit_hits(*old->policy);
    harness.shared().active_schedules = static_cast<std::uint64_t>(round);

    Tap tap({}, 64, 16);
    worker.set_tap(1, &tap);
    CountFlows job;
    while (!worker.post(job)) std::this_thread::yield();
    while (!job.done()) std::this_thread::yield();
    CHECK(job.flows <= 512);
    const auto seen = worker.polls();
    while (worker.polls() < seen + 2) std::this_thread::yield();
    TapRecord record;
    for (; tap.front(record) != nullptr; tap.pop()) ++tapped;
    worker.set_tap(1, nullptr);
    const auto gone = worker.polls();
    while (worker.polls() < gone + 2) std::this_thread::yield();
    (void)policy->hits();
  }
  stop = true;
  runner.join();
  policies.online(0);
  CHECK(tapped >= kRounds);
  CHECK(harness.counters()["drop.policy_block"] > 0);
  CHECK(harness.counters()["forwarded.pkts"] > 0);
}
