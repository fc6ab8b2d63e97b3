#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "../rule_data_files.h"
#include "commands.h"
#include "engines/ips/ips.h"
#include "rules/ips/parse.h"
#include "rules/ips/rule_files.h"
#include "rules/ips/variables.h"
#include "tools/sekisho/options.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;
using rules::RuleDiagnostic;

/// The largest public set has 40 MB; a file beyond this is something else.
constexpr std::size_t kMaxFileBytes = std::size_t{256} * 1024 * 1024;

struct CheckOptions {
  std::vector<std::string> files;
  std::vector<std::string> variables;
  std::string classifications;
  std::string thresholds;
};

std::string read_file(Context& context, const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file)
      throw CommandError(ExitCode::negative, fmt::format("{}: {}", path, std::strerror(errno)));
  }
  auto& in = path == "-" ? context.in : file;
  std::string text;
  char buffer[64 * 1024];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxFileBytes)
      throw CommandError(ExitCode::negative,
                         fmt::format("{}: larger than {} bytes", path, kMaxFileBytes));
  }
  if (in.bad()) throw CommandError(ExitCode::negative, fmt::format("{}: cannot be read", path));
  return text;
}

/// NAME=VALUE.
void set_variable(rules::RuleContext& context, const std::string& text) {
  const auto equal = text.find('=');
  if (equal == 0 || equal == std::string::npos || equal + 1 == text.size())
    throw CommandError(ExitCode::usage, fmt::format("--set {}: is not NAME=VALUE", text));
  const auto name = text.substr(text.front() == '$' ? 1 : 0, equal - (text.front() == '$' ? 1 : 0));
  rules::set_variable(name, text.substr(equal + 1), context);
}

/// Files that rules load, as `content import` would take them along: "RULES/NAME" to text. One that
/// is not there is told by the rule that is refused for it.
std::map<std::string, std::string> files_of(rules::RuleSet& set) {
  std::map<std::string, std::string> texts;
  for (const auto& file : rules::files_of(set)) {
    auto text = read_data_file(file, kMaxFileBytes);
    if (text)
      texts.emplace(file.position.file + "/" + file.name, *std::move(text));
    else if (text.error().code != Error::Code::not_found)
      set.warnings.push_back({file.position, file.signature,
                              fmt::format("file {} {}", file.name, text.error().message)});
  }
  return texts;
}

/// Compiles the rules as a gateway does: what it would refuse moves to `set.refused`.
void compile(rules::RuleSet& set) {
  const auto texts = files_of(set);
  engines::ips::CompileOptions options;
  for (const auto& [name, text] : texts) options.data_files.emplace(name, text);
  const auto num_refused = static_cast<std::ptrdiff_t>(set.refused.size());
  if (const auto artifact = engines::ips::compile(set, options); !artifact)
    throw CommandError(ExitCode::negative, artifact.error().message);
  // Rules are compiled in the order in which they speak.
  std::stable_sort(set.refused.begin() + num_refused, set.refused.end(),
                   [](const RuleDiagnostic& a, const RuleDiagnostic& b) {
                     return std::pair(a.position.file, a.position.line) <
                            std::pair(b.position.file, b.position.line);
                   });
}

json to_json(const std::vector<RuleDiagnostic>& diagnostics) {
  json list = json::array();
  for (const auto& one : diagnostics)
    list.push_back({{"file", one.position.file},
                    {"line", one.position.line},
                    {"column", one.position.column},
                    {"sid", one.signature},
                    {"message", one.message}});
  return list;
}

void print_list(Context& context, const std::vector<RuleDiagnostic>& diagnostics,
                std::string_view kind) {
  for (const auto& one : diagnostics)
    fmt::print(context.err, "{}:{}:{}: {}{}{}\n", one.position.file, one.position.line,
               one.position.column, kind,
               one.signature != 0 ? fmt::format("sid {}: ", one.signature) : std::string(),
               one.message);
}

void print_report(Context& context, const rules::RuleSet& set) {
  if (context.json) {
    print_json(context, {{"loaded", set.rules.size()},
                         {"disabled", set.num_disabled},
                         {"not_for_us", set.num_not_for_us},
                         {"refused", to_json(set.refused)},
                         {"warnings", to_json(set.warnings)},
                         {"slow", to_json(set.slow)}});
    return;
  }
  print_list(context, set.refused, "");
  print_list(context, set.warnings, "warning: ");
  print_list(context, set.slow, "warning: ");
  fmt::print(context.out,
             "{} rules loaded, {} refused, {} disabled, {} not for this release, {} warnings, {} "
             "slow\n",
             set.rules.size(), set.refused.size(), set.num_disabled, set.num_not_for_us,
             set.warnings.size(), set.slow.size());
}

ExitCode check_rules(Context& context, const CheckOptions& options) {
  if (options.files.empty()) throw CommandError(ExitCode::usage, "no rule file is named");
  auto rule_context = rules::RuleContext::of_gateway();
  for (const auto& one : options.variables) set_variable(rule_context, one);
  if (!options.classifications.empty())
    rules::parse_classifications(read_file(context, options.classifications), rule_context);
  rules::RuleSet set;
  for (const auto& path : options.files)
    rules::parse_rules(read_file(context, path), path, rule_context, set);
  if (!options.thresholds.empty())
    rules::parse_thresholds(read_file(context, options.thresholds), options.thresholds,
                            rule_context, set);
  compile(set);
  print_report(context, set);
  return set.refused.empty() ? ExitCode::done : ExitCode::negative;
}

Action declare_rules_check(Options& options) {
  const auto parsed = std::make_shared<CheckOptions>();
  options.operands("FILE", "rules of Suricata or Snort 3; - is standard input", parsed->files, 0);
  options.list("--set", "NAME=VALUE", "a variable, as HOME_NET=[192.0.2.0/24]", parsed->variables);
  options.text("--classification", "FILE", "classification.config", parsed->classifications);
  options.text("--thresholds", "FILE", "threshold.config", parsed->thresholds);
  return [parsed](Context& context) { return check_rules(context, *parsed); };
}

}  // namespace

Command rules_check() {
  return {"rules check",
          "compile IPS rules as a gateway would, and tell the mistakes; needs no gateway",
          {{"sekisho rules check local.rules", "FILE:line:column: reason for each rule refused"},
           {"sekisho rules check a.rules b.rules --set HOME_NET=192.0.2.0/24", "with a variable"}},
          declare_rules_check};
}

}  // namespace sekisho::tools::commands
