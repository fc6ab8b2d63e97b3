#include "tools/sekisho/eve_line.h"

#include <fmt/format.h>

#include "tools/sekisho/command.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

using nlohmann::json;

/// IPv6 is written in full in EVE; people read it compressed.
std::string short_address(const std::string& text) {
  const auto address = parse_ip_address(text);
  return address ? to_string(*address) : text;
}

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// "2026-11-21T09:00:01.123456+0900" as "11-21 09:00:01.123": the year and zone are known.
std::string short_time(const std::string& timestamp) {
  if (timestamp.size() < 23 || timestamp[10] != 'T') return timestamp;
  return timestamp.substr(5, 5) + " " + timestamp.substr(11, 12);
}

std::string rule_of(const View& event) {
  if (!event.has("policy")) return {};
  const auto policy = event.object("policy");
  const auto rule = policy.count("rule");
  if (!rule) return {};
  if (*rule == 0) return ", end of policy";
  const auto name = policy.text_or_empty("name");
  return fmt::format(", rule {}{}{}", *rule, name.empty() ? "" : " ", name);
}

std::string flow_text(const View& event) {
  const auto flow = event.object("flow");
  return fmt::format("{}, {}: {} up, {} down, {} s{}", flow.text("state"), flow.text("reason"),
                     show_bytes(flow.count("bytes_toserver")),
                     show_bytes(flow.count("bytes_toclient")), flow.text("age"), rule_of(event));
}

std::string alert_text(const View& event) {
  const auto alert = event.object("alert");
  return fmt::format("{} (rule {}), {}", alert.text("signature"), alert.text("signature_id"),
                     alert.text("action"));
}

std::string quarantine_text(const View& event) {
  const auto quarantine = event.object("quarantine");
  const auto state = quarantine.text("state");
  return fmt::format("{}{} {} s (rule {})", state,
                     state == "begun" ? " for" : " (" + quarantine.text("reason") + ") after",
                     quarantine.text("seconds"), quarantine.text("signature_id"));
}

std::string reputation_text(const View& event) {
  const auto reputation = event.object("reputation");
  const auto category = reputation.text_or_empty("category");
  const auto score = reputation.has("score") ? "score " + reputation.text("score") : "unknown";
  return fmt::format("{}  {}{}, {}", reputation.text("url"), score,
                     category.empty() ? "" : " (" + category + ")", reputation.text("action"));
}

/// The file, what it is, what became of it.
std::string malware_text(const View& event) {
  const auto malware = event.object("malware");
  auto what = malware.text_or_empty("threat");
  if (what.empty()) what = malware.text_or_empty("verdict");
  const auto reason = malware.text_or_empty("reason");
  if (!reason.empty()) what += " (" + reason + ")";
  const auto url = malware.text_or_empty("url");
  return fmt::format("{}{}{}, {}", url.empty() ? malware.text("filename") : url,
                     what.empty() ? "" : "  ", what, malware.text("action"));
}

std::string callback_text(const View& event) {
  const auto callback = event.object("callback");
  return fmt::format("{} calls {} ({}), {}", callback.text("host"), callback.text("indicator"),
                     callback.text("kind"), callback.text("action"));
}

/// Who is asked for to be seen, then who or what it is.
std::string evasion_text(const View& event) {
  const auto evasion = event.object("evasion");
  const auto actual = evasion.text_or_empty("actual");
  return fmt::format("{} {}: {}{}, {}", evasion.text("host"), evasion.text("kind"),
                     evasion.text("claimed"), actual.empty() ? "" : " but " + actual,
                     evasion.text("action"));
}

/// Whose connection, what became of it, and why.
std::string decryption_text(const View& event) {
  const auto decryption = event.object("decryption");
  auto why = decryption.text_or_empty("reason");
  if (why.empty()) why = decryption.text_or_empty("failure");
  return fmt::format("{} {}{}", decryption.text_or_empty("hostname"), decryption.text("action"),
                     why.empty() ? "" : " (" + why + ")");
}

std::string stats_text(const View& event) {
  const auto stats = event.object("stats");
  return fmt::format("up {}, {} packets decoded", show_duration(stats.count("uptime")),
                     show(stats.object("decoder").count("pkts")));
}

/// All of an account; `sekisho bandwidth top` says whose it was.
std::string bandwidth_text(const View& event) {
  std::uint64_t in = 0, out = 0;
  const auto account = event.object("bandwidth");
  for (const auto& row : account.list("rows")) {
    in += row.count_or_zero("bytes_in");
    out += row.count_or_zero("bytes_out");
  }
  return fmt::format("{} in, {} out since {}", show_bytes(in), show_bytes(out),
                     account.when("begin"));
}

std::string details(const View& event, const std::string& type) {
  if (type == "flow") return flow_text(event);
  if (type == "drop") return event.object("drop").text("reason") + rule_of(event);
  if (type == "policy") return event.object("policy").text("action") + rule_of(event);
  if (type == "anomaly") return event.object("anomaly").text("event");
  if (type == "stats") return stats_text(event);
  if (type == "alert") return alert_text(event);
  if (type == "quarantine") return quarantine_text(event);
  if (type == "reputation") return reputation_text(event);
  if (type == "malware") return malware_text(event);
  if (type == "callback") return callback_text(event);
  if (type == "decryption") return decryption_text(event);
  if (type == "evasion") return evasion_text(event);
  if (type == "bandwidth" || type == "bandwidth_hour") return bandwidth_text(event);
  if (type == "policy_change") {
    const auto change = event.object("policy_change");
    return fmt::format("{} serial {} {}", change.text("what"), change.text("serial"),
                       change.text_or_empty("detail"));
  }
  if (const auto own = event.raw().find(type); own != event.raw().end())
    return printable(own->dump(-1, ' ', false, json::error_handler_t::replace));
  return {};
}

std::string ends_of(const View& event) {
  if (!event.has("src_ip")) return {};
  return fmt::format("{} {} > {}  ", lower(event.text("proto")),
                     show_endpoint(short_address(event.text("src_ip")), event.count("src_port")),
                     show_endpoint(short_address(event.text("dest_ip")), event.count("dest_port")));
}

Style style_of(const std::string& type) {
  if (type == "drop" || type == "alert" || type == "quarantine" || type == "reputation" ||
      type == "callback" || type == "malware")
    return Style::bad;
  if (type == "anomaly" || type == "evasion") return Style::warning;
  return type == "stats" ? Style::faint : Style::plain;
}

bool address_within(const json& event, const char* key, const AddressRange& range) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_string()) return false;
  const auto address = parse_ip_address(found->get_ref<const std::string&>());
  return address && range.contains(*address);
}

}  // namespace

bool EventFilter::accepts(const json& event) const {
  if (!type.empty() || !unwanted_type.empty()) {
    const auto found = event.find("event_type");
    const bool told = found != event.end() && found->is_string();
    if (!type.empty() && (!told || *found != type)) return false;
    if (!unwanted_type.empty() && told && *found == unwanted_type) return false;
  }
  return !address || address_within(event, "src_ip", *address) ||
         address_within(event, "dest_ip", *address);
}

std::optional<json> parse_eve(std::string_view line) {
  // A reply's checks serve here too: the same limits of depth and encoding.
  constexpr int kMaxDepth = 64;
  bool too_deep = false;
  auto event = json::parse(
      line,
      [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > kMaxDepth;
        return !too_deep;
      },
      false);
  if (too_deep || !event.is_object()) return std::nullopt;
  return event;
}

std::string render_event(const json& event, bool colour) try {
  const View view(event, "event");
  const auto type = view.text("event_type");
  return fmt::format("{} {} {}{}", short_time(view.text("timestamp")),
                     paint(fmt::format("{:<7}", type), style_of(type), colour), ends_of(view),
                     details(view, type));
} catch (const CommandError&) {  // a type that is not ours to judge: as it is
  return printable(event.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace sekisho::tools
