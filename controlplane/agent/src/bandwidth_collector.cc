#include "controlplane/agent/bandwidth_collector.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <condition_variable>

#include "controlplane/bandwidth/account_event.h"
#include "json_at.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kInterval{60};
constexpr std::chrono::seconds kNotAgainWithin{2};  // for whoever wants to know now
constexpr std::chrono::milliseconds kTimeout{5'000};
constexpr std::uint64_t kSecondNs = 1'000'000'000;

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// [bytes out, bytes in, packets out, packets in].
TrafficCount traffic_at(const json& object, const char* key) {
  std::array<std::uint64_t, 4> numbers{};
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found != object.end() && found->is_array())
    for (std::size_t i = 0; i < std::min(numbers.size(), found->size()); ++i)
      if ((*found)[i].is_number_unsigned()) numbers[i] = (*found)[i].get<std::uint64_t>();
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

json json_of(const TrafficCount& traffic) {
  return {{"bytes_out", traffic.bytes_out},
          {"bytes_in", traffic.bytes_in},
          {"packets_out", traffic.packets_out},
          {"packets_in", traffic.packets_in}};
}

bool matches(const BandwidthKey& key, const BandwidthKey& where) {
  const auto fits = [](const std::string& value, const std::string& wanted) {
    return wanted.empty() || value == wanted;
  };
  return fits(key.address, where.address) && fits(key.user, where.user) &&
         fits(key.application, where.application) && fits(key.category, where.category);
}

const std::string& value_of(const BandwidthKey& key, BandwidthBy by) {
  switch (by) {
    case BandwidthBy::user:
      return key.user;
    case BandwidthBy::application:
      return key.application;
    case BandwidthBy::category:
      return key.category;
    case BandwidthBy::address:
      break;
  }
  return key.address;
}

}  // namespace

void BandwidthCollector::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::string last_trouble;
  while (!stop.stop_requested()) {
    const auto left = kInterval.count() - unix_seconds() % kInterval.count();
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, std::chrono::seconds(left), [] { return false; });
    if (stop.stop_requested()) return;
    const std::lock_guard guard(mutex_);
    const auto collected = collect();
    const auto trouble = collected || collected.error().code == Error::Code::not_found
                             ? std::string()
                             : collected.error().message;
    if (!trouble.empty() && trouble != last_trouble) spdlog::error("bandwidth: {}", trouble);
    last_trouble = trouble;
  }
}

/// mutex_ is held. What a predecessor was given and did not keep is given again, before what is
/// new.
Status BandwidthCollector::collect() {
  constexpr int kMostReadings = 2;
  if (auto told = tell_kept(); !told) return told;  // what a predecessor kept
  for (int i = 0; i < kMostReadings; ++i) {
    auto is_last = read_one();
    if (!is_last) return std::move(is_last).error();
    if (*is_last) break;
  }
  collected_ = std::chrono::steady_clock::now();
  return ok();
}

/// False: there is a newer one.
Result<bool> BandwidthCollector::read_one() {
  auto reply = dataplane_.ask({{"op", "bandwidth.take"},
                               {"boot_id", store_.last_boot()},
                               {"acknowledged", store_.last_number()}},
                              kTimeout);
  if (!reply) return std::move(reply).error();
  auto account = account_of(*reply);
  if (!account) return std::move(account).error();
  if (auto kept = store_.add(*account); !kept) return std::move(kept).error();
  if (auto told = tell_kept(); !told) return std::move(told).error();
  return !reply->value("again", false);
}

Result<BandwidthAccount> BandwidthCollector::account_of(const json& reply) const {
  BandwidthAccount account;
  account.boot_id = text_at(reply, "boot_id");
  account.number = number_at(reply, "number");
  account.begin = static_cast<std::int64_t>(number_at(reply, "begin"));
  account.end = static_cast<std::int64_t>(number_at(reply, "end"));
  const auto rows = reply.find("rows");
  if (account.boot_id.empty() || account.number == 0 || rows == reply.end() || !rows->is_array() ||
      rows->size() >= kMaxAccountRows)
    return Error{Error::Code::io, "dataplane: its reply to bandwidth.take is no account"};
  for (const auto& row : *rows) {
    const auto user = static_cast<std::uint32_t>(number_at(row, "user"));
    const auto application = static_cast<std::uint32_t>(number_at(row, "application"));
    const auto category = static_cast<std::uint16_t>(number_at(row, "category"));
    account.rows.push_back({{.address = text_at(row, "address"),
                             .user = user == 0 ? "" : names_.user(user),
                             .application = application == 0 ? "" : names_.application(application),
                             .category = category == 0 ? "" : names_.category(category)},
                            traffic_at(row, "traffic")});
  }
  if (const auto rest = traffic_at(reply, "rest"); rest.bytes() != 0)
    account.rows.push_back({{}, rest});
  account.rows = sum_of(account.rows, 0);
  return account;
}

/// What is kept and not told yet. Killed between both it is told twice, with the same reading's
/// name, by which the console counts it once.
Status BandwidthCollector::tell_kept() {
  const auto untold = store_.untold();
  for (const auto& reading : untold.readings)
    if (!reading.rows.empty()) tell(reading, kMinuteEvent);
  for (const auto& hour : untold.hours) tell(hour, kHourEvent);
  return store_.mark_told();
}

void BandwidthCollector::tell(const BandwidthAccount& account, std::string_view event_type) {
  const auto time = static_cast<std::uint64_t>(account.end) * kSecondNs;
  const std::array<EventLine, 1> line{{{event_of(account, event_type), event_type, time}}};
  if (auto written = log_.write(line); !written)
    spdlog::error("event log: {}", written.error().message);
}

Result<json> BandwidthCollector::top(std::string_view by, std::uint64_t seconds,
                                     std::uint64_t limit, const BandwidthKey& where) {
  const auto field = parse_bandwidth_by(by.empty() ? "address" : by);
  if (!field) return Error{field.error()};
  const std::lock_guard lock(mutex_);
  // Without the dataplane there is still what was kept.
  if (std::chrono::steady_clock::now() - collected_ >= kNotAgainWithin) (void)collect();
  const auto now = unix_seconds();
  auto account = store_.between(now - static_cast<std::int64_t>(seconds), now);
  std::erase_if(account.rows, [&](const BandwidthRow& row) { return !matches(row.key, where); });
  const auto sums = sums_by(*field, account.rows);
  TrafficCount total;
  for (const auto& row : sums) total += row.traffic;
  json rows = json::array();
  for (const auto& row : sums) {
    if (rows.size() == limit) break;
    auto told = json_of(row.traffic);
    told["who"] = value_of(row.key, *field);
    told["share"] = total.bytes() == 0 ? 0.0
                                       : static_cast<double>(row.traffic.bytes()) /
                                             static_cast<double>(total.bytes());
    rows.push_back(std::move(told));
  }
  return json{{"begin", account.begin},
              {"end", account.end},
              {"rows", std::move(rows)},
              {"of", sums.size()},
              {"total", json_of(total)}};
}

}  // namespace sekisho::controlplane
