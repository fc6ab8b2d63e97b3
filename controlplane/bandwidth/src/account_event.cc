#include "controlplane/bandwidth/account_event.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/events/eve.h"
#include "config/events/json_writer.h"

namespace sekisho::controlplane {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxRows = 100;          // of one event
constexpr std::size_t kMaxLineBytes = 15'000;  // longer ones a console takes for damaged
constexpr std::uint64_t kSecondNs = 1'000'000'000;

constexpr std::array kTexts{
    std::pair{"address", &BandwidthKey::address}, std::pair{"user", &BandwidthKey::user},
    std::pair{"app", &BandwidthKey::application}, std::pair{"category", &BandwidthKey::category}};
constexpr std::array kNumbers{std::pair{"bytes_out", &TrafficCount::bytes_out},
                              std::pair{"bytes_in", &TrafficCount::bytes_in},
                              std::pair{"pkts_out", &TrafficCount::packets_out},
                              std::pair{"pkts_in", &TrafficCount::packets_in}};

/// With the `max_rows` that have most.
std::string line_with(const BandwidthAccount& account, std::string_view event_type,
                      std::size_t max_rows) {
  std::string members;
  events::JsonWriter writer(members);
  writer.begin_object("bandwidth").member("begin", account.begin).member("end", account.end);
  if (!account.boot_id.empty())
    writer.member("boot_id", account.boot_id).member("number", account.number);
  writer.begin_array("rows");
  for (const auto& row : sum_of(account.rows, max_rows)) {
    writer.begin_object();
    for (const auto& [name, text] : kTexts)
      if (!(row.key.*text).empty()) writer.member(name, row.key.*text);
    for (const auto& [name, number] : kNumbers) writer.member(name, row.traffic.*number);
    writer.end_object();
  }
  writer.end_array().end_object();
  return events::own_to_eve(static_cast<std::uint64_t>(account.end) * kSecondNs, event_type,
                            members);
}

Error wrong(std::string_view what) {
  return {Error::Code::invalid_input, "bandwidth event: " + std::string(what)};
}

bool read_told_row(const Json& json, BandwidthRow& row) {
  if (!json.is_object()) return false;
  for (const auto& [name, text] : kTexts) {
    const auto found = json.find(name);
    if (found == json.end()) continue;
    if (!found->is_string()) return false;
    row.key.*text = found->get<std::string>();
  }
  for (const auto& [name, number] : kNumbers) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_unsigned()) return false;
    row.traffic.*number = found->get<std::uint64_t>();
  }
  return true;
}

}  // namespace

std::string event_of(const BandwidthAccount& account, std::string_view event_type) {
  auto line = line_with(account, event_type, kMaxRows);
  for (auto rows = kMaxRows / 2; line.size() > kMaxLineBytes && rows > 1; rows /= 2)
    line = line_with(account, event_type, rows);
  return line;
}

Result<BandwidthAccount> account_in_event(std::string_view line) {
  if (line.size() > kMaxAccountBytes) return wrong("too long");
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return wrong("no JSON object");
  const auto found = json.find("bandwidth");
  if (found == json.end() || !found->is_object()) return wrong("'bandwidth' is missing");
  const auto begin = found->find("begin"), end = found->find("end"), rows = found->find("rows");
  if (begin == found->end() || end == found->end() || !begin->is_number_integer() ||
      !end->is_number_integer())
    return wrong("'begin' and 'end' must be numbers");
  if (rows == found->end() || !rows->is_array() || rows->size() > kMaxAccountRows)
    return wrong("'rows' must be a list");
  BandwidthAccount account{.begin = begin->get<std::int64_t>(),
                           .end = end->get<std::int64_t>(),
                           .boot_id = {},
                           .number = 0,
                           .rows = {}};
  if (account.begin < 0 || account.end < account.begin || account.end > kMaxAccountTime)
    return wrong("'begin' and 'end' are no times");
  const auto boot_id = found->find("boot_id"), number = found->find("number");
  if (boot_id != found->end() && boot_id->is_string() && number != found->end() &&
      number->is_number_unsigned()) {
    account.boot_id = boot_id->get<std::string>();
    account.number = number->get<std::uint64_t>();
  }
  for (const auto& row : *rows)
    if (!read_told_row(row, account.rows.emplace_back())) return wrong("a row has another form");
  return account;
}

}  // namespace sekisho::controlplane
