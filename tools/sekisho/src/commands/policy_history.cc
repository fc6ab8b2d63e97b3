#include <ostream>

#include "commands.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

ExitCode print_history(Context& context) {
  const auto reply = ask(context, Peer::control, {{"op", "policy.history"}});
  if (context.json) {
    print_json(context, reply);
    return ExitCode::done;
  }
  using Align = Column::Align;
  Table table({{"SERIAL", Align::right},
               {""},
               {"APPLIED"},
               {"RULES", Align::right},
               {"CONTENT"},
               {"COMMENT", Align::left, true}});
  for (const auto& version : View(reply, "policy.history").list("versions")) {
    const bool current = version.flag("current");
    table.add({version.text("serial"),
               {current ? "in force" : "", Style::good},
               version.when("applied_at"),
               show(version.count("rules")),
               version.text("content_address").substr(0, 12),
               version.text_or_empty("comment")});
  }
  context.out << table.render(context.width, context.colour);
  return ExitCode::done;
}

Action declare_policy_history(Options& /*options*/) { return print_history; }

}  // namespace

Command policy_version() {
  return {"policy version",
          "the version in force and those before it",
          {{"sekisho policy version", "the history, newest first"},
           {"sekisho policy version --json | jq '.versions[0].serial'", "the newest serial"}},
          declare_policy_history};
}

}  // namespace sekisho::tools::commands
