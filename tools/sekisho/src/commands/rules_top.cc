#include <fmt/format.h>
#include <fmt/ostream.h>

#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::uint64_t kUsualRows = 20, kMostRows = 1000;

void print_table(Context& context, const View& reply) {
  using Align = Column::Align;
  Table table({{"RULE", Align::right},
               {"MESSAGE", Align::left, true},
               {"LOOKED AT", Align::right},
               {"MATCHED", Align::right},
               {"MCYCLES", Align::right},
               {"SHARE", Align::right}});
  double all = 0;
  for (const auto& rule : reply.list("rules")) all += rule.number("cycles").value_or(0);
  for (const auto& rule : reply.list("rules")) {
    const auto cycles = rule.number("cycles").value_or(0);
    table.add({rule.text("signature"), rule.text("message"), show(rule.count("evaluations")),
               show(rule.count("matches")), fmt::format("{:.1f}", cycles / 1e6),
               all == 0 ? "" : fmt::format("{:.0f} %", 100 * cycles / all)});
  }
  context.out << table.render(context.width, context.colour);
}

ExitCode print_top(Context& context, std::uint64_t rows) {
  const auto answer = ask(context, Peer::dataplane, {{"op", "ips.top"}, {"rows", rows}});
  if (context.json) {
    print_json(context, answer);
    return ExitCode::done;
  }
  const View reply(answer, "ips.top");
  const auto totals = reply.object("totals");
  print_table(context, reply);
  fmt::print(context.out, "{} rules in force; {} bytes searched, {} rules looked at, {} alerts\n",
             reply.text("rules_in_force"), show(totals.count("scanned_bytes")),
             show(totals.count("evaluations")), show(totals.count("alerts")));
  return ExitCode::done;
}

Action declare_rules_top(Options& options) {
  const auto rows = std::make_shared<std::optional<std::uint64_t>>();
  options.number("-n,--rows", "how many rules (default: 20)", *rows, 1, kMostRows);
  return [rows](Context& context) { return print_top(context, rows->value_or(kUsualRows)); };
}

}  // namespace

Command rules_top() {
  return {"rules top",
          "the IPS rules that cost most, as counted since they came into force",
          {{"sekisho rules top", "the dearest twenty"},
           {"sekisho rules top -n 100 --json", "for a script"}},
          declare_rules_top};
}

}  // namespace sekisho::tools::commands
