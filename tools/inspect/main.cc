// sekisho-inspect: a capture through the gateway's own worker. `sekisho inspect` runs it.
// Exit codes, as sekisho's: 0 done, 1 the input is bad, 2 wrong usage, 4 refused by the system.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "config/policy/policy.h"
#include "controlplane/compiler/compile_policy.h"
#include "dataplane/inspect/inspect_capture.h"
#include "rules/geo/geo_database.h"
#include "rules_in_force.h"

namespace {

using namespace sekisho;
using nlohmann::json;

enum ExitCode { kDone = 0, kBadInput = 1, kBadUsage = 2, kRefused = 4 };

struct Options {
  std::string capture;
  std::string policy;
  std::string log_dir;
  std::string geo;
  std::string checksum = "none";
  tools::ContentOptions content;
  std::vector<std::string> variables;  // NAME=VALUE
  bool json = false;
};

void print_json(const json& value) {
  std::cout << value.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

/// To people, and with --json to machines too.
int fail(bool as_json, int exit_code, std::string_view code, const std::string& message,
         json more = json::object()) {
  std::cerr << message << (message.ends_with('\n') ? "" : "\n");
  more["error"] = {{"code", code}, {"message", message}};
  if (as_json) print_json(more);
  return exit_code;
}

int fail(const Options& options, const Error& error, int exit_code = kBadInput) {
  return fail(options.json, exit_code, name_of(error.code), error.message);
}

using Mistakes = std::vector<policy::Diagnostic>;
using Snapshot = std::vector<std::byte>;

/// Only the IPS rules decide.
constexpr std::string_view kRulesOnly =
    "version: 1\npacket_checks: {malformed: pass, out_of_window: pass}\n";

/// The snapshot of `options.policy`. Without one: the factory policy; with IPS rules, one that lets
/// everything pass.
std::variant<Snapshot, Mistakes, Error> compile(const Options& options,
                                                const rules::GeoDatabase* geo) {
  std::string yaml(options.content.rule_files.empty() ? policy::factory_policy_yaml() : kRulesOnly);
  if (!options.policy.empty()) {
    std::ifstream file(options.policy);
    if (!file) return Error{Error::Code::io, options.policy + ": cannot be read"};
    yaml.assign(std::istreambuf_iterator<char>(file), {});
  }
  auto compiled = controlplane::compile_policy(yaml, geo);
  if (auto* mistakes = std::get_if<1>(&compiled)) return std::move(*mistakes);
  return std::move(std::get<0>(compiled).snapshot);
}

int tell_mistakes(const Options& options, const Mistakes& mistakes) {
  json list = json::array();
  for (const auto& one : mistakes)
    list.push_back(
        {{"line", one.position.line}, {"column", one.position.column}, {"message", one.message}});
  const auto text = policy::format(mistakes, options.policy);
  return fail(options.json, kBadInput, "invalid_input", text, {{"diagnostics", list}});
}

void print_summary(const Options& options, const dataplane::InspectSummary& summary) {
  if (options.json)
    print_json({{"packets", summary.packets},
                {"bytes", summary.bytes},
                {"cut_short", summary.cut_short},
                {"flows", summary.flows},
                {"alerts", summary.alerts},
                {"problem", summary.problem},
                {"dropped", summary.dropped},
                {"seconds", summary.seconds},
                {"events", options.log_dir + "/eve.json"}});
  else
    std::cout << summary.packets << " packets, " << summary.bytes << " bytes, " << summary.flows
              << " flows, " << summary.alerts << " alerts, " << summary.dropped << " dropped\n";
}

int run(const Options& options) {
  auto content = options.content;
  for (const auto& variable : options.variables) {
    const auto equals = variable.find('=');
    if (equals == std::string::npos)
      return fail(options, {Error::Code::invalid_input, "--set " + variable + ": is no NAME=VALUE"},
                  kBadUsage);
    content.variables.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  if (const auto read = tools::read_settings(content); !read) return fail(options, read.error());
  std::optional<rules::GeoDatabase> database;
  if (!options.geo.empty()) {
    auto opened = rules::GeoDatabase::open(options.geo);
    if (!opened) return fail(options, opened.error());
    database = *std::move(opened);
  }
  const auto* geo = database ? &*database : nullptr;
  const auto rules = tools::load_rules(content, geo);
  if (!rules) return fail(options, rules.error());
  for (const auto& refused : rules->refused)
    std::cerr << refused.position.file << ':' << refused.position.line << ':'
              << refused.position.column << ": rule " << refused.signature << ": "
              << refused.message << '\n';
  auto compiled = compile(options, geo);
  if (const auto* error = std::get_if<Error>(&compiled)) return fail(options, *error);
  if (const auto* mistakes = std::get_if<Mistakes>(&compiled))
    return tell_mistakes(options, *mistakes);
  if (const auto started = dataplane::init_eal_for_captures(); !started)
    return fail(options, started.error(), kRefused);
  const auto summary = dataplane::inspect_capture(
      {.capture = options.capture,
       .log_dir = options.log_dir,
       .snapshot = std::move(std::get<Snapshot>(compiled)),
       .check_checksums = options.checksum == "all",
       .rules_only = options.policy.empty() && !options.content.rule_files.empty(),
       .content = tools::inspector_config(content),
       .rules = rules->ruleset.get(),
       .community_seed = content.community_seed,
       .event_types = content.event_types,
       .record_ethernet = content.record_ethernet,
       .record_every_drop = content.record_every_drop,
       .short_ipv6 = content.short_ipv6});
  if (!summary) return fail(options, summary.error());
  if (!summary->problem.empty()) std::cerr << summary->problem << '\n';
  print_summary(options, *summary);
  return kDone;
}

void declare(CLI::App& app, Options& options) {
  app.add_option("--pcap", options.capture, "capture file, - for standard input")->required();
  app.add_option("--policy", options.policy,
                 "policy file (default: the factory policy; with --rules, all passes)");
  app.add_option("--rules", options.content.rule_files, "IPS rules, Suricata's or Snort 3's");
  app.add_option("--mode", options.content.mode,
                 "ids: a listener that trusts nobody's drops; ips: drops are obeyed")
      ->capture_default_str()
      ->check(CLI::IsMember({"ids", "ips"}));
  app.add_flag("--midstream", options.content.midstream,
               "follow TCP connections whose beginning is not in the capture");
  app.add_flag("--async-oneside", options.content.async_oneside,
               "follow connections of which only one direction is in the capture");
  app.add_option("--threshold", options.content.threshold_file,
                 "thresholds, rate filters and suppressions (Suricata's threshold.config)");
  app.add_option("--set", options.variables, "a variable of the rules: HOME_NET=[10.0.0.0/8]");
  app.add_option("--settings", options.content.settings_file,
                 "the same and more from a JSON file (variables, reputation, depth)");
  app.add_option("--log", options.log_dir, "folder that eve.json is written to")->required();
  app.add_option("--geo", options.geo,
                 "country database, when the policy or the rules name countries");
  app.add_option("--checksum", options.checksum,
                 "validate checksums: all, none, or auto (none: hosts capture what their NIC had "
                 "yet to fill in)")
      ->capture_default_str()
      ->check(CLI::IsMember({"all", "none", "auto"}));
  app.add_flag("--json", options.json, "print the summary for machines");
  app.footer("Exit codes: 0 done, 1 the input is bad, 2 wrong usage, 4 refused by the system");
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Drives a capture through the gateway's worker and writes EVE"};
  Options options;
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) return app.exit(problem);  // --help
    // Also when the arguments behind it were not read any more.
    const bool as_json = std::any_of(
        argv, argv + argc, [](std::string_view argument) { return argument == "--json"; });
    return fail(as_json, kBadUsage, "usage", problem.what());
  }
  return run(options);
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return kRefused;
}
