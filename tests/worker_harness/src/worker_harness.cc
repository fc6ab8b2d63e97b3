#include "worker_harness/worker_harness.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "controlplane/compiler/compile_policy.h"

namespace sekisho::tests {
namespace {

using dataplane::ActivePolicy;
using dataplane::PolicySnapshot;
using dataplane::Worker;

dataplane::WorkerConfig worker_config(const HarnessOptions& options) {
  dataplane::WorkerConfig config;
  config.flow_capacity = options.flow_capacity;
  config.timeouts = options.timeouts;
  config.decode = options.decode;
  config.link = options.link;
  config.content = options.content;
  config.captures_alerts = options.captures_alerts;
  config.reputations = options.reputations;
  config.ports = {{.wire = kLanPort, .peer = kWanPort, .segment = 0, .side = policy::Side::lan},
                  {.wire = kWanPort, .peer = kLanPort, .segment = 0, .side = policy::Side::wan}};
  config.lent = options.lent;
  if (config.lent != nullptr) config.ports = dataplane::with_lent_ports(std::move(config.ports));
  return config;
}

}  // namespace

std::vector<std::byte> compile_snapshot(std::string_view yaml, const rules::GeoDatabase* geo) {
  auto compiled = controlplane::compile_policy(yaml, geo);
  if (const auto* mistakes = std::get_if<1>(&compiled))
    throw std::runtime_error(policy::format(*mistakes, "policy"));
  return std::move(std::get<0>(compiled).snapshot);
}

WorkerHarness::WorkerHarness(dataplane::FrameIo& io, const HarnessOptions& options)
    : shared_(1, options.learned_capacity),
      ring_records_(options.event_records),
      ring_(&ring_header_, ring_records_.data(), ring_records_.size()),
      has_reputations_(options.reputations != nullptr) {
  auto worker = Worker::create(worker_config(options), shared_, io, packet_pool(), ring_);
  if (!worker) throw std::runtime_error(worker.error().message);
  worker_ = *std::move(worker);
  shared_.policies.online(0);
}

std::unique_ptr<PolicySnapshot> WorkerHarness::load(std::vector<std::byte> snapshot) {
  const auto serial = ++loads_;
  auto policy = PolicySnapshot::load(std::move(snapshot), serial, 1);
  if (!policy) throw std::runtime_error(policy.error().message);
  (*policy)->load_number = serial;
  (*policy)->use_reputations(has_reputations_);
  return *std::move(policy);
}

void WorkerHarness::publish_with_rules(std::string_view yaml, const engines::ips::Ruleset& rules) {
  auto next = load(compile_snapshot(yaml));
  const auto* in_force = policy();
  auto shared = in_force == nullptr ? nullptr : in_force->ips_rules();
  if (shared == nullptr || &shared->ruleset() != &rules) {
    shared = dataplane::IpsRules::borrow(rules);
    auto detector = worker_->inspector()->make_detector(rules, shared->hosts());
    if (!detector) throw std::runtime_error(detector.error().message);
    shared->detectors.push_back(*std::move(detector));
  }
  next->use_ips_rules(std::move(shared));
  publish_policy(std::move(next));
}

void WorkerHarness::publish_policy(std::unique_ptr<PolicySnapshot> next) {
  auto* policy = next.get();
  shared_.policies.offline(0);  // we are the worker: publish must not wait for us
  const auto old =
      shared_.policies.publish(std::make_unique<const ActivePolicy>(ActivePolicy{std::move(next)}));
  shared_.policies.online(0);
  if (old->policy != nullptr) policy->inherit_hits(*old->policy);
}

std::vector<events::EventRecord> WorkerHarness::take_events() {
  std::vector<events::EventRecord> result;
  std::array<events::EventRecord, 64> records;
  while (const auto count = ring_.peek(records)) {
    result.insert(result.end(), records.begin(), records.begin() + count);
    ring_.consume(count);
  }
  return result;
}

void WorkerHarness::drop_events() noexcept { ring_.consume(ring_records_.size()); }

std::map<std::string, std::uint64_t> WorkerHarness::counters() const {
  std::map<std::string, std::uint64_t> sum;
  worker_->counters().add_to(sum);
  return sum;
}

}  // namespace sekisho::tests
