#include <fmt/format.h>
#include <fmt/ostream.h>

#include "commands.h"
#include "config/base/address.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

ExitCode print_bypasses(Context& context) {
  const auto answer = ask(context, Peer::dataplane, {{"op", "tls.bypasses.list"}});
  if (context.json) {
    print_json(context, answer);
    return ExitCode::done;
  }
  Table table({{"CLIENT"}, {"HOST"}, {"FAILURE"}, {"STILL", Column::Align::right}});
  const View reply(answer, "tls.bypasses.list");
  const auto bypasses = reply.list("bypasses");
  for (const auto& one : bypasses)
    table.add({one.text("client"), one.text("host"), one.text("failure"),
               show_duration(one.count("seconds_left"))});
  context.out << table.render(context.width, context.colour);
  fmt::print(context.out, "{} of at most {} pairs\n", bypasses.size(),
             show(reply.count("capacity")));
  return ExitCode::done;
}

ExitCode ask_to_remove(Context& context, const json& request) {
  const auto answer = ask(context, Peer::dataplane, request);
  if (context.json)
    print_json(context, answer);
  else
    fmt::print(context.out, "{} removed\n", show(View(answer, "removal").count("removed")));
  return ExitCode::done;
}

ExitCode remove_bypass(Context& context, const std::string& client, const std::string& host) {
  if (const auto parsed = parse_ip_address(client); !parsed)
    throw CommandError(ExitCode::negative, parsed.error().message);
  return ask_to_remove(context,
                       {{"op", "tls.bypasses.remove"}, {"client", client}, {"host", host}});
}

Action declare_bypass_list(Options&) { return print_bypasses; }

Action declare_bypass_removal(Options& options) {
  const auto client = std::make_shared<std::string>();
  const auto host = std::make_shared<std::string>();
  options.operand("CLIENT", "address, as `sekisho tls bypasses list` shows it", *client, true);
  options.operand("HOST", "likewise", *host, true);
  return [client, host](Context& context) { return remove_bypass(context, *client, *host); };
}

Action declare_bypass_clearing(Options&) {
  return [](Context& context) { return ask_to_remove(context, {{"op", "tls.bypasses.clear"}}); };
}

}  // namespace

Command tls_bypasses_list() {
  return {"tls bypasses list",
          "clients and hosts that are not decrypted, as it failed for them",
          {{"sekisho tls bypasses list", "the longest time left first"}},
          declare_bypass_list};
}

Command tls_bypasses_remove() {
  return {"tls bypasses remove",
          "decrypt a client's connections to a host again",
          {{"sekisho tls bypasses remove 192.0.2.7 www.example.com", "one pair"}},
          declare_bypass_removal};
}

Command tls_bypasses_clear() {
  return {"tls bypasses clear",
          "decrypt all of them again",
          {{"sekisho tls bypasses clear", "every pair"}},
          declare_bypass_clearing};
}

}  // namespace sekisho::tools::commands
