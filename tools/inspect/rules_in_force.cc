#include "rules_in_force.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "config/base/bounded_file.h"
#include "rules/ips/parse.h"

namespace sekisho::tools {
namespace {

using nlohmann::json;

/// The largest public set has 40 MB; a file beyond this is something else.
Result<std::string> read_file(const std::string& path) {
  return read_bounded(path, std::size_t{256} * 1024 * 1024);
}

/// "1mb", "256 kb", "0".
Result<std::uint32_t> parse_bytes(const std::string& text) {
  std::size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0)
    ++digits;
  std::string unit = text.substr(digits);
  std::erase(unit, ' ');
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::uint64_t factor = unit.empty() || unit == "b" ? 1
                               : unit == "kb"              ? 1024
                               : unit == "mb"              ? 1024 * 1024
                               : unit == "gb"              ? 1024 * 1024 * 1024
                                                           : 0;
  if (digits == 0 || digits > 9 || factor == 0)
    return Error{Error::Code::invalid_input, "\"" + text + "\" is no number of bytes"};
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::stoull(text.substr(0, digits)) * factor, 0xffffffff));
}

void read_variables(const json& vars, ContentOptions& options) {
  for (const auto& [name, value] : vars.items()) {
    if (value.is_object())
      read_variables(value, options);
    else if (value.is_string())
      options.variables.emplace_back(name, value.get<std::string>());
    else
      options.variables.emplace_back(name, value.dump());
  }
}

/// Keys are "dns.enabled" or "dns.tcp.enabled"; "no", "detection-only" and false switch off.
void leave_out_protocols(const json& app_layer, ContentOptions& options) {
  for (const auto& [key, value] : app_layer.items()) {
    if (!key.ends_with(".enabled")) continue;
    if (value != json(false) && value != json("no") && value != json("detection-only")) continue;
    const auto name = key.substr(0, key.find('.'));
    if (key == "dns.enabled") continue;  // DNS has a setting for each transport, which counts
    const auto protocols = rules::protocol_called(name);
    if (!protocols) continue;
    if (key != name + ".udp.enabled") options.left_out[0] |= *protocols;
    if (key != name + ".tcp.enabled") options.left_out[1] |= *protocols;
  }
}

void apply_protocol_settings(const json& app_layer, ContentOptions& options) {
  options.dnp3_max_objects = app_layer.value("dnp3.max-objects", options.dnp3_max_objects);
  const auto digest = app_layer.find("smtp.mime.body-md5");
  if (digest == app_layer.end()) return;
  options.record_mail_digest =
      *digest != json("auto") && *digest != json(false) && *digest != json("no");
}

engines::DnsRecords dns_records(const json& eve) {
  engines::DnsRecords records;
  if (eve.value("dns.version", 3) == 2) records.version = 2;
  records.requests = eve.value("dns.requests", true);
  records.responses = eve.value("dns.responses", true);
  for (const auto& type : eve.value("dns.types", json::array()))
    if (const auto number = engines::dns_type_called(type.get<std::string>());
        number && records.num_types < records.types.size())
      records.types[records.num_types++] = *number;
  return records;
}

engines::ForwardedFor forwarded_for(const json& eve) {
  engines::ForwardedFor config;
  config.enabled = eve.value("alert.xff.enabled", false);
  config.overwrite = eve.value("alert.xff.mode", "extra-data") == "overwrite";
  config.last = eve.value("alert.xff.deployment", "reverse") != "forward";
  const auto header = eve.value("alert.xff.header", std::string("X-Forwarded-For"));
  std::transform(header.begin(),
                 header.begin() +
                     static_cast<std::ptrdiff_t>(std::min(header.size(), config.header.size() - 1)),
                 config.header.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return config;
}

/// Some kinds of records are chosen by another name than they carry.
std::string event_type_called(const std::string& name) {
  if (name == "files") return "fileinfo";
  if (name == "stream") return "stream_tcp";
  if (name == "http2") return "http";
  return name == "doh2" ? "dns" : name;
}

Status apply_event_settings(const json& eve, ContentOptions& options) {
  for (const auto& type : eve.value("types", json::array())) {
    const auto name = type.get<std::string>();
    options.event_types.push_back(event_type_called(name));
    if (name == "ftp") options.event_types.emplace_back("ftp_data");
  }
  if (eve.contains("mqtt.string-log-limit")) {
    const auto& limit = eve.at("mqtt.string-log-limit");
    auto bytes = parse_bytes(limit.is_string() ? limit.get<std::string>() : limit.dump());
    if (!bytes) return std::move(bytes).error().within("mqtt.string-log-limit");
    options.mqtt_text_limit = *bytes;
  }
  options.dns_records = dns_records(eve);
  options.forwarded_for = forwarded_for(eve);
  options.file_magic = eve.value("files.force-magic", false);
  options.record_references = eve.value("alert.metadata.rule.reference", false);
  if (eve.value("community-id", false))
    options.community_seed = eve.value("community-id-seed", std::uint16_t{0});
  options.record_sql_passwords = eve.value("pgsql.passwords", false);
  options.record_decode_events = eve.value("anomaly.types.decode", false);
  options.record_stream_events = eve.value("anomaly.types.stream", false);
  using Segments = engines::InspectorConfig::SegmentRecords;
  options.record_segments = eve.value("stream.all", false)         ? Segments::all
                            : eve.value("stream.event-set", false) ? Segments::odd
                                                                   : Segments::none;
  options.record_packet_headers = eve.value("anomaly.packethdr", false);
  options.record_ethernet = eve.value("ethernet", true);
  options.record_every_drop = eve.value("drop.flows", "start") == "all";
  options.short_ipv6 = eve.value("ipv6-compress", false);
  if (!eve.contains("smb.types")) return ok();
  options.smb_records = 0;
  for (const auto& kind : eve.at("smb.types"))
    options.smb_records |= engines::smb_record_bit(kind.get<std::string>());
  return ok();
}

Status apply_stream_settings(const json& other, ContentOptions& options) {
  using Policy = engines::stream::UrgentPolicy;
  const auto policy = other.value("stream.reassembly.urgent.policy", std::string("oob"));
  for (const auto& [name, value] : {std::pair{"oob", Policy::out_of_band},
                                    {"inline", Policy::in_line},
                                    {"gap", Policy::gap},
                                    {"drop", Policy::drop}}) {
    if (policy != name) continue;
    options.urgent = value;
    return ok();
  }
  return Error{Error::Code::invalid_input, "stream.reassembly.urgent.policy: \"" + policy +
                                               "\" is none of oob, inline, gap, drop"};
}

Status apply_settings(const json& settings, ContentOptions& options) {
  options.mode = settings.value("mode", options.mode);
  options.midstream = settings.value("midstream", options.midstream);
  options.async_oneside = settings.value("async_oneside", options.async_oneside);
  if (settings.contains("reassembly_depth")) {
    auto depth = parse_bytes(settings.at("reassembly_depth").get<std::string>());
    if (!depth) return std::move(depth).error().within("reassembly_depth");
    options.depth_bytes = *depth;
  }
  if (settings.contains("eve"))
    if (auto s = apply_event_settings(settings.at("eve"), options); !s) return s;
  if (settings.contains("app_layer")) {
    leave_out_protocols(settings.at("app_layer"), options);
    apply_protocol_settings(settings.at("app_layer"), options);
  }
  if (settings.contains("other"))
    if (auto s = apply_stream_settings(settings.at("other"), options); !s) return s;
  if (settings.contains("vars")) read_variables(settings.at("vars"), options);
  if (settings.contains("reputation")) {
    const auto& reputation = settings.at("reputation");
    options.reputation_categories = reputation.value("categories", "");
    for (const auto& file : reputation.value("files", json::array()))
      options.reputation_lists.push_back(file.get<std::string>());
  }
  return ok();
}

/// Variables of ports are told from those of addresses by their name's end, as everywhere.
void set_variables(const ContentOptions& options, rules::RuleContext& context) {
  for (const auto& [name, value] : options.variables)
    (name.ends_with("_PORTS") || name.ends_with("_PORT") ? context.port_variables
                                                         : context.address_variables)[name] = value;
}

Result<rules::RuleSet> parse_all(const ContentOptions& options) {
  auto context = rules::RuleContext::defaults();
  set_variables(options, context);
  rules::RuleSet set;
  for (const auto& path : options.rule_files) {
    const auto folder = std::filesystem::path(path).parent_path();
    if (const auto classes = read_file((folder / "classification.config").string()))
      rules::parse_classifications(*classes, context);
    auto text = read_file(path);
    if (!text) return std::move(text).error();
    rules::parse_rules(*text, path, context, set);
  }
  if (!options.threshold_file.empty()) {
    auto text = read_file(options.threshold_file);
    if (!text) return std::move(text).error();
    rules::parse_thresholds(*text, options.threshold_file, context, set);
  }
  return set;
}

Status read_reputation(const ContentOptions& options, rules::RuleSet& set) {
  if (!options.reputation_categories.empty()) {
    const auto text = read_file(options.reputation_categories);
    if (!text) return Error{text.error()};
    rules::parse_reputation_categories(*text, options.reputation_categories, set);
  }
  for (const auto& path : options.reputation_lists) {
    const auto text = read_file(path);
    if (!text) return Error{text.error()};
    rules::parse_reputation_list(*text, path, set);
  }
  return ok();
}

}  // namespace

Status read_settings(ContentOptions& options) {
  if (options.settings_file.empty()) return ok();
  auto text = read_file(options.settings_file);
  if (!text) return std::move(text).error();
  const auto settings = json::parse(*text, nullptr, false);
  if (!settings.is_object())
    return Error{Error::Code::invalid_input, options.settings_file + ": is no JSON object"};
  try {
    if (auto applied = apply_settings(settings, options); !applied)
      return std::move(applied).error().within(options.settings_file);
  } catch (const json::exception& problem) {
    return Error{Error::Code::invalid_input, options.settings_file + ": " + problem.what()};
  }
  return ok();
}

Result<RulesInForce> load_rules(const ContentOptions& options, const rules::GeoDatabase* geo) {
  RulesInForce in_force;
  if (options.rule_files.empty()) return in_force;
  auto set = parse_all(options);
  if (!set) return std::move(set).error();
  if (auto s = read_reputation(options, *set); !s) return std::move(s).error();
  engines::ips::CompileOptions with;
  with.data_folders = options.data_folders;
  with.data_folders.emplace_back(".");
  with.geo = geo;
  auto bytes = engines::ips::compile(*set, with);
  if (!bytes) return std::move(bytes).error().within("rules");
  in_force.refused = std::move(set->refused);

  in_force.artifact = AlignedBytes(*bytes);
  auto ruleset = engines::ips::Ruleset::load(in_force.artifact.view());
  if (!ruleset) return std::move(ruleset).error().within("rules");
  in_force.ruleset = *std::move(ruleset);
  return in_force;
}

engines::InspectorConfig inspector_config(const ContentOptions& options) {
  engines::InspectorConfig config;
  config.enforce = options.mode == "ips";
  config.settles = false;
  config.tcp.delivery = config.enforce ? engines::stream::Delivery::on_arrival
                                       : engines::stream::Delivery::on_acknowledgement;
  config.tcp.midstream = options.midstream || options.async_oneside;
  config.tcp.async_oneside = options.async_oneside;
  config.tcp.depth[0] = config.tcp.depth[1] = options.depth_bytes;
  config.tcp.urgent = options.urgent;
  config.tcp.drop_bad_checksums = false;
  config.fragments.drop_differing = config.enforce;
  config.parsers.record_headers = true;
  config.parsers.smb_records = options.smb_records;
  config.parsers.mqtt_text_limit = options.mqtt_text_limit;
  config.parsers.mail_digest = options.record_mail_digest;
  config.forwarded_for = options.forwarded_for;
  config.file_magic = options.file_magic;
  config.record_references = options.record_references;
  config.parsers.dnp3_max_objects = options.dnp3_max_objects;
  config.parsers.dns_records = options.dns_records;
  config.parsers.record_sql_passwords = options.record_sql_passwords;
  config.left_out[0] = options.left_out[0];
  config.left_out[1] = options.left_out[1];
  config.record_protocols = true;
  config.file_digests = true;
  config.record_packets = true;
  config.record_stream_events = options.record_stream_events;
  config.record_decode_events = options.record_decode_events;
  config.record_segments = options.record_segments;
  config.record_packet_headers = options.record_packet_headers;
  config.payload_bytes = 4096;
  return config;
}

}  // namespace sekisho::tools
