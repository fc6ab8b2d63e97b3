// What is made before the first packet: a pinned core allocates nothing.
#include <algorithm>
#include <random>

#include "dataplane/worker/quarantine.h"
#include "dataplane/worker/smart_bypasses.h"
#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kFragmentedDatagrams = 4096;  // a worker
constexpr std::uint32_t kFragmentTimeoutSeconds = 30;

std::uint64_t random_secret() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::create(const WorkerConfig& config, Shared& shared,
                                               FrameIo& io, rte_mempool* pool,
                                               events::EventRing events) {
  const auto is_wire = [](const PortRole& role) { return (role.segment & kLentSegment) == 0; };
  if (std::count_if(config.ports.begin(), config.ports.end(), is_wire) > std::ptrdiff_t{kMaxPorts})
    return Error{Error::Code::invalid_input, "more than " + std::to_string(kMaxPorts) + " ports"};
  auto flows = FlowTable::create(config.flow_capacity, config.timeouts);
  if (!flows) return std::move(flows).error().within("flow table");
  auto fragments = FragmentTable::create(kFragmentedDatagrams, kFragmentTimeoutSeconds);
  if (!fragments) return std::move(fragments).error().within("fragment table");
  std::unique_ptr<Worker> worker(
      new Worker(config, shared, io, pool, events, *std::move(flows), *std::move(fragments)));
  if (auto begun = worker->begin_content(); !begun) return std::move(begun).error();
  return worker;
}

Status Worker::begin_content() {
  if (!config_.content) return ok();
  auto inspector = engines::Inspector::create(*config_.content, *this);
  if (!inspector) return std::move(inspector).error().within("content inspection");
  inspector_ = *std::move(inspector);
  conversations_.resize(flows_.capacity());
  notes_.resize(flows_.capacity());
  if (config_.reputations != nullptr) {
    answers_ = config_.reputations->answers();
    lookups_ = config_.reputations->ring(config_.index);
    url_secret_ = config_.reputations->secret();
  }
  callbacks_ = std::make_unique<CallbackWatch>(random_secret());
  if (!config_.captures_alerts) return ok();
  captures_ = std::make_unique<AlertCapture>(counters_);
  inspector_->capture_packets(this);
  return ok();
}

Worker::Worker(const WorkerConfig& config, Shared& shared, FrameIo& io, rte_mempool* pool,
               events::EventRing events, FlowTable flows, FragmentTable fragments)
    : config_(config),
      shared_(shared),
      io_(io),
      pool_(pool),
      events_(events),
      flows_(std::move(flows)),
      fragments_(std::move(fragments)),
      accounts_(flows_.capacity()),
      bandwidth_(std::make_unique<BandwidthTable>(random_secret())),
      aliases_(std::make_unique<DnsAliases>()),
      server_hints_(std::make_unique<ServerHints>()),
      name_scratch_(std::make_unique<rules::UrlScratch>()),
      next_flow_id_(config.first_flow_id) {}

std::vector<PortRole> with_lent_ports(std::vector<PortRole> wire) {
  const auto count = wire.size();
  wire.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    auto beside = wire[i];
    beside.peer = static_cast<std::uint8_t>(beside.peer + count);
    beside.segment |= kLentSegment;
    wire.push_back(beside);
  }
  return wire;
}

ResolvedNames::ResolvedNames() : entries_(std::make_unique<Entry[]>(kMax)) {}

SmartBypasses::SmartBypasses()
    : secret_(random_secret()), entries_(std::make_unique<Entry[]>(kMax)) {}

Quarantine::Quarantine()
    : key_{},
      slots_(std::make_unique<Slot[]>(kCapacity)),
      busy_(std::make_unique<std::atomic<bool>[]>(kCapacity / kBucketSlots)) {
  std::random_device random;
  for (auto& word : key_) word = std::uint64_t{random()} << 32 | random();
}

}  // namespace sekisho::dataplane
