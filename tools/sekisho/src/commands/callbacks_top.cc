#include <fmt/format.h>
#include <fmt/ostream.h>

#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

ExitCode print_callbacks(Context& context, std::uint64_t limit) {
  const auto answer = ask(context, Peer::dataplane, {{"op", "callbacks.top"}, {"limit", limit}});
  if (context.json) {
    print_json(context, answer);
    return ExitCode::done;
  }
  using Align = Column::Align;
  Table table({{"HOST"}, {"CALLBACKS", Align::right}, {"LAST", Align::right}});
  const View reply(answer, "callbacks.top");
  for (const auto& host : reply.list("hosts"))
    table.add({host.text("address"), show(host.count("callbacks")),
               show_duration(host.count("seconds_ago")) + " ago"});
  context.out << table.render(context.width, context.colour);
  fmt::print(context.out, "{} callbacks of all hosts in the last hour\n",
             show(reply.count("total")));
  return ExitCode::done;
}

Action declare_callbacks_top(Options& options) {
  const auto hosts = std::make_shared<std::optional<std::uint64_t>>();
  options.number("-n,--hosts", "how many hosts (default: 20)", *hosts, 1, 1000);
  return [hosts](Context& context) { return print_callbacks(context, hosts->value_or(20)); };
}

}  // namespace

Command callbacks_top() {
  return {"callbacks top",
          "the hosts that called servers that control malware in the last hour",
          {{"sekisho callbacks top", "those that called most"},
           {"sekisho callbacks top -n 100 --json", "for a script"}},
          declare_callbacks_top};
}

}  // namespace sekisho::tools::commands
