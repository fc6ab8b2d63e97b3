#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "bench_support/conversations.h"
#include "bench_support/office.h"
#include "bench_support/prepared_io.h"
#include "worker_harness/worker_harness.h"

namespace sekisho::tests {

/// What a bed is made of.
struct BedShape {
  std::size_t rules = 0;
  std::uint32_t flow_capacity = 0;
  std::uint8_t protocol = 17;   // of all its flows
  std::size_t established = 0;  // flows that exist, were answered and are decided for good
  std::size_t to_set_up = 0;    // flows for set_up_batch()
  bool with_names = false;      // rules by FQDN and MAC address
};

/// A worker between two ports with an office's policy, established flows, and a supply of new ones.
/// Throws std::runtime_error when a packet is not forwarded, or judged when it should not be: then
/// nothing is measured.
class WorkerBed {
 public:
  /// Packets of one measurement: 32 bursts of 32.
  static constexpr std::size_t kBatch = 32 * dataplane::kBurst;

  explicit WorkerBed(const BedShape& shape);

  /// One packet each of kBatch established flows chosen at random, either way, each burst from one
  /// port, the ports in turn. TSC cycles a packet, of the whole iterations.
  double established_batch();
  /// kBatch new flows, or fewer at the end of the supply. TSC cycles a flow.
  double set_up_batch();
  /// False when another thread had the core since the batch before last: it left cold caches.
  bool was_calm() const noexcept { return calm_batches_ > 1; }
  std::size_t flows_to_set_up() const noexcept { return conversations_.size() - next_new_; }

  WorkerHarness& harness() noexcept { return harness_; }
  Office& office() noexcept { return office_; }

 private:
  void open_all(std::size_t count);
  void say(std::size_t i, bool to_server);
  void open(std::size_t i, std::size_t step);
  /// Runs what was prepared. Cycles.
  std::uint64_t run();

  Office office_;
  PreparedIo io_;
  WorkerHarness harness_;
  std::size_t established_;
  Conversations conversations_;
  std::size_t next_new_;
  std::mt19937 random_{7};
  long last_preemptions_ = 0;
  std::size_t calm_batches_ = 0;
};

/// Quantile q (0..1) of `values`, which it sorts.
double quantile(std::vector<double>& values, double q);
inline double median(std::vector<double>& values) { return quantile(values, 0.5); }

}  // namespace sekisho::tests
