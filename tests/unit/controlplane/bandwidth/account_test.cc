#include "controlplane/bandwidth/account.h"

#include <catch2/catch.hpp>

namespace sekisho::controlplane {
namespace {

BandwidthRow row(const char* address, const char* user, const char* application,
                 std::uint64_t bytes) {
  return {{address, user, application, ""}, {bytes, 2 * bytes, 1, 2}};
}

const BandwidthAccount kAccount{
    .begin = 1000,
    .end = 1060,
    .boot_id = "17",
    .number = 4,
    .rows = {row("192.0.2.1", "taro", "YouTube", 900), row("2001:db8::1", "", "", 5)}};

TEST_CASE("an account is read as it was written, and no damaged one is") {
  const auto file = encode(kAccount);
  const auto read = decode_account(file);
  REQUIRE(read);
  CHECK(*read == kAccount);
  for (std::size_t i = 0; i < file.size(); ++i) {
    auto damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    CAPTURE(i);
    REQUIRE_FALSE(decode_account(damaged));
    REQUIRE_FALSE(decode_account(file.substr(0, i)));
  }
}

TEST_CASE("sums have those with most first and keep every byte") {
  std::vector<BandwidthRow> rows;
  std::uint64_t sum = 0;
  for (std::uint64_t n = 1; n <= 100; ++n) {
    const auto address = "192.0.2." + std::to_string(n % 50);
    rows.push_back(row(address.c_str(), "", "", n));
    sum += 3 * n;
  }
  CHECK(sum_of(rows, 0).size() == 50);
  const auto few = sum_of(rows, 10);
  REQUIRE(few.size() == 10);
  CHECK(few[0].traffic.bytes() == 3 * (50 + 100));
  CHECK(few.back().key == BandwidthKey{});
  std::uint64_t told = 0;
  for (const auto& one : few) told += one.traffic.bytes();
  CHECK(told == sum);
  const auto fewer = sum_of(few, 5);
  REQUIRE(fewer.size() <= 5);
  told = 0;
  for (const auto& one : fewer) told += one.traffic.bytes();
  CHECK(told == sum);
}

TEST_CASE("each key's sums are the same whole") {
  const std::vector<BandwidthRow> rows{row("192.0.2.1", "taro", "YouTube", 10),
                                       row("192.0.2.2", "taro", "Zoom", 20),
                                       row("192.0.2.1", "", "Zoom", 5)};
  for (const auto* name : {"address", "user", "application", "category"}) {
    std::uint64_t sum = 0;
    for (const auto& one : sums_by(*parse_bandwidth_by(name), rows)) sum += one.traffic.bytes();
    CHECK(sum == 3 * 35);
  }
  const auto users = sums_by(BandwidthBy::user, rows);
  REQUIRE(users.size() == 2);
  CHECK(users[0] == BandwidthRow{{"", "taro", "", ""}, {30, 60, 2, 4}});
  CHECK(users[1].key == BandwidthKey{});
  CHECK_FALSE(parse_bandwidth_by("device"));
}

}  // namespace
}  // namespace sekisho::controlplane
