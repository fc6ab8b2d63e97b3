#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "describe_rule.h"
#include "policy_reader.h"

namespace sekisho::policy {
namespace {

std::string rule_at(const Rule& rule) {
  return "rule '" + rule.name + "' (line " + std::to_string(rule.position.line) + ")";
}

/// The parts of a rule that say when it matches.
auto condition(const Rule& rule) {
  return std::tie(rule.from, rule.source, rule.destination, rule.services, rule.content,
                  rule.schedule);
}

struct SameCondition {
  bool operator()(const Rule* a, const Rule* b) const { return condition(*a) == condition(*b); }
};

struct ConditionHash {
  std::size_t operator()(const Rule* rule) const {
    std::size_t hash = std::hash<std::string_view>{}(rule->schedule);
    const auto add = [&](const void* data, std::size_t size) {
      const std::string_view bytes(static_cast<const char*>(data), size);
      hash = hash * 31 + std::hash<std::string_view>{}(bytes);
    };
    const auto add_all = [&](const auto& values) {
      for (const auto& value : values) add(&value, sizeof(value));
      hash = hash * 31 + values.size();
    };
    const auto add_texts = [&](const std::vector<std::string>& texts) {
      for (const auto& text : texts) add(text.data(), text.size());
      hash = hash * 31 + texts.size();
    };
    for (const auto* hosts : {&rule->source, &rule->destination}) {
      add_all(hosts->addresses);
      add_all(hosts->macs);
      add_texts(hosts->fqdns);
      add_texts(hosts->users);
      add_texts(hosts->countries);
    }
    for (const auto& entry : rule->services)
      hash = hash * 31 +
             (std::size_t{entry.protocol} << 32 | std::size_t{entry.first} << 16 | entry.last);
    add_texts(rule->content.applications);
    add_texts(rule->content.url_categories);
    return hash;
  }
};

/// A rule is never reached when one above it concerns everything, or exactly the same.
void warn_of_shadowed_rules(const Policy& policy, Diagnostics& diagnostics) {
  std::unordered_set<const Rule*, ConditionHash, SameCondition> earlier_rules;
  const Rule* covers_all = nullptr;
  for (const Rule& rule : policy.rules) {
    if (!rule.enabled || rule.content.none) continue;
    if (covers_all != nullptr) {
      diagnostics.warning(rule.position, "rule '" + rule.name + "' is never reached: " +
                                             rule_at(*covers_all) + " matches everything");
      continue;
    }
    const auto [earlier, is_new] = earlier_rules.insert(&rule);
    if (!is_new)
      diagnostics.warning(rule.position, "rule '" + rule.name + "' is never reached: " +
                                             rule_at(**earlier) + " matches the same");
    if (concerns_everything(rule)) covers_all = &rule;
  }
}

void warn_of_schedules(const Policy& policy, Diagnostics& diagnostics) {
  std::unordered_map<std::string_view, const ScheduleObject*> never;
  for (const auto& schedule : policy.schedules)
    if (schedule.entries.empty()) never.emplace(schedule.name, &schedule);
  for (const Rule& rule : policy.rules)
    if (rule.enabled && never.contains(rule.schedule))
      diagnostics.warning(rule.position, "rule '" + rule.name + "' never applies: its schedule '" +
                                             rule.schedule + "' is never on");
}

void warn_of_repeated_entries(const Policy& policy, Diagnostics& diagnostics) {
  struct Seen {
    const ListEntry* entry;
    std::string_view list;
  };
  std::unordered_map<std::string_view, Seen> seen;
  const auto check = [&](const std::vector<ListEntry>& entries, std::string_view list) {
    for (const auto& entry : entries) {
      const auto [earlier, is_new] = seen.emplace(entry.value, Seen{&entry, list});
      if (!is_new)
        diagnostics.warning(entry.position,
                            "'" + entry.value + "' is in the " + std::string(earlier->second.list) +
                                " list already (line " +
                                std::to_string(earlier->second.entry->position.line) + ")");
    }
  };
  check(policy.allow_list, "allow");
  check(policy.block_list, "block");
  for (const auto& category : policy.url_categories) {
    seen.clear();
    check(category.entries, "category's");
  }
}

template <class Object>
void warn_of_unused(const std::vector<Object>& objects, const NameTable& names,
                    std::string_view what, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < objects.size(); ++i)
    if (!names.is_used(i))
      diagnostics.warning(objects[i].position,
                          std::string(what) + " '" + objects[i].name + "' is not used by any rule");
}

}  // namespace

void add_warnings(const Policy& policy, const ObjectNames& names, Diagnostics& diagnostics) {
  warn_of_shadowed_rules(policy, diagnostics);
  warn_of_schedules(policy, diagnostics);
  warn_of_repeated_entries(policy, diagnostics);
  warn_of_unused(policy.address_objects, names.addresses, "address object", diagnostics);
  warn_of_unused(policy.fqdn_objects, names.fqdns, "FQDN object", diagnostics);
  warn_of_unused(policy.mac_objects, names.macs, "MAC object", diagnostics);
  warn_of_unused(policy.service_objects, names.services, "service object", diagnostics);
  warn_of_unused(policy.schedules, names.schedules, "schedule", diagnostics);
  warn_of_unused(policy.url_categories, names.url_categories, "URL category", diagnostics);
  warn_of_unused(policy.profiles, names.profiles, "profile", diagnostics);
}

}  // namespace sekisho::policy
