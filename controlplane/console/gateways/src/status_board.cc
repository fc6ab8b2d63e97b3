#include "status_board.h"

#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "controlplane/proto/gateway_link.pb.h"

namespace sekisho::console {
namespace {

/// Null where it reported none.
nlohmann::json json_of(const link::v1::StatusReport& report, const link::v1::Authority& authority) {
  if (!report.has_authority()) return nullptr;
  return {{"certificate", authority.certificate()}, {"subject", authority.subject()},
          {"issuer", authority.issuer()},           {"not_before", authority.not_before()},
          {"not_after", authority.not_after()},     {"key", authority.key()},
          {"origin", authority.origin()},           {"fingerprint", authority.fingerprint()},
          {"trouble", authority.trouble()}};
}

/// Members are named as in gateway_link.proto.
std::string json_of(const link::v1::StatusReport& report) {
  auto ports = nlohmann::json::array();
  for (const auto& port : report.ports())
    ports.push_back({{"name", port.name()},
                     {"side", port.side()},
                     {"link_up", port.link_up()},
                     {"speed_mbps", port.speed_mbps()},
                     {"rx_packets", port.rx_packets()},
                     {"tx_packets", port.tx_packets()},
                     {"rx_bytes", port.rx_bytes()},
                     {"tx_bytes", port.tx_bytes()}});
  const nlohmann::json json{{"time_unix_ms", report.time_unix_ms()},
                            {"uptime_seconds", report.uptime_seconds()},
                            {"dataplane_up", report.dataplane_up()},
                            {"ports", std::move(ports)},
                            {"flows", report.flows()},
                            {"packets", report.packets()},
                            {"bytes", report.bytes()},
                            {"dropped", report.dropped()},
                            {"events_lost", report.events_lost()},
                            {"spool_lines", report.spool_lines()},
                            {"confirm_seconds", report.confirm_seconds()},
                            {"authority", json_of(report, report.authority())}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void StatusBoard::report(const std::string& gateway, const StreamName& stream,
                         const link::v1::StatusReport& report, std::int64_t now) {
  Latest latest{stream, json_of(report), static_cast<std::int64_t>(report.events_lost()), now};
  const std::scoped_lock lock(mutex_);
  latest_[gateway] = std::move(latest);
}

void StatusBoard::flush() {
  auto board = std::make_shared<Board>();
  {
    const std::scoped_lock lock(mutex_);
    board->swap(latest_);
  }
  if (board->empty()) return;
  std::size_t bytes = 0;
  for (const auto& [gateway, latest] : *board) bytes += latest.json.size();
  writer_.submit({"", bytes,
                  [board](GroupTransaction& transaction) {
                    Latest latest;
                    std::string id;
                    soci::statement update =
                        (transaction.session.prepare
                             << "UPDATE gateways SET status = :status, events_lost = :lost, "
                                "seen_at = :seen WHERE id = :id AND console = :stream",
                         soci::use(latest.json), soci::use(latest.events_lost),
                         soci::use(latest.seen_at), soci::use(id), soci::use(latest.stream));
                    for (const auto& [gateway, newest] : *board) {
                      id = gateway;
                      latest = newest;
                      update.execute(true);
                    }
                  },
                  [](const std::exception_ptr& problem) {
                    if (problem) spdlog::warn("reports of gateways could not be written");
                  }});
}

}  // namespace sekisho::console
