#include "config/box/box_config.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>

#include "box_checks.h"
#include "yaml_map.h"

namespace sekisho::box {
namespace {

constexpr std::size_t kMaxBoxBytes = std::size_t{64} << 10;
constexpr std::uint32_t kSharedCoreSleepUs = 50;  // when the file names no other
constexpr std::ptrdiff_t kMaxBrackets = 256;
constexpr std::size_t kMaxPorts = 32;
constexpr std::size_t kMaxWorkers = 64;
constexpr std::uint64_t kMaxCore = 1023;

using Check = std::string (*)(std::string_view);

Status checked_text(YamlMap& map, std::string_view key, std::string& out, Check check) {
  if (auto read = map.text(key, out); !read) return read;
  const std::string wrong = check(out);
  if (wrong.empty()) return ok();
  const YAML::Node node = map.take(key);
  return mistake_at(node.IsDefined() ? node : map.node(), wrong);
}

Status folder(YamlMap& map, std::string_view key, std::string& out) {
  if (auto read = map.text(key, out); !read) return read;
  const std::string wrong = check_folder(out);
  if (!wrong.empty()) return mistake_at(map.take(key), std::string(key) + " " + wrong);
  return ok();
}

Status read_side(YamlMap& map, policy::Side& out) {
  std::string side;
  if (auto read = map.text("side", side); !read) return read;
  if (side == "lan") {
    out = policy::Side::lan;
  } else if (side == "wan") {
    out = policy::Side::wan;
  } else {
    const YAML::Node node = map.take("side");
    return mistake_at(node.IsDefined() ? node : map.node(), "a port's side must be lan or wan");
  }
  return ok();
}

Result<Port> read_port(const YAML::Node& node) {
  auto map = YamlMap::open(node, "a port");
  if (!map) return std::move(map).error();
  Port port;
  if (auto s = checked_text(*map, "name", port.name, check_port_name); !s)
    return std::move(s).error();
  if (auto s = checked_text(*map, "driver", port.driver, check_driver); !s)
    return std::move(s).error();
  if (auto s = map->text("device", port.device); !s) return std::move(s).error();
  if (const auto wrong = check_device(port.device, port.driver); !wrong.empty()) {
    const YAML::Node device = map->take("device");
    return mistake_at(device.IsDefined() ? device : node, wrong);
  }
  if (auto s = read_side(*map, port.side); !s) return std::move(s).error();
  if (auto s = map->number("segment", port.segment, 0, kMaxPorts / 2 - 1); !s)
    return std::move(s).error();
  if (auto s = map->refuse_unknown(); !s) return std::move(s).error();
  return port;
}

/// A segment is a bridge between one LAN and one WAN port.
Status check_segments(const YAML::Node& list, const std::vector<Port>& ports) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    std::size_t members = 0;
    bool both_sides = false;
    for (std::size_t j = 0; j < ports.size(); ++j) {
      if (j < i && ports[j].name == ports[i].name)
        return mistake_at(list[i], "port name '" + ports[i].name + "' is given twice");
      if (j < i && !ports[i].device.empty() && ports[j].device == ports[i].device)
        return mistake_at(list[i], "device '" + ports[i].device + "' is used twice");
      if (ports[j].segment != ports[i].segment) continue;
      ++members;
      both_sides = both_sides || ports[j].side != ports[i].side;
    }
    const std::string name = "segment " + std::to_string(ports[i].segment);
    if (members != 2)
      return mistake_at(list[i], name + " has " + std::to_string(members) +
                                     (members == 1 ? " port" : " ports") +
                                     "; a segment bridges exactly two");
    if (!both_sides)
      return mistake_at(list[i], name + " needs one port on the lan side and one on the wan side");
  }
  return ok();
}

Status read_ports(YamlMap& map, std::vector<Port>& out) {
  const YAML::Node list = map.take("ports");
  if (!list.IsDefined()) return ok();
  if (!list.IsSequence()) return mistake_at(list, "ports must be a list");
  if (list.size() > kMaxPorts)
    return mistake_at(list, "more than " + std::to_string(kMaxPorts) + " ports");
  for (const YAML::Node& node : list) {
    auto port = read_port(node);
    if (!port) return std::move(port).error();
    out.push_back(std::move(*port));
  }
  return check_segments(list, out);
}

bool has(const std::vector<std::uint32_t>& cores, std::uint32_t core) {
  return std::find(cores.begin(), cores.end(), core) != cores.end();
}

/// The other cores are known.
Status read_decrypt_cores(YamlMap& map, BoxConfig& box) {
  const YAML::Node list = map.take("decrypt_cores");
  if (!list.IsDefined()) return ok();
  if (!list.IsSequence() || list.size() > kMaxWorkers)
    return mistake_at(list, "decrypt_cores must be a list of at most " +
                                std::to_string(kMaxWorkers) + " core numbers");
  for (const YAML::Node& node : list) {
    const auto core = YamlMap::number_of(node, "a decrypting core", 0, kMaxCore);
    if (!core) return Error{core.error()};
    const auto number = static_cast<std::uint32_t>(*core);
    if ((has(box.worker_cores, number) || number == box.control_core) && !box.shared_cores)
      return mistake_at(node,
                        "core " + std::to_string(number) +
                            " is a worker's or the control core, and shared_cores is not true");
    if (has(box.decrypt_cores, number))
      return mistake_at(node, "core " + std::to_string(number) + " is given twice");
    box.decrypt_cores.push_back(number);
  }
  return ok();
}

Status read_worker_cores(YamlMap& map, BoxConfig& box) {
  const YAML::Node list = map.take("worker_cores");
  if (!list.IsDefined()) {
    if (box.control_core == box.worker_cores.front() && !box.shared_cores)
      return mistake_at(map.take("control_core"),
                        "the control core is the default worker core; give worker_cores too");
    return ok();
  }
  if (!list.IsSequence() || list.size() == 0 || list.size() > kMaxWorkers)
    return mistake_at(list, "worker_cores must be a list of 1 to " + std::to_string(kMaxWorkers) +
                                " core numbers");
  box.worker_cores.clear();
  for (const YAML::Node& node : list) {
    const auto core = YamlMap::number_of(node, "a worker core", 0, kMaxCore);
    if (!core) return Error{core.error()};
    const auto number = static_cast<std::uint32_t>(*core);
    if (number == box.control_core && !box.shared_cores)
      return mistake_at(node, "a worker may not use the control core unless shared_cores is true");
    if (has(box.worker_cores, number))
      return mistake_at(node, "core " + std::to_string(number) + " is given twice");
    box.worker_cores.push_back(number);
  }
  return ok();
}

Status read_cores(YamlMap& map, BoxConfig& box) {
  if (auto s = map.boolean("shared_cores", box.shared_cores); !s) return s;
  if (auto s = map.number("control_core", box.control_core, 0, kMaxCore); !s) return s;
  if (auto s = read_worker_cores(map, box); !s) return s;
  return read_decrypt_cores(map, box);
}

Status read_places(YamlMap& map, BoxConfig& box) {
  if (auto s = checked_text(map, "name", box.name, check_box_name); !s) return s;
  if (auto s = folder(map, "run_dir", box.run_dir); !s) return s;
  if (auto s = folder(map, "state_dir", box.state_dir); !s) return s;
  if (auto s = folder(map, "log_dir", box.log_dir); !s) return s;
  if (auto s = map.text("rule_packs", box.rule_packs); !s) return s;
  if (auto s = map.text("url_database", box.url_database); !s) return s;
  if (auto s = map.text("trusted_roots", box.trusted_roots); !s) return s;
  if (auto s = map.text("malware_signatures", box.malware_signatures); !s) return s;
  if (auto s = map.text("malware_database", box.malware_database); !s) return s;
  if (auto s = map.text("reputation_database", box.reputation_database); !s) return s;
  if (auto s = map.text("indicator_database", box.indicator_database); !s) return s;
  return map.text("geo_database", box.geo_database);
}

Status read_fast_path(YamlMap& map, BoxConfig& box) {
  if (auto s = read_ports(map, box.ports); !s) return s;
  if (auto s = read_cores(map, box); !s) return s;
  if (auto s = map.boolean("huge_pages", box.huge_pages); !s) return s;
  if (auto s = map.number("memory_megabytes", box.memory_megabytes, 16, 1 << 20); !s) return s;
  if (auto s = map.number("flow_capacity", box.flow_capacity, 1024, 64'000'000); !s) return s;
  if (auto s = map.number("inspection_megabytes", box.inspection_megabytes, 64, 1 << 20); !s)
    return s;
  if (auto s = map.number("alert_capture_megabytes", box.alert_capture_megabytes, 1, 1 << 20); !s)
    return s;
  if (auto s = map.number("mtu", box.mtu, 1280, 9000); !s) return s;
  // A worker that polls without a pause would starve what shares its core.
  if (box.shared_cores) box.idle_sleep_us = kSharedCoreSleepUs;
  return map.number("idle_sleep_us", box.idle_sleep_us, box.shared_cores ? 1 : 0, 10'000);
}

Status read_reporting(YamlMap& map, BoxConfig& box) {
  if (auto s = checked_text(map, "metrics_address", box.metrics_address, check_metrics_address); !s)
    return s;
  if (auto s = checked_text(map, "syslog_target", box.syslog_target, check_syslog_target); !s)
    return s;
  if (auto s = map.number("eve_rotate_bytes", box.eve_rotate_bytes, 4096, 1'000'000'000'000); !s)
    return s;
  if (auto s = map.number("eve_rotate_hours", box.eve_rotate_hours, 1, 8760); !s) return s;
  if (auto s = map.number("eve_keep_files", box.eve_keep_files, 1, 1000); !s) return s;
  if (auto s = map.number("spool_max_bytes", box.spool_max_bytes, 16 << 20, 1'000'000'000'000); !s)
    return s;
  if (auto s = map.number("stats_interval_seconds", box.stats_interval_seconds, 1, 3600); !s)
    return s;
  return map.boolean("drop_privileges", box.drop_privileges);
}

Status read_console(YamlMap& root, BoxConfig& box) {
  const YAML::Node node = root.take("console");
  if (!node.IsDefined()) return ok();
  auto map = YamlMap::open(node, "console");
  if (!map) return std::move(map).error();
  Console& console = box.console;
  if (auto s = checked_text(*map, "address", console.address, check_console_address); !s) return s;
  if (auto s = map->number("confirm_seconds", console.confirm_seconds, 5, 600); !s) return s;
  if (auto s = map->number("reconnect_least_ms", console.reconnect_least_ms, 100, 60'000); !s)
    return s;
  if (auto s = map->number("reconnect_most_seconds", console.reconnect_most_seconds, 1, 3600); !s)
    return s;
  if (std::uint64_t{console.reconnect_most_seconds} * 1000 < console.reconnect_least_ms)
    return mistake_at(node, "reconnect_most_seconds is less than reconnect_least_ms");
  return map->refuse_unknown();
}

Status read_content_max_age(YamlMap& root, BoxConfig& box) {
  constexpr std::uint64_t kMostDays = 3650;
  const YAML::Node node = root.take("content_max_age");
  if (!node.IsDefined()) return ok();
  auto map = YamlMap::open(node, "content_max_age");
  if (!map) return std::move(map).error();
  auto& bounds = box.content_max_age;
  if (auto s = map->number("urls_days", bounds.urls_days, 1, kMostDays); !s) return s;
  if (auto s = map->number("reputation_days", bounds.reputation_days, 1, kMostDays); !s) return s;
  if (auto s = map->number("indicators_days", bounds.indicators_days, 1, kMostDays); !s) return s;
  if (auto s = map->number("ips_days", bounds.ips_days, 1, kMostDays); !s) return s;
  if (auto s = map->number("malware_days", bounds.malware_days, 1, kMostDays); !s) return s;
  return map->refuse_unknown();
}

Result<BoxConfig> read_box(const YAML::Node& root) {
  auto map = YamlMap::open(root, "the box file");
  if (!map) return std::move(map).error();
  BoxConfig box;
  for (const auto read :
       {read_places, read_fast_path, read_console, read_content_max_age, read_reporting})
    if (auto s = read(*map, box); !s) return std::move(s).error();
  if (auto s = map->refuse_unknown(); !s) return std::move(s).error();
  return box;
}

/// yaml-cpp recurses once a level of nesting: what no box file needs is refused before it does.
bool has_too_many_brackets(std::string_view yaml) {
  return std::count_if(yaml.begin(), yaml.end(), [](char c) { return c == '[' || c == '{'; }) >
         kMaxBrackets;
}

}  // namespace

Result<BoxConfig> parse_box_config(std::string_view yaml) {
  if (yaml.size() > kMaxBoxBytes)
    return Error{Error::Code::resource, "1:1: a box file may have " + std::to_string(kMaxBoxBytes) +
                                            " bytes, this one has " + std::to_string(yaml.size())};
  if (has_too_many_brackets(yaml))
    return Error{Error::Code::invalid_input, "1:1: too many brackets for a box file"};
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (root.IsNull()) return BoxConfig{};  // nothing but comments: every default
    return read_box(root);
  } catch (const YAML::Exception& e) {
    return Error{Error::Code::invalid_input, std::to_string(e.mark.line + 1) + ":" +
                                                 std::to_string(e.mark.column + 1) + ": " + e.msg};
  } catch (const std::exception& e) {
    return Error{Error::Code::resource, std::string("1:1: ") + e.what()};
  }
}

Result<BoxConfig> load_box_config(std::string_view path) {
  std::ifstream in{std::string(path), std::ios::binary};
  if (!in) return Error{Error::Code::io, std::string(path) + ": cannot be opened"};
  std::string text;
  text.resize(kMaxBoxBytes + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return Error{Error::Code::io, std::string(path) + ": cannot be read"};
  text.resize(static_cast<std::size_t>(in.gcount()));
  auto box = parse_box_config(text);
  if (box) {
    std::error_code problem;
    box->file = std::filesystem::absolute(std::string(path), problem).string();
    return box;
  }
  Error error = std::move(box).error();
  error.message.insert(0, std::string(path) + ":");
  return error;
}

}  // namespace sekisho::box
