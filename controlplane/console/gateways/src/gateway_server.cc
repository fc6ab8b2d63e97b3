#include "controlplane/console/gateways/gateway_server.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "controlplane/console/reputation/rating_rows.h"
#include "controlplane/console/secrets/random.h"
#include "controlplane/console/store/clock.h"
#include "controlplane/console/store/notices.h"
#include "housekeeping.h"
#include "link_listener.h"
#include "streams.h"

namespace sekisho::console {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kWorkers = 4;
constexpr std::size_t kMaxCalls = 1'000;  // enrolments and renewals that wait
constexpr auto kNoticeInterval = 100ms;
constexpr auto kTickInterval = 1s;
constexpr auto kRatingInterval = 10s;  // should a notice have gone astray
constexpr auto kSweepInterval = 5s;
constexpr auto kRetentionInterval = 60s;
constexpr auto kRetentionPause = 20ms;  // between steps, for whoever else writes
constexpr auto kStopPatience = 3s;
constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;

/// True once every `interval`.
bool is_due(Clock::time_point& next, Clock::duration interval) {
  const auto now = Clock::now();
  if (now < next) return false;
  next = now + interval;
  return true;
}

/// Sleeps, but not when it is to stop.
void wait(const std::stop_token& stop, Clock::duration time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, time, [] { return false; });
}

/// Before the first gateway may ask: without them it would hear that nothing is rated.
Status load_ratings(RatingBoard& ratings) {
  try {
    (void)ratings.refresh();
    return ok();
  } catch (const std::exception& problem) {
    return Error{Error::Code::io, std::string("the ratings cannot be read: ") + problem.what()};
  }
}

}  // namespace

struct GatewayServer::Parts {
  Parts(Database& db, const TenantKeys& tenant_keys, ServerIdentity& server_identity,
        const GatewayServerOptions& server_options)
      : database(db), keys(tenant_keys), identity(server_identity), options(server_options) {}

  LinkServices services() {
    return {database, keys, bundles, databases, writer,
            statuses, pool, streams, ratings,   bundle_bytes};
  }
  void tell_streams(const std::stop_token& stop);
  void tidy_up(const std::stop_token& stop);
  void refresh_ratings(const std::stop_token& stop);

  Database& database;
  const TenantKeys& keys;
  ServerIdentity& identity;
  const GatewayServerOptions options;
  std::atomic<std::size_t> bundle_bytes{0};
  RatingBoard ratings{database};
  std::atomic<bool> ratings_changed{false};
  Streams streams;
  BundleMaker bundles{database, keys};
  DatabaseMaker databases{database};
  // Destroyed from below: a stream's last word goes over the pool to the writer.
  GroupWriter writer{database};
  StatusBoard statuses{writer};
  WorkerPool pool{kWorkers, kMaxCalls};
  std::unique_ptr<LinkListener> listener;
  std::jthread teller;
  std::jthread rater;
  std::jthread tidier;
};

/// What changed in the database reaches the streams; clocks do.
void GatewayServer::Parts::tell_streams(const std::stop_token& stop) {
  std::unique_ptr<NoticeReader> notices;
  auto next_tick = Clock::now();
  bool failed = false;
  while (!stop.stop_requested()) {
    try {
      if (!notices) {
        notices = std::make_unique<NoticeReader>(database);
        for (const auto& session : streams.all()) session->look();  // for what was missed
      }
      for (const auto& gateway : notices->poll()) {
        if (gateway == kRatingNotice) ratings_changed.store(true);
        for (const auto& session : streams.of(gateway)) session->look();
      }
      if (std::exchange(failed, false)) spdlog::info("the database answers again");
    } catch (const std::exception& problem) {
      if (!std::exchange(failed, true)) spdlog::warn("notices: {}", problem.what());
      notices.reset();
    }
    if (is_due(next_tick, kTickInterval)) {
      for (const auto& session : streams.all()) session->tick(Clock::now());
      statuses.flush();
    }
    wait(stop, kNoticeInterval);
  }
}

/// A thread of its own: a feed of a million entries takes seconds to read.
void GatewayServer::Parts::refresh_ratings(const std::stop_token& stop) {
  auto next_refresh = Clock::now() + kRatingInterval;
  while (!stop.stop_requested()) {
    wait(stop, kNoticeInterval);
    if (!ratings_changed.exchange(false) && !is_due(next_refresh, kRatingInterval)) continue;
    try {
      const auto changed = ratings.refresh();
      if (changed.empty()) continue;
      spdlog::info("reputation: {} ratings, {} answers have changed", ratings.table()->size(),
                   changed.size());
      for (const auto& session : streams.all()) session->ratings_changed(changed);
    } catch (const std::exception& problem) {
      spdlog::warn("reputation: {}", problem.what());
      wait(stop, kTickInterval);
      ratings_changed.store(true);
    }
  }
}

void GatewayServer::Parts::tidy_up(const std::stop_token& stop) {
  auto next_sweep = Clock::now(), next_retention = Clock::now();
  while (!stop.stop_requested()) {
    try {
      if (is_due(next_sweep, kSweepInterval)) sweep_diagnostics(database, unix_ms());
      if (is_due(next_retention, kRetentionInterval))
        while (delete_old_events(database, unix_ms() - options.event_days * kDayMs) &&
               !stop.stop_requested())
          wait(stop, kRetentionPause);
    } catch (const std::exception& problem) {
      spdlog::warn("tidying up: {}", problem.what());
    }
    wait(stop, kTickInterval);
  }
}

Result<std::unique_ptr<GatewayServer>> GatewayServer::start(Database& database,
                                                            const TenantKeys& keys,
                                                            ServerIdentity& identity,
                                                            const GatewayServerOptions& options) {
  auto parts = std::make_unique<Parts>(database, keys, identity, options);
  if (auto loaded = load_ratings(parts->ratings); !loaded) return std::move(loaded).error();
  auto listener = LinkListener::start({.services = parts->services(),
                                       .issuing = {database, identity.authority(), keys},
                                       .identity = identity,
                                       .console = new_uuid()},
                                      options.address);
  if (!listener) return std::move(listener).error();
  parts->listener = std::move(*listener);
  auto* const raw = parts.get();
  parts->teller = std::jthread([raw](const std::stop_token& stop) { raw->tell_streams(stop); });
  parts->rater = std::jthread([raw](const std::stop_token& stop) { raw->refresh_ratings(stop); });
  parts->tidier = std::jthread([raw](const std::stop_token& stop) { raw->tidy_up(stop); });
  return std::unique_ptr<GatewayServer>(new GatewayServer(std::move(parts)));
}

GatewayServer::GatewayServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

GatewayServer::~GatewayServer() {
  parts_->teller = {};
  parts_->rater = {};
  parts_->tidier = {};
  for (const auto& session : parts_->streams.all())
    session->end({End::unavailable, "the console stops"});
  parts_->listener->stop(kStopPatience);
  parts_->statuses.flush();
  const auto deadline = Clock::now() + kStopPatience;
  while (parts_->streams.count() != 0 && Clock::now() < deadline) std::this_thread::sleep_for(5ms);
}

int GatewayServer::port() const { return parts_->listener->port(); }
std::size_t GatewayServer::streams() const { return parts_->streams.count(); }

}  // namespace sekisho::console
