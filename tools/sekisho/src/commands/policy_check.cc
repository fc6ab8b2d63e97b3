#include <fmt/format.h>
#include <fmt/ostream.h>

#include "../policy_text.h"
#include "commands.h"
#include "config/policy/policy.h"
#include "tools/sekisho/options.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;
using policy::Diagnostic;

json to_json(const std::vector<Diagnostic>& diagnostics) {
  json list = json::array();
  for (const auto& one : diagnostics)
    list.push_back(
        {{"line", one.position.line}, {"column", one.position.column}, {"message", one.message}});
  return list;
}

ExitCode print_verdict(Context& context, const std::string& file,
                       const std::vector<Diagnostic>& mistakes,
                       const std::vector<Diagnostic>& warnings, std::size_t num_rules) {
  if (context.json)
    print_json(context, {{"valid", mistakes.empty()},
                         {"rules", num_rules},
                         {"diagnostics", to_json(mistakes)},
                         {"warnings", to_json(warnings)}});
  else
    context.err << policy::format(mistakes, file);
  if (!context.json)
    for (const auto& warning : warnings)
      fmt::print(context.err, "{}:{}:{}: warning: {}\n", file, warning.position.line,
                 warning.position.column, warning.message);
  if (!mistakes.empty()) return ExitCode::negative;
  if (!context.json) fmt::print(context.out, "{}: {} rules, no mistakes\n", file, num_rules);
  return ExitCode::done;
}

ExitCode check_policy(Context& context, const std::string& file) {
  const auto loaded = policy::load_yaml(read_policy_file(context, file));
  if (const auto* mistakes = std::get_if<std::vector<Diagnostic>>(&loaded))
    return print_verdict(context, file, *mistakes, {}, 0);
  const auto& good = std::get<policy::LoadedPolicy>(loaded);
  return print_verdict(context, file, {}, good.warnings, good.policy.rules.size());
}

Action declare(Options& options) {
  const auto file = std::make_shared<std::string>();
  options.operand("FILE", "policy in YAML; - is standard input", *file, true);
  return [file](Context& context) { return check_policy(context, *file); };
}

}  // namespace

Command policy_check() {
  return {"policy check",
          "find the mistakes in a policy file; needs no gateway",
          {{"sekisho policy check office.yaml", "FILE:line:column: message for each mistake"},
           {"sekisho policy check - < office.yaml", "from standard input"}},
          declare};
}

}  // namespace sekisho::tools::commands
