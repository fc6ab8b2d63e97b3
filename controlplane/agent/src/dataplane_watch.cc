#include "controlplane/agent/dataplane_watch.h"

#include <spdlog/spdlog.h>

#include <array>
#include <condition_variable>
#include <mutex>

#include "config/events/eve.h"

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{1'000};
constexpr std::chrono::milliseconds kBetweenLooksWhileDown{100};  // it is back within a second
constexpr std::chrono::seconds kAfterRefusal{10};

std::uint64_t unix_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

}  // namespace

void DataplaneWatch::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  next_stats_ = Clock::now() + stats_interval_;
  while (!stop.stop_requested()) {
    look();
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, is_up() ? kBetweenLooks : kBetweenLooksWhileDown,
                   [] { return false; });
  }
}

void DataplaneWatch::look() {
  const auto state = dataplane_.state();
  const bool was_up = up_.exchange(static_cast<bool>(state), std::memory_order_relaxed);
  if (!state) {
    if (was_up) spdlog::warn("dataplane is down: {}", state.error().message);
    return;
  }
  if (!was_up) spdlog::info("dataplane is up");
  align(*state);
  answered_(*state);
  if (state->boot_id != boot_id_) {
    boot_id_ = state->boot_id;
    restarted_();
  }
  write_stats(state->uptime_seconds);
}

void DataplaneWatch::align(const DataplaneState& state) {
  if (Clock::now() < next_align_) return;
  if (auto aligned = policy_.align(state); !aligned) {
    spdlog::error("policy: {}", aligned.error().message);
    next_align_ = Clock::now() + kAfterRefusal;
  }
}

void DataplaneWatch::write_stats(std::uint64_t uptime_seconds) {
  const auto now = Clock::now();
  if (now < next_stats_) return;
  next_stats_ += stats_interval_;
  if (next_stats_ < now) next_stats_ = now + stats_interval_;
  const auto counters = dataplane_.counters();
  if (!counters) return;
  const auto time = unix_ns();
  const std::array<EventLine, 1> line{
      {{events::stats_to_eve(time, uptime_seconds, *counters), "stats", time}}};
  if (auto written = log_.write(line); !written)
    spdlog::error("stats: {}", written.error().message);
}

}  // namespace sekisho::controlplane
