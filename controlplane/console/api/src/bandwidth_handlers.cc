// Who used how much of the line: the accounts that gateways sent as events, summed up.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "controlplane/bandwidth/account.h"
#include "controlplane/bandwidth/account_event.h"
#include "controlplane/console/store/json_depth.h"
#include "rows.h"

namespace sekisho::console {
namespace {

using controlplane::BandwidthAccount;
using controlplane::BandwidthBy;
using controlplane::BandwidthKey;
using controlplane::BandwidthRow;
using controlplane::TrafficCount;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kFineMs = 3 * kHourMs;  // longer times are told by whole hours
constexpr std::int64_t kMostMs = kHourMs * 24 * 35;

struct Time {
  std::int64_t from = 0, to = 0;  // Unix milliseconds
};

/// An event with an account, by what an index says of it.
struct AccountEvent {
  std::int64_t id = 0, gateway = 0, time = 0;
  auto operator<=>(const AccountEvent&) const = default;
};

/// What is asked for and how far it has been summed up.
struct Sums {
  BandwidthKey where;
  std::vector<BandwidthRow> rows;
  std::map<std::pair<std::int64_t, std::int64_t>, TrafficCount> times;  // begin and end, seconds
};

std::int64_t hour_of(std::int64_t end_ms) { return (end_ms - 1) / kHourMs; }

Time time_of(const Call& call) {
  const Time time{call.number("from", 0), call.number("to", 0)};
  if (time.to < time.from || time.to - time.from > kMostMs)
    throw Refusal(400, "invalid_request", "'from' is at most 35 days before 'to'")
        .with("field", "/query/from");
  return time;
}

/// Those that ended within `time`; `gateway` 0: of all.
std::vector<AccountEvent> events_of(Session& session, const std::string& tenant,
                                    const std::string& type, Time time, std::int64_t gateway) {
  AccountEvent row;
  std::vector<AccountEvent> found;
  std::string query =
      "SELECT id, gateway, time FROM events WHERE tenant = :tenant AND type = :type AND time > "
      ":first_time AND time <= :last_time";
  if (gateway != 0) query += " AND gateway = " + std::to_string(gateway);
  for_each_row((session.prepare << query, soci::into(row.id), soci::into(row.gateway),
                soci::into(row.time), soci::use(tenant, "tenant"), soci::use(type, "type"),
                soci::use(time.from, "first_time"), soci::use(time.to, "last_time")),
               [&] { found.push_back(row); });
  return found;
}

/// Hours where there are some, and the minutes of the rest.
std::vector<AccountEvent> chosen_events(Session& session, const std::string& tenant, Time time,
                                        std::int64_t gateway) {
  std::vector<AccountEvent> chosen;
  std::set<std::pair<std::int64_t, std::int64_t>> hours;  // gateway and hour
  if (time.to - time.from > kFineMs)
    for (const auto& event : events_of(session, tenant, std::string(controlplane::kHourEvent),
                                       {time.from, time.to + kHourMs}, gateway))
      if (hours.emplace(event.gateway, hour_of(event.time)).second) chosen.push_back(event);
  for (const auto& event :
       events_of(session, tenant, std::string(controlplane::kMinuteEvent), time, gateway))
    if (!hours.contains({event.gateway, hour_of(event.time)})) chosen.push_back(event);
  return chosen;
}

bool matches(const BandwidthKey& key, const BandwidthKey& where) {
  const auto fits = [](const std::string& value, const std::string& wanted) {
    return wanted.empty() || value == wanted;
  };
  return fits(key.address, where.address) && fits(key.user, where.user) &&
         fits(key.application, where.application) && fits(key.category, where.category);
}

void add(const BandwidthAccount& account, Sums& sums) {
  auto& time = sums.times[{account.begin, account.end}];
  for (const auto& row : account.rows) {
    if (!matches(row.key, sums.where)) continue;
    time += row.traffic;
    sums.rows.push_back(row);
  }
}

void read_events(Session& session, const std::vector<AccountEvent>& events, Sums& sums) {
  constexpr std::size_t kRowsAtOnce = 20'000;  // then they are summed up
  std::set<std::tuple<std::int64_t, std::string, std::uint64_t>> readings;
  for (const auto& event : events) {
    std::string eve;
    session << "SELECT eve FROM events WHERE id = :id", soci::into(eve), soci::use(event.id);
    if (eve.empty() || nested_deeper(eve, kMaxGatewayJsonLevels)) continue;
    const auto account = controlplane::account_in_event(eve);
    if (!account) continue;
    // A gateway that was killed does not know whether it told the last one, and tells it again.
    const bool is_again =
        !account->boot_id.empty() &&
        !readings.emplace(event.gateway, account->boot_id, account->number).second;
    if (!is_again) add(*account, sums);
    if (sums.rows.size() > kRowsAtOnce)
      sums.rows = controlplane::sum_of(sums.rows, kRowsAtOnce / 2);
  }
}

Json json_of(const TrafficCount& traffic) {
  return {{"bytes_out", traffic.bytes_out},
          {"bytes_in", traffic.bytes_in},
          {"packets_out", traffic.packets_out},
          {"packets_in", traffic.packets_in}};
}

Json answer_of(const Sums& sums, BandwidthBy by, std::size_t limit) {
  const auto rows = controlplane::sums_by(by, sums.rows);
  TrafficCount total;
  Json list = Json::array();
  for (const auto& [key, traffic] : rows) {
    total += traffic;
    // All fields but one are empty.
    if (list.size() < limit)
      list.push_back({{"who", key.address + key.user + key.application + key.category},
                      {"traffic", json_of(traffic)}});
  }
  Json times = Json::array();
  for (const auto& [time, traffic] : sums.times)
    times.push_back({{"begin", time.first * 1000},
                     {"end", time.second * 1000},
                     {"bytes_out", traffic.bytes_out},
                     {"bytes_in", traffic.bytes_in}});
  return {{"rows", std::move(list)},
          {"num_rows", rows.size()},
          {"total", json_of(total)},
          {"times", std::move(times)}};
}

http::Response top_bandwidth(Services& services, const Call& call) {
  const auto time = time_of(call);
  const auto by = *controlplane::parse_bandwidth_by(call.text("by"));
  Sums sums{.where = {.address = call.text("address"),
                      .user = call.text("user"),
                      .application = call.text("application"),
                      .category = call.text("category")},
            .rows = {},
            .times = {}};
  services.database().read([&](Session& session) {
    const std::string gateway = call.text("gateway");
    const auto number = gateway.empty() ? 0 : event_number_of(session, call.tenant(), gateway);
    if (!gateway.empty() && number == 0) return;
    read_events(session, chosen_events(session, call.tenant(), time, number), sums);
  });
  return json_response(200,
                       answer_of(sums, by, static_cast<std::size_t>(call.number("limit", 100))));
}

}  // namespace

void add_bandwidth_handlers(Handlers& handlers) { handlers["topBandwidth"] = top_bandwidth; }

}  // namespace sekisho::console
