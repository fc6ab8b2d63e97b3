// sekisho-inspect: a capture through the gateway's own worker. `sekisho inspect` runs it.
#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "config/policy/policy.h"
#include "controlplane/compiler/compile_policy.h"
#include "dataplane/inspect/inspect_capture.h"
#include "rules/geo/geo_database.h"

namespace {

using namespace sekisho;

struct Options {
  std::string capture;
  std::string policy;
  std::string log_dir;
  std::string geo;
  std::string checksum = "none";
  std::vector<std::string> rules;
};

/// The snapshot of `options.policy`, or of the factory policy; nothing after telling what is wrong
/// with it.
std::optional<std::vector<std::byte>> compile(const Options& options) {
  std::string yaml(policy::factory_policy_yaml());
  if (!options.policy.empty()) {
    std::ifstream file(options.policy);
    if (!file) {
      std::cerr << options.policy << ": cannot be read\n";
      return std::nullopt;
    }
    yaml.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::optional<rules::GeoDatabase> geo;
  if (!options.geo.empty()) {
    auto opened = rules::GeoDatabase::open(options.geo);
    if (!opened) {
      std::cerr << opened.error().message << '\n';
      return std::nullopt;
    }
    geo = *std::move(opened);
  }
  auto compiled = controlplane::compile_policy(yaml, geo ? &*geo : nullptr);
  if (const auto* mistakes = std::get_if<1>(&compiled)) {
    std::cerr << policy::format(*mistakes, options.policy);
    return std::nullopt;
  }
  return std::move(std::get<0>(compiled).snapshot);
}

int run(const Options& options) {
  for (const auto& file : options.rules)
    std::cerr << file << ": not used: this version has no IPS engine\n";
  auto snapshot = compile(options);
  if (!snapshot) return 1;
  if (const auto started = dataplane::init_eal_for_captures(); !started) {
    std::cerr << started.error().message << '\n';
    return 3;
  }
  const auto summary = dataplane::inspect_capture({.capture = options.capture,
                                                   .log_dir = options.log_dir,
                                                   .snapshot = *std::move(snapshot),
                                                   .check_checksums = options.checksum == "all"});
  if (!summary) {
    std::cerr << summary.error().message << '\n';
    return 1;
  }
  std::cout << summary->packets << " packets, " << summary->bytes << " bytes, " << summary->flows
            << " flows, " << summary->dropped << " dropped\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Drives a capture through the gateway's worker and writes EVE"};
  Options options;
  app.add_option("--pcap", options.capture, "capture file, - for standard input")->required();
  app.add_option("--policy", options.policy, "policy file; the factory policy without it");
  app.add_option("--rules", options.rules,
                 "IPS rules; told and not used until there is an IPS engine");
  app.add_option("--log", options.log_dir, "folder that eve.json is written to")->required();
  app.add_option("--geo", options.geo, "country database, when the policy names countries");
  app.add_option("--checksum", options.checksum, "validate checksums")
      ->check(CLI::IsMember({"all", "none"}));
  CLI11_PARSE(app, argc, argv);
  return run(options);
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
