#include "controlplane/agent/operations.h"

#include <array>

#include "config/log/process_log.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

json refusal(const Error& error) {
  return {{"ok", false}, {"error", {{"code", name_of(error.code)}, {"message", error.message}}}};
}

json list_of(const std::vector<policy::Diagnostic>& diagnostics) {
  json list = json::array();
  for (const auto& d : diagnostics)
    list.push_back(
        {{"line", d.position.line}, {"column", d.position.column}, {"message", d.message}});
  return list;
}

json json_of(const RulePacks::Pack& pack) {
  constexpr std::array<std::string_view, 3> kOrigins{"firmware", "import", "console"};
  json row{{"name", pack.name},
           {"bytes", pack.bytes},
           {"origin", kOrigins[static_cast<std::size_t>(pack.origin)]},
           {"shipped", pack.origin == RulePacks::Origin::firmware}};
  if (pack.version != 0) row["version"] = pack.version;
  if (pack.is_counted) {
    row["rules"] = pack.rules;
    row["refused"] = pack.refused;
  }
  if (pack.is_left_out) row["left_out"] = true;
  return row;
}

}  // namespace

json to_json(const RulePacks::LeftOut& left_out) {
  return {{"packs", left_out.packs}, {"reason", left_out.reason}, {"since", left_out.since}};
}

namespace {

/// "LINE:COLUMN: message", as in the snapshot's meta section.
std::string text_of(const policy::Diagnostic& d) {
  if (d.position.line == 0) return d.message;
  return std::to_string(d.position.line) + ":" + std::to_string(d.position.column) + ": " +
         d.message;
}

}  // namespace

std::string Operations::answer(std::string_view request_json) {
  json reply;
  if (auto request = parse_control_request(request_json); request)
    reply = dispatch(*request);
  else
    reply = refusal(request.error());
  // Messages may quote bytes of a policy that are no UTF-8.
  return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

json Operations::dispatch(const ControlRequest& request) {
  if (request.op == "status") {
    json reply = doors_.status();
    reply["ok"] = true;
    return reply;
  }
  if (request.op == "log") return {{"ok", true}, {"lines", last_log_lines()}};
  if (request.op == "policy.apply") {
    if (!request.has_yaml)
      return refusal({Error::Code::invalid_input, "policy.apply: 'yaml' is missing"});
    return outcome(policy_.apply(request.yaml, request.comment));
  }
  if (request.op == "policy.rollback") return outcome(policy_.rollback(request.serial));
  if (request.op == "policy.history") return history();
  if (request.op == "policy.show") return show(request.serial);
  if (request.op.starts_with("content.")) return content(request);
  if (request.op == "enrol") return enrol(request);
  if (request.op == "unenrol") return unenrol();
  if (request.op == "reputation.lookup") return look_up_reputation(request);
  if (request.op == "bandwidth.top") return top_bandwidth(request);
  if (request.op.starts_with("ca.")) return authority(request);
  return refusal({Error::Code::invalid_input, "no op '" + request.op + "'"});
}

json Operations::outcome(const std::variant<Applied, Refusal>& result) {
  if (const auto* refused = std::get_if<Refusal>(&result)) {
    json reply = refusal(refused->error);
    if (!refused->diagnostics.empty()) reply["diagnostics"] = list_of(refused->diagnostics);
    return reply;
  }
  const Applied& applied = *std::get_if<Applied>(&result);
  doors_.policy_changed();
  json warnings = json::array();
  for (const auto& warning : applied.warnings) warnings.push_back(text_of(warning));
  const auto& t = applied.timings;
  return {{"ok", true},
          {"serial", applied.version.serial},
          {"content_address", applied.version.content_address},
          {"rules", applied.version.rules},
          {"warnings", std::move(warnings)},
          {"timings",
           {{"compile_ms", t.compile_ms},
            {"store_ms", t.store_ms},
            {"handover_ms", t.handover_ms},
            {"total_ms", t.total_ms}}}};
}

/// The imported packs of IPS rules. A change begins with "content.begin" and counts from
/// "content.apply" on, so that several files are compiled once, and half of them never.
json Operations::content(const ControlRequest& request) {
  if (request.op == "content.list") {
    json packs = json::array();
    for (const auto& pack : policy_.rule_packs()) packs.push_back(json_of(pack));
    json reply{{"ok", true},
               {"packs", std::move(packs)},
               {"console", console_content()},
               {"databases", doors_.databases()}};
    if (const auto left_out = policy_.packs_left_out()) reply["left_out"] = to_json(*left_out);
    return reply;
  }
  if (request.op == "content.apply") return outcome(policy_.recompile());
  if (request.op == "content.rollback") return roll_back_content(request.name);
  Status done = Error{Error::Code::invalid_input, "no op '" + request.op + "'"};
  if (request.op == "content.begin") done = policy_.begin_pack_change();
  if (request.op == "content.import") done = policy_.import_pack(request.name, request.text);
  if (request.op == "content.update") done = doors_.update_content();
  if (request.op == "content.remove") done = policy_.remove_pack(request.name);
  return done ? json{{"ok", true}} : refusal(done.error());
}

/// Of IPS rules, where no kind is named.
json Operations::roll_back_content(const std::string& kind) {
  if (kind.empty() || kind == "ips") return outcome(policy_.rollback_content());
  const auto database = content::find_database_kind(kind);
  if (!database)
    return refusal(
        {Error::Code::invalid_input, "content.rollback: there is no kind '" + kind + "'"});
  const auto done = doors_.rollback_database(*database);
  return done ? json{{"ok", true}} : refusal(done.error());
}

/// The console's packs as a whole.
json Operations::console_content() const {
  const auto content = policy_.content();
  json reply{{"version", content.version_in_force}, {"digest", content.digest}};
  if (const auto former = policy_.former_content()) reply["former_version"] = *former;
  if (content.attempt.version != 0)
    reply["last_delivery"] = {{"version", content.attempt.version},
                              {"state", name_of(content.attempt.outcome)},
                              {"reason_code", content.attempt.reason_code},
                              {"reason", content.attempt.reason}};
  return reply;
}

json Operations::history() const {
  const auto current = policy_.current();
  const auto unconfirmed = policy_.unconfirmed();
  json versions = json::array();
  for (const PolicyVersion& v : policy_.history())
    versions.push_back({{"serial", v.serial},
                        {"content_address", v.content_address},
                        {"applied_at", v.applied_at},
                        {"comment", v.comment},
                        {"rules", v.rules},
                        {"bundle_version", v.bundle_version},
                        {"unconfirmed", unconfirmed && unconfirmed->serial == v.serial},
                        {"current", current && current->serial == v.serial}});
  return {{"ok", true}, {"versions", std::move(versions)}};
}

json Operations::enrol(const ControlRequest& request) {
  if (request.code.empty())
    return refusal({Error::Code::invalid_input, "enrol: 'code' is missing"});
  auto enrolled = doors_.enrol(request);
  if (!enrolled) return refusal(enrolled.error());
  json reply = std::move(*enrolled);
  reply["ok"] = true;
  return reply;
}

json Operations::unenrol() {
  const auto done = doors_.unenrol();
  return done ? json{{"ok", true}} : refusal(done.error());
}

json Operations::look_up_reputation(const ControlRequest& request) {
  if (request.url.empty())
    return refusal({Error::Code::invalid_input, "reputation.lookup: 'url' is missing"});
  auto rated = doors_.look_up_reputation(request.url);
  if (!rated) return refusal(rated.error());
  json reply = std::move(*rated);
  reply["ok"] = true;
  return reply;
}

json Operations::top_bandwidth(const ControlRequest& request) {
  auto answered = doors_.top_bandwidth(request);
  if (!answered) return refusal(answered.error());
  json reply = std::move(*answered);
  reply["ok"] = true;
  return reply;
}

json Operations::authority(const ControlRequest& request) {
  auto answered = doors_.authority(request);
  if (!answered) return refusal(answered.error());
  json reply = std::move(*answered);
  reply["ok"] = true;
  return reply;
}

json Operations::show(std::uint32_t serial) const {
  auto content = policy_.show(serial);
  if (!content) return refusal(content.error());
  json meta = json::parse(content->meta_json, nullptr, false);
  if (meta.is_discarded())
    return refusal({Error::Code::invalid_input, "the snapshot's meta section is damaged"});
  return {{"ok", true},
          {"serial", content->version.serial},
          {"yaml", std::move(content->yaml)},
          {"meta", std::move(meta)}};
}

}  // namespace sekisho::controlplane
