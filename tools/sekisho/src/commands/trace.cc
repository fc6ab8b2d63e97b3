#include <fmt/format.h>
#include <fmt/ostream.h>

#include "../rule_names.h"
#include "commands.h"
#include "config/base/address.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

struct TraceOptions {
  std::string host;
  std::string mac;
  std::optional<std::uint64_t> packets;
  std::optional<std::uint64_t> seconds;
};

json request_of(const TraceOptions& options) {
  json request{{"op", "trace"}};
  if (options.host.empty() && options.mac.empty())
    throw CommandError(ExitCode::usage, "an address or --mac is needed");
  if (!options.host.empty()) {
    if (const auto address = parse_ip_address(options.host); !address)
      throw CommandError(ExitCode::negative, address.error().message);
    request["address"] = options.host;
  }
  if (!options.mac.empty()) {
    if (const auto mac = parse_mac_address(options.mac); !mac)
      throw CommandError(ExitCode::negative, mac.error().message);
    request["mac"] = options.mac;
  }
  if (options.packets) request["packets"] = *options.packets;
  if (options.seconds) request["seconds"] = *options.seconds;
  return request;
}

/// "09:00:01.123456" of Unix seconds with a fraction, or of text as it is.
std::string time_of(const View& packet) {
  const auto& raw = packet.raw();
  const auto found = raw.find("time");
  if (found == raw.end() || !found->is_number()) return packet.text("time");
  const double seconds = packet.number("time").value_or(0);
  constexpr double kYear9999 = 253402300799;
  if (!(seconds >= 0 && seconds <= kYear9999)) return "-";
  const auto whole = static_cast<std::time_t>(seconds);
  const auto micros = static_cast<int>((seconds - static_cast<double>(whole)) * 1e6);
  return fmt::format("{}.{:06}", show_time(whole).substr(11), micros);
}

void print_packet(Context& context, const View& packet, const RuleNames& names) {
  const auto verdict = packet.text("verdict");
  const auto style = verdict == "pass" || verdict == "forward" ? Style::good : Style::bad;
  const auto reason = packet.text_or_empty("reason");
  const auto flags = packet.text_or_empty("tcp_flags");
  fmt::print(context.out, "{} {}{} {} {} > {} {}{} B  rule {}{}\n", time_of(packet),
             paint(fmt::format("{:<5}", verdict), style, context.colour),
             packet.flag("tentative") ? "?" : "", packet.text("protocol"),
             show_endpoint(packet.text("source"), packet.count("source_port")),
             show_endpoint(packet.text("destination"), packet.count("destination_port")),
             flags.empty() ? "" : "[" + flags + "] ", packet.text("bytes"),
             names.label(packet.count("rule")),
             reason.empty() || reason == "none" ? "" : "  " + reason);
}

ExitCode trace_host(Context& context, const TraceOptions& options) {
  const auto request = request_of(options);
  const auto names = context.json ? RuleNames() : RuleNames::of_current_policy(context);
  std::uint64_t shown = 0;
  const auto on_frame = [&](const json& frame) {
    const View view(frame, "trace");
    if (view.flag("done")) {
      if (const auto lost = view.count_or_zero("dropped"); lost > 0)
        fmt::print(context.err, "{} packets were too many to show\n", show(lost));
      return false;
    }
    if (!view.has("packet")) return true;
    const auto packet = view.object("packet");
    if (context.json)
      print_json_line(context, packet.raw());
    else
      print_packet(context, packet, names);
    context.out.flush();
    ++shown;
    return static_cast<bool>(context.out);
  };
  const auto failure =
      context.gateway->stream(Peer::dataplane, request, -1, context.host.stopped, on_frame);
  if (failure) throw CommandError(*failure);
  fmt::print(context.err, "{} packets\n", show(shown));
  return ExitCode::done;
}

Action declare_trace(Options& options) {
  const auto parsed = std::make_shared<TraceOptions>();
  options.operand("HOST", "the address to watch, as source or destination", parsed->host, false);
  options.text("--mac", "MAC", "the hardware address to watch", parsed->mac);
  options.number("--packets", "end after so many", parsed->packets, 1, 1'000'000'000);
  options.number("--seconds", "end after so long", parsed->seconds, 1, 86'400);
  return [parsed](Context& context) { return trace_host(context, *parsed); };
}

}  // namespace

Command trace() {
  return {
      "trace",
      "the verdict on each packet of one host, live until Ctrl-C",
      {{"sekisho trace 192.168.1.20", "what happens to this host's packets"},
       {"sekisho trace --mac 12:34:56:78:90:ab --seconds 30", "a device without an address yet"}},
      declare_trace};
}

}  // namespace sekisho::tools::commands
