// What an author of policies looks things up in; none of it needs a gateway but a version's text.
#include <ostream>
#include <sstream>

#include "../policy_text.h"
#include "commands.h"
#include "config/policy/policy.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

Action declare_schema(Options&) {
  return [](Context& context) {
    context.out << policy::json_schema();
    return ExitCode::done;
  };
}

Action declare_factory(Options&) {
  return [](Context& context) {
    if (context.json)
      print_json(context, {{"yaml", policy::factory_policy_yaml()}});
    else
      context.out << policy::factory_policy_yaml();
    return ExitCode::done;
  };
}

Action declare_describe(Options& options) {
  const auto which = std::make_shared<std::string>();
  options.operand("VERSION", "serial or file (default: the policy in force)", *which, false);
  return [which](Context& context) {
    const auto text = policy::describe(which->empty() ? load_policy(context, std::nullopt)
                                                      : load_policy(context, *which));
    if (context.json) {
      print_json(context, {{"text", text}});
      return ExitCode::done;
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) context.out << printable(line) << '\n';
    return ExitCode::done;
  };
}

}  // namespace

Command policy_schema() {
  return {
      "policy schema",
      "the JSON Schema of policy files, for editors and generators",
      {{"sekisho policy schema > sekisho.schema.json", "point your editor's YAML support at it"}},
      declare_schema};
}

Command policy_factory() {
  return {"policy factory",
          "the policy of a new gateway, with comments on everything there is to set",
          {{"sekisho policy factory > office.yaml", "a start for a policy of your own"}},
          declare_factory};
}

Command policy_describe() {
  return {"policy describe",
          "a policy in words: names resolved, defaults filled in",
          {{"sekisho policy describe", "the policy in force"},
           {"sekisho policy describe office.yaml", "what a file means"}},
          declare_describe};
}

}  // namespace sekisho::tools::commands
