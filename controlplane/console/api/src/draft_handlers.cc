// A group's draft: what will be delivered.
#include <charconv>

#include "rows.h"

namespace sekisho::console {
namespace {

constexpr std::size_t kMaxDifferences = 1000;  // lines that are told
constexpr std::size_t kAuditLines = 100;

http::Response draft_response(const GroupRow& group, const Json& policy, const Json& warnings) {
  auto response = json_response(200, {{"policy", policy},
                                      {"revision", group.revision},
                                      {"changed_at", group.changed_at},
                                      {"changed_by", group.changed_by},
                                      {"pending", group.pending()},
                                      {"warnings", warnings}});
  response.headers.emplace_back("ETag", '"' + std::to_string(group.revision) + '"');
  return response;
}

GroupRow read_group(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    return group_of(session, services, call.tenant(), call.path.at("group"), Rows::read);
  });
}

http::Response get_draft(Services& services, const Call& call) {
  const auto group = read_group(services, call);
  const auto valid = services.policies.get(group.policy_hash, group.policy);
  return draft_response(group, Json::parse(group.policy), valid ? valid->warnings : Json::array());
}

std::int64_t seen_revision(const Call& call) {
  const std::string tag = call.text("if-match");  // of the form "NUMBER", in quotes
  std::int64_t revision = 0;
  std::from_chars(tag.data() + 1, tag.data() + tag.size() - 1, revision);
  return revision;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

http::Response save_draft(Services& services, const Call& call) {
  const Json& policy = call.body["policy"];
  auto checked = check_policy(policy);
  if (!checked.valid)
    throw Refusal(422, "invalid_policy", "the policy has mistakes")
        .with("mistakes", std::move(checked.mistakes));
  const StoredPolicy wanted{canonical(policy), policy_hash(canonical(policy))};
  const auto before = read_group(services, call);
  const auto changes = differences(services.policies, before.draft(), wanted, kAuditLines);

  const auto group = services.database().write([&](Session& session) {
    auto row = group_of(session, services, call.tenant(), call.path.at("group"), Rows::lock);
    if (row.revision != seen_revision(call))
      throw Refusal(412, "stale", "the draft was changed meanwhile by " + row.changed_by)
          .with("revision", row.revision)
          .with("changed_by", row.changed_by);
    if (row.policy_hash == wanted.hash) return row;
    store_draft(session, row, wanted.text, wanted.hash, call.user().login, services.now());
    audit(session, services, call, row.name, joined(changes));
    return row;
  });
  return draft_response(group, policy, checked.valid->warnings);
}

http::Response check_draft(Services& services, const Call& call) {
  const Json& policy = call.body["policy"];
  auto checked = check_policy(policy);
  Json answer{{"mistakes", std::move(checked.mistakes)},
              {"warnings", Json::array()},
              {"differences", Json::array()}};
  const auto delivered = services.database().read([&](Session& session) {
    const auto group =
        group_of(session, services, call.tenant(), call.path.at("group"), Rows::read);
    return delivered_policy(session, call.tenant(), group.id, kAnyVersion);
  });
  if (checked.valid) {
    answer["warnings"] = checked.valid->warnings;
    const std::string text = canonical(policy);
    answer["differences"] =
        differences(services.policies, delivered, {text, policy_hash(text)}, kMaxDifferences);
  }
  return json_response(200, answer);
}

}  // namespace

void add_draft_handlers(Handlers& handlers) {
  handlers["getDraft"] = get_draft;
  handlers["saveDraft"] = save_draft;
  handlers["checkDraft"] = check_draft;
}

}  // namespace sekisho::console
