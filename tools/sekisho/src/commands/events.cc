#include <fmt/format.h>

#include <chrono>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "commands.h"
#include "explain_block.h"
#include "tools/sekisho/eve_line.h"
#include "tools/sekisho/event_tail.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"

namespace sekisho::tools::commands {
namespace {

constexpr std::chrono::milliseconds kPollInterval{200};
constexpr std::string_view kEveryType = "all";

struct EventOptions {
  bool follow = false;
  std::string type;
  std::string address;
  std::optional<std::uint64_t> lines;
  std::string file;
};

void print_line(Context& context, const EventFilter& filter, std::string_view line) {
  const auto event = parse_eve(line);
  if (!event || !filter.accepts(*event)) return;
  if (context.json)
    print_json_line(context, *event);
  else
    context.out << render_event(*event, context.colour) << '\n';
}

CommandError file_problem(const Error& error) {
  return {error.code == Error::Code::not_found ? ExitCode::unreachable : ExitCode::refused,
          error.message};
}

ExitCode print_events(Context& context, const EventOptions& options) {
  EventFilter filter;
  // Counters every few seconds would hide what happened.
  if (options.type.empty())
    filter.unwanted_type = "stats";
  else if (options.type != kEveryType)
    filter.type = options.type;
  if (!options.address.empty()) {
    const auto range = parse_address_range(options.address);
    if (!range) throw CommandError(ExitCode::negative, range.error().message);
    filter.address = *range;
  }
  EventTail tail(options.file.empty() ? event_file(context) : options.file);
  const auto wanted = [&](std::string_view line) {
    const auto event = parse_eve(line);
    return event && filter.accepts(*event);
  };
  const auto last = tail.last(options.lines.value_or(20), wanted);
  if (!last && !(options.follow && last.error().code == Error::Code::not_found))
    throw file_problem(last.error());
  if (last)
    for (const auto& line : *last) print_line(context, filter, line);
  while (options.follow && !context.host.stopped()) {
    context.out.flush();
    std::this_thread::sleep_for(kPollInterval);
    const auto polled =
        tail.poll([&](std::string_view line) { print_line(context, filter, line); });
    if (!polled) throw file_problem(polled.error());
    if (!context.out) break;  // nobody reads any more
  }
  return ExitCode::done;
}

/// Those that gateways tell by themselves, then the records of protocols that profiles ask for.
std::vector<std::string> event_types() {
  std::vector<std::string> types{"flow",       "drop",           "alert",    "quarantine",
                                 "reputation", "malware",        "callback", "policy",
                                 "evasion",    "anomaly",        "content",  "policy_change",
                                 "bandwidth",  "bandwidth_hour", "stats",    "decryption"};
  for (const auto* protocol :
       {"fileinfo", "http", "dns",   "tls",   "quic",   "smtp",      "pop3",          "ftp",
        "ftp_data", "ssh",  "smb",   "nfs",   "dcerpc", "krb5",      "ldap",          "sip",
        "rdp",      "rfb",  "tftp",  "ntp",   "snmp",   "dhcp",      "mqtt",          "modbus",
        "dnp3",     "enip", "pgsql", "mysql", "ike",    "websocket", "bittorrent_dht"})
    types.emplace_back(protocol);
  types.emplace_back(kEveryType);
  return types;
}

Action declare_events(Options& options) {
  const auto parsed = std::make_shared<EventOptions>();
  options.flag("-f,--follow", "go on with new events until Ctrl-C", parsed->follow);
  options.choice("--type", "events of this type (default: all but stats)", parsed->type,
                 event_types());
  options.text("--address", "ADDRESS", "events of this address, range or CIDR", parsed->address);
  options.number("-n,--lines", "how many of the last (default 20)", parsed->lines, 0, 1'000'000);
  options.text("--file", "FILE", "read this EVE file instead of the gateway's", parsed->file);
  return [parsed](Context& context) { return print_events(context, *parsed); };
}

}  // namespace

std::string event_file(Context& context) {
  const auto reply = ask(context, Peer::control, {{"op", "status"}});
  auto file = View(reply, "status").object("events").text_or_empty("file");
  if (file.empty())
    throw CommandError(ExitCode::unreachable, "sekisho-control writes no events to a file");
  return file;
}

Command events() {
  return {"events",
          "the last events, and new ones as they come; --json for EVE lines",
          {{"sekisho events --type drop -n 50", "the last drops"},
           {"sekisho events --follow --address 192.168.1.0/24", "what a network does, live"},
           {"sekisho events --file /tmp/log/eve.json --json", "what inspect wrote, raw"}},
          declare_events};
}

}  // namespace sekisho::tools::commands
