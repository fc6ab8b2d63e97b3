#include <algorithm>
#include <filesystem>

#include "commands.h"
#include "tools/sekisho/options.h"

namespace sekisho::tools::commands {
namespace {

constexpr std::string_view kProgram = "sekisho-inspect";
constexpr std::string_view kInstalled = "usr/lib/sekisho";  // where image/README.md puts it

/// Only for help and completion: sekisho-inspect reads the arguments itself.
struct InspectOptions {
  std::string pcap;
  std::string policy;
  std::vector<std::string> rules, variables;
  std::string mode, threshold;
  std::string log;
  std::string geo;
  std::string checksum;
};

/// Beside us, as in a build folder; else where a box has it.
std::filesystem::path find_inspect(const Host& host) {
  const auto installed = host.root / kInstalled / kProgram;
  std::error_code unreadable;
  const auto beside_us = host.program_dir / kProgram;
  return std::filesystem::exists(beside_us, unreadable) ? beside_us : installed;
}

ExitCode become_inspect(Context& context) {
  const auto program = find_inspect(context.host);
  std::vector<std::string> arguments{program.string()};
  const auto own = std::find(context.arguments.begin(), context.arguments.end(), "inspect");
  arguments.insert(arguments.end(), own + (own == context.arguments.end() ? 0 : 1),
                   context.arguments.end());
  const bool has_json =
      std::find(own, context.arguments.end(), "--json") != context.arguments.end();
  if (context.json && !has_json) arguments.emplace_back("--json");  // it stood before the command
  context.json = context.json || has_json;                          // should it not start
  context.out.flush();
  const auto problem = context.host.execute(arguments);
  throw CommandError(ExitCode::refused, program.string() + ": " + problem);
}

Action declare_inspect(Options& options) {
  const auto parsed = std::make_shared<InspectOptions>();
  options.text("--pcap", "FILE", "the capture to run through the gateway's code", parsed->pcap);
  options.text("--policy", "FILE", "policy in YAML (default: the factory's)", parsed->policy);
  options.list("--rules", "FILE", "IPS rules, Suricata's or Snort 3's; may be repeated",
               parsed->rules);
  options.text("--mode", "ids|ips", "a listener, or in the way: drops are obeyed (default: ids)",
               parsed->mode);
  options.text("--threshold", "FILE", "thresholds and suppressions of the rules",
               parsed->threshold);
  options.list("--set", "NAME=VALUE", "a variable of the rules: HOME_NET=[10.0.0.0/8]",
               parsed->variables);
  options.text("--log", "DIR", "where eve.json goes", parsed->log);
  options.text("--geo", "FILE", "country data (MMDB), for policies that name countries",
               parsed->geo);
  options.text("--checksum", "all|none|auto", "whether checksums are verified (default: none)",
               parsed->checksum);
  return [parsed](Context& context) { return become_inspect(context); };
}

}  // namespace

Command inspect() {
  Command command{
      "inspect",
      "run a capture file through the gateway's own code",
      {{"sekisho inspect --pcap day.pcap --policy office.yaml --log /tmp/log",
        "what the policy would have done"},
       {"sekisho inspect --pcap day.pcap --log /tmp/log --checksum all", "checksums verified too"},
       {"sekisho inspect --pcap day.pcap --log /tmp/log --rules own.rules --mode ips",
        "what rules of the IPS find, and drop"}},
      declare_inspect};
  command.pass_through = true;
  return command;
}

}  // namespace sekisho::tools::commands
