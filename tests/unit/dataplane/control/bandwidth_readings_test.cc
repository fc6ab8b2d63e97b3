#include "dataplane/control/bandwidth_readings.h"

#include <catch2/catch.hpp>

using namespace sekisho;
using namespace sekisho::dataplane;

namespace {

/// Workers of whom each counts into its table what it is told.
struct Workers {
  std::vector<std::unique_ptr<BandwidthTable>> tables;
  bool busy = false;

  explicit Workers(std::size_t count) {
    while (tables.size() < count) tables.push_back(std::make_unique<BandwidthTable>(tables.size()));
  }
  BandwidthReadings::Exchange exchange() {
    return [this](std::size_t worker, std::unique_ptr<BandwidthTable>& table) -> Status {
      if (busy) return Error{Error::Code::resource, "busy"};
      for (const auto& entry : table->entries()) REQUIRE(entry.traffic.bytes() == 0);
      tables[worker].swap(table);
      return ok();
    };
  }
};

BandwidthKey key(std::uint32_t n) { return {.address = IpAddress::from_v4(n)}; }

}  // namespace

TEST_CASE("a reading sums the workers and is given again until it is acknowledged") {
  Workers workers(2);
  BandwidthReadings readings(2, 1000);
  workers.tables[0]->add(key(1), {.bytes_out = 5, .packets_out = 1});
  workers.tables[1]->add(key(1), {.bytes_out = 6, .packets_out = 1});
  workers.tables[1]->add(key(2), {.bytes_in = 100});
  const auto first = readings.take(0, 1060, workers.exchange());
  REQUIRE(first);
  CHECK(first->number == 1);
  CHECK(first->begin == 1000);
  CHECK(first->end == 1060);
  CHECK_FALSE(first->again);
  REQUIRE(first->rows.size() == 2);
  CHECK(first->rows[0].key == key(2));
  CHECK(first->rows[1].traffic.bytes_out == 11);
  CHECK(first->rows[1].traffic.packets_out == 2);

  workers.tables[0]->add(key(3), {.bytes_in = 9});
  const auto again = readings.take(0, 1120, workers.exchange());
  REQUIRE(again);
  CHECK(again->number == 1);
  CHECK(again->again);
  CHECK(again->rows.size() == 2);
  const auto second = readings.take(1, 1180, workers.exchange());
  REQUIRE(second);
  CHECK(second->number == 2);
  CHECK(second->begin == 1060);
  CHECK_FALSE(second->again);
  REQUIRE(second->rows.size() == 1);
  CHECK(second->rows[0].key == key(3));
}

TEST_CASE("what is too much for a reading is in its rest, and a busy worker keeps what it has") {
  Workers workers(1);
  BandwidthReadings readings(1, 0);
  std::uint64_t sum = 0;
  for (std::uint32_t n = 1; n <= 5000; ++n) {
    workers.tables[0]->add(key(n), {.bytes_in = n});
    sum += n;
  }
  workers.busy = true;
  CHECK_FALSE(readings.take(0, 60, workers.exchange()));
  workers.busy = false;
  const auto reading = readings.take(0, 60, workers.exchange());
  REQUIRE(reading);
  CHECK(reading->number == 1);
  REQUIRE(reading->rows.size() == BandwidthReadings::kMaxRows);
  CHECK(reading->rows[0].traffic.bytes_in == 5000);
  std::uint64_t told = reading->rest.bytes();
  for (const auto& row : reading->rows) told += row.traffic.bytes();
  CHECK(told == sum);
  CHECK(reading->displaced >= 5000 - BandwidthReadings::kMaxRows);
}
