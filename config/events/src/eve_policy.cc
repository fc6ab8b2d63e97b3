// Lines about verdicts of the policy.
#include <algorithm>

#include "config/base/own_categories.h"
#include "config/events/block_id.h"
#include "eve_parts.h"

namespace sekisho::events {
namespace {

constexpr std::array<std::string_view, 3> kActions{"allow", "block", "monitor"};  // policy::Action

/// The text of `records`, which another process wrote, as far as it is there.
std::string texts_of(std::span<const EventRecord> records) {
  std::string text;
  for (const auto& record : records) {
    if (record.type != EventType::continuation) break;
    text.append(record.text.text.data(),
                std::min<std::size_t>(record.text.bytes, TextFields::kBytes));
  }
  return text;
}

/// The URL that a verdict was about, of a policy record with its continuations; of a server that is
/// in a category by its address alone, the categories.
void write_url(JsonWriter& json, std::span<const EventRecord> records, const EveNames& names) {
  const auto& policy = records.front().policy;
  auto url = texts_of(records.subspan(1));
  const bool is_cut = url.ends_with('\0');
  if (is_cut) url.pop_back();
  const OwnCategories own{policy.own_categories};
  if (url.empty() && !own.any()) return;
  json.begin_object("url");
  if (!url.empty()) {
    const std::size_t begin = std::min<std::size_t>(policy.host_at, url.size());
    json.member("hostname", std::string_view(url).substr(begin, policy.host_bytes));
    json.member("url", url);
    if (is_cut) json.member("url_truncated", true);
  }
  json.begin_array("categories");
  const auto add = [&](std::uint16_t id, const std::string& name) {
    json.value(name.empty() ? std::to_string(id) : name);
  };
  for (auto id = OwnCategories::kFirstId; own.any() && id <= OwnCategories::kLastId; ++id)
    if (own.has(id))
      add(id, names.own_url_category ? names.own_url_category(records.front().policy_serial, id)
                                     : std::string());
  for (std::size_t i = 0; i < std::min<std::size_t>(policy.num_categories, 4); ++i) {
    const auto id = policy.categories[i];
    add(id, names.url_category ? names.url_category(id) : std::string());
  }
  json.end_array();
  if (policy.list == 1 || policy.list == 2)
    json.member("list", policy.list == 1 ? "allow" : "block");
  json.end_object();
}

}  // namespace

void write_policy(JsonWriter& json, std::span<const EventRecord> records, const EveNames& names) {
  const auto& record = records.front();
  write_url(json, records, names);
  const auto& policy = record.policy;
  write_application(
      json, {record.policy_serial, policy.application, policy.carrier, policy.function}, names);
  begin_policy(json, record, names);
  json.member("action", pick(kActions, record.policy.action));
  json.member("rejudged", record.policy.rejudged != 0);
  if (record.policy.cause == PolicyCause::dns_query) json.member("cause", "dns_query");
  if (record.policy.cause == PolicyCause::ech) json.member("cause", "ech");
  if (record.policy.cause == PolicyCause::evasion) json.member("cause", "evasion");
  if (record.policy.block_id != 0) {
    const auto id = block_id_text(record.policy.block_id);
    json.member("block_id", std::string_view(id.data(), id.size()));
  }
  json.end_object();
}

}  // namespace sekisho::events
