#include <rte_cycles.h>
#include <unistd.h>

#include "config/log/process_log.h"
#include "requests.h"

namespace sekisho::dataplane {
namespace {

Json port_to_json(Dataplane& dataplane, const Port& port) {
  const auto& ports = dataplane.ports();
  const auto stats = ports.statistics(port.index);
  return {{"port", port.index},
          {"name", port.config.name},
          {"device", port.config.device},
          {"driver", ports.driver(port.index)},
          {"side", port.config.side == policy::Side::lan ? "lan" : "wan"},
          {"segment", port.config.segment},
          {"mac", ports.mac(port.index)},
          {"link", ports.link_up(port.index) ? "up" : "down"},
          {"held_down", dataplane.forced_down(port.index)},
          {"mtu", dataplane.box().mtu},
          {"speed_mbps", ports.speed_mbps(port.index)},
          {"rx_packets", stats.rx_packets},
          {"rx_bytes", stats.rx_bytes},
          {"rx_missed", stats.rx_missed},
          {"rx_errors", stats.rx_errors},
          {"tx_packets", stats.tx_packets},
          {"tx_bytes", stats.tx_bytes},
          {"tx_errors", stats.tx_errors}};
}

Json ports_to_json(Dataplane& dataplane) {
  Json ports = Json::array();
  for (const auto& port : dataplane.ports().all()) ports.push_back(port_to_json(dataplane, port));
  return ports;
}

Json worker_to_json(Dataplane& dataplane, const Worker& worker) {
  const auto& counters = worker.counters();
  const auto packets = counters.packets.get();
  const auto cycles = counters.busy_cycles.get();
  const auto index = worker.config().index;
  const bool hardware = dataplane.ports().hardware_spreads();
  const auto* mode = dataplane.workers().size() == 1 ? "alone"
                     : hardware                      ? "rss"
                     : index == 0                    ? "spreader"
                                                     : "ring";
  return {{"worker", index},
          {"core", dataplane.box().worker_cores[index]},
          {"mode", mode},
          {"packets", packets},
          {"bursts", counters.bursts.get()},
          {"empty_polls", counters.empty_polls.get()},
          {"flows", worker.num_flows()},
          {"flow_capacity", worker.flow_capacity()},
          {"flow_memory_bytes", worker.memory_bytes()},
          {"cycles_per_packet", packets == 0 ? 0 : cycles / packets},
          {"busy_seconds", static_cast<double>(cycles) / static_cast<double>(rte_get_tsc_hz())},
          {"lost_events", worker.events().lost()}};
}

Json policy_to_json(Dataplane& dataplane) {
  const auto status = dataplane.policy_status();
  return dataplane.with_policy([&](const PolicySnapshot* policy) -> Json {
    if (policy == nullptr)
      return {{"serial", 0},
              {"content_address", ""},
              {"rules", 0},
              {"loaded_at", 0},
              {"source", "none"}};
    return {{"serial", policy->serial()},
            {"content_address", policy->content_address()},
            {"rules", policy->meta().rules.size()},
            {"loaded_at", status.loaded_at},
            {"source", status.source}};
  });
}

/// Null: there is none.
Json urls_to_json(Dataplane& dataplane) {
  Json urls = dataplane.with_policy([](const PolicySnapshot* policy) -> Json {
    if (policy == nullptr || policy->urls() == nullptr) return {};
    return {{"entries", policy->urls()->num_entries()},
            {"bytes", policy->urls()->bytes()},
            {"digest", policy->urls()->digest()}};
  });
  if (auto file = dataplane.url_file(); !file.empty()) urls["file"] = file;
  if (auto problem = dataplane.url_problem(); !problem.empty()) urls["problem"] = problem;
  return urls;
}

/// Null: there is none.
Json indicators_to_json(Dataplane& dataplane) {
  Json indicators = dataplane.with_policy([](const PolicySnapshot* policy) -> Json {
    if (policy == nullptr || policy->indicators() == nullptr) return {};
    return {{"entries", policy->indicators()->num_indicators()},
            {"bytes", policy->indicators()->bytes()},
            {"digest", policy->indicators()->digest()}};
  });
  if (auto file = dataplane.indicator_file(); !file.empty()) indicators["file"] = file;
  if (auto problem = dataplane.indicator_problem(); !problem.empty())
    indicators["problem"] = problem;
  return indicators;
}

/// Null: no policy ever asked for it.
Json decryption_to_json(Dataplane& dataplane) {
  const auto status = dataplane.decryption().status();
  if (!status.is_wanted) return {};
  Json decryption{{"workers", dataplane.workers().size()},
                  {"attached", status.attached},
                  {"attached_ever", status.attached_ever}};
  if (!status.problem.empty()) decryption["problem"] = status.problem;
  return decryption;
}

}  // namespace

Result<Json> answer_status(const Request& request) {
  auto& dataplane = request.dataplane;
  Json workers = Json::array();
  for (const auto& worker : dataplane.workers())
    workers.push_back(worker_to_json(dataplane, *worker));
  const auto uptime = std::chrono::steady_clock::now() - dataplane.started();
  const auto status = dataplane.policy_status();
  return Json{{"version", SEKISHO_VERSION},
              {"pid", getpid()},
              {"box_file", dataplane.box().file},
              {"boot_id", std::to_string(dataplane.boot_id())},
              {"uptime_seconds", std::chrono::duration_cast<std::chrono::seconds>(uptime).count()},
              {"policy", policy_to_json(dataplane)},
              {"workers", workers},
              {"ports", ports_to_json(dataplane)},
              {"alert_captures", capture_totals(dataplane)},
              {"url_database", urls_to_json(dataplane)},
              {"indicator_database", indicators_to_json(dataplane)},
              {"decryption", decryption_to_json(dataplane)},
              {"user_changes",
               dataplane.with_users([](const UserAddresses& users) { return users.changes(); })},
              {"swaps", status.swaps},
              {"worst_swap_pause_us", status.worst_pause_us}};
}

Result<Json> answer_log(const Request&) { return Json{{"lines", last_log_lines()}}; }

Result<Json> answer_ports(const Request& request) {
  return Json{{"ports", ports_to_json(request.dataplane)}};
}

Result<Json> answer_counters(const Request& request) {
  std::map<std::string, std::uint64_t> sum;
  std::uint64_t active = 0;
  std::uint64_t memory = 0;
  std::uint64_t waiting = 0;
  for (const auto& worker : request.dataplane.workers()) {
    worker->counters().add_to(sum);
    sum["events.lost"] += worker->events().lost();
    sum["drop.receive_ring_full"] += worker->io().receive_ring_full();
    active += worker->num_flows();
    waiting += worker->num_waiting();
    memory += worker->memory_bytes();
  }
  if (auto* const captures = request.dataplane.capture_files()) {
    const auto totals = captures->totals();
    sum["alert_capture.pkts_lost"] += totals.lost;
    sum["alert_capture.failed"] = totals.failed;
    sum["alert_capture.removed"] = totals.removed;
  }
  request.dataplane.decryption().add_to(sum);
  sum["flow.active"] = active;
  sum["reputation.waiting"] = waiting;
  sum["flow.memuse"] = memory;
  return Json{{"counters", sum}};
}

}  // namespace sekisho::dataplane
