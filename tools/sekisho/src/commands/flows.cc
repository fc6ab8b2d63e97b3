#include <fmt/format.h>
#include <fmt/ostream.h>

#include "../rule_names.h"
#include "commands.h"
#include "config/base/address.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostFlows = 10'000;  // of one reply

struct FlowOptions {
  std::string address;
  std::optional<std::uint64_t> port;
  std::string protocol;
  std::optional<std::uint64_t> rule;
  std::optional<std::uint64_t> limit;
  std::string sort;
  std::string top;
};

json request_of(const FlowOptions& options) {
  json filter = json::object();
  if (!options.address.empty()) {
    if (const auto parsed = parse_ip_address(options.address); !parsed)
      throw CommandError(ExitCode::negative, parsed.error().message);
    filter["address"] = options.address;
  }
  if (options.port) filter["port"] = *options.port;
  if (const auto number = parse_number(options.protocol))
    filter["protocol"] = *number;
  else if (!options.protocol.empty())
    filter["protocol"] = options.protocol;
  if (options.rule) filter["rule"] = *options.rule;
  json request{{"op", "flows"}, {"filter", filter}, {"limit", options.limit.value_or(100)}};
  if (!options.sort.empty()) request["sort"] = options.sort;
  if (!options.top.empty()) request["group"] = options.top;
  return request;
}

std::uint64_t both(const View& flow, std::string_view to_server, std::string_view to_client) {
  return flow.count_or_zero(to_server) + flow.count_or_zero(to_client);
}

Style style_of_verdict(const std::string& action) {
  return action == "drop" || action == "reset" || action == "answer" || action == "block"
             ? Style::bad
             : Style::plain;
}

Table flow_table(const std::vector<View>& flows, const RuleNames& names) {
  using Align = Column::Align;
  Table table({{"PROTO"},
               {"SOURCE", Align::left, true},
               {"USER", Align::left, true},
               {"DESTINATION", Align::left, true},
               {"STATE", Align::left, true},
               {"VERDICT"},
               {"BYTES", Align::right},
               {"IDLE", Align::right},
               {"RULE", Align::left, true}});
  for (const auto& flow : flows) {
    const auto verdict = flow.text("verdict") + (flow.flag("tentative") ? "?" : "");
    const auto tcp_state = flow.text_or_empty("tcp_state");
    const bool has_tcp_state = !tcp_state.empty() && tcp_state != "none";
    table.add({flow.text("protocol"),
               show_endpoint(flow.text("source"), flow.count("source_port")),
               flow.text_or_empty("user"),
               show_endpoint(flow.text("destination"), flow.count("destination_port")),
               has_tcp_state ? tcp_state : flow.text("state"),
               {verdict, style_of_verdict(flow.text("verdict"))},
               show_bytes(both(flow, "bytes_to_server", "bytes_to_client")),
               flow.text("idle_seconds") + " s",
               names.label_of(flow)});
  }
  return table;
}

Table talker_table(const std::vector<View>& groups) {
  using Align = Column::Align;
  Table table(
      {{"ADDRESS"}, {"FLOWS", Align::right}, {"PACKETS", Align::right}, {"BYTES", Align::right}});
  for (const auto& group : groups)
    table.add({group.text("address"), show(group.count("flows")), show(group.count("packets")),
               show_bytes(group.count("bytes"))});
  return table;
}

ExitCode print_flows(Context& context, const FlowOptions& options) {
  const auto reply = ask(context, Peer::dataplane, request_of(options), std::chrono::seconds(30));
  if (context.json) {
    print_json(context, reply);
    return ExitCode::done;
  }
  const View view(reply, "flows");
  if (!options.top.empty()) {
    context.out << talker_table(view.list("groups")).render(context.width, context.colour);
    return ExitCode::done;
  }
  const auto flows = view.list("flows");
  const auto names = RuleNames::of_current_policy(context);
  context.out << flow_table(flows, names).render(context.width, context.colour);
  fmt::print(context.out, "{} of {} flows\n", show(flows.size()), show(view.count("total")));
  return ExitCode::done;
}

Action declare_flows(Options& options) {
  const auto parsed = std::make_shared<FlowOptions>();
  options.text("--address", "ADDRESS", "flows with this end", parsed->address);
  options.number("--port", "flows with this port on either side", parsed->port, 0, 65535);
  options.text("--protocol", "NAME", "tcp, udp, icmp, ... or a number", parsed->protocol);
  options.number("--rule", "flows that this rule decided; 0 is the end of the policy", parsed->rule,
                 0, 65536);
  options.number("-n,--limit", "how many (default 100)", parsed->limit, 1, kMostFlows);
  options.choice("--sort", "biggest, busiest or newest first", parsed->sort,
                 {"bytes", "packets", "recent"});
  options.choice("--top", "sum up per address: the top talkers", parsed->top,
                 {"source", "destination"});
  return [parsed](Context& context) { return print_flows(context, *parsed); };
}

}  // namespace

Command flows() {
  return {"flows",
          "open flows, filtered and sorted; top talkers",
          {{"sekisho flows --address 192.168.1.20", "what one host has open"},
           {"sekisho flows --protocol tcp --port 443 --sort recent", "the newest HTTPS flows"},
           {"sekisho flows --rule 3", "what rule 3 decided"},
           {"sekisho flows --top source", "who uses the line"}},
          declare_flows};
}

}  // namespace sekisho::tools::commands
