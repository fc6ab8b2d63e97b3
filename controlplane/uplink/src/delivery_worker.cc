#include "delivery_worker.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "bundle_content.h"
#include "bundle_policy.h"

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::milliseconds kBetweenTicks{1'000};

}  // namespace

DeliveryWorker::DeliveryWorker(PolicyDoor& policy, ContentDoor& content, DatabaseDoor& databases,
                               AttemptFile memory,
                               const std::function<std::chrono::milliseconds()>& confirm_time,
                               const std::function<bool()>& is_answering)
    : policy_(policy),
      content_(content),
      memory_(std::move(memory)),
      delivery_({.policy = policy_,
                 .memory = memory_,
                 .now = [] { return std::chrono::steady_clock::now(); },
                 .confirm_time = confirm_time,
                 .report =
                     [this](const DeliveryReport& report) {
                       publish();
                       const std::lock_guard lock(listener_mutex_);
                       if (listener_.policy) listener_.policy(report);
                     },
                 .complain = [](const std::string& why) { spdlog::error("delivery: {}", why); }}),
      content_delivery_(content,
                        {.now = [] { return std::chrono::steady_clock::now(); },
                         .welcomed = [this] { return welcomed_.load(); },
                         .confirm_time = confirm_time,
                         .is_answering = is_answering},
                        [this](const ContentReport& report) {
                          const std::lock_guard lock(listener_mutex_);
                          if (listener_.content) listener_.content(report);
                        }),
      database_delivery_(databases,
                         {.ask =
                              [this](const DatabaseWanted& wanted) {
                                const std::lock_guard lock(listener_mutex_);
                                if (listener_.wanted) listener_.wanted(wanted);
                              },
                          .report = [this] { tell_content(); },
                          .complain = [](const std::string& why) { spdlog::warn("{}", why); },
                          .note = [](const std::string& what) { spdlog::info("{}", what); }}) {
  publish();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

DeliveryWorker::~DeliveryWorker() {
  thread_.request_stop();
  thread_.join();
}

void DeliveryWorker::bundle(std::uint64_t version, std::string bytes,
                            bundle::Expectation expected) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(items_, [](const Item& item) { return std::holds_alternative<Arrived>(item); });
  }
  put(Arrived{version, std::move(bytes), std::move(expected), std::chrono::steady_clock::now()});
}

void DeliveryWorker::content_bundle(std::uint64_t version, std::string bytes,
                                    bundle::Expectation expected) {
  {
    const std::lock_guard lock(mutex_);
    content_item_ = Arrived{version, std::move(bytes), std::move(expected), {}};
  }
  changed_.notify_all();
}

void DeliveryWorker::database_offer(content::DatabaseKind kind, std::uint64_t version,
                                    std::string description, bundle::Expectation expected) {
  {
    const std::lock_guard lock(mutex_);
    offers_[content::index_of(kind)] =
        Arrived{version, std::move(description), std::move(expected), {}};
  }
  changed_.notify_all();
}

void DeliveryWorker::database_piece(DatabasePiece piece) {
  constexpr std::size_t kMaxPiecesWaiting = 6;  // one of a kind is asked for at a time
  {
    const std::lock_guard lock(mutex_);
    if (pieces_.size() >= kMaxPiecesWaiting) return;
    pieces_.push_back(std::move(piece));
  }
  changed_.notify_all();
}

void DeliveryWorker::confirmation(std::uint64_t version) { put(Confirmed{version}); }
void DeliveryWorker::forget() { put(Forget{}); }

void DeliveryWorker::put(Item item) {
  constexpr std::size_t kMaxItems = 16;  // a console that repeats itself fills no memory
  {
    const std::lock_guard lock(mutex_);
    if (items_.size() >= kMaxItems) return;
    items_.push_back(std::move(item));
  }
  changed_.notify_all();
}

void DeliveryWorker::listen(Listener listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

DeliveryReport DeliveryWorker::report() const {
  const std::lock_guard lock(mutex_);
  return {policy_.in_force(), attempt_};
}

std::optional<PolicyDelivery::Wait> DeliveryWorker::wait() const {
  const std::lock_guard lock(mutex_);
  return wait_;
}

std::optional<DeliveryWorker::Time> DeliveryWorker::unproven_since() const {
  const std::lock_guard lock(mutex_);
  return unproven_since_;
}

void DeliveryWorker::publish() {
  auto report = delivery_.report();
  auto databases = database_delivery_.reports();
  const std::lock_guard lock(mutex_);
  attempt_ = std::move(report.attempt);
  wait_ = delivery_.wait();
  unproven_since_ = content_delivery_.unproven_since();
  database_reports_ = std::move(databases);
}

std::chrono::milliseconds DeliveryWorker::nap() const {
  if (!wait_) return kBetweenTicks;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      wait_->until - std::chrono::steady_clock::now());
  return std::clamp(left, std::chrono::milliseconds(1), kBetweenTicks);
}

std::optional<DeliveryWorker::Item> DeliveryWorker::next_item(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto is_offered = [](const std::optional<Arrived>& offer) { return offer.has_value(); };
  changed_.wait_for(lock, stop, nap(), [&] {
    return !items_.empty() || content_item_.has_value() || !pieces_.empty() ||
           std::any_of(offers_.begin(), offers_.end(), is_offered);
  });
  if (stop.stop_requested() || items_.empty()) return std::nullopt;
  Item item = std::move(items_.front());
  items_.pop_front();
  return item;
}

void DeliveryWorker::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (auto item = next_item(stop)) {
      take(*item);
      delivery_.tick();
      publish();
      continue;
    }
    if (stop.stop_requested()) return;
    delivery_.tick();
    publish();
    std::optional<Arrived> content;
    {
      const std::lock_guard lock(mutex_);
      content = std::exchange(content_item_, std::nullopt);
    }
    if (content) take_content(*content);
    content_delivery_.tick();
    take_databases();
    publish();
  }
}

void DeliveryWorker::take(Item& item) {
  if (auto* arrived = std::get_if<Arrived>(&item)) return take_bundle(*arrived);
  if (const auto* confirmed = std::get_if<Confirmed>(&item))
    return delivery_.confirmation(confirmed->version);
  delivery_.forget();
  content_delivery_.forget();
  database_delivery_.forget();
}

void DeliveryWorker::take_bundle(Arrived& arrived) {
  delivery_.bundle(
      arrived.version,
      [&](std::uint64_t version_in_force) {
        arrived.expected.version_in_force = version_in_force;
        auto opened = open_policy_bundle(arrived.bytes, arrived.expected);
        std::string().swap(arrived.bytes);  // the compiler wants memory too
        return opened;
      },
      arrived.at);
}

/// One piece at a time, so that what concerns policies comes in between.
void DeliveryWorker::take_databases() {
  decltype(offers_) offers;
  std::optional<DatabasePiece> piece;
  {
    const std::lock_guard lock(mutex_);
    offers.swap(offers_);
    if (!pieces_.empty()) {
      piece = std::move(pieces_.front());
      pieces_.pop_front();
    }
  }
  for (const auto kind : content::kDatabaseKinds)
    if (const auto& offer = offers[content::index_of(kind)])
      database_delivery_.offer(kind, offer->version, offer->bytes, offer->expected);
  if (piece) database_delivery_.piece(*piece);
  database_delivery_.tick();
}

/// With the databases as they are now.
void DeliveryWorker::tell_content() {
  publish();
  const std::lock_guard lock(listener_mutex_);
  if (listener_.content) listener_.content(content_.report());
}

std::vector<DatabaseReport> DeliveryWorker::database_reports() const {
  const std::lock_guard lock(mutex_);
  return database_reports_;
}

void DeliveryWorker::take_content(Arrived& arrived) {
  content_delivery_.bundle(arrived.version, [&](std::uint64_t highest_version) {
    arrived.expected.version_in_force = highest_version;
    arrived.expected.kind = bundle::Kind::content;
    auto opened = open_content_bundle(arrived.bytes, arrived.expected);
    std::string().swap(arrived.bytes);
    return opened;
  });
}

}  // namespace sekisho::controlplane
