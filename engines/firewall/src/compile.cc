#include <algorithm>
#include <set>

#include "compiler.h"
#include "fqdn_patterns.h"
#include "rules/applications/catalogue.h"
#include "rules/contents/check_names.h"
#include "rules/contents/own_applications.h"
#include "rules/urls/categories.h"

namespace sekisho::engines::firewall {

namespace {

std::string name_of(const policy::Rule& rule) { return "rule '" + rule.name + "'"; }

std::uint16_t country_code(const std::string& country) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(country[0]) << 8 |
                                    static_cast<unsigned char>(country[1]));
}

bool names_countries(const policy::Policy& policy) {
  return std::any_of(policy.rules.begin(), policy.rules.end(), [](const policy::Rule& rule) {
    return !rule.source.countries.empty() || !rule.destination.countries.empty();
  });
}

template <class T>
std::vector<T> unique_of(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

}  // namespace

Compiler::Compiler(const CompileInput& input, Diagnostics& warnings)
    : policy_(input.policy),
      geo_(input.geo),
      warnings_(warnings),
      layout_(lay_out(input.policy.rules)),
      rows_(layout_.summary_words) {}

void Compiler::error(policy::Position position, std::string message) {
  errors_.push_back({position, std::move(message)});
}
void Compiler::warn(policy::Position position, std::string message) {
  warnings_.push_back({position, std::move(message)});
}

std::variant<Artifact, Diagnostics> Compiler::compile() {
  if (policy_.rules.size() > policy::kMaxRules) {
    error(policy_.rules[policy::kMaxRules].position,
          "more than " + std::to_string(policy::kMaxRules) + " rules");
    return std::move(errors_);
  }
  read_names();
  read_schedules();
  read_profiles();
  read_countries();
  read_rules();
  if (!errors_.empty()) return std::move(errors_);
  Artifact artifact = build();
  if (artifact.empty())
    return Diagnostics{{{},
                        "the rules compile to more than " +
                            std::to_string(kMaxArtifactBytes >> 20) + " MiB of tables"}};
  return artifact;
}

void Compiler::read_names() {
  for (auto& mistake : rules::check_content_names(policy_))
    error(mistake.diagnostic.position, std::move(mistake.diagnostic.message));
  const auto& own = policy_.url_categories;
  for (std::size_t i = 0; i < std::min(own.size(), OwnCategories::kMax); ++i)
    own_categories_.emplace(own[i].name, static_cast<std::uint16_t>(OwnCategories::kFirstId + i));
}

void Compiler::read_schedules() {
  for (std::size_t i = 0; i < policy_.schedules.size(); ++i) {
    if (i == kMaxSchedules) {
      error(policy_.schedules[i].position,
            "more than " + std::to_string(kMaxSchedules) + " schedules");
      return;
    }
    schedules_.emplace(policy_.schedules[i].name, static_cast<std::uint8_t>(i));
  }
}

void Compiler::read_profiles() {
  for (const auto& profile : policy_.profiles) {
    const auto section = profile.sections.find("ips");
    if (section == profile.sections.end()) continue;
    const auto enabled = section->second.find("enabled");
    const auto* value =
        enabled == section->second.end() ? nullptr : std::get_if<bool>(&enabled->second);
    if (value != nullptr && *value) inspecting_profiles_.insert(profile.name);
  }
}

void Compiler::read_countries() {
  if (geo_ == nullptr || !names_countries(policy_)) return;
  const auto entries = geo_->entries();
  if (!entries) {
    error({}, "country database: " + entries.error().message);
    return;
  }
  country_map_ = make_country_map(*entries);
  for (const rules::GeoDatabase::Entry& entry : *entries) known_countries_[entry.country] = true;
}

void Compiler::read_rules() {
  collect_users();
  const std::size_t bits = layout_.rule_of_bit.size();
  records_.assign(bits, {0, RuleRecord::never, 0, 0});
  infos_.reserve(policy_.rules.size());
  for (std::uint32_t i = 0; i < policy_.rules.size(); ++i) read_rule(i);
}

void Compiler::read_rule(std::uint32_t index) {
  const policy::Rule& rule = policy_.rules[index];
  const std::uint32_t bit = layout_.bit_of_rule[index];
  infos_.push_back({bit, info_flags(rule)});
  warn_about(rule);
  if (bit == kNoBit) {
    // Its mistakes are told all the same.
    if (rule.enabled && !rule.content.everything() && !rule.content.none) read_content(rule);
    return;
  }
  read_source(rule, bit);
  read_destination(rule, bit);
  read_services(rule, bit);
  read_record(rule, index, bit);
}

void Compiler::warn_about(const policy::Rule& rule) {
  if (!rule.enabled) return;
  if (rule.content.none)
    warn(rule.position, name_of(rule) + " never matches: its content selection is empty");
}

std::uint32_t Compiler::info_flags(const policy::Rule& rule) const {
  std::uint32_t flags = 0;
  const auto set = [&flags](bool condition, std::uint32_t flag) {
    if (condition) flags |= flag;
  };
  set(!rule.enabled, RuleInfo::disabled);
  set(rule.content.none, RuleInfo::no_content);
  set(rule.source.everything(), RuleInfo::source_any);
  set(!rule.source.addresses.empty(), RuleInfo::source_addresses);
  set(!rule.source.fqdns.empty(), RuleInfo::source_fqdns);
  set(!rule.source.macs.empty(), RuleInfo::source_macs);
  set(!rule.source.users.empty(), RuleInfo::source_users);
  set(!rule.source.countries.empty(), RuleInfo::source_countries);
  set(rule.destination.everything(), RuleInfo::destination_any);
  set(!rule.destination.addresses.empty(), RuleInfo::destination_addresses);
  set(!rule.destination.fqdns.empty(), RuleInfo::destination_fqdns);
  set(!rule.destination.countries.empty(), RuleInfo::destination_countries);
  set(rule.from == policy::Side::lan, RuleInfo::from_lan);
  set(rule.from == policy::Side::wan, RuleInfo::from_wan);
  return flags;
}

void Compiler::read_source(const policy::Rule& rule, std::uint32_t bit) {
  read_addresses(rule, rule.source, bit, sources_);
  for (const MacAddress& mac : rule.source.macs) add_mac(mac, bit);
  read_fqdns(rule, rule.source, bit, true);
  read_users(rule, bit);
}

/// A rule may name a device several times, by its address and by its users.
void Compiler::add_mac(const MacAddress& mac, std::uint32_t bit) {
  auto& bits = macs_[mac];
  if (bits.empty() || bits.back() != bit) bits.push_back(bit);
}

void Compiler::read_destination(const policy::Rule& rule, std::uint32_t bit) {
  read_addresses(rule, rule.destination, bit, destinations_);
  read_fqdns(rule, rule.destination, bit, false);
}

void Compiler::read_addresses(const policy::Rule& rule, const policy::HostSelectors& hosts,
                              std::uint32_t bit, AddressRules& out) {
  if (hosts.everything()) out.any.push_back(bit);
  for (const AddressRange& range : hosts.addresses) {
    if (range.last < range.first) {
      error(rule.position, name_of(rule) + ": address range " + to_string(range.first) + "-" +
                               to_string(range.last) + " ends before it begins");
      continue;
    }
    out.ranges.push_back({range, bit});
  }
  read_countries_of(rule, hosts, bit, out);
}

void Compiler::read_countries_of(const policy::Rule& rule, const policy::HostSelectors& hosts,
                                 std::uint32_t bit, AddressRules& out) {
  if (hosts.countries.empty()) return;
  if (geo_ == nullptr) {
    error(rule.position,
          name_of(rule) + " names countries, but there is no country database to compile with");
    return;
  }
  for (const std::string& country : unique_of(hosts.countries)) {
    if (country.size() != 2) {
      error(rule.position, name_of(rule) + ": '" + country + "' is not a two-letter country code");
      continue;
    }
    const std::uint16_t code = country_code(country);
    if (!known_countries_.contains(code))
      warn(rule.position,
           name_of(rule) + ": the country database has no addresses of '" + country + "'");
    out.countries[code].push_back(bit);
  }
}

void Compiler::read_fqdns(const policy::Rule& rule, const policy::HostSelectors& hosts,
                          std::uint32_t bit, bool source) {
  for (const policy::FqdnPattern& pattern : unique_of(hosts.fqdns)) {
    if (pattern.empty() || pattern.size() > kMaxNameBytes) {
      error(rule.position, name_of(rule) + ": an FQDN is empty or longer than " +
                               std::to_string(kMaxNameBytes) + " bytes");
      continue;
    }
    Fqdn& fqdn = fqdns_[fqdn_id(pattern)];
    if (fqdn.pattern.empty()) fqdn.pattern = pattern;
    if (fqdn.pattern != pattern) {
      error(rule.position, name_of(rule) + ": FQDNs '" + pattern + "' and '" + fqdn.pattern +
                               "' have the same internal number; one of them cannot be used");
      continue;
    }
    (source ? fqdn.source_bits : fqdn.destination_bits).push_back(bit);
    (source ? source_fqdns_ : destination_fqdns_) = true;
  }
}

void Compiler::collect_users() {
  for (const policy::User& user : policy_.users) {
    users_by_name_[user.name].push_back(&user);
    for (const std::string& group : unique_of(user.groups))
      if (group != user.name) users_by_name_[group].push_back(&user);
  }
}

void Compiler::read_user(const policy::User& user, std::uint32_t bit) {
  const bool had_room = num_user_values_ <= policy::kMaxResolvedValues;
  num_user_values_ += user.addresses.size() + user.macs.size();
  if (num_user_values_ > policy::kMaxResolvedValues) {
    if (had_room)
      error(user.position, "the users that rules select have more than " +
                               std::to_string(policy::kMaxResolvedValues) +
                               " addresses in all, counted for each rule");
    return;
  }
  for (const AddressRange& range : user.addresses) sources_.ranges.push_back({range, bit});
  for (const MacAddress& mac : user.macs) add_mac(mac, bit);
}

/// Where the policy says that they are, and wherever they are found out to be later.
void Compiler::read_users(const policy::Rule& rule, std::uint32_t bit) {
  for (const std::string& name : unique_of(rule.source.users)) {
    if (const auto found = users_by_name_.find(name); found != users_by_name_.end())
      for (const policy::User* user : found->second) read_user(*user, bit);
    Fqdn& known = fqdns_[user_id(name)];
    if (known.pattern.empty()) known.pattern = user_pattern(name);
    if (known.pattern != user_pattern(name)) {
      error(rule.position, name_of(rule) + ": user '" + name + "' and '" + known.pattern +
                               "' have the same internal number; one of them cannot be used");
      continue;
    }
    known.source_bits.push_back(bit);
    users_ = true;
  }
}

void Compiler::read_services(const policy::Rule& rule, std::uint32_t bit) {
  const auto is_every = [](const policy::ServiceEntry& entry) { return entry.protocol == 0; };
  if (rule.services.empty() || std::any_of(rule.services.begin(), rule.services.end(), is_every))
    services_.any.push_back(bit);
  else
    for (const policy::ServiceEntry& entry : rule.services)
      services_.entries.push_back({entry, bit});
  if (rule.from == policy::Side::wan) services_.not_lan.push_back(bit);
  if (rule.from == policy::Side::lan) services_.not_wan.push_back(bit);
}

void Compiler::read_record(const policy::Rule& rule, std::uint32_t index, std::uint32_t bit) {
  RuleRecord record{index + 1, 0, 0, 0};
  const auto set = [&record](bool condition, RuleRecord::Flag flag) {
    if (condition) record.flags = static_cast<std::uint8_t>(record.flags | flag);
  };
  set(rule.action == policy::Action::block, RuleRecord::block);
  const bool tells = rule.block_method != policy::BlockMethod::drop;
  const bool answers = rule.block_method == policy::BlockMethod::answer;
  set(rule.action == policy::Action::block && tells, RuleRecord::reset);
  set(rule.action == policy::Action::block && answers, RuleRecord::answer);
  set(rule.action == policy::Action::monitor, RuleRecord::monitor);
  // To watch is what a monitor rule is for.
  set(rule.log || rule.action == policy::Action::monitor, RuleRecord::log);
  set(inspecting_profiles_.contains(rule.profile), RuleRecord::inspects);
  if (!rule.schedule.empty()) {
    const auto schedule = schedules_.find(rule.schedule);
    if (schedule == schedules_.end())
      error(rule.position, name_of(rule) + ": no schedule is called '" + rule.schedule + "'");
    else
      record.schedule = schedule->second;
    set(true, RuleRecord::scheduled);
  }
  if (!rule.content.everything()) {
    record.content = read_content(rule);
    set(true, RuleRecord::with_content);
  }
  records_[bit] = record;
}

/// A name is a category's, built in or the policy's own, or "group:" and a group's for all
/// categories in it. Names that are none were refused.
CategorySet Compiler::read_categories(const policy::Rule& rule) {
  static_assert(rules::kMaxUrlCategory < kCategoryBits);
  CategorySet set{};
  const auto add = [&set](std::uint16_t id) { set[id / 64] |= std::uint64_t{1} << id % 64; };
  for (const std::string& name : rule.content.url_categories) {
    constexpr std::string_view kGroup = "group:";
    if (name.starts_with(kGroup)) {
      const auto group = std::string_view(name).substr(kGroup.size());
      for (const auto& one : rules::url_categories())
        if (one.group == group) add(one.id);
    } else if (const auto* category = rules::find_url_category(name)) {
      add(category->id);
    } else if (const auto own = own_categories_.find(name); own != own_categories_.end()) {
      add(own->second);
    }
  }
  return set;
}

/// What a rule's names of applications come to.
struct Compiler::ApplicationChoice {
  std::set<std::uint16_t> whole;                            // ids
  std::map<std::uint16_t, rules::FunctionSet> functions;    // of those of which not all is selected
  std::set<std::pair<std::uint8_t, std::uint16_t>> places;  // where `whole` can be
  bool has_protocol = false;  // that an own application may be spoken in
};

/// What their ends tell is known with the first packet; hosts are named over TCP and UDP.
void Compiler::add_own_applications(const policy::Rule& rule, ApplicationChoice& choice) const {
  constexpr std::uint8_t kTcp = 6, kUdp = 17;
  for (const std::string& name : rule.content.applications)
    for (const auto id : rules::select_own_applications(policy_, name)) {
      choice.whole.insert(id);
      if (policy_.applications[OwnApplication::index_of(id)].hosts.empty()) continue;
      choice.places.emplace(kTcp, 0);
      choice.places.emplace(kUdp, 0);
    }
}

/// Names that are none have no part in it.
Compiler::ApplicationChoice Compiler::read_applications(const policy::Rule& rule) const {
  ApplicationChoice choice;
  for (const std::string& name : rule.content.applications) {
    const auto selector = rules::ApplicationSelector::find(name);
    if (!selector) continue;
    for (const auto& part : rules::applications()) {
      if (const auto functions = selector->selected_functions(part); functions != 0)
        choice.functions[part.id] |= functions;
      if (!selector->selects(part)) continue;
      choice.whole.insert(part.id);
      choice.places.emplace(part.protocol, part.port);
      choice.has_protocol |= rules::can_carry(part);
    }
  }
  add_own_applications(rule, choice);
  for (const auto id : choice.whole) choice.functions.erase(id);
  if (choice.places.contains({0, 0})) choice.places = {{0, 0}};
  return choice;
}

/// Number of the content selection; equal ones share it.
std::uint16_t Compiler::read_content(const policy::Rule& rule) {
  const bool categories = !rule.content.url_categories.empty();
  const CategorySet category_set = read_categories(rule);
  const auto [entry, fresh] = content_numbers_.try_emplace(
      {unique_of(rule.content.applications), unique_of(rule.content.url_categories)},
      static_cast<std::uint16_t>(contents_.size()));
  if (!fresh) return entry->second;
  const auto [whole, functions, places, has_protocol] = read_applications(rule);
  if (contents_.size() == kMaxContents) {
    error(rule.position, "more than " + std::to_string(kMaxContents) + " content selections");
    return 0;
  }
  contents_.push_back({(whole.empty() ? 0u : Content::wants_application) |
                           (categories ? Content::wants_url_category : 0u) |
                           (functions.empty() ? 0u : Content::wants_function) |
                           (has_protocol ? Content::wants_protocol : 0u),
                       static_cast<std::uint32_t>(content_applications_.size()),
                       static_cast<std::uint32_t>(whole.size()),
                       static_cast<std::uint32_t>(content_places_.size()),
                       static_cast<std::uint32_t>(places.size()),
                       static_cast<std::uint32_t>(content_categories_.size()),
                       static_cast<std::uint32_t>(content_functions_.size()),
                       static_cast<std::uint32_t>(functions.size())});
  if (categories) content_categories_.push_back(category_set);
  content_applications_.insert(content_applications_.end(), whole.begin(), whole.end());
  for (const auto& [protocol, port] : places) content_places_.push_back({protocol, 0, port});
  for (const auto& [application, set] : functions)
    content_functions_.push_back({application, 0, set});
  return entry->second;
}

}  // namespace sekisho::engines::firewall
