#include <fmt/format.h>
#include <fmt/ostream.h>

#include "commands.h"
#include "tools/sekisho/reply.h"

namespace sekisho::tools::commands {
namespace {

/// The version of a process of the gateway, or why there is none.
std::string running_version(Context& context, Peer peer) {
  const auto answer = context.gateway->request(peer, {{"op", "status"}}, std::chrono::seconds(2));
  const auto* reply = std::get_if<nlohmann::json>(&answer);
  return reply == nullptr ? "not running" : View(*reply, "status").text("version");
}

ExitCode print_versions(Context& context) {
  const auto dataplane = running_version(context, Peer::dataplane);
  const auto control = running_version(context, Peer::control);
  if (context.json) {
    print_json(context, {{"sekisho", SEKISHO_VERSION},
                         {"sekisho-dataplane", dataplane},
                         {"sekisho-control", control}});
    return ExitCode::done;
  }
  fmt::print(context.out, "{:<18} {}\n", "sekisho", SEKISHO_VERSION);
  fmt::print(context.out, "{:<18} {}\n", "sekisho-dataplane", dataplane);
  fmt::print(context.out, "{:<18} {}\n", "sekisho-control", control);
  return ExitCode::done;
}

Action declare_version(Options& /*options*/) { return print_versions; }

}  // namespace

Command version() {
  return {"version",
          "versions of this program and of the running gateway",
          {{"sekisho version", "what is installed and what runs"}},
          declare_version};
}

}  // namespace sekisho::tools::commands
