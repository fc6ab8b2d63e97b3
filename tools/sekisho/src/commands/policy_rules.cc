#include <fmt/format.h>
#include <fmt/ostream.h>

#include <map>

#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

struct Hits {
  std::optional<std::uint64_t> packets;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> flows;
};

/// One line of the output: a rule and what it met.
struct Row {
  std::uint64_t rule = 0;
  std::string name;
  std::string action;
  bool enabled = true;
  bool log = false;
  std::optional<std::uint64_t> line;
  Hits hits;
};

std::map<std::uint64_t, Hits> hits_by_rule(const json& reply) {
  std::map<std::uint64_t, Hits> hits;
  std::uint64_t index = 0;
  for (const auto& rule : View(reply, "policy.hits").list("rules")) {
    const auto number = rule.count("rule").value_or(index++);
    hits[number] = {rule.count("packets"), rule.count("bytes"), rule.count("flows")};
  }
  return hits;
}

std::vector<Row> rows_of(const json& shown, const json& counted) {
  const View policy(shown, "policy.show");
  const View hits_reply(counted, "policy.hits");
  if (policy.count("serial") != hits_reply.count("serial"))
    throw CommandError(ExitCode::refused,
                       fmt::format("control has serial {} and the dataplane serial {}: a policy is "
                                   "being applied, or could not be handed over",
                                   policy.text("serial"), hits_reply.text("serial")));
  auto hits = hits_by_rule(counted);
  std::vector<Row> rows;
  for (const auto& rule : policy.object("meta").list("rules")) {
    const auto number = static_cast<std::uint64_t>(rows.size()) + 1;
    rows.push_back({number, rule.text("name"), rule.text("action"), rule.flag("enabled"),
                    rule.flag("log"), rule.count("line"), hits[number]});
  }
  rows.push_back({0, "(end of policy)", "allow", true, false, std::nullopt, hits[0]});
  return rows;
}

json to_json(const Row& row) {
  json object{{"rule", row.rule},
              {"name", row.name},
              {"action", row.action},
              {"enabled", row.enabled},
              {"log", row.log},
              {"packets", row.hits.packets.value_or(0)},
              {"bytes", row.hits.bytes.value_or(0)},
              {"flows", row.hits.flows.value_or(0)}};
  if (row.line) object["line"] = *row.line;
  return object;
}

void print_table(Context& context, const std::vector<Row>& rows) {
  using Align = Column::Align;
  Table table({{"RULE", Align::right},
               {"NAME", Align::left, true},
               {"ACTION"},
               {"LOG"},
               {"FLOWS", Align::right},
               {"PACKETS", Align::right},
               {"BYTES", Align::right},
               {"LINE", Align::right}});
  for (const auto& row : rows) {
    const auto style = !row.enabled            ? Style::faint
                       : row.action == "block" ? Style::bad
                                               : Style::plain;
    table.add({std::to_string(row.rule),
               row.name,
               {row.enabled ? row.action : "off", style},
               row.log ? "yes" : "no",
               show(row.hits.flows),
               show(row.hits.packets),
               show_bytes(row.hits.bytes),
               row.line ? std::to_string(*row.line) : ""});
  }
  context.out << table.render(context.width, context.colour);
}

ExitCode print_rules(Context& context, bool unused_only) {
  const auto shown = ask(context, Peer::control, {{"op", "policy.show"}});
  const auto counted = ask(context, Peer::dataplane, {{"op", "policy.hits"}});
  auto rows = rows_of(shown, counted);
  if (unused_only)
    std::erase_if(rows, [](const Row& row) { return row.hits.flows.value_or(0) > 0; });
  if (context.json) {
    json list = json::array();
    for (const auto& row : rows) list.push_back(to_json(row));
    print_json(context, {{"serial", View(shown, "policy.show").count_or_zero("serial")},
                         {"rules", std::move(list)}});
  } else {
    print_table(context, rows);
  }
  return ExitCode::done;
}

Action declare_policy_rules(Options& options) {
  const auto unused_only = std::make_shared<bool>(false);
  options.flag("--unused", "only rules that no flow has met", *unused_only);
  return [unused_only](Context& context) { return print_rules(context, *unused_only); };
}

}  // namespace

Command policy_rules() {
  return {"policy rules",
          "the rules in order, with hit counts",
          {{"sekisho policy rules", "what each rule met"},
           {"sekisho policy rules --unused", "candidates for deletion"}},
          declare_policy_rules};
}

}  // namespace sekisho::tools::commands
