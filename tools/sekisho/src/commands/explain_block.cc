// What stands behind the request ID that a block page, or another answer to a blocked flow, shows.
#include "explain_block.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <filesystem>

#include "commands.h"
#include "config/events/block_id.h"
#include "tools/sekisho/eve_line.h"
#include "tools/sekisho/event_tail.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// The policy's event of one flow, the record of what its sender was answered, and where it was
/// blocked for a URL's reputation that of it, too.
struct BlockEvents {
  std::optional<json> policy;
  std::optional<json> drop;
  std::optional<json> reputation;
  bool complete() const { return (policy || reputation) && drop; }
  const json& any() const { return drop ? *drop : policy ? *policy : *reputation; }
};

/// The current file and what it was rotated to, the newest first: their names sort by age.
std::vector<fs::path> event_files(const fs::path& current) {
  const auto prefix = current.filename().string() + ".";
  std::vector<fs::path> files;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(current.parent_path(), problem))
    if (entry.path().filename().string().starts_with(prefix)) files.push_back(entry.path());
  std::sort(files.rbegin(), files.rend());
  files.insert(files.begin(), current);
  return files;
}

/// Takes what the file has about the id; false: it is not there.
bool search(const fs::path& file, const std::string& id, BlockEvents& found) {
  constexpr std::size_t kMostOfFlow = 16;
  const auto about = [&id](std::string_view line) {
    return line.find('"' + id + '"') != line.npos;
  };
  const auto lines = EventTail(file).last(kMostOfFlow, about);
  if (!lines) {
    if (lines.error().code == Error::Code::not_found) return false;
    throw CommandError(ExitCode::refused, lines.error().message);
  }
  for (const auto& line : *lines) {
    auto event = parse_eve(line);
    if (!event) continue;
    const View view(*event, "event");
    const auto type = view.text("event_type");
    if (type == "policy" && view.object("policy").text_or_empty("block_id") == id)
      found.policy = std::move(event);
    else if (type == "drop" && view.object("block").text_or_empty("id") == id)
      found.drop = std::move(event);
    else if (type == "reputation" && view.object("reputation").text_or_empty("id") == id)
      found.reputation = std::move(event);
  }
  return true;
}

std::string rule_text(const View& policy) {
  const auto name = policy.text_or_empty("name");
  return fmt::format("{}{}{} of policy {}", policy.text("rule"), name.empty() ? "" : " ", name,
                     policy.text("serial"));
}

std::string reputation_text(const View& reputation) {
  if (!reputation.has("score")) return "the URL's reputation could not be had";
  const auto category = reputation.text_or_empty("category");
  return fmt::format("the URL's reputation: score {} of 100{}, sensitivity {}",
                     reputation.text("score"), category.empty() ? "" : " (" + category + ")",
                     reputation.text("sensitivity"));
}

std::string reason_of(const BlockEvents& events) {
  if (events.reputation)
    return reputation_text(View(*events.reputation, "event").object("reputation"));
  if (!events.policy) return "-";
  const View policy(*events.policy, "event");
  if (!policy.has("app")) return "network policy";
  const auto application = policy.object("app");
  const auto category = application.text_or_empty("category");
  return "application " + application.text("name") +
         (category.empty() ? "" : " (" + category + ")");
}

std::string asked_for(const View& block) {
  if (block.has("rrname")) return block.text("rrname") + " (DNS)";
  const auto host = block.text_or_empty("hostname"), url = block.text_or_empty("url");
  if (host.empty() && url.empty()) return "-";
  return url.starts_with('/') ? "http://" + host + url : url.empty() ? host : url;
}

std::string answer_of(const View& block) {
  const auto answer = block.text_or_empty("answer");
  if (answer == "http") return "a page over HTTP";
  if (answer == "tls") return "an alert over TLS";
  if (answer == "dns") return "a refusal over DNS";
  return answer == "reset" ? "a reset" : "-";
}

void print_block(Context& context, const std::string& id, const BlockEvents& events) {
  const View event(events.any(), "event");
  fmt::print(context.out, "request ID  {}\n", id);
  fmt::print(context.out, "time        {}\n", event.text("timestamp"));
  fmt::print(context.out, "rule        {}\n", rule_text(event.object("policy")));
  fmt::print(context.out, "reason      {}\n", reason_of(events));
  fmt::print(context.out, "flow        {} {} > {}\n", event.text("proto"),
             show_endpoint(event.text("src_ip"), event.count("src_port")),
             show_endpoint(event.text("dest_ip"), event.count("dest_port")));
  const json none = json::object();
  const auto block =
      events.drop ? View(*events.drop, "event").object("block") : View(none, "event");
  const auto url = events.reputation
                       ? View(*events.reputation, "event").object("reputation").text_or_empty("url")
                       : std::string();
  fmt::print(context.out, "asked for   {}\n", url.empty() ? asked_for(block) : url);
  fmt::print(context.out, "answered    {}\n", answer_of(block));
}

}  // namespace

ExitCode explain_block(Context& context, const std::string& text, const std::string& event_file) {
  const auto parsed = events::parse_block_id(text);
  if (!parsed)
    throw CommandError(ExitCode::negative,
                       fmt::format("'{}' is not a request ID like 7Q2M-0A1V-000G", text));
  const auto characters = events::block_id_text(*parsed);
  const std::string id(characters.data(), characters.size());
  BlockEvents found;
  bool read = false;
  for (const auto& file : event_files(event_file)) {
    read |= search(file, id, found);
    if (found.complete()) break;
  }
  if (!read) throw CommandError(ExitCode::unreachable, event_file + ": no such file");
  if (!found.policy && !found.drop && !found.reputation)
    throw CommandError(
        ExitCode::negative,
        fmt::format("{} has no event with the request ID {}: its rule does not log, the events are "
                    "deleted by now, or another gateway made it",
                    event_file, id));
  if (!context.json) {
    print_block(context, id, found);
    return ExitCode::done;
  }
  json events = json::array();
  for (const auto& event : {found.policy, found.reputation, found.drop})
    if (event) events.push_back(*event);
  print_json(context, {{"id", id}, {"events", std::move(events)}});
  return ExitCode::done;
}

}  // namespace sekisho::tools::commands
