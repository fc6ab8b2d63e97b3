#include "requests.h"

namespace sekisho::dataplane {
namespace {

/// Leaves the worker an empty table.
class ExchangeTable final : public Job {
 public:
  explicit ExchangeTable(std::unique_ptr<BandwidthTable>& table) : table_(table) {}
  bool run_slice(Worker& worker) noexcept override {
    worker.exchange_bandwidth(table_);
    return true;
  }

 private:
  std::unique_ptr<BandwidthTable>& table_;
};

Json numbers_of(const Traffic& traffic) {
  return Json::array(
      {traffic.bytes_out, traffic.bytes_in, traffic.packets_out, traffic.packets_in});
}

}  // namespace

Result<Json> answer_bandwidth_take(const Request& request) {
  const auto acknowledged = number_field(request.body, "acknowledged", 0, ~std::uint64_t{0});
  const auto boot_id = text_field(request.body, "boot_id", "");
  if (!acknowledged) return Error{acknowledged.error()};
  if (!boot_id) return Error{boot_id.error()};
  auto& dataplane = request.dataplane;
  const auto own_boot_id = std::to_string(dataplane.boot_id());
  const auto known = *boot_id == own_boot_id ? *acknowledged : 0;  // numbers are a run's own
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  auto reading = dataplane.with_bandwidth([&](BandwidthReadings& readings) {
    return readings.take(known, now,
                         [&](std::size_t worker, std::unique_ptr<BandwidthTable>& table) {
                           ExchangeTable job(table);
                           return dataplane.run(job, worker);
                         });
  });
  if (!reading) return std::move(reading).error();
  Json rows = Json::array();
  for (const auto& [key, traffic] : reading->rows)
    rows.push_back({{"address", to_string(key.address)},
                    {"user", key.user},
                    {"application", key.application},
                    {"category", key.category},
                    {"traffic", numbers_of(traffic)}});
  return Json{{"boot_id", own_boot_id},          {"number", reading->number},
              {"begin", reading->begin},         {"end", reading->end},
              {"rows", std::move(rows)},         {"rest", numbers_of(reading->rest)},
              {"displaced", reading->displaced}, {"again", reading->again}};
}

}  // namespace sekisho::dataplane
