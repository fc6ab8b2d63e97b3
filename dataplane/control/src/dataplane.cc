#include "dataplane/control/dataplane.h"

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <spdlog/spdlog.h>

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace sekisho::dataplane {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kEventRecordsPerWorker = 32768;
constexpr std::size_t kLearnedAddresses = 65536;
constexpr std::uint32_t kEmptyPollsBeforeNap = 256;
constexpr auto kLinkCheckInterval = 100ms;
constexpr auto kLinkSettleTime = 3s;  // a port brought up again negotiates before its link counts
constexpr auto kFarewell = 300ms;
constexpr std::uint32_t kFlowsOfASlice = 1024;
constexpr auto kClockCheckInterval = 500ms;
constexpr auto kAddressCheckInterval = 10s;

std::int64_t unix_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Minute of the week (0 = Monday 00:00) at `unix_seconds` in IANA zone `zone`. Under the policy
/// mutex: nobody else in this process asks for local time (its log is in UTC).
std::uint32_t minute_of_week(const std::string& zone, std::int64_t unix_seconds) {
  static std::string zone_in_use;
  if (zone != zone_in_use) {
    setenv("TZ", zone.c_str(), 1);
    tzset();
    zone_in_use = zone;
  }
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  localtime_r(&seconds, &local);
  const int monday_first = (local.tm_wday + 6) % 7;
  return static_cast<std::uint32_t>(monday_first * 24 * 60 + local.tm_hour * 60 + local.tm_min);
}

/// Nothing of another family.
std::optional<IpAddress> address_of(const sockaddr* socket) {
  if (socket == nullptr) return std::nullopt;
  if (socket->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, socket, sizeof v4);
    return IpAddress::from_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (socket->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, socket, sizeof v6);
  IpAddress address;
  std::memcpy(address.bytes.data(), &v6.sin6_addr, address.bytes.size());
  return address;
}

std::vector<PortRole> roles_of(const Ports& ports) {
  std::vector<PortRole> roles;
  for (const auto& port : ports.all())
    roles.push_back({.wire = static_cast<std::uint8_t>(roles.size()),
                     .peer = port.peer,
                     .segment = port.config.segment,
                     .side = port.config.side});
  return roles;
}

}  // namespace

Result<std::unique_ptr<Dataplane>> Dataplane::start(const box::BoxConfig& box) {
  std::unique_ptr<Dataplane> dataplane(new Dataplane(box));
  if (auto opened = dataplane->open_parts(); !opened) return std::move(opened).error();
  if (auto loaded = dataplane->load_boot_policy(); !loaded)
    spdlog::warn("no boot policy: {}; every frame is dropped until one is handed over",
                 loaded.error().message);
  dataplane->tick();
  dataplane->launch_workers();
  return dataplane;
}

Status Dataplane::open_parts() {
  const auto count = box_.worker_cores.size();
  tsc_base_ = rte_rdtsc();
  tsc_hz_ = rte_get_tsc_hz();
  ns_per_cycle_q32_ = static_cast<std::uint64_t>((__uint128_t{1'000'000'000} << 32) / tsc_hz_);

  auto ports = Ports::start(box_, static_cast<std::uint16_t>(count));
  if (!ports) return std::move(ports).error();
  ports_ = std::make_unique<Ports>(*std::move(ports));
  forced_down_.resize(ports_->all().size());
  link_settles_at_.resize(ports_->all().size());
  auto rings =
      events::EventRingFile::create(box_.run_dir + "/events.ring", count, kEventRecordsPerWorker);
  if (!rings) return std::move(rings).error().within("event rings");
  events_ = std::make_unique<events::EventRingFile>(*std::move(rings));
  auto exchange = reputation::Exchange::create(box_.run_dir + "/reputation.table", count);
  if (!exchange) return std::move(exchange).error().within("reputations");
  reputations_ = std::make_unique<reputation::Exchange>(*std::move(exchange));
  shared_ = std::make_unique<Shared>(count, kLearnedAddresses);
  users_ = std::make_unique<UserAddresses>(shared_->users, Shared::kMaxUserAddresses);
  bandwidth_ = std::make_unique<BandwidthReadings>(count, std::time(nullptr));
  auto io = make_frame_io(*ports_, count);
  if (!io) return std::move(io).error();
  io_ = *std::move(io);
  open_captures();

  for (std::size_t i = 0; i < count; ++i) {
    WorkerConfig config;
    config.index = static_cast<std::uint16_t>(i);
    config.flow_capacity =
        std::max<std::uint32_t>(1024, box_.flow_capacity / static_cast<std::uint32_t>(count));
    auto lent =
        LentIo::make(*io_[i], static_cast<std::uint8_t>(ports_->all().size()), ports_->pool());
    if (!lent) return std::move(lent).error();
    lent_io_.push_back(*std::move(lent));
    config.ports = with_lent_ports(roles_of(*ports_));
    config.lent = lent_io_.back().get();
    config.content.emplace();
    config.content->memory_bytes = (std::size_t{box_.inspection_megabytes} << 20) / count;
    config.captures_alerts = capture_files_ != nullptr;
    config.reputations = reputations_.get();
    auto files = FileExchange::create();
    if (!files) return std::move(files).error().within("files to be scanned");
    files_.push_back(*std::move(files));
    config.files = files_.back().get();
    // Unique over restarts and workers, and below 2^53 so that JSON readers keep it whole.
    const auto boot_seconds = events_->boot_id() / 1'000'000'000;
    config.first_flow_id = (boot_seconds & 0xfff) << 40 | static_cast<std::uint64_t>(i) << 34 | 1;
    auto worker = Worker::create(config, *shared_, *lent_io_[i], ports_->pool(), events_->ring(i));
    if (!worker) return std::move(worker).error().within("worker " + std::to_string(i));
    workers_.push_back(*std::move(worker));
  }
  write_captures();
  decryption_ = std::make_unique<DecryptionLinks>(
      box_.run_dir + "/decrypt.sock", workers_,
      [this](Job& job, std::size_t worker) { return static_cast<bool>(run(job, worker)); });
  std::vector<FileExchange*> exchanges;
  for (const auto& files : files_) exchanges.push_back(files.get());
  file_courier_ = std::make_unique<FileCourier>(scan::socket_path(box_.run_dir), exchanges);
  return ok();
}

/// Without a place for captures packets are forwarded all the same.
void Dataplane::open_captures() {
  auto files = CaptureFiles::open(box_.state_dir + "/captures",
                                  std::uint64_t{box_.alert_capture_megabytes} << 20);
  if (files)
    capture_files_ = *std::move(files);
  else
    spdlog::warn("no packets are captured around alerts: {}", files.error().message);
}

void Dataplane::write_captures() {
  if (capture_files_ == nullptr) return;
  std::vector<CaptureQueue*> queues;
  for (const auto& worker : workers_) queues.push_back(worker->capture_queue());
  capture_writer_ = std::make_unique<CaptureWriter>(*capture_files_, queues);
}

void Dataplane::launch_workers() {
  launches_.reserve(workers_.size());
  for (auto& worker : workers_) {
    launches_.push_back({this, worker.get()});
    rte_eal_remote_launch(worker_main, &launches_.back(), worker->config().index + 1U);
  }
  launched_ = true;
}

/// The loop of a pinned core.
int Dataplane::worker_main(void* argument) {
  auto& [dataplane, worker] = *static_cast<Launch*>(argument);
  auto& policies = dataplane->shared_->policies;
  const auto nap = std::chrono::microseconds(dataplane->box_.idle_sleep_us);
  policies.online(worker->config().index);
  std::uint32_t idle = 0;
  while (!dataplane->stop_.load(std::memory_order_relaxed)) {
    idle = worker->poll_once(dataplane->steady_ns()) ? 0 : idle + 1;
    if (nap.count() != 0 && idle > kEmptyPollsBeforeNap) std::this_thread::sleep_for(nap);
  }
  end_all_flows(*worker);
  policies.offline(worker->config().index);
  return 0;
}

/// An event for every flow; the reader gets a moment to make room for them, but packets wait for
/// the next start of this process meanwhile.
void Dataplane::end_all_flows(Worker& worker) {
  const auto give_up = std::chrono::steady_clock::now() + kFarewell;
  for (std::uint32_t first = 0; first < worker.flow_capacity(); first += kFlowsOfASlice) {
    while (worker.events().room() < kFlowsOfASlice && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(1ms);
    worker.end_flows(first, first + kFlowsOfASlice, events::FlowEndReason::shutdown);
  }
}

Dataplane::~Dataplane() {
  stop_ = true;
  rte_eal_mp_wait_lcore();
}

std::uint64_t Dataplane::steady_ns() const noexcept {
  // Starts at one hour, so that "long ago" is a time before it.
  constexpr std::uint64_t kStart = 3'600'000'000'000;
  return kStart +
         static_cast<std::uint64_t>(__uint128_t{rte_rdtsc() - tsc_base_} * ns_per_cycle_q32_ >> 32);
}

double Dataplane::cycles_to_us(std::uint64_t cycles) const noexcept {
  return static_cast<double>(cycles) * 1e6 / static_cast<double>(tsc_hz_);
}

Result<Handover> Dataplane::load_policy(std::string_view path, std::uint32_t serial,
                                        std::string_view source) {
  auto loaded = PolicySnapshot::load(path, serial, workers_.size(), take_spare_memory());
  if (!loaded) return std::move(loaded).error();
  auto* policy = loaded->get();
  if (auto taken = take_ips_rules(*policy); !taken) return std::move(taken).error();
  take_urls(*policy);
  policy->use_reputations(true);
  policy->use_scanner(true);
  policy->use_decryption(true);
  if (policy->decrypts()) decryption_->begin(launched_);
  take_indicators(*policy);
  Handover result{.serial = serial,
                  .content_address = policy->content_address(),
                  .rules = policy->meta().rules.size()};

  const std::lock_guard lock(policy_mutex_);
  policy->load_number = ++loads_;
  reputations_->set_wanted(policy->wants_reputations());
  shared_->active_schedules.store(schedules_at(*policy, unix_ns() / 1'000'000'000),
                                  std::memory_order_relaxed);
  const auto begin = std::chrono::steady_clock::now();
  auto next = std::make_unique<const ActivePolicy>(ActivePolicy{*std::move(loaded)});
  const auto old = shared_->policies.publish(std::move(next));
  result.swap_microseconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                     std::chrono::steady_clock::now() - begin)
                                     .count());
  if (old->policy != nullptr) {
    policy->inherit_hits(*old->policy);
    spare_memory_ = old->policy->take_memory();
    ++policy_status_.swaps;
  }
  for (const auto& worker : workers_)
    result.worst_pause_us =
        std::max(result.worst_pause_us, cycles_to_us(worker->worst_adoption_cycles()));
  policy_status_.worst_pause_us = result.worst_pause_us;
  policy_status_.loaded_at = unix_ns() / 1'000'000'000;
  policy_status_.source = source;
  return result;
}

/// The compiled rules that the policy names: those in force when they are the same, so that they
/// keep what they remember; of others what was remembered of hosts.
Status Dataplane::take_ips_rules(PolicySnapshot& policy) {
  const auto& name = policy.meta().ips_rules;
  if (name.empty()) return ok();
  auto rules = with_policy([](const PolicySnapshot* in_force) {
    return in_force != nullptr ? in_force->ips_rules() : std::shared_ptr<IpsRules>();
  });
  if (rules == nullptr || rules->name() != name) {
    auto loaded = IpsRules::load(box_.state_dir + "/ips", name, rules.get());
    if (!loaded) return std::move(loaded).error().within("IPS rules");
    rules = *std::move(loaded);
    for (const auto& worker : workers_) {
      auto detector = worker->inspector()->make_detector(rules->ruleset(), rules->hosts());
      if (!detector) return std::move(detector).error().within("IPS rules");
      rules->detectors.push_back(*std::move(detector));
    }
  }
  policy.use_ips_rules(std::move(rules));
  return ok();
}

/// Without it the policy is in force all the same; its URLs are in no category.
void Dataplane::take_urls(PolicySnapshot& policy) {
  const std::lock_guard lock(url_mutex_);
  policy.use_urls(urls_.current());
  if (!urls_.problem().empty())
    spdlog::warn("URL database: {}; {}", urls_.problem(),
                 policy.urls() ? "the one before goes on" : "URLs are in no category");
  else if (policy.urls() == nullptr && policy.firewall().wants_urls())
    spdlog::warn(
        "the policy selects URL categories, but the box has no url_database, nor the console's");
}

std::string Dataplane::url_problem() {
  const std::lock_guard lock(url_mutex_);
  return urls_.problem();
}

std::string Dataplane::url_file() {
  const std::lock_guard lock(url_mutex_);
  return urls_.path();
}

std::string Dataplane::indicator_file() {
  const std::lock_guard lock(indicator_mutex_);
  return indicators_.path();
}

/// Without it the policy is in force all the same; callbacks are found by their behaviour only.
void Dataplane::take_indicators(PolicySnapshot& policy) {
  const std::lock_guard lock(indicator_mutex_);
  policy.use_indicators(indicators_.current());
  if (!indicators_.problem().empty())
    spdlog::warn("indicator database: {}; {}", indicators_.problem(),
                 policy.indicators() ? "the one before goes on" : "no C&C server is known");
}

std::string Dataplane::indicator_problem() {
  const std::lock_guard lock(indicator_mutex_);
  return indicators_.problem();
}

HugeMemory Dataplane::take_spare_memory() {
  const std::lock_guard lock(policy_mutex_);
  return std::move(spare_memory_);
}

Status Dataplane::load_boot_policy() {
  const auto pointer = box_.state_dir + "/policy/current";
  std::ifstream file(pointer);
  if (!file) return Error{Error::Code::not_found, pointer + " does not exist"};
  if (std::error_code problem; !std::filesystem::is_regular_file(pointer, problem))
    return Error{Error::Code::invalid_input, pointer + " is not a file"};
  const auto current = nlohmann::json::parse(file, nullptr, false);
  if (!current.is_object() || !current.contains("snapshot") || !current["snapshot"].is_string() ||
      !current.contains("serial") || !current["serial"].is_number_unsigned())
    return Error{Error::Code::invalid_input, pointer + " is damaged"};
  auto name = current["snapshot"].get<std::string>();
  if (!name.starts_with('/')) name = box_.state_dir + "/policy/" + name;
  auto loaded = load_policy(name, current["serial"].get<std::uint32_t>(), "boot");
  if (!loaded) return std::move(loaded).error();
  spdlog::info("boot policy {} ({} rules)", loaded->serial, loaded->rules);
  return ok();
}

Dataplane::PolicyStatus Dataplane::policy_status() {
  const std::lock_guard lock(policy_mutex_);
  return policy_status_;
}

Status Dataplane::run(Job& job, std::size_t worker) {
  const std::lock_guard lock(job_mutex_);
  if (!workers_[worker]->post(job))
    return Error{Error::Code::resource, "the worker is busy with another request"};
  while (!job.done()) {
    if (stop_) return Error{Error::Code::resource, "the dataplane is stopping"};
    std::this_thread::sleep_for(50us);
  }
  return ok();
}

Result<std::size_t> Dataplane::add_taps(const std::vector<std::unique_ptr<Tap>>& taps,
                                        std::size_t first_slot, std::size_t last_slot) {
  const std::lock_guard lock(tap_mutex_);
  for (std::size_t slot = first_slot; slot <= last_slot; ++slot) {
    if (tap_used_[slot]) continue;
    tap_used_[slot] = true;
    for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->set_tap(slot, taps[i].get());
    return slot;
  }
  return Error{Error::Code::resource,
               "all " + std::to_string(last_slot - first_slot + 1) + " places are taken"};
}

void Dataplane::remove_taps(std::size_t slot) {
  const std::lock_guard lock(tap_mutex_);
  for (auto& worker : workers_) {
    worker->set_tap(slot, nullptr);
    const auto seen = worker->polls();
    while (!stop_ && worker->polls() < seen + 2) std::this_thread::sleep_for(50us);
  }
  tap_used_[slot] = false;
}

std::uint64_t Dataplane::schedules_at(const PolicySnapshot& policy, std::int64_t unix_seconds) {
  return policy.firewall().active_schedules(minute_of_week(policy.meta().time_zone, unix_seconds));
}

void Dataplane::tick() {
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_link_check_) {
    next_link_check_ = now + kLinkCheckInterval;
    propagate_links();
  }
  if (now >= next_address_check_) {
    next_address_check_ = now + kAddressCheckInterval;
    protect_own_addresses();
  }
  if (now < next_clock_check_) return;
  next_clock_check_ = now + kClockCheckInterval;
  const auto unix_now = unix_ns();
  shared_->wall_offset_ns.store(unix_now - static_cast<std::int64_t>(steady_ns()),
                                std::memory_order_relaxed);
  with_policy([&](const PolicySnapshot* policy) {
    if (policy == nullptr) return;
    const auto active = schedules_at(*policy, unix_now / 1'000'000'000);
    if (active != shared_->active_schedules.load(std::memory_order_relaxed))
      shared_->active_schedules.store(active, std::memory_order_relaxed);
  });
}

/// The box's own addresses: a forged packet must not cut it off from its administrator.
void Dataplane::protect_own_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return;
  for (const auto* one = first; one != nullptr; one = one->ifa_next)
    if (const auto address = address_of(one->ifa_addr))
      if (own_addresses_.insert(*address).second) shared_->quarantine.protect(*address);
  freeifaddrs(first);
}

/// A cable pulled on one side must look pulled on the other, or routers there keep sending into a
/// hole. A port that we took down ourselves says nothing about its own cable.
void Dataplane::propagate_links() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& port : ports_->all()) {
    if (forced_down_[port.index] || now < link_settles_at_[port.index]) continue;
    const bool up = ports_->link_up(port.index);
    if (up == !forced_down_[port.peer]) continue;
    spdlog::info("link of {} is {}: {} follows", port.config.name, up ? "up" : "down",
                 ports_->all()[port.peer].config.name);
    ports_->set_link(port.peer, up);
    forced_down_[port.peer] = !up;
    link_settles_at_[port.peer] = now + kLinkSettleTime;
  }
}

}  // namespace sekisho::dataplane
