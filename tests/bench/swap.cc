// Policy swaps under load, in one process: a pinned worker takes bursts out of memory as fast as it
// can, while a control thread hands over one policy after the other as sekisho-dataplane does: load
// the snapshot from its file, publish, inherit the hits, delete the policy before.
//
// Policy A lets service X pass and blocks Y, policy B the other way round, behind a thousand rules
// of an office each; 100,000 flows are live, half of them X, half Y. Every burst carries as many
// packets of X as of Y from the same hosts, so whoever judges it, exactly one half passes and the
// other does not. A burst with any other outcome was judged by two policies: "mixed". "lost" is
// what was received and neither forwarded nor dropped by the policy. "swaps" counts those that the
// bursts show: the half that passes changes.
//
// A pause is the time of one whole iteration (receive, judge, transmit) that took up a policy.
// Its like without a swap, and those that judge flows again after one, are printed for comparison.
// "over 50" is the share of iterations longer than 50 us: a kernel's timer tick on this core, 250
// times a second, takes about as long in a virtual machine, and falls on a swap as on anything
// else. Iterations in which the kernel gave the core to another thread (ru_nivcsw) say nothing
// about the worker: on a gateway the core is its own. They are counted and told apart.
#include <pthread.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench_support/office.h"
#include "bench_support/prepared_io.h"
#include "bench_support/worker_bed.h"
#include "worker_harness/worker_harness.h"

namespace {

using namespace sekisho;
using namespace sekisho::tests;
using dataplane::ActivePolicy;
using dataplane::PolicySnapshot;

constexpr std::size_t kSwaps = 1'000;
constexpr std::size_t kOfficeRules = 1'000;
constexpr std::uint32_t kHosts = 50'000;  // each with a flow of X and one of Y
constexpr std::uint16_t kPortX = 7001, kPortY = 7002;
constexpr std::size_t kEventRecords = 32768;  // as sekisho-dataplane has for a worker
constexpr std::uint8_t kUdp = 17;
constexpr double kLongUs = 50;

/// Which half of a burst the worker let pass.
class HalvesIo final : public PreparedIo {
 public:
  using PreparedIo::PreparedIo;
  std::size_t transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept override {
    for (const auto* frame : frames) ++passed_[is_y(frame)];
    return PreparedIo::transmit(port, frames);
  }
  /// Of [0] X and [1] Y, since the last call.
  std::array<std::size_t, 2> take_passed() noexcept { return std::exchange(passed_, {}); }

 private:
  static bool is_y(const rte_mbuf* frame) noexcept {
    constexpr std::size_t kPorts = 34;  // both of them; one is the service's
    const auto* ports = rte_pktmbuf_mtod_offset(frame, const std::uint8_t*, kPorts);
    const auto first = ports[0] << 8 | ports[1], second = ports[2] << 8 | ports[3];
    return first == kPortY || second == kPortY;
  }
  std::array<std::size_t, 2> passed_{};
};

Tuple flow_of(std::uint32_t host, bool y) {
  return {.source = 0x0ac80000 + host,  // 10.200.0.0/16, which no office rule names
          .destination = 0xc6120001 + (host & 0xff),
          .source_port = static_cast<std::uint16_t>(10'000 + host % 50'000),
          .destination_port = y ? kPortY : kPortX,
          .protocol = kUdp};
}

std::string rules_for(bool y_passes) {
  const std::string x = y_passes ? "block" : "allow", y = y_passes ? "allow" : "block";
  return "  - {name: x, services: [udp/7001], action: " + x + "}\n" +
         "  - {name: y, services: [udp/7002], action: " + y + "}\n";
}

/// The two snapshots in files, as an agent would leave them.
class SnapshotFiles {
 public:
  SnapshotFiles() {
    std::string name = std::filesystem::temp_directory_path() / "sekisho-swap-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error(name + " cannot be made");
    folder_ = name;
    const Office office(kOfficeRules);
    for (const bool y_passes : {false, true}) {
      const auto snapshot = compile_snapshot(office.yaml(rules_for(y_passes)));
      std::ofstream file(path(y_passes), std::ios::binary);
      file.write(reinterpret_cast<const char*>(snapshot.data()),
                 static_cast<std::streamsize>(snapshot.size()));
      if (!file.flush()) throw std::runtime_error(path(y_passes) + " cannot be written");
    }
  }
  ~SnapshotFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  SnapshotFiles(const SnapshotFiles&) = delete;
  SnapshotFiles& operator=(const SnapshotFiles&) = delete;
  std::string path(bool y_passes) const { return folder_ / (y_passes ? "b" : "a"); }

 private:
  std::filesystem::path folder_;
};

std::unique_ptr<PolicySnapshot> load(const std::string& path, std::uint32_t serial,
                                     HugeMemory spare) {
  auto policy = PolicySnapshot::load(path, serial, 1, std::move(spare));
  if (!policy) throw std::runtime_error(policy.error().message);
  (*policy)->load_number = serial;
  return *std::move(policy);
}

long preemptions() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

enum Kind : std::uint8_t { adopting, judging_again, quiet, kKinds };

/// Iterations of one kind.
struct Iterations {
  std::vector<double> microseconds;  // of those that had the core to themselves
  std::uint64_t preempted = 0;
  double worst_preempted_us = 0;
};

/// What the worker's thread does, and what became of each burst.
class WorkerLoop {
 public:
  WorkerLoop(WorkerHarness& harness, HalvesIo& io) : harness_(harness), io_(io) {
    for (auto& kind : iterations_) kind.microseconds.reserve(1 << 20);
  }

  /// One flow of X and one of Y of every host, under the first policy.
  void open_flows() {
    for (std::uint32_t host = 0; host < kHosts; host += kHalf) {
      give(host, true);
      poll();
      y_passed_ = io_.take_passed()[1] != 0;
    }
  }

  /// Burst after burst until stop().
  void run() {
    while (!stop_.load(std::memory_order_relaxed)) burst();
    harness_.shared().policies.offline(0);
  }
  void stop() noexcept { stop_ = true; }

  std::uint64_t received() const { return received_; }
  std::uint64_t mixed() const { return mixed_; }
  std::uint64_t turns() const { return turns_; }
  Iterations& iterations(Kind kind) { return iterations_[kind]; }

 private:
  static constexpr std::uint32_t kHalf = dataplane::kBurst / 2;

  /// X and Y of the hosts from `first` on, all in one direction.
  void give(std::uint32_t first, bool to_server) {
    for (std::uint32_t i = 0; i < kHalf; ++i)
      for (const bool y : {false, true})
        io_.add(flow_of((first + i) % kHosts, y), {.to_server = to_server, .payload_bytes = 18});
    received_ += dataplane::kBurst;
  }

  /// One iteration, in cycles.
  std::uint64_t poll() {
    const auto start = rte_rdtsc_precise();
    harness_.poll();
    const auto cycles = rte_rdtsc_precise() - start;
    io_.clear();
    harness_.advance_ns(2'000);
    return cycles;
  }

  void burst() {
    const auto& counters = harness_.worker().counters();
    const auto judged_again = counters.rejudgements;
    give(static_cast<std::uint32_t>(random_() % kHosts), ++bursts_ % 2 == 0);
    const long switches = preemptions();
    const auto cycles = poll();
    const bool was_preempted = preemptions() != switches;

    const auto [x, y] = io_.take_passed();
    mixed_ += !(x == kHalf && y == 0) && !(x == 0 && y == kHalf);
    const bool turned = (y != 0) != y_passed_;
    turns_ += turned;
    y_passed_ = y != 0;
    const bool again = counters.rejudgements != judged_again;
    note(iterations_[turned ? adopting : again ? judging_again : quiet], cycles, was_preempted);
  }

  static void note(Iterations& kind, std::uint64_t cycles, bool was_preempted) {
    const double us = static_cast<double>(cycles) * 1e6 / static_cast<double>(rte_get_tsc_hz());
    if (!was_preempted) return kind.microseconds.push_back(us);
    ++kind.preempted;
    kind.worst_preempted_us = std::max(kind.worst_preempted_us, us);
  }

  WorkerHarness& harness_;
  HalvesIo& io_;
  std::mt19937 random_{11};
  std::atomic<bool> stop_{false};
  std::uint64_t received_ = 0, mixed_ = 0, turns_ = 0, bursts_ = 0;
  bool y_passed_ = false;
  std::array<Iterations, kKinds> iterations_;
};

/// Ties the calling thread to the first or the last core that the process may use.
void pin(bool last) {
  static const cpu_set_t kAllowed = [] {
    cpu_set_t cores;
    sched_getaffinity(0, sizeof cores, &cores);
    return cores;
  }();
  int chosen = -1;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &kAllowed) && (chosen < 0 || last)) chosen = core;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(chosen, &one);
  pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

/// The control thread's part, as Dataplane::load_policy does it.
void hand_over(WorkerHarness& harness, const std::string& path, std::uint32_t serial,
               HugeMemory& spare) {
  auto next = load(path, serial, std::move(spare));
  auto* policy = next.get();
  auto& shared = harness.shared();
  shared.active_schedules.store(policy->firewall().active_schedules(0), std::memory_order_relaxed);
  const auto old =
      shared.policies.publish(std::make_unique<const ActivePolicy>(ActivePolicy{std::move(next)}));
  policy->inherit_hits(*old->policy);
  spare = old->policy->take_memory();
}

/// All swaps, at moments that have nothing to do with the worker's; events are let go meanwhile.
void swap_again_and_again(WorkerHarness& harness, const SnapshotFiles& files) {
  std::mt19937 random(3);
  HugeMemory spare;
  for (std::uint32_t n = 0; n < kSwaps; ++n) {
    hand_over(harness, files.path(n % 2 == 0), n + 2, spare);
    harness.drop_events();
    std::this_thread::sleep_for(std::chrono::microseconds(500 + random() % 4000));
  }
}

void print(const char* what, Iterations& iterations) {
  auto& times = iterations.microseconds;
  if (times.empty()) throw std::runtime_error(std::string("no iteration was seen ") + what);
  const double half = quantile(times, 0.5), most = quantile(times, 0.99),
               nearly_all = quantile(times, 0.9999);
  const auto long_ones = times.end() - std::upper_bound(times.begin(), times.end(), kLongUs);
  std::printf("%-28s %9zu %8.2f %8.2f %8.2f %8.2f %7.3f %% %10lu %9.1f\n", what, times.size(), half,
              most, nearly_all, times.back(),
              100 * static_cast<double>(long_ones) / static_cast<double>(times.size()),
              iterations.preempted, iterations.worst_preempted_us);
}

/// The last line; false when a packet was lost or judged by two policies.
bool report(WorkerHarness& harness, WorkerLoop& loop) {
  const auto& counters = harness.worker().counters();
  const auto blocked = counters.dropped[static_cast<std::size_t>(DropReason::policy_block)];
  const auto lost = loop.received() - counters.forwarded - blocked;
  std::printf("%lu packets, %lu forwarded, %lu blocked, %lu flows, %lu judged again\n",
              loop.received(), counters.forwarded.get(), blocked.get(),
              static_cast<std::uint64_t>(harness.worker().num_flows()),
              counters.rejudgements.get());
  std::printf("%-28s %9s %8s %8s %8s %8s %9s %10s %9s\n", "microseconds an iteration", "number",
              "50 %", "99 %", "99.99 %", "worst", "over 50", "preempted", "worst");
  print("taking up a policy", loop.iterations(adopting));
  print("judging flows again", loop.iterations(judging_again));
  print("without a swap", loop.iterations(quiet));
  const auto& swapping = loop.iterations(adopting);
  const double hz = static_cast<double>(rte_get_tsc_hz());
  std::printf("the worker's own word for its worst: %.1f us\n",
              static_cast<double>(harness.worker().worst_adoption_cycles()) * 1e6 / hz);
  std::printf(
      "{\"swaps\": %lu, \"lost\": %ld, \"mixed\": %lu, \"worst_pause_us\": %.1f, "
      "\"worst_preempted_pause_us\": %.1f}\n",
      loop.turns(), static_cast<long>(lost), loop.mixed(), swapping.microseconds.back(),
      swapping.worst_preempted_us);
  return lost == 0 && loop.mixed() == 0 && loop.turns() == kSwaps;
}

bool measure() {
  const SnapshotFiles files;
  HalvesIo io(packet_pool(), dataplane::kBurst);
  HarnessOptions options;
  options.flow_capacity = 1U << 18;
  options.event_records = kEventRecords;
  WorkerHarness harness(io, options);
  {
    std::ifstream file(files.path(false), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
    harness.publish_snapshot({begin, begin + bytes.size()});
  }
  WorkerLoop loop(harness, io);
  loop.open_flows();
  pin(false);
  std::thread worker([&loop] {
    pin(true);
    loop.run();
  });
  std::exception_ptr problem;
  try {
    swap_again_and_again(harness, files);
  } catch (...) {
    problem = std::current_exception();
  }
  loop.stop();
  worker.join();
  if (problem) std::rethrow_exception(problem);
  return report(harness, loop);
}

}  // namespace

int main() try { return measure() ? 0 : 1; } catch (const std::exception& problem) {
  std::fprintf(stderr, "bench_swap_worker: %s\n", problem.what());
  return 1;
}
