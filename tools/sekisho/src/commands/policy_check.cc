#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <optional>

#include "../policy_text.h"
#include "commands.h"
#include "config/policy/policy.h"
#include "controlplane/compiler/compile_policy.h"
#include "rules/geo/geo_database.h"
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

struct CheckOptions {
  std::string file;
  std::string geo;
};

bool names_countries(const policy::Policy& policy) {
  return std::any_of(policy.rules.begin(), policy.rules.end(), [](const policy::Rule& rule) {
    return !rule.source.countries.empty() || !rule.destination.countries.empty();
  });
}

/// The country data of --geo; none without it.
std::optional<rules::GeoDatabase> open_geo(const std::string& path) {
  if (path.empty()) return std::nullopt;
  auto opened = rules::GeoDatabase::open(path);
  if (!opened) throw CommandError(ExitCode::negative, opened.error().message);
  return std::move(*opened);
}

/// What the gateway would say: its own compile step. Only countries need data that may not be at
/// hand; a policy that names them is then checked as far as its text goes.
ExitCode check_policy(Context& context, const CheckOptions& options) {
  const auto text = read_policy_file(context, options.file);
  const auto geo = open_geo(options.geo);
  auto loaded = policy::load_yaml(text);
  if (const auto* mistakes = std::get_if<std::vector<Diagnostic>>(&loaded))
    return print_verdict(context, options.file, *mistakes, {}, 0);
  auto& good = std::get<policy::LoadedPolicy>(loaded);
  if (!geo && names_countries(good.policy)) {
    good.warnings.push_back({{}, "compiled only by the gateway: countries need --geo here"});
    return print_verdict(context, options.file, {}, good.warnings, good.policy.rules.size());
  }
  const auto compiled = controlplane::compile_policy(text, geo ? &*geo : nullptr);
  if (const auto* mistakes = std::get_if<std::vector<Diagnostic>>(&compiled))
    return print_verdict(context, options.file, *mistakes, {}, 0);
  const auto& snapshot = std::get<controlplane::CompiledPolicy>(compiled);
  return print_verdict(context, options.file, {}, snapshot.warnings, snapshot.num_rules);
}

Action declare_policy_check(Options& options) {
  const auto parsed = std::make_shared<CheckOptions>();
  options.operand("FILE", "policy in YAML; - is standard input", parsed->file, true);
  options.text("--geo", "FILE", "country data (MMDB), for policies that name countries",
               parsed->geo);
  return [parsed](Context& context) { return check_policy(context, *parsed); };
}

}  // namespace

Command policy_check() {
  return {"policy check",
          "find the mistakes in a policy file; needs no gateway",
          {{"sekisho policy check office.yaml", "FILE:line:column: message for each mistake"},
           {"sekisho policy check - < office.yaml", "from standard input"}},
          declare_policy_check};
}

}  // namespace sekisho::tools::commands
