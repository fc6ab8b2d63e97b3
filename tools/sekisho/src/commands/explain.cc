#include <fmt/format.h>
#include <fmt/ostream.h>

#include "../rule_names.h"
#include "../time_text.h"
#include "commands.h"
#include "config/base/address.h"
#include "explain_block.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

struct ExplainOptions {
  std::string id;
  std::string file;
  std::string source;
  std::string destination;
  std::optional<std::uint64_t> source_port;
  std::optional<std::uint64_t> destination_port;
  std::string protocol = "tcp";
  std::string mac;
  std::string from;
  std::string application;
  std::string url;
  std::string time;
  std::optional<std::uint64_t> icmp_type;
  std::optional<std::uint64_t> icmp_code;
};

struct Endpoint {
  std::string address;
  std::optional<std::uint64_t> port;
};

/// "192.0.2.1", "192.0.2.1:443", "2001:db8::1" or "[2001:db8::1]:443".
Endpoint parse_endpoint(const std::string& text) {
  const auto bad = [&] {
    return CommandError(ExitCode::negative,
                        fmt::format("'{}' is not ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT", text));
  };
  Endpoint end{text, std::nullopt};
  if (!parse_ip_address(text)) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) throw bad();
    end.address = text.substr(0, colon);
    if (end.address.size() > 1 && end.address.front() == '[' && end.address.back() == ']')
      end.address = end.address.substr(1, end.address.size() - 2);
    end.port = parse_number(std::string_view(text).substr(colon + 1));
    if (!end.port || *end.port > 65535 || !parse_ip_address(end.address)) throw bad();
  }
  return end;
}

/// The policy's own time zone: its schedules are in it. Empty without an answer.
std::string policy_zone(Context& context) {
  const auto answer =
      context.gateway->request(Peer::control, {{"op", "policy.show"}}, std::chrono::seconds(5));
  const auto* reply = std::get_if<json>(&answer);
  if (reply == nullptr) return {};
  return View(*reply, "policy.show").object("meta").text_or_empty("time_zone");
}

json request_of(Context& context, const ExplainOptions& options) {
  json request{{"op", "explain"}};
  auto source = parse_endpoint(options.source);
  auto destination = parse_endpoint(options.destination);
  if (options.source_port) source.port = options.source_port;
  if (options.destination_port) destination.port = options.destination_port;
  request["source"] = source.address;
  request["destination"] = destination.address;
  if (source.port) request["source_port"] = *source.port;
  if (destination.port) request["destination_port"] = *destination.port;
  if (const auto number = parse_number(options.protocol))
    request["protocol"] = *number;
  else
    request["protocol"] = options.protocol;
  if (!options.mac.empty()) {
    if (const auto mac = parse_mac_address(options.mac); !mac)
      throw CommandError(ExitCode::negative, mac.error().message);
    request["source_mac"] = options.mac;
  }
  if (!options.from.empty()) request["from"] = options.from;
  if (!options.application.empty()) request["application"] = options.application;
  if (!options.url.empty()) request["url"] = options.url;
  if (options.icmp_type) request["icmp_type"] = *options.icmp_type;
  if (options.icmp_code) request["icmp_code"] = *options.icmp_code;
  if (!options.time.empty()) {
    const auto time = parse_time(options.time, policy_zone(context));
    if (!time) throw CommandError(ExitCode::negative, time.error().message);
    request["time"] = *time;
  }
  return request;
}

std::string_view words_of(const std::string& outcome) {
  if (outcome == "matches") return "matches";
  if (outcome == "may_match_yet") return "may match yet";
  return "no";
}

Style style_of_outcome(const std::string& outcome) {
  if (outcome == "matches") return Style::good;
  return outcome == "may_match_yet" ? Style::warning : Style::faint;
}

void print_flow(Context& context, const View& flow, const RuleNames& names) {
  fmt::print(context.out, "open flow {}: {}, {}, rule {}, {} for {} s, idle {} s, {} up, {} down\n",
             flow.text("flow_id"), flow.text("verdict"), flow.text("state"), names.label_of(flow),
             flow.text("protocol"), flow.text("age_seconds"), flow.text("idle_seconds"),
             show_bytes(flow.count("bytes_to_server")), show_bytes(flow.count("bytes_to_client")));
}

std::string deciding_rule(const RuleNames& names, std::optional<std::uint64_t> rule) {
  return rule && *rule > 0 ? "rule " + names.label(rule) : "the end";
}

/// A tentative verdict: what it waits for, and what decides when that does not come.
void print_pending(Context& context, const View& view, const RuleNames& names) {
  std::string rules;
  for (const auto& number : view.texts("pending"))
    rules += (rules.empty() ? "" : ", ") + names.label(parse_number(number));
  const auto otherwise = view.object("otherwise");
  const auto verdict = otherwise.text("verdict");
  const auto style = verdict == "pass" ? Style::good : Style::bad;
  fmt::print(context.out,
             "{} until more is known of the flow (policy {})\n"
             "rule {} may match yet; if not: {} by {}\n",
             paint("pass", Style::warning, context.colour), view.text("serial"), rules,
             paint(verdict, style, context.colour), deciding_rule(names, otherwise.count("rule")));
}

void print_verdict(Context& context, const View& view, const RuleNames& names) {
  if (view.flag("tentative") && view.has("otherwise")) return print_pending(context, view, names);
  const auto verdict = view.text("verdict");
  const auto style = verdict == "pass" ? Style::good : Style::bad;
  fmt::print(context.out, "{} by {} of policy {}\n", paint(verdict, style, context.colour),
             deciding_rule(names, view.count("rule")), view.text("serial"));
}

/// What the gateway took from open flows because it was not asked with it.
void print_borrowed(Context& context, const View& view) {
  if (view.text("source_mac_from") == "flow")
    fmt::print(context.out, "MAC address {}: that of an open flow of the source\n",
               view.text("source_mac"));
  if (view.text("application_from") == "flow")
    fmt::print(context.out, "application {}: that of the open flow\n",
               view.has("application") ? view.text("application") : "is none that can be told");
  if (view.text("application_from") == "server")
    fmt::print(context.out, "application {}: the policy says that the server is of it\n",
               view.text("application"));
}

/// What a client gets that asks DNS for the URL's host.
void print_name(Context& context, const View& dns, const RuleNames& names) {
  const auto name = dns.text("name");
  if (dns.has("answered_as"))
    fmt::print(context.out, "a DNS query for {} is answered as {} (safe search)\n", name,
               dns.text("answered_as"));
  if (!dns.flag("refused")) return;
  const auto* condition = dns.flag("filtered") ? "where its rule's profile filters names"
                                               : "if a profile filtered names";
  fmt::print(context.out, "a DNS query for {} is {} by {}, {}\n", name,
             paint("refused", Style::bad, context.colour), deciding_rule(names, dns.count("rule")),
             condition);
}

void print_explanation(Context& context, const View& view, const RuleNames& names) {
  print_verdict(context, view, names);
  print_borrowed(context, view);
  if (view.has("dns")) print_name(context, view.object("dns"), names);
  Table table({{"RULE", Column::Align::right}, {"NAME", {}, true}, {"MATCH"}, {"WHY", {}, true}});
  for (const auto& reason : view.list("reasons")) {
    const auto outcome = reason.text("outcome");
    table.add({reason.text("rule"),
               names.name(reason.count_or_zero("rule")),
               {std::string(words_of(outcome)), style_of_outcome(outcome)},
               reason.text_or_empty("why")});
  }
  if (!table.empty()) context.out << '\n' << table.render(context.width, context.colour);
  context.out << '\n';
  if (view.has("flow"))
    print_flow(context, view.object("flow"), names);
  else
    context.out << "no such flow is open\n";
}

ExitCode explain_packet(Context& context, const ExplainOptions& options) {
  const auto reply = ask(context, Peer::dataplane, request_of(context, options));
  if (context.json)
    print_json(context, reply);
  else
    print_explanation(context, View(reply, "explain"), RuleNames::of_current_policy(context));
  return ExitCode::done;
}

ExitCode explain_either(Context& context, const ExplainOptions& options) {
  if (!options.id.empty()) {
    if (!options.source.empty() || !options.destination.empty())
      throw CommandError(ExitCode::usage, "--id stands alone: it names a flow of its own");
    return explain_block(context, options.id,
                         options.file.empty() ? event_file(context) : options.file);
  }
  if (!options.file.empty())
    throw CommandError(ExitCode::usage, "--file has no meaning without --id");
  if (options.source.empty() || options.destination.empty())
    throw CommandError(ExitCode::usage, "--source and --destination are required, or --id");
  return explain_packet(context, options);
}

Action declare_explain(Options& options) {
  const auto parsed = std::make_shared<ExplainOptions>();
  options.text("-s,--source", "ADDRESS[:PORT]", "who opens the flow", parsed->source);
  options.text("-d,--destination", "ADDRESS[:PORT]", "whereto", parsed->destination);
  options.number("--source-port", "instead of behind the address", parsed->source_port, 0, 65535);
  options.number("--destination-port", "instead of behind the address", parsed->destination_port, 0,
                 65535);
  options.text("-p,--protocol", "NAME", "tcp (default), udp, icmp, icmpv6, ... or a number",
               parsed->protocol);
  options.text("--mac", "MAC", "hardware address of the source (default: that of its open flows)",
               parsed->mac);
  options.choice("--from", "the side that the source is on", parsed->from, {"lan", "wan"});
  options.text("--application", "NAME[/FUNCTION]",
               "as if the flow were this application, used for this (default: the open flow's)",
               parsed->application);
  options.text("--url", "URL", "as if the flow asked for this: its categories and lists decide",
               parsed->url);
  options.text("--time", "TIME", "as if it were then, in the policy's time zone", parsed->time);
  options.number("--icmp-type", "type of an ICMP message", parsed->icmp_type, 0, 255);
  options.number("--icmp-code", "code of an ICMP message", parsed->icmp_code, 0, 255);
  options.text("--id", "ID", "instead of all these: the request ID that a block page shows",
               parsed->id);
  options.text("--file", "FILE", "with --id: look in this EVE file instead of the gateway's",
               parsed->file);
  return [parsed](Context& context) { return explain_either(context, *parsed); };
}

}  // namespace

Command explain() {
  return {"explain",
          "which rule decides about a packet, or decided about a blocked request, and why",
          {{"sekisho explain -s 192.168.1.20 -d 198.51.100.7:443", "may this host browse there?"},
           {"sekisho explain -s 10.0.0.5 -d 10.0.9.1:53 -p udp --time '2026-11-21 09:00'",
            "and on Saturday morning?"},
           {"sekisho explain -s 0.0.0.0:68 -d 255.255.255.255:67 -p udp --mac 12:34:56:78:90:ab",
            "does DHCP work for this device?"},
           {"sekisho explain --id 7Q2M-0A1V-000G", "what stands behind a user's block page?"}},
          declare_explain};
}

}  // namespace sekisho::tools::commands
