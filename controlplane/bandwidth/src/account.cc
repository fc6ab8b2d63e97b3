#include "controlplane/bandwidth/account.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/base/text_bytes.h"

namespace sekisho::controlplane {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMagic = "SEKISHO-BANDWIDTH 1 ";
constexpr std::size_t kHeadBytes = kMagic.size() + 9;  // checksum and newline
constexpr std::size_t kColumns = 8;

std::string checksum_of(std::string_view text) {
  const auto sum = crc32_z(0, bytes_of(text).data(), text.size());
  std::array<char, 9> digits{};
  (void)std::snprintf(digits.data(), digits.size(), "%08lx", sum);
  return {digits.data(), 8};
}

Error damaged(std::string_view why) {
  return {Error::Code::invalid_input, "bandwidth account: " + std::string(why)};
}

Json row_to_json(const BandwidthRow& row) {
  const auto& [key, traffic] = row;
  return Json::array({key.address, key.user, key.application, key.category, traffic.bytes_out,
                      traffic.bytes_in, traffic.packets_out, traffic.packets_in});
}

bool read_row(const Json& json, BandwidthRow& row) {
  if (!json.is_array() || json.size() != kColumns) return false;
  const std::array texts{&row.key.address, &row.key.user, &row.key.application, &row.key.category};
  const std::array numbers{&row.traffic.bytes_out, &row.traffic.bytes_in, &row.traffic.packets_out,
                           &row.traffic.packets_in};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!json[i].is_string()) return false;
    *texts[i] = json[i].get<std::string>();
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto& value = json[texts.size() + i];
    if (!value.is_number_unsigned()) return false;
    *numbers[i] = value.get<std::uint64_t>();
  }
  return true;
}

bool read_account(const Json& json, BandwidthAccount& account) {
  const auto is = [&](const char* key, bool (Json::*type)() const noexcept) {
    const auto found = json.find(key);
    return found != json.end() && ((*found).*type)();
  };
  if (!json.is_object() || !is("begin", &Json::is_number_integer) ||
      !is("end", &Json::is_number_integer) || !is("boot_id", &Json::is_string) ||
      !is("number", &Json::is_number_unsigned) || !is("rows", &Json::is_array) ||
      json["rows"].size() > kMaxAccountRows)
    return false;
  account.begin = json["begin"].get<std::int64_t>();
  account.end = json["end"].get<std::int64_t>();
  account.boot_id = json["boot_id"].get<std::string>();
  account.number = json["number"].get<std::uint64_t>();
  if (account.begin < 0 || account.end < account.begin || account.end > kMaxAccountTime)
    return false;
  for (const auto& row : json["rows"])
    if (!read_row(row, account.rows.emplace_back())) return false;
  return true;
}

std::vector<BandwidthRow> sorted(const std::map<BandwidthKey, TrafficCount>& sums) {
  std::vector<BandwidthRow> rows;
  rows.reserve(sums.size());
  for (const auto& [key, traffic] : sums) rows.push_back({key, traffic});
  std::stable_sort(rows.begin(), rows.end(), [](const auto& x, const auto& y) {
    return x.traffic.bytes() > y.traffic.bytes();
  });
  return rows;
}

}  // namespace

TrafficCount& TrafficCount::operator+=(const TrafficCount& more) noexcept {
  bytes_out += more.bytes_out;
  bytes_in += more.bytes_in;
  packets_out += more.packets_out;
  packets_in += more.packets_in;
  return *this;
}

std::string encode(const BandwidthAccount& account) {
  Json rows = Json::array();
  for (const auto& row : account.rows) rows.push_back(row_to_json(row));
  const Json json{{"begin", account.begin},
                  {"end", account.end},
                  {"boot_id", account.boot_id},
                  {"number", account.number},
                  {"rows", std::move(rows)}};
  const auto body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return std::string(kMagic) + checksum_of(body) + "\n" + body;
}

Result<BandwidthAccount> decode_account(std::string_view file) {
  if (file.size() > kMaxAccountBytes) return damaged("too large");
  if (file.size() < kHeadBytes || !file.starts_with(kMagic) || file[kHeadBytes - 1] != '\n')
    return damaged("no such file");
  const auto body = file.substr(kHeadBytes);
  if (file.substr(kMagic.size(), 8) != checksum_of(body)) return damaged("the checksum differs");
  const auto json = Json::parse(body, nullptr, false);
  BandwidthAccount account;
  if (!read_account(json, account)) return damaged("not its form");
  return account;
}

std::vector<BandwidthRow> sum_of(std::span<const BandwidthRow> rows, std::size_t max_rows) {
  std::map<BandwidthKey, TrafficCount> sums;
  for (const auto& row : rows) sums[row.key] += row.traffic;
  auto result = sorted(sums);
  if (result.size() <= max_rows || max_rows == 0) return result;
  BandwidthRow rest;
  for (; result.size() >= max_rows; result.pop_back()) rest.traffic += result.back().traffic;
  const auto same = std::find_if(result.begin(), result.end(),
                                 [](const auto& row) { return row.key == BandwidthKey{}; });
  if (same != result.end())
    same->traffic += rest.traffic;
  else
    result.push_back(rest);
  return result;
}

Result<BandwidthBy> parse_bandwidth_by(std::string_view name) {
  if (name == "address") return BandwidthBy::address;
  if (name == "user") return BandwidthBy::user;
  if (name == "application") return BandwidthBy::application;
  if (name == "category") return BandwidthBy::category;
  return Error{Error::Code::invalid_input,
               "'" + std::string(name) + "' is not address, user, application or category"};
}

std::vector<BandwidthRow> sums_by(BandwidthBy by, std::span<const BandwidthRow> rows) {
  constexpr std::array kFields{&BandwidthKey::address, &BandwidthKey::user,
                               &BandwidthKey::application, &BandwidthKey::category};
  const auto field = kFields[static_cast<std::size_t>(by)];
  std::map<BandwidthKey, TrafficCount> sums;
  for (const auto& row : rows) {
    BandwidthKey key;
    key.*field = row.key.*field;
    sums[key] += row.traffic;
  }
  return sorted(sums);
}

}  // namespace sekisho::controlplane
