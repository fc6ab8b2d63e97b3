// One worker that inspects a capture as fast as it can:
//   bench_ips_worker CAPTURE SECONDS [--plain | --applications | RULES...]
// --plain inspects nothing; --applications only until a flow's application is known, as the gateway
// does for a policy that names one.
//
// Frames lie in mbufs of their own and are handed over by pointer, so that what is measured is the
// worker: decoding, flows, streams, protocols and rules, with bodies inspected to 1 MB a direction.
// Time is this thread's CPU time over whole passes; the clock that the worker sees is the
// capture's, going on from pass to pass, and flows end between passes. Memory is what the process
// holds beyond the frames. Prints one JSON object.
#include <malloc.h>
#include <pcap/pcap.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/base/aligned_bytes.h"
#include "config/events/event_ring.h"
#include "controlplane/compiler/compile_policy.h"
#include "dataplane/worker/worker.h"
#include "engines/ips/ips.h"
#include "rules/ips/parse.h"

namespace {

using namespace sekisho;

constexpr std::uint16_t kBufferBytes = 2048;
constexpr std::size_t kEventRecords = 1 << 16;
constexpr std::uint32_t kFlows = 262'144;
constexpr std::uint64_t kBetweenPassesNs = 600'000'000'000;
constexpr std::string_view kPolicy =
    "version: 1\npacket_checks: {malformed: pass, out_of_window: pass}\n";
constexpr std::string_view kApplicationRule =
    "rules: [{name: watched, action: block, content: {applications: [niconico]}}]\n";

/// What is inspected.
enum class Depth { nothing, applications, all };

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class T>
T take(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

struct Frame {
  std::uint64_t time_ns = 0;
  rte_mbuf* mbuf = nullptr;
};

/// Hands out the frames of a burst by pointer and takes them back as they are.
class HeldIo final : public dataplane::FrameIo {
 public:
  std::vector<Frame> frames;
  std::size_t next = 0;
  std::size_t burst = 0;

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override {
    const auto count = std::min({out.size(), burst, frames.size() - next});
    for (std::size_t i = 0; i < count; ++i) out[i] = frames[next + i].mbuf;
    next += count;
    return count;
  }
  std::size_t transmit(std::uint8_t, std::span<rte_mbuf*> sent) noexcept override {
    return sent.size();
  }
  void discard(std::span<rte_mbuf*>) noexcept override {}
};

struct Capture {
  std::vector<std::pair<std::uint64_t, std::vector<std::uint8_t>>> packets;
  std::uint64_t bytes = 0;
  std::uint64_t left_out = 0;  // longer than a buffer
};

Capture read_capture(const char* path) {
  std::array<char, PCAP_ERRBUF_SIZE> problem{};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> file(
      pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, problem.data()),
      pcap_close);
  if (!file) throw std::runtime_error(problem.data());
  Capture capture;
  pcap_pkthdr* head = nullptr;
  const std::uint8_t* data = nullptr;
  while (pcap_next_ex(file.get(), &head, &data) == 1) {
    if (head->caplen > kBufferBytes) {
      ++capture.left_out;
      continue;
    }
    const auto time_ns = static_cast<std::uint64_t>(head->ts.tv_sec) * 1'000'000'000 +
                         static_cast<std::uint64_t>(head->ts.tv_usec);
    capture.packets.emplace_back(time_ns, std::vector<std::uint8_t>(data, data + head->caplen));
    capture.bytes += head->caplen;
  }
  return capture;
}

void start_eal(std::size_t packets) {
  constexpr std::size_t kPageBytes = 4096;  // a buffer each, as no buffer lies across two
  const auto megabytes = std::to_string((packets * (kPageBytes + 256) >> 20) + 192);
  std::array<std::string, 8> arguments{
      "bench_ips_worker", "--no-huge",     "--no-shconf", "--no-pci",
      "--no-telemetry",   "--log-level=4", "-m",          megabytes};
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) < 0)
    throw std::runtime_error("DPDK does not start");
}

void fill(HeldIo& io, const Capture& capture, rte_mempool* pool) {
  for (const auto& [time_ns, bytes] : capture.packets) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
    if (mbuf == nullptr) throw std::runtime_error("no buffer for a frame");
    std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(bytes.size())), bytes.data(),
                bytes.size());
    mbuf->port = 0;
    io.frames.push_back({time_ns, mbuf});
  }
}

struct Rules {
  AlignedBytes artifact;
  std::unique_ptr<const engines::ips::Ruleset> ruleset;
};

Rules compile_rules(const std::vector<std::string>& files) {
  rules::RuleSet set;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be read");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    rules::parse_rules(text, path, rules::RuleContext::defaults(), set);
  }
  const auto bytes = take(engines::ips::compile(set, {}));
  Rules rules;
  rules.artifact = AlignedBytes(bytes);
  rules.ruleset = take(engines::ips::Ruleset::load(rules.artifact.view()));
  return rules;
}

/// An event ring that is emptied between bursts.
struct PrivateRing {
  std::unique_ptr<events::EventRingHeader> header = std::make_unique<events::EventRingHeader>();
  std::vector<events::EventRecord> records = std::vector<events::EventRecord>(kEventRecords);
  events::EventRing ring{header.get(), records.data(), kEventRecords};
  void empty() {
    while (const auto count = ring.peek(scratch)) ring.consume(count);
  }
  std::array<events::EventRecord, 64> scratch;
};

/// What this process holds of the machine's memory.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * 4096;
}

struct Pass {
  double seconds = 0;
  std::uint64_t resident = 0;  // with all its flows open
};

Pass run_pass(dataplane::Worker& worker, HeldIo& io, PrivateRing& ring, std::uint64_t offset_ns) {
  io.next = 0;
  io.burst = dataplane::kBurst;
  const auto begin = cpu_seconds();
  while (io.next < io.frames.size()) {
    worker.poll_once(io.frames[io.next].time_ns + offset_ns);
    if (ring.ring.room() < kEventRecords / 2) ring.empty();
  }
  const Pass pass{cpu_seconds() - begin, resident_bytes()};
  for (std::uint32_t first = 0; first < worker.flow_capacity(); first += 1024) {
    worker.end_flows(first, first + 1024, events::FlowEndReason::shutdown);
    ring.empty();
  }
  return pass;
}

Depth depth_of(std::string_view argument) {
  if (argument == "--plain") return Depth::nothing;
  return argument == "--applications" ? Depth::applications : Depth::all;
}

int run(int argc, char** argv) {
  if (argc < 3)
    throw std::runtime_error("bench_ips_worker CAPTURE SECONDS [--plain|--applications|RULES...]");
  const auto depth = depth_of(argc > 3 ? argv[3] : "");
  const auto capture = read_capture(argv[1]);
  const double at_least = std::stod(argv[2]);
  start_eal(capture.packets.size());
  auto ports = take(dataplane::Ports::pool_only(
      static_cast<std::uint32_t>(capture.packets.size() + 4096), kBufferBytes));
  HeldIo io;
  fill(io, capture, ports.pool());
  const auto frames_resident = resident_bytes();
  const auto rules = compile_rules({argv + 3 + (depth == Depth::all ? 0 : 1), argv + argc});
  malloc_trim(0);  // what compiling took is no part of a packet process

  const auto text =
      std::string(kPolicy).append(depth == Depth::applications ? kApplicationRule : "");
  auto compiled = controlplane::compile_policy(text, nullptr);
  auto policy = take(dataplane::PolicySnapshot::load(
      std::move(std::get<controlplane::CompiledPolicy>(compiled).snapshot), 1, 1));
  policy->load_number = 1;
  policy->inspect_every_flow = depth == Depth::all;
  dataplane::Shared shared(1, 1024);
  PrivateRing ring;
  dataplane::WorkerConfig config;
  config.flow_capacity = kFlows;
  config.ports = {dataplane::PortRole{}};
  config.content.emplace();
  config.content->memory_bytes = std::size_t{2} << 30;
  auto worker = take(dataplane::Worker::create(config, shared, io, ports.pool(), ring.ring));
  if (rules.ruleset->num_rules() != 0) {
    auto in_force = dataplane::IpsRules::borrow(*rules.ruleset);
    in_force->detectors.push_back(
        take(worker->inspector()->make_detector(in_force->ruleset(), in_force->hosts())));
    policy->use_ips_rules(std::move(in_force));
  }
  const auto* detector = policy->detector(0);
  shared.policies.publish(
      std::make_unique<const dataplane::ActivePolicy>(dataplane::ActivePolicy{std::move(policy)}));
  shared.policies.online(0);

  double seconds = 0;
  std::uint64_t passes = 0, resident = 0;
  while (seconds < at_least) {
    const auto pass = run_pass(*worker, io, ring, passes * kBetweenPassesNs);
    seconds += pass.seconds;
    resident = std::max(resident, pass.resident);
    ++passes;
  }
  const auto per_second = [&](std::uint64_t count) {
    return static_cast<double>(count) * static_cast<double>(passes) / seconds;
  };
  const auto counts = detector == nullptr ? engines::ips::DetectorCounts{} : detector->counts();
  const auto a_pass = [&](std::uint64_t count) { return count / passes; };
  std::printf(
      R"({"frames_per_second": %.0f, "cycles_a_frame": %.1f, "gbit_per_second": %.4f, )"
      R"("passes": %lu, "rules": %zu, )"
      R"("left_out": %lu, "alerts": %lu, "scans": %lu, "scanned_mb": %lu, "candidates": %lu, )"
      R"("evaluations": %lu, "memory_mb": %lu, "refused": %lu})"
      "\n",
      per_second(capture.packets.size()),
      static_cast<double>(rte_get_tsc_hz()) / per_second(capture.packets.size()),
      per_second(capture.bytes) * 8e-9, passes, rules.ruleset->num_rules(), capture.left_out,
      a_pass(worker->inspector()->counters().alerts), a_pass(counts.scans),
      a_pass(counts.scanned_bytes) / 1'000'000, a_pass(counts.candidates),
      a_pass(counts.evaluations), (resident - std::min(resident, frames_resident)) / 1'000'000,
      worker->inspector()->counters().refused);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc, argv);
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bench_ips_worker: %s\n", problem.what());
  return 1;
}
