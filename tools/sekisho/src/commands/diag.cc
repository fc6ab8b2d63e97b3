#include <algorithm>
#include <ostream>

#include "../diagnose.h"
#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

struct DiagOptions {
  std::string topic;
  std::string name;
};

Findings findings_of(Context& context, const DiagOptions& options) {
  Findings findings;
  const auto wants = [&](std::string_view topic) {
    return options.topic == "all" || options.topic == topic;
  };
  const auto add = [&](Findings more) {
    for (auto& finding : more) findings.push_back(std::move(finding));
  };
  if (wants("interfaces")) add(diagnose_interfaces(context));
  if (wants("dns")) add(diagnose_dns(context, options.name));
  if (wants("time")) add(diagnose_time());
  if (wants("disk")) add(diagnose_disk(context));
  if (wants("memory")) add(diagnose_memory(context));
  if (wants("cores")) add(diagnose_cores(context));
  return findings;
}

ExitCode diagnose(Context& context, const DiagOptions& options) {
  if (!options.name.empty() && options.topic != "dns" && options.topic != "all")
    throw CommandError(ExitCode::usage, "only dns takes a name");
  const auto findings = findings_of(context, options);
  if (context.json) {
    print_json(context, {{"findings", to_json(findings)}});
  } else {
    Table table({{"VERDICT"}, {"CHECK"}, {"WHY", Column::Align::left, true}});
    for (const auto& finding : findings)
      table.add({{finding.ok ? "ok" : "warn", finding.ok ? Style::good : Style::warning},
                 finding.check,
                 finding.text});
    context.out << table.render(context.width, context.colour);
  }
  const bool well = std::all_of(findings.begin(), findings.end(),
                                [](const Finding& finding) { return finding.ok; });
  return well ? ExitCode::done : ExitCode::negative;
}

Action declare_diag(Options& options) {
  const auto parsed = std::make_shared<DiagOptions>();
  options.operand_choice("TOPIC", "what to look at", parsed->topic,
                         {"interfaces", "dns", "time", "disk", "memory", "cores", "all"}, true);
  options.operand("NAME", "a host name to resolve, for dns", parsed->name, false);
  return [parsed](Context& context) { return diagnose(context, *parsed); };
}

}  // namespace

Command diag() {
  return {"diag",
          "checks of the box itself; exit code 1 when one warns",
          {{"sekisho diag all", "everything"},
           {"sekisho diag dns www.example.com", "do names resolve, and how fast?"},
           {"sekisho diag cores", "who uses the cores?"}},
          declare_diag};
}

}  // namespace sekisho::tools::commands
