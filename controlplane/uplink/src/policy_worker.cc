#include "policy_worker.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "bundle_policy.h"

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::milliseconds kBetweenTicks{1'000};

}  // namespace

PolicyWorker::PolicyWorker(PolicyDoor& policy, AttemptFile memory,
                           std::function<std::chrono::milliseconds()> confirm_time)
    : policy_(policy),
      memory_(std::move(memory)),
      delivery_({.policy = policy_,
                 .memory = memory_,
                 .now = [] { return std::chrono::steady_clock::now(); },
                 .confirm_time = std::move(confirm_time),
                 .report =
                     [this](const DeliveryReport& report) {
                       publish();
                       const std::lock_guard lock(listener_mutex_);
                       if (listener_) listener_(report);
                     },
                 .complain = [](const std::string& why) { spdlog::error("delivery: {}", why); }}) {
  publish();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

PolicyWorker::~PolicyWorker() {
  thread_.request_stop();
  thread_.join();
}

void PolicyWorker::bundle(std::uint64_t version, std::string bytes, bundle::Expectation expected) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(items_, [](const Item& item) { return std::holds_alternative<Arrived>(item); });
  }
  put(Arrived{version, std::move(bytes), std::move(expected), std::chrono::steady_clock::now()});
}

void PolicyWorker::confirmation(std::uint64_t version) { put(version); }
void PolicyWorker::forget() { put(Forget{}); }

void PolicyWorker::put(Item item) {
  constexpr std::size_t kMaxItems = 16;  // a console that repeats itself fills no memory
  {
    const std::lock_guard lock(mutex_);
    if (items_.size() >= kMaxItems) return;
    items_.push_back(std::move(item));
  }
  changed_.notify_all();
}

void PolicyWorker::listen(Report report) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(report);
}

DeliveryReport PolicyWorker::report() const {
  const std::lock_guard lock(mutex_);
  return {policy_.in_force(), attempt_};
}

std::optional<PolicyDelivery::Wait> PolicyWorker::wait() const {
  const std::lock_guard lock(mutex_);
  return wait_;
}

void PolicyWorker::publish() {
  auto report = delivery_.report();
  const std::lock_guard lock(mutex_);
  attempt_ = std::move(report.attempt);
  wait_ = delivery_.wait();
}

std::chrono::milliseconds PolicyWorker::nap() const {
  if (!wait_) return kBetweenTicks;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      wait_->until - std::chrono::steady_clock::now());
  return std::clamp(left, std::chrono::milliseconds(1), kBetweenTicks);
}

void PolicyWorker::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<Item> item;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, nap(), [this] { return !items_.empty(); });
      if (stop.stop_requested()) return;
      if (!items_.empty()) {
        item = std::move(items_.front());
        items_.pop_front();
      }
    }
    if (item) take(*item);
    delivery_.tick();
    publish();
  }
}

void PolicyWorker::take(Item& item) {
  if (auto* arrived = std::get_if<Arrived>(&item))
    delivery_.bundle(
        arrived->version,
        [&](std::uint64_t version_in_force) {
          arrived->expected.version_in_force = version_in_force;
          auto opened = open_policy_bundle(arrived->bytes, arrived->expected);
          std::string().swap(arrived->bytes);  // the compiler wants memory too
          return opened;
        },
        arrived->at);
  else if (const auto* confirmed = std::get_if<std::uint64_t>(&item))
    delivery_.confirmation(*confirmed);
  else
    delivery_.forget();
}

}  // namespace sekisho::controlplane
