#include "reference_interpreter.h"

#include <algorithm>
#include <map>
#include <set>

#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"

namespace sekisho::engines::firewall::reference {

namespace {

template <class List, class Value>
bool holds(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool in_ranges(const std::vector<AddressRange>& ranges, const IpAddress& address) {
  for (const AddressRange& range : ranges)
    if ((range.first.is_v4() && range.last.is_v4()) == address.is_v4() && range.contains(address))
      return true;
  return false;
}

bool names_match(const std::vector<policy::FqdnPattern>& patterns,
                 const std::vector<std::string>& names) {
  for (const std::string& name : names)
    for (const std::string& pattern : patterns) {
      if (name == pattern) return true;
      if (pattern.substr(0, 2) != "*.") continue;
      const std::string below = pattern.substr(1);  // ".example.com"
      if (name.size() > below.size() &&
          name.compare(name.size() - below.size(), below.size(), below) == 0)
        return true;
    }
  return false;
}

bool is_of_users(const policy::Policy& policy, const policy::HostSelectors& source,
                 const Facts& facts) {
  for (const policy::User& user : policy.users) {
    bool is_meant = holds(source.users, user.name);
    for (const std::string& group : user.groups) is_meant |= holds(source.users, group);
    if (is_meant && (in_ranges(user.addresses, facts.source) || holds(user.macs, facts.source_mac)))
      return true;
  }
  return false;
}

bool source_matches(const policy::Policy& policy, const policy::HostSelectors& source,
                    const Facts& facts, const World& world) {
  if (source.everything()) return true;
  return is_of_users(policy, source, facts) || in_ranges(source.addresses, facts.source) ||
         names_match(source.fqdns, world.source_names) || holds(source.macs, facts.source_mac) ||
         (!world.source_country.empty() && holds(source.countries, world.source_country));
}

bool destination_matches(const policy::HostSelectors& destination, const Facts& facts,
                         const World& world) {
  if (destination.everything()) return true;
  return in_ranges(destination.addresses, facts.destination) ||
         names_match(destination.fqdns, world.destination_names) ||
         (!world.destination_country.empty() &&
          holds(destination.countries, world.destination_country));
}

bool service_matches(const std::vector<policy::ServiceEntry>& services, const Facts& facts) {
  if (services.empty()) return true;
  for (const policy::ServiceEntry& service : services) {
    if (service.protocol != facts.protocol) continue;
    switch (service.protocol) {
      case 6:
      case 17:
      case 132:
        if (facts.destination_port >= service.first && facts.destination_port <= service.last)
          return true;
        break;
      case 1:
      case 58:
        if (facts.icmp_type >= service.first && facts.icmp_type <= service.last) return true;
        break;
      default:
        return true;
    }
  }
  return false;
}

bool can_be_here(const rules::Application& application, const Facts& facts) {
  if (application.protocol != 0 && application.protocol != facts.protocol) return false;
  return application.port == 0 || application.port == facts.destination_port ||
         application.port == facts.source_port;
}

ListOutcome lists_say(const Facts& facts) {
  return facts.address_list == ListOutcome::none ? facts.url.list : facts.address_list;
}

/// Whether one of `names` is an own category of the policy that is in `own`.
bool holds_own(const std::vector<std::string>& names, const policy::Policy& policy,
               const OwnCategories& own) {
  for (std::size_t i = 0; i < policy.url_categories.size(); ++i)
    if (own.has(static_cast<std::uint16_t>(OwnCategories::kFirstId + i)) &&
        holds(names, policy.url_categories[i].name))
      return true;
  return false;
}

Match url_matches(const policy::Policy& policy, const std::vector<std::string>& names,
                  const Facts& facts) {
  if (names.empty() || lists_say(facts) == ListOutcome::allowed) return Match::no;
  if (holds_own(names, policy, facts.address_categories)) return Match::yes;
  if (facts.protocol != 6 && facts.protocol != 17) return Match::no;
  if (facts.url.known == Knowledge::not_yet) return Match::may;
  if (facts.url.known == Knowledge::never) return Match::no;
  if (holds_own(names, policy, facts.url.own_categories)) return Match::yes;
  for (std::size_t i = 0; i < facts.url.num_categories; ++i) {
    const auto* category = rules::url_category(facts.url.categories[i]);
    if (category != nullptr && (holds(names, std::string(category->name)) ||
                                holds(names, "group:" + std::string(category->group))))
      return Match::yes;
  }
  return Match::no;
}

bool has_function(const std::string& name) { return name.find('/') != name.npos; }

/// Ids of the applications that have the function at the end of `name`, and of which no other name
/// selects all.
const std::set<std::uint16_t>& users_of(const std::string& name,
                                        const std::vector<std::string>& names) {
  static std::map<std::pair<std::string, std::vector<std::string>>, std::set<std::uint16_t>> kept;
  const auto [entry, is_new] = kept.try_emplace({name, names});
  if (!is_new) return entry->second;
  const auto slash = name.find('/');
  const auto* const kind = rules::find_function(name.substr(slash + 1));
  const auto whole = rules::ApplicationSelector::find(name.substr(0, slash));
  auto& ids = entry->second;
  for (const auto& one : rules::applications()) {
    if (!whole->selects(one) || (rules::functions_of(one) & rules::set_of(kind->id)) == 0) continue;
    const bool is_covered = std::any_of(names.begin(), names.end(), [&](const auto& other) {
      const auto selector = rules::ApplicationSelector::find(other);
      return !has_function(other) && selector && selector->selects(one);
    });
    if (!is_covered) ids.insert(one.id);
  }
  return ids;
}

Match function_matches(const std::string& name, const std::vector<std::string>& names,
                       const Facts& facts) {
  namespace id = rules::application_id;
  const auto& users = users_of(name, names);
  if (users.empty() || (facts.protocol != 6 && facts.protocol != 17)) return Match::no;
  const bool is_known = facts.application_known == Knowledge::known;
  const bool is_user = is_known && users.contains(facts.application);
  if (facts.url.known == Knowledge::not_yet) {
    const auto carriers = {id::kHttp, id::kHttp2, id::kTls, id::kQuic};
    if (facts.told_by_ends) return Match::no;
    const bool may_be =
        !is_known || is_user || facts.carrier != 0 || holds(carriers, facts.application);
    return may_be ? Match::may : Match::no;
  }
  const auto* const kind = rules::find_function(name.substr(name.find('/') + 1));
  const bool is_used = facts.url.known == Knowledge::known && facts.function == kind->id;
  return is_user && is_used ? Match::yes : Match::no;
}

/// Of an own application that hosts tell.
Match own_matches(const policy::Policy& policy, const std::string& name, const Facts& facts) {
  for (std::size_t i = 0; i < policy.applications.size(); ++i) {
    if (policy.applications[i].name != name) continue;
    if (facts.application_known == Knowledge::known)
      return facts.application == OwnApplication::id_of(i) ? Match::yes : Match::no;
    const bool has_hosts = facts.protocol == 6 || facts.protocol == 17;
    return facts.application_known == Knowledge::not_yet && has_hosts ? Match::may : Match::no;
  }
  return Match::no;
}

/// Of the catalogue; empty: the name is an own application's.
const std::vector<const rules::Application*>& selected_by(const std::string& name) {
  static std::map<std::string, std::vector<const rules::Application*>> kept;
  const auto [entry, is_new] = kept.try_emplace(name);
  const auto selector = rules::ApplicationSelector::find(name);
  for (const auto& one : rules::applications())
    if (is_new && selector && selector->selects(one)) entry->second.push_back(&one);
  return entry->second;
}

/// Whether what carries an own application may turn out to be one of `names`: some of them is a
/// protocol, and some of them can be on this flow.
Match carrier_matches(const policy::Policy& policy, const std::vector<std::string>& names,
                      const Facts& facts) {
  bool has_protocol = false, can_be = false;
  for (const auto& name : names) {
    if (has_function(name)) continue;
    const auto& selected = selected_by(name);
    if (selected.empty()) can_be |= facts.protocol == 6 || facts.protocol == 17;
    for (const auto* one : selected) {
      has_protocol |= rules::can_carry(*one);
      can_be |= can_be_here(*one, facts);
    }
  }
  return policy.applications.empty() || !has_protocol || !can_be ? Match::no : Match::may;
}

Match content_matches(const policy::Policy& policy, const policy::ContentSelectors& content,
                      const Facts& facts) {
  if (content.none) return Match::no;
  if (content.everything()) return Match::yes;
  Match best = Match::no;
  for (const std::string& name : content.applications) {
    if (has_function(name)) {
      best = std::max(best, function_matches(name, content.applications, facts));
      if (best == Match::yes) return best;
      continue;
    }
    if (rules::find_application(name) == nullptr) {
      best = std::max(best, own_matches(policy, name, facts));
      if (best == Match::yes) return best;
      continue;
    }
    const rules::Application& application = *rules::find_application(name);
    if (facts.application_known == Knowledge::known &&
        (rules::is_part_of(facts.application, application.id) ||
         rules::is_part_of(facts.carrier, application.id)))
      return Match::yes;
    if (facts.application_known == Knowledge::not_yet && can_be_here(application, facts))
      best = std::max(best, Match::may);
  }
  if (facts.carrier_awaited)
    best = std::max(best, carrier_matches(policy, content.applications, facts));
  return std::max(best, url_matches(policy, content.url_categories, facts));
}

bool schedule_is_on(const policy::Policy& policy, const std::string& name, const World& world) {
  for (std::size_t i = 0; i < policy.schedules.size(); ++i)
    if (policy.schedules[i].name == name) return (world.active_schedules >> i & 1) != 0;
  return false;
}

Judgement decided_by(const policy::Rule& rule, std::size_t number) {
  Judgement judgement;
  judgement.rule = static_cast<events::RuleNumber>(number);
  judgement.action = rule.action;
  judgement.log = rule.log || rule.action == policy::Action::monitor;
  if (rule.action == policy::Action::block)
    judgement.verdict = rule.block_method == policy::BlockMethod::answer  ? Verdict::answer
                        : rule.block_method == policy::BlockMethod::reset ? Verdict::reset
                                                                          : Verdict::drop;
  return judgement;
}

}  // namespace

Match match(const policy::Policy& policy, const policy::Rule& rule, const Facts& facts,
            const World& world) {
  if (!rule.enabled) return Match::no;
  if (rule.from && *rule.from != facts.ingress) return Match::no;
  if (!rule.schedule.empty() && !schedule_is_on(policy, rule.schedule, world)) return Match::no;
  if (!source_matches(policy, rule.source, facts, world)) return Match::no;
  if (!destination_matches(rule.destination, facts, world)) return Match::no;
  if (!service_matches(rule.services, facts)) return Match::no;
  return content_matches(policy, rule.content, facts);
}

namespace {

/// A rule that selects categories and whose other columns match.
bool turns_on_url(const policy::Policy& policy, const policy::Rule& rule, const Facts& facts,
                  const World& world) {
  const auto& applications = rule.content.applications;
  const bool by_function =
      std::any_of(applications.begin(), applications.end(), [&](const std::string& name) {
        return has_function(name) && !users_of(name, applications).empty();
      });
  const bool by_category =
      !rule.content.url_categories.empty() && facts.address_list != ListOutcome::allowed;
  if (rule.content.none || (!by_function && !by_category)) return false;
  if (facts.protocol != 6 && facts.protocol != 17) return false;
  policy::Rule any_content = rule;
  any_content.content = {};
  return match(policy, any_content, facts, world) == Match::yes;
}

}  // namespace

Judgement judge(const policy::Policy& policy, const Facts& facts, const World& world) {
  if (lists_say(facts) == ListOutcome::blocked) {
    Judgement judgement;
    judgement.rule = static_cast<events::RuleNumber>(policy.rules.size() + 1);
    judgement.verdict = Verdict::answer;
    judgement.action = policy::Action::block;
    judgement.log = true;
    return judgement;
  }
  bool undecided = false;
  bool undecided_all_block = true;
  bool by_url = false;
  Judgement judgement;  // the policy's end
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    const policy::Rule& rule = policy.rules[i];
    const Match outcome = match(policy, rule, facts, world);
    by_url = by_url || turns_on_url(policy, rule, facts, world);
    if (outcome == Match::may) {
      undecided = true;
      undecided_all_block = undecided_all_block && rule.action == policy::Action::block;
    }
    if (outcome == Match::yes) {
      judgement = decided_by(rule, i + 1);
      break;
    }
  }
  const bool all_block = undecided_all_block && judgement.action == policy::Action::block;
  judgement.by_url = by_url;
  if (!undecided || all_block) return judgement;
  Judgement tentative;
  tentative.by_url = by_url;
  tentative.rule = judgement.rule;
  tentative.tentative = true;
  return tentative;
}

}  // namespace sekisho::engines::firewall::reference
