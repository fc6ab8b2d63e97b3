#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <fstream>

#include "../port_table.h"
#include "commands.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::size_t kTopDrops = 5;
constexpr std::string_view kDropPrefix = "drop.";

/// What there is to show; an absent part carries the reason instead.
struct Parts {
  Answer dataplane;
  Answer counters;
  Answer control;
  json processes;  // of the supervisor; null when there is no such file
};

/// The supervisor's own account of its children, written to a file: it has no socket.
json read_processes(const std::string& run_dir) {
  std::ifstream file(run_dir + "/supervisor.json");
  if (!file) return nullptr;
  auto parsed = json::parse(file, nullptr, false);
  return parsed.is_discarded() ? json(nullptr) : parsed;
}

json part(const Answer& answer) {
  if (const auto* failure = std::get_if<Failure>(&answer))
    return {{"error", error_to_json(*failure)}};
  auto reply = std::get<json>(answer);
  reply.erase("ok");
  return reply;
}

void print_line(Context& context, std::string_view what, const std::string& text) {
  const auto head = paint(fmt::format("{:<10}", what), Style::strong, context.colour);
  context.out << head << ' ' << text << '\n';
}

void print_down(Context& context, Peer peer, const Failure& failure) {
  print_line(context, name_of(peer),
             paint("DOWN", Style::bad, context.colour) + "  " + failure.message);
}

void print_policy(Context& context, const View& policy) {
  auto line = fmt::format("serial {}, {} rules", policy.text("serial"), policy.text("rules"));
  line += fmt::format(", {} since {}", policy.text("source"), policy.when("loaded_at"));
  print_line(context, "policy", line);
  print_line(context, "", policy.text("content_address").substr(0, 64));
}

Style style_of_share(double share) {
  return share >= 0.95 ? Style::bad : share >= 0.8 ? Style::warning : Style::plain;
}

void print_flows(Context& context, const std::vector<View>& workers) {
  std::uint64_t flows = 0;
  std::uint64_t capacity = 0;
  for (const auto& worker : workers) {
    flows += worker.count_or_zero("flows");
    capacity += worker.count_or_zero("flow_capacity");
  }
  const double share =
      capacity == 0 ? 0 : static_cast<double>(flows) / static_cast<double>(capacity);
  const auto text = fmt::format("{} of {} ({:.1f} %)", show(flows), show(capacity), share * 100);
  print_line(context, "flows", paint(text, style_of_share(share), context.colour));
}

/// The share of polls that found packets: a polling core is always at 100 % for the system.
std::string load_of(const View& worker) {
  const auto bursts = worker.count_or_zero("bursts");
  const auto polls = bursts + worker.count_or_zero("empty_polls");
  if (polls == 0) return "-";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(bursts) / static_cast<double>(polls));
}

void print_workers(Context& context, const std::vector<View>& workers) {
  using Align = Column::Align;
  Table table({{"WORKER"},
               {"CORE"},
               {"MODE", Align::left, true},
               {"BUSY POLLS", Align::right},
               {"CYCLES/PACKET", Align::right},
               {"PACKETS", Align::right},
               {"FLOWS", Align::right}});
  for (const auto& worker : workers)
    table.add({worker.text("worker"), worker.text("core"), worker.text("mode"), load_of(worker),
               worker.has("cycles_per_packet")
                   ? fmt::format("{:.0f}", worker.number("cycles_per_packet").value_or(0))
                   : "-",
               show(worker.count("packets")), show(worker.count("flows"))});
  context.out << '\n' << table.render(context.width, context.colour);
}

void print_drops(Context& context, const View& counters) {
  std::vector<std::pair<std::uint64_t, std::string>> drops;
  for (const auto& [name, value] : counters.raw().items())
    if (name.starts_with(kDropPrefix))
      if (const auto count = counters.count_or_zero(name); count > 0)
        drops.emplace_back(count, printable(name.substr(kDropPrefix.size())));
  std::sort(drops.rbegin(), drops.rend());
  if (drops.empty()) return print_line(context, "\ndrops", " none");
  Table table({{"DROPPED", Column::Align::right}, {"REASON"}});
  for (std::size_t i = 0; i < std::min(drops.size(), kTopDrops); ++i)
    table.add({show(drops[i].first), drops[i].second});
  context.out << '\n' << table.render(context.width, context.colour);
  if (drops.size() > kTopDrops)
    fmt::print(context.out, "and {} more: sekisho status --json\n", drops.size() - kTopDrops);
}

void print_events(Context& context, const Parts& parts) {
  std::uint64_t lost = 0;
  std::string text;
  if (const auto* control = std::get_if<json>(&parts.control)) {
    const View view(*control, "status");
    const auto events = view.object("events");
    lost += events.count_or_zero("lost");
    text = fmt::format("{} written, {} lost, {}", show(events.count("written")), show(lost),
                       events.text("file"));
  } else if (const auto* dataplane = std::get_if<json>(&parts.dataplane)) {
    for (const auto& worker : View(*dataplane, "status").list("workers"))
      lost += worker.count_or_zero("lost_events");
    text = fmt::format("{} lost; nobody drains the rings", show(lost));
  } else {
    return;
  }
  print_line(context, "events",
             paint(text, lost > 0 ? Style::warning : Style::plain, context.colour));
}

/// Nothing of a gateway that never captured.
void print_alert_captures(Context& context, const View& status) {
  if (!status.has("alert_captures")) return;
  const auto captures = status.object("alert_captures");
  const auto refused = captures.count_or_zero("refused") + captures.count_or_zero("failed");
  const auto lost = captures.count_or_zero("packets_lost");
  if (captures.count_or_zero("files") + refused + lost == 0) return;
  auto text = fmt::format("{} around alerts, {} of at most {}", show(captures.count("files")),
                          show_bytes(captures.count("bytes")),
                          show_bytes(captures.count("capacity_bytes")));
  if (refused + lost != 0)
    text += fmt::format("; {} not made, {} packets lost", show(refused), show(lost));
  print_line(context, "captures",
             paint(text, refused + lost > 0 ? Style::warning : Style::plain, context.colour));
}

struct DatabaseLine {
  const char* key;    // in the status
  const char* label;  // of the line
  const char* holds;  // what it has so many of
};
constexpr DatabaseLine kUrls{"url_database", "URLs", "hosts and paths in categories"};
constexpr DatabaseLine kIndicators{"indicator_database", "C&C servers", "indicators"};

/// Nothing of a gateway that has no such database.
void print_database(Context& context, const View& status, const DatabaseLine& line) {
  if (!status.has(line.key)) return;
  const auto database = status.object(line.key);
  if (database.has("entries"))
    print_line(context, line.label,
               fmt::format("{} {}", show(database.count("entries")), line.holds));
  if (database.has("problem"))
    print_line(context, database.has("entries") ? "" : line.label,
               paint(database.text("problem"), Style::warning, context.colour));
}

/// Nothing of a gateway that never asked for a reputation.
void print_reputation(Context& context, const Parts& parts, const View& counters) {
  const auto* control = std::get_if<json>(&parts.control);
  const auto hits = counters.count_or_zero("reputation.hits");
  const auto asked = counters.count_or_zero("reputation.asked");
  if (control == nullptr || !control->contains("reputation") || hits + asked == 0) return;
  const auto service = View(*control, "status").object("reputation").text("service");
  print_line(
      context, "reputation",
      fmt::format("{} known, {} asked, {} waited ({} in vain, {} now), {} blocked; look-up "
                  "service {}",
                  show(hits), show(asked), show(counters.count("reputation.waited")),
                  show(counters.count("reputation.timed_out")),
                  show(counters.count("reputation.waiting")),
                  show(counters.count("reputation.blocked")),
                  paint(service, service == "up" ? Style::good : Style::warning, context.colour)));
}

/// Nothing of a gateway whose policies never asked for it.
void print_decryption(Context& context, const View& status, const View& counters) {
  if (!status.has("decryption")) return;
  const auto decryption = status.object("decryption");
  const auto attached = decryption.count_or_zero("attached");
  const auto workers = decryption.count_or_zero("workers");
  const auto opened = counters.count_or_zero("decryption.opened");
  auto text = fmt::format("{} connections opened, {} exempt, {} blocked, {} failed", show(opened),
                          show(counters.count_or_zero("decryption.exempt")),
                          show(counters.count_or_zero("decryption.blocked")),
                          show(counters.count_or_zero("decryption.failed")));
  if (attached < workers)
    text += fmt::format("; {} of {} workers are without sekisho-decrypt: {}", workers - attached,
                        workers, decryption.text_or_empty("problem"));
  print_line(context, "decryption",
             paint(text, attached < workers ? Style::warning : Style::plain, context.colour));
}

/// Those that are older than they may be.
void print_stale(Context& context, const Parts& parts) {
  const auto* control = std::get_if<json>(&parts.control);
  if (control == nullptr || !control->contains("databases")) return;
  for (const auto& one : View(*control, "status").list("databases"))
    if (one.flag("stale"))
      print_line(context, "stale",
                 paint(fmt::format("content of {}, {} old, at most {} are allowed",
                                   one.text("kind"), show_duration(one.count("age_seconds")),
                                   show_duration(one.count("max_age_seconds"))),
                       Style::warning, context.colour));
}

/// IPS packs that the policy is in force without.
void print_left_out(Context& context, const Parts& parts) {
  const auto* control = std::get_if<json>(&parts.control);
  if (control == nullptr || !View(*control, "status").has("packs_left_out")) return;
  const auto left_out = View(*control, "status").object("packs_left_out");
  print_line(context, "packs",
             paint(fmt::format("{} left out since {}: {}", left_out.raw().at("packs").size(),
                               left_out.when("since"), left_out.text("reason")),
                   Style::bad, context.colour));
}

std::string console_state(const Context& context, const View& console) {
  const auto state = console.text("state");
  if (state == "not_enrolled") return "not enrolled";
  std::string text =
      paint(state, state == "connected" ? Style::good : Style::warning, context.colour);
  text += fmt::format(" to {}", console.text("address"));
  if (console.has("connected_since"))
    text += fmt::format(" since {}", console.when("connected_since"));
  const auto version = console.count_or_zero("version");
  if (version != 0) text += fmt::format(", version {}", version);
  return text;
}

void print_console(Context& context, const Parts& parts) {
  const auto* control = std::get_if<json>(&parts.control);
  if (control == nullptr || !control->contains("console")) return;
  const auto console = View(*control, "status").object("console");
  print_line(context, "console", console_state(context, console));
  if (console.has("waiting_for_confirmation")) {
    const auto wait = console.object("waiting_for_confirmation");
    print_line(context, "",
               paint(fmt::format("version {} waits for its confirmation, {} s left",
                                 wait.text("version"), wait.text("seconds_left")),
                     Style::warning, context.colour));
  }
  if (console.has("last_error"))
    print_line(context, "", paint(console.text("last_error"), Style::bad, context.colour));
}

void print_processes(Context& context, const json& processes) {
  if (!processes.is_object()) return;
  Table table({{"PROCESS"}, {"PID", Column::Align::right}, {"STATE"}, {"RESTARTS"}, {"SINCE"}});
  for (const auto& process : View(processes, "supervisor.json").list("processes")) {
    const auto state = process.text("state");
    table.add({process.text("name"),
               process.text("pid"),
               {state, state == "running" ? Style::good : Style::bad},
               process.text("restarts"),
               process.when("started_at")});
  }
  if (!table.empty()) context.out << '\n' << table.render(context.width, context.colour);
}

void print_screen(Context& context, const Parts& parts) {
  const auto* dataplane = std::get_if<json>(&parts.dataplane);
  if (dataplane != nullptr) {
    const View view(*dataplane, "status");
    print_line(context, "dataplane",
               fmt::format("{}  version {}, up {}", paint("up", Style::good, context.colour),
                           view.text("version"), show_duration(view.count("uptime_seconds"))));
  } else {
    print_down(context, Peer::dataplane, std::get<Failure>(parts.dataplane));
  }
  if (const auto* control = std::get_if<json>(&parts.control)) {
    const View view(*control, "status");
    print_line(context, "control",
               fmt::format("{}  version {}, up {}", paint("up", Style::good, context.colour),
                           view.text("version"), show_duration(view.count("uptime_seconds"))));
  } else {
    print_down(context, Peer::control, std::get<Failure>(parts.control));
  }
  if (dataplane != nullptr) {
    const View view(*dataplane, "status");
    print_policy(context, view.object("policy"));
    print_flows(context, view.list("workers"));
  }
  print_events(context, parts);
  if (dataplane != nullptr) print_alert_captures(context, View(*dataplane, "status"));
  if (dataplane != nullptr) {
    print_database(context, View(*dataplane, "status"), kUrls);
    print_database(context, View(*dataplane, "status"), kIndicators);
  }
  if (const auto* counted = std::get_if<json>(&parts.counters)) {
    const auto counters = View(*counted, "counters").object("counters");
    print_reputation(context, parts, counters);
    if (dataplane != nullptr) print_decryption(context, View(*dataplane, "status"), counters);
  }
  print_console(context, parts);
  print_stale(context, parts);
  print_left_out(context, parts);
  if (dataplane != nullptr) {
    const View view(*dataplane, "status");
    context.out << '\n' << port_table(view.list("ports")).render(context.width, context.colour);
    print_workers(context, view.list("workers"));
  }
  if (const auto* counters = std::get_if<json>(&parts.counters))
    print_drops(context, View(*counters, "counters").object("counters"));
  print_processes(context, parts.processes);
}

ExitCode print_status(Context& context) {
  constexpr std::chrono::seconds kTimeout{5};  // at 3 a.m. nobody waits for what hangs
  auto& gateway = *context.gateway;
  Parts parts{gateway.request(Peer::dataplane, {{"op", "status"}}, kTimeout),
              gateway.request(Peer::dataplane, {{"op", "counters"}}, kTimeout),
              gateway.request(Peer::control, {{"op", "status"}}, kTimeout),
              read_processes(context.run_dir)};
  if (context.json)
    print_json(context, {{"dataplane", part(parts.dataplane)},
                         {"counters", part(parts.counters).value("counters", json::object())},
                         {"control", part(parts.control)},
                         {"supervisor", parts.processes}});
  else
    print_screen(context, parts);
  for (const auto* answer : {&parts.dataplane, &parts.control})
    if (const auto* failure = std::get_if<Failure>(answer)) return failure->exit;
  return ExitCode::done;
}

Action declare_status(Options& /*options*/) { return print_status; }

}  // namespace

Command status() {
  return {"status",
          "one screen: processes, policy, ports, workers, flows, drops",
          {{"sekisho status", "is the gateway well?"},
           {"sekisho status --json | jq .counters", "every counter"}},
          declare_status};
}

}  // namespace sekisho::tools::commands
