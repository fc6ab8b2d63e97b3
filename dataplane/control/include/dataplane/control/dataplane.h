#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "config/box/box_config.h"
#include "config/events/event_ring.h"
#include "config/reputation/exchange.h"
#include "dataplane/captures/capture_files.h"
#include "dataplane/captures/capture_writer.h"
#include "dataplane/control/bandwidth_readings.h"
#include "dataplane/control/decryption_links.h"
#include "dataplane/control/user_addresses.h"
#include "dataplane/io/frame_io.h"
#include "dataplane/io/ports.h"
#include "dataplane/loader/url_source.h"
#include "dataplane/scan/file_courier.h"
#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {

/// What a hand-over cost and gave.
struct Handover {
  std::uint32_t serial = 0;
  std::string content_address;
  std::size_t rules = 0;
  std::uint64_t swap_microseconds = 0;
  double worst_pause_us = 0;
};

/// The packet process: ports, workers and what they share. The control thread and the threads that
/// serve the control socket use it; methods say what they guard.
class Dataplane {
 public:
  static Result<std::unique_ptr<Dataplane>> start(const box::BoxConfig& box);
  ~Dataplane();
  Dataplane(const Dataplane&) = delete;
  Dataplane& operator=(const Dataplane&) = delete;

  const box::BoxConfig& box() const noexcept { return box_; }
  const Ports& ports() const noexcept { return *ports_; }
  Shared& shared() noexcept { return *shared_; }
  reputation::Exchange& reputations() noexcept { return *reputations_; }
  std::vector<std::unique_ptr<Worker>>& workers() noexcept { return workers_; }
  const DecryptionLinks& decryption() const noexcept { return *decryption_; }
  /// Null: there is no place for captures.
  CaptureFiles* capture_files() noexcept { return capture_files_.get(); }
  std::uint64_t boot_id() const noexcept { return events_->boot_id(); }
  std::chrono::steady_clock::time_point started() const noexcept { return started_; }

  /// Loads a snapshot file, publishes it, waits until every worker has moved on. On failure the
  /// running policy stays.
  Result<Handover> load_policy(std::string_view path, std::uint32_t serial,
                               std::string_view source);
  /// The last good policy on disk, when there is one.
  Status load_boot_policy();

  /// Runs `use` with the policy in force (null before the first), which stays alive meanwhile.
  template <class Use>
  auto with_policy(Use&& use) {
    const std::lock_guard lock(policy_mutex_);
    return use(shared_->policies.latest().policy.get());
  }

  /// Calls `use` with the users that were identified; one caller at a time.
  template <class Use>
  auto with_users(Use&& use) {
    const std::lock_guard lock(users_mutex_);
    return use(*users_);
  }

  /// Calls `use` with what was counted of bandwidth; one caller at a time.
  template <class Use>
  auto with_bandwidth(Use&& use) {
    const std::lock_guard lock(bandwidth_mutex_);
    return use(*bandwidth_);
  }

  /// Runs `job` on worker `worker` to its end. Unblocks within a second or so even when the worker
  /// is gone.
  Status run(Job& job, std::size_t worker);
  /// Gives every worker a tap of its own in a free slot; the slot, or resource when all are taken.
  Result<std::size_t> add_taps(const std::vector<std::unique_ptr<Tap>>& taps,
                               std::size_t first_slot, std::size_t last_slot);
  /// Takes them out and waits until no worker looks at them.
  void remove_taps(std::size_t slot);

  /// Control thread, every few milliseconds: wall clock, schedules, link-state propagation.
  void tick();

  struct PolicyStatus {
    std::int64_t loaded_at = 0;  // Unix seconds
    std::string source = "none";
    std::uint32_t swaps = 0;
    double worst_pause_us = 0;
  };
  PolicyStatus policy_status();
  /// What is wrong with the URL database; empty: nothing, or the box has none.
  std::string url_problem();
  /// Likewise of the indicator database.
  std::string indicator_problem();
  /// The files that they are, or should be, of.
  std::string url_file();
  std::string indicator_file();
  double cycles_to_us(std::uint64_t cycles) const noexcept;
  /// Ports whose link was taken down because their peer's is down.
  bool forced_down(std::size_t port) const noexcept { return forced_down_[port]; }
  std::uint64_t steady_ns() const noexcept;
  /// The schedules of the policy in force that are on at `unix_seconds` in its time zone.
  static std::uint64_t schedules_at(const PolicySnapshot& policy, std::int64_t unix_seconds);

 private:
  explicit Dataplane(const box::BoxConfig& box)
      : box_(box),
        urls_(box.url_database,
              content::databases_folder(box.state_dir, content::DatabaseKind::urls)),
        indicators_(box.indicator_database,
                    content::databases_folder(box.state_dir, content::DatabaseKind::indicators)) {}
  Status open_parts();
  void open_captures();
  void write_captures();
  void launch_workers();
  static int worker_main(void* launch);
  static void end_all_flows(Worker& worker);
  Status take_ips_rules(PolicySnapshot& policy);
  void take_urls(PolicySnapshot& policy);
  void take_indicators(PolicySnapshot& policy);
  HugeMemory take_spare_memory();
  void propagate_links();
  void protect_own_addresses();

  struct Launch {
    Dataplane* dataplane;
    Worker* worker;
  };

  box::BoxConfig box_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::unique_ptr<Ports> ports_;
  std::unique_ptr<events::EventRingFile> events_;
  std::unique_ptr<reputation::Exchange> reputations_;
  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<FrameIo>> io_;
  std::vector<std::unique_ptr<LentIo>> lent_io_;      // around them, one a worker
  std::vector<std::unique_ptr<FileExchange>> files_;  // by worker
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<CaptureFiles> capture_files_;
  std::unique_ptr<CaptureWriter> capture_writer_;
  std::unique_ptr<FileCourier> file_courier_;
  std::vector<Launch> launches_;
  std::atomic<bool> launched_{false};
  std::vector<bool> forced_down_;
  std::vector<std::chrono::steady_clock::time_point> link_settles_at_;
  std::atomic<bool> stop_{false};
  std::uint64_t tsc_base_ = 0;
  std::uint64_t tsc_hz_ = 0;
  std::uint64_t ns_per_cycle_q32_ = 0;
  std::chrono::steady_clock::time_point next_link_check_{};
  std::chrono::steady_clock::time_point next_clock_check_{};
  std::chrono::steady_clock::time_point next_address_check_{};
  std::set<IpAddress> own_addresses_;  // that were ever seen

  std::mutex policy_mutex_;  // publish and everything that looks into the policy in force
  PolicyStatus policy_status_;
  HugeMemory spare_memory_;  // of the policy before the one in force
  std::uint32_t loads_ = 0;
  std::mutex url_mutex_;
  UrlSource urls_;
  std::mutex indicator_mutex_;
  DatabaseSource<engines::callback::IndicatorDatabase> indicators_;
  std::mutex users_mutex_;
  std::unique_ptr<UserAddresses> users_;
  std::mutex bandwidth_mutex_;
  std::unique_ptr<BandwidthReadings> bandwidth_;
  std::mutex job_mutex_;  // one job a worker at a time
  std::mutex tap_mutex_;
  std::array<bool, Worker::kTaps> tap_used_{};
  std::unique_ptr<DecryptionLinks> decryption_;  // last: its thread uses what stands above
};

}  // namespace sekisho::dataplane
