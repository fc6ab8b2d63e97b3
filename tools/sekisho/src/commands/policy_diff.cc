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

policy::Policy load(const std::string& yaml, const std::string& name) {
  auto loaded = policy::load_yaml(yaml);
  if (const auto* mistakes = std::get_if<std::vector<policy::Diagnostic>>(&loaded))
    throw CommandError(ExitCode::negative,
                       "the policy has mistakes\n" + policy::format(*mistakes, name));
  return std::move(std::get<policy::LoadedPolicy>(loaded).policy);
}

policy::Policy load_version(Context& context, std::optional<std::uint64_t> serial) {
  const auto reply = fetch_policy(context, serial);
  const auto yaml = reply.find("yaml");
  if (yaml == reply.end() || !yaml->is_string())
    throw CommandError(ExitCode::unreachable, "the gateway's reply makes no sense: no yaml in it");
  return load(yaml->get<std::string>(), "serial " + View(reply, "policy.show").text("serial"));
}

/// A serial when it reads as one, otherwise a file: "./7" is a file of that name.
policy::Policy load_side(Context& context, const std::string& text) {
  return parse_number(text) ? load_version(context, parse_serial(text))
                            : load(read_policy_file(context, text), text);
}

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
  const auto before = sides.empty()       ? load_version(context, previous_serial(context))
                      : sides.size() == 1 ? load_version(context, std::nullopt)
                                          : load_side(context, sides[0]);
  const auto after =
      sides.empty() ? load_version(context, std::nullopt) : load_side(context, sides.back());
  const auto changes = policy::diff(before, after);
  if (context.json) {
    print_json(context, {{"changes", changes}});
    return ExitCode::done;
  }
  for (const auto& change : changes) context.out << printable(change) << '\n';
  if (changes.empty()) context.out << "no difference\n";
  return ExitCode::done;
}

Action declare(Options& options) {
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
          declare};
}

}  // namespace sekisho::tools::commands
