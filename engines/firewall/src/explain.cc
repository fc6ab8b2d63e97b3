#include <algorithm>
#include <string>

#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"
#include "tables.h"

namespace sekisho::engines::firewall {

namespace {

using Outcome = RuleReason::Outcome;

/// Everything one explanation looks at; found once for all rules.
struct Case {
  const Firewall::Tables& tables;
  const Facts& facts;
  const Conditions& conditions;
  Column source;
  Column destination;
  Row service;
  std::span<const std::string> own_categories;    // names
  std::span<const std::string> own_applications;  // likewise
  std::uint16_t source_country = 0;
  std::uint16_t destination_country = 0;
};

bool has(const Column& column, std::uint32_t bit) {
  return std::any_of(column.rows.begin(), column.rows.begin() + column.count,
                     [bit](const Row& row) { return row.has(bit); });
}

std::string country_text(std::uint16_t country) {
  if (country == 0) return "unknown";
  return {static_cast<char>(country >> 8), static_cast<char>(country & 0xff)};
}

std::string service_text(const Facts& facts) {
  switch (facts.protocol) {
    case 1:
      return "icmp/" + std::to_string(facts.icmp_type);
    case 6:
      return "tcp/" + std::to_string(facts.destination_port);
    case 17:
      return "udp/" + std::to_string(facts.destination_port);
    case 58:
      return "icmpv6/" + std::to_string(facts.icmp_type);
    case 132:
      return "sctp/" + std::to_string(facts.destination_port);
    default:
      return "ip/" + std::to_string(facts.protocol);
  }
}

/// "source X is not in its addresses, is not behind its FQDNs and ...".
std::string join(std::string head, const std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) head += i + 1 == parts.size() ? " and " : ", ";
    head += parts[i];
  }
  return head;
}

std::string why_not_source(const Case& what, std::uint32_t flags) {
  std::vector<std::string> parts;
  if (flags & RuleInfo::source_addresses) parts.emplace_back("is not in its addresses");
  if (flags & RuleInfo::source_fqdns) parts.emplace_back("is not known to be behind its FQDNs");
  const bool no_mac = flags & RuleInfo::source_macs && what.facts.source_mac == MacAddress{};
  if (flags & RuleInfo::source_macs && !no_mac)
    parts.push_back("has MAC address " + to_string(what.facts.source_mac) +
                    ", which is not selected");
  if (flags & RuleInfo::source_countries)
    parts.push_back("country " + country_text(what.source_country) + " is not selected");
  if (flags & RuleInfo::source_users) parts.emplace_back("is not known to be of its users");
  if (no_mac && parts.empty()) return "no MAC address is given";
  if (no_mac) parts.emplace_back("no MAC address is given");
  if (parts.size() == 1 && flags & RuleInfo::source_countries) return "source " + parts.front();
  return join("source " + to_string(what.facts.source) + " ", parts);
}

std::string why_not_destination(const Case& what, std::uint32_t flags) {
  std::vector<std::string> parts;
  if (flags & RuleInfo::destination_addresses) parts.emplace_back("is not in its addresses");
  if (flags & RuleInfo::destination_fqdns)
    parts.emplace_back("is not known to be behind its FQDNs");
  if (flags & RuleInfo::destination_countries)
    parts.push_back("country " + country_text(what.destination_country) + " is not selected");
  if (parts.size() == 1 && flags & RuleInfo::destination_countries)
    return "destination " + parts.front();
  return join("destination " + to_string(what.facts.destination) + " ", parts);
}

std::string application_text(const Case& what, ApplicationId id) {
  const auto& own = what.own_applications;
  if (OwnApplication::is_own(id) && OwnApplication::index_of(id) < own.size())
    return own[OwnApplication::index_of(id)];
  const rules::Application* application = rules::application(id);
  return application != nullptr ? std::string(application->name) : "number " + std::to_string(id);
}

/// "youtube/upload"
std::string function_text(const Case& what) {
  const auto& facts = what.facts;
  const auto* const kind = rules::function_kind(facts.function);
  return application_text(what, facts.application) + "/" +
         (kind != nullptr ? std::string(kind->name) : "number " + std::to_string(facts.function));
}

/// Why none of the functions that a rule selects is the flow's.
std::string why_not_function(const Case& what) {
  const auto& facts = what.facts;
  if (facts.application_known != Knowledge::known) return "function is none that can be told";
  if (facts.url.known == Knowledge::known && facts.function != 0)
    return "function " + function_text(what) + " is not selected";
  return "function of " + application_text(what, facts.application) + " is none that can be told";
}

std::string category_text(const Case& what, UrlCategoryId id) {
  const std::size_t own =
      OwnCategories::is_own(id) ? id - OwnCategories::kFirstId : ~std::size_t{0};
  if (own < what.own_categories.size()) return what.own_categories[own];
  const auto* category = rules::url_category(id);
  return category != nullptr ? std::string(category->name) : "number " + std::to_string(id);
}

/// "our shops, gambling, news": the policy's own first.
std::string categories_text(const Case& what) {
  const auto& url = what.facts.url;
  auto own = url.own_categories;
  own |= what.facts.address_categories;
  std::string text;
  const auto add = [&](UrlCategoryId id) {
    text += (text.empty() ? "" : ", ") + category_text(what, id);
  };
  for (auto id = OwnCategories::kFirstId; id <= OwnCategories::kLastId; ++id)
    if (own.has(id)) add(id);
  for (std::size_t i = 0; i < url.num_categories; ++i) add(url.categories[i]);
  return text;
}

std::string why_not_url(const Case& what) {
  const auto& facts = what.facts;
  if (list_outcome(facts) == ListOutcome::allowed) return "URL is on the allow list";
  const auto categories = categories_text(what);
  if (!categories.empty()) return "URL category " + categories + " is not selected";
  return facts.url.known == Knowledge::known ? "URL is in no category"
                                             : "URL category is none that can be told";
}

std::string why_not_content(const Case& what, const Content& content) {
  std::string why;
  if (content.flags & Content::wants_application) {
    switch (what.facts.application_known) {
      case Knowledge::known:
        why = "application " + application_text(what, what.facts.application) + " is not selected";
        break;
      case Knowledge::never:
        why = "application is none that can be told";
        break;
      case Knowledge::not_yet:
        why = "none of its applications can be on " + service_text(what.facts);
        break;
    }
  }
  const auto add = [&why](const std::string& text) { why += why.empty() ? text : ", " + text; };
  if (content.flags & Content::wants_function) add(why_not_function(what));
  if (content.flags & Content::wants_url_category) add(why_not_url(what));
  return why;
}

std::string why_may_match(const Case& what, const Content& content) {
  const bool application = content.flags & Content::wants_application &&
                           what.facts.application_known == Knowledge::not_yet;
  const bool category = asks_url(content, what.facts) && what.facts.url.known == Knowledge::not_yet;
  // Function and URL are known at once.
  if (!application && !category && awaits_function(what.tables, content, what.facts))
    return "function is not known before a request in clear, or the server's name, tells it";
  if (!application && !category) return "what protocol it is spoken in is not known yet";
  if (application && category) return "application and URL category are not known yet";
  return application ? "application is not known yet" : "URL category is not known yet";
}

/// By which of its facts a rule about content matches.
std::string why_matches(const Case& what, const Content& content) {
  const auto matches_by = [&](std::uint32_t flag) {
    Content only = content;
    only.flags = content.flags & flag;
    return content_outcome(what.tables, only, what.facts) == ContentOutcome::matches;
  };
  if (matches_by(Content::wants_application))
    return "matches, application " + application_text(what, what.facts.application);
  if (matches_by(Content::wants_function)) return "matches, function " + function_text(what);
  return "matches, URL category " + categories_text(what);
}

/// Why a rule that has no bit can never match.
std::string why_never(std::uint32_t flags) {
  if (flags & RuleInfo::disabled) return "disabled";
  return "its content selection is empty";
}

RuleReason decide(const Case& what, std::uint32_t number) {
  const Firewall::Tables& tables = what.tables;
  const RuleInfo& info = tables.rule_infos[number - 1];
  const auto no = [number](std::string why) {
    return RuleReason{number, Outcome::does_not_match, std::move(why)};
  };
  if (info.bit == kNoBit) return no(why_never(info.flags));
  if (!has(what.source, info.bit)) return no(why_not_source(what, info.flags));
  if (!has(what.destination, info.bit)) return no(why_not_destination(what, info.flags));
  if (!what.service.has(info.bit)) {
    const bool from_lan = what.facts.ingress == policy::Side::lan;
    if (info.flags & (from_lan ? RuleInfo::from_wan : RuleInfo::from_lan))
      return no(from_lan ? "it comes from the lan side, the rule is for the wan side"
                         : "it comes from the wan side, the rule is for the lan side");
    return no("service " + service_text(what.facts) + " is not selected");
  }
  const RuleRecord& record = tables.records[info.bit];
  if (record.flags & RuleRecord::scheduled &&
      !(what.conditions.active_schedules >> record.schedule & 1))
    return no("schedule is off now");
  if (!(record.flags & RuleRecord::with_content)) return {number, Outcome::matches, "matches"};
  const Content& content = tables.contents[record.content];
  switch (content_outcome(tables, content, what.facts)) {
    case ContentOutcome::may_match_yet:
      return {number, Outcome::may_match_yet, why_may_match(what, content)};
    case ContentOutcome::does_not_match:
      return no(why_not_content(what, content));
    case ContentOutcome::matches:
      break;
  }
  return {number, Outcome::matches, why_matches(what, content)};
}

}  // namespace

std::vector<RuleReason> Firewall::explain(const Facts& facts, const Conditions& conditions,
                                          std::span<const std::string> own_categories,
                                          std::span<const std::string> own_applications) const {
  const Tables& tables = *tables_;
  Case what{tables,
            facts,
            conditions,
            source_column(tables, facts, conditions),
            destination_column(tables, facts, conditions),
            row_of(tables, tables.service_row(facts)),
            own_categories,
            own_applications};
  if (!tables.row_countries.empty()) {
    what.source_country = tables.row_countries[row_id_of(tables.sources.find(facts.source))];
    what.destination_country =
        tables.row_countries[row_id_of(tables.destinations.find(facts.destination))];
  }
  std::vector<RuleReason> reasons;
  if (list_outcome(facts) == ListOutcome::blocked) {
    const bool by_address = facts.address_list == ListOutcome::blocked;
    return {{block_list(), Outcome::matches,
             by_address ? "destination " + to_string(facts.destination) + " is on the block list"
                        : "URL is on the block list"}};
  }
  for (std::uint32_t number = 1; number <= tables.num_rules; ++number) {
    reasons.push_back(decide(what, number));
    if (reasons.back().outcome == Outcome::matches) break;
  }
  return reasons;
}

}  // namespace sekisho::engines::firewall
