#include <fmt/format.h>

#include <ostream>

#include "../policy_text.h"
#include "commands.h"
#include "config/policy/policy.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

/// The serial before the one in force.
std::uint64_t previous_serial(Context& context) {
  const auto reply = ask(context, Peer::control, {{"op", "policy.history"}});
  const auto versions = View(reply, "policy.history").list("versions");
  for (std::size_t i = 0; i + 1 < versions.size(); ++i)
    if (versions[i].flag("current"))
      if (const auto serial = versions[i + 1].count("serial")) return *serial;
  throw CommandError(ExitCode::negative, "there is no version before the one in force");
}

ExitCode print_changes(Context& context, const std::vector<std::string>& sides) {
  const auto before = sides.empty()       ? load_policy(context, previous_serial(context))
                      : sides.size() == 1 ? load_policy(context, std::nullopt)
                                          : load_policy(context, sides[0]);
  const auto after =
      sides.empty() ? load_policy(context, std::nullopt) : load_policy(context, sides.back());
  const auto changes = policy::diff(before, after);
  if (context.json) {
    print_json(context, {{"changes", changes}});
    return ExitCode::done;
  }
  for (const auto& change : changes) context.out << printable(change) << '\n';
  if (changes.empty()) context.out << "no difference\n";
  return ExitCode::done;
}

Action declare_policy_diff(Options& options) {
  const auto sides = std::make_shared<std::vector<std::string>>();
  options.operands("VERSION",
                   "serial or file: none, the version before to the one in force; one, "
                   "the one in force to it; two, from the first to the second",
                   *sides, 2);
  return [sides](Context& context) { return print_changes(context, *sides); };
}

}  // namespace

Command policy_diff() {
  return {"policy diff",
          "what changes from one policy to another, in words",
          {{"sekisho policy diff", "what the last change was"},
           {"sekisho policy diff office.yaml", "what applying this file would change"},
           {"sekisho policy diff 12 15", "between two versions"}},
          declare_policy_diff};
}

}  // namespace sekisho::tools::commands
