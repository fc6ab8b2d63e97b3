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

ExitCode print_list(Context& context) {
  const auto answer = ask(context, Peer::dataplane, {{"op", "quarantine.list"}});
  if (context.json) {
    print_json(context, answer);
    return ExitCode::done;
  }
  using Align = Column::Align;
  Table table({{"ADDRESS"},
               {"RULE", Align::right},
               {"FOR", Align::right},
               {"STILL", Align::right},
               {"DROPPED", Align::right}});
  const View reply(answer, "quarantine.list");
  const auto sources = reply.list("sources");
  for (const auto& source : sources)
    table.add({source.text("address"), source.text("signature"), source.text("seconds") + " s",
               source.text("seconds_left") + " s", show(source.count("packets"))});
  context.out << table.render(context.width, context.colour);
  fmt::print(context.out, "{} of at most {} sources\n", sources.size(),
             show(reply.count("capacity")));
  return ExitCode::done;
}

ExitCode release(Context& context, const std::string& address, bool all) {
  if (all == !address.empty())
    throw CommandError(ExitCode::usage, "either ADDRESS or --all must be given");
  json request{{"op", "quarantine.release"}};
  if (all) {
    request["all"] = true;
  } else {
    if (const auto parsed = parse_ip_address(address); !parsed)
      throw CommandError(ExitCode::negative, parsed.error().message);
    request["address"] = address;
  }
  const auto answer = ask(context, Peer::dataplane, request);
  if (context.json)
    print_json(context, answer);
  else
    fmt::print(context.out, "{} released\n", show(View(answer, "release").count("released")));
  return ExitCode::done;
}

Action declare_list(Options&) { return print_list; }

Action declare_release(Options& options) {
  const auto address = std::make_shared<std::string>();
  const auto all = std::make_shared<bool>(false);
  options.operand("ADDRESS", "as `sekisho quarantine list` shows it", *address, false);
  options.flag("--all", "everybody", *all);
  return [address, all](Context& context) { return release(context, *address, *all); };
}

}  // namespace

Command quarantine_list() {
  return {"quarantine list",
          "the sources whose packets are all dropped, and which rule did that",
          {{"sekisho quarantine list", "the oldest first"}},
          declare_list};
}

Command quarantine_release() {
  return {"quarantine release",
          "let a source through again before its time",
          {{"sekisho quarantine release 192.0.2.7", "one source"},
           {"sekisho quarantine release --all", "everybody"}},
          declare_release};
}

}  // namespace sekisho::tools::commands
