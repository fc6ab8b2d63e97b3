#include <algorithm>

#include "country_codes.h"
#include "literals.h"
#include "policy_reader.h"

namespace sekisho::policy {
namespace {

constexpr std::size_t kMaxContentEntries = 10'000;
constexpr std::size_t kMaxSelectorEntries = 65'536;

bool is_any(const YamlNode& node) {
  return node.kind == YamlNode::Kind::scalar && trim(node.text) == "any";
}

}  // namespace

void PolicyReader::read_rule(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kRuleKeys, "a rule");
  Rule rule;
  rule.position = node.position;
  if (const auto* field = fields["name"]) {
    const auto name = reader_.name(*field, false);
    if (name && !rule_names_.add(name->text))
      reader_.error(*field, refused(name->text, "is the name of an earlier rule").message);
    if (name) rule.name = name->text;
  }
  if (const auto* field = fields["enabled"])
    rule.enabled = reader_.boolean(*field, "enabled").value_or(true);
  if (const auto* field = fields["from"]) {
    constexpr std::array<std::string_view, 3> kSides{"lan", "wan", "any"};
    const auto chosen = reader_.choice(*field, "from", kSides);
    if (chosen && *chosen < 2) rule.from = *chosen == 0 ? Side::lan : Side::wan;
  }
  if (const auto* field = fields["source"]) read_source(*field, rule.source);
  if (const auto* field = fields["destination"]) read_destination(*field, rule.destination);
  read_services(fields["services"], rule.services);
  if (const auto* field = fields["content"]) read_content(*field, rule.content);
  if (const auto* field = fields["log"]) rule.log = reader_.boolean(*field, "log").value_or(true);
  rule.schedule = read_reference(fields["schedule"], names_.schedules, "schedule");
  rule.profile = read_reference(fields["profile"], names_.profiles, "profile");
  read_action(fields, rule);
  policy_.rules.push_back(std::move(rule));
}

void PolicyReader::read_action(const Reader::Mapping<kRuleKeys.size()>& fields, Rule& rule) {
  constexpr std::array<std::string_view, 3> kActions{"allow", "block", "monitor"};
  constexpr std::array<std::string_view, 3> kMethods{"drop", "reset", "answer"};
  bool is_known = true;  // a mistake in `action` is not one of `block_with` too
  if (const auto* field = fields["action"]) {
    const auto chosen = reader_.choice(*field, "action", kActions);
    is_known = chosen.has_value();
    if (chosen) rule.action = static_cast<Action>(*chosen);
  }
  const auto* const field = fields["block_with"];
  if (field == nullptr) return;
  if (const auto chosen = reader_.choice(*field, "block_with", kMethods))
    rule.block_method = static_cast<BlockMethod>(*chosen);
  if (is_known && rule.action != Action::block)
    reader_.error(*field, "block_with has no meaning without 'action: block'");
}

void PolicyReader::read_source(const YamlNode& node, HostSelectors& selectors) {
  if (is_any(node)) return;
  const auto fields = reader_.mapping(node, kSourceKeys, "a source");
  check_any(
      node, "source",
      {fields["addresses"], fields["fqdns"], fields["macs"], fields["users"], fields["countries"]});
  read_addresses(fields["addresses"], selectors);
  read_fqdns(fields["fqdns"], selectors);
  read_macs(fields["macs"], selectors);
  read_users(fields["users"], selectors);
  read_countries(fields["countries"], selectors);
}

void PolicyReader::read_destination(const YamlNode& node, HostSelectors& selectors) {
  if (is_any(node)) return;
  const auto fields = reader_.mapping(node, kDestinationKeys, "a destination");
  check_any(node, "destination", {fields["addresses"], fields["fqdns"], fields["countries"]});
  read_addresses(fields["addresses"], selectors);
  read_fqdns(fields["fqdns"], selectors);
  read_countries(fields["countries"], selectors);
}

/// The selectors are alternatives, so "any" beside another would make the other meaningless, and
/// leaving all out by mistake (`source:` with nothing below) would silently mean everybody.
void PolicyReader::check_any(const YamlNode& node, std::string_view what,
                             std::initializer_list<const YamlNode*> selectors) {
  const auto present = static_cast<std::size_t>(
      std::count_if(selectors.begin(), selectors.end(), [](auto* s) { return s != nullptr; }));
  const bool any = std::any_of(selectors.begin(), selectors.end(), [this](auto* s) {
    return s != nullptr && reader_.is_word(*s, "any");
  });
  if (node.num_children == 0 && node.kind == YamlNode::Kind::mapping)
    reader_.error(node, std::string(what) + " selects nothing; write 'any' or leave it out");
  if (any && present > 1)
    reader_.error(node, std::string(what) +
                            " has 'any' beside other selectors, which are alternatives to it");
}

std::vector<PlacedText> PolicyReader::selector_texts(const YamlNode* node, std::string_view what) {
  if (node == nullptr || is_any(*node)) return {};
  auto texts = reader_.texts(*node, what, kMaxSelectorEntries);
  const auto any =
      std::find_if(texts.begin(), texts.end(), [](const PlacedText& t) { return t.text == "any"; });
  if (any == texts.end()) return texts;
  if (texts.size() > 1)
    reader_.error(*any, "'any' in " + std::string(what) + " cannot stand beside other entries");
  return {};
}

template <class Object, class Value>
void PolicyReader::resolve(const YamlNode* node, const Selector<Object, Value>& selector,
                           std::vector<Value>& values) {
  for (const auto& part : selector_texts(node, selector.key)) {
    if (reader_.diagnostics().full()) return;
    if (const auto index = selector.table.find(part.text); index != NameTable::kNone) {
      selector.table.mark_used(index);
      const auto& named = selector.objects[index].*selector.values;
      if (!count_resolved(named.size(), part)) return;
      values.insert(values.end(), named.begin(), named.end());
    } else if (auto literal = selector.parse(part.text)) {
      if (!count_resolved(1, part)) return;
      values.push_back(*std::move(literal));
    } else {
      reader_.error(part, literal.error().message + " and names no " +
                              std::string(selector.object) + other_kind(part.text, selector.key) +
                              did_you_mean(part.text, selector.table.names()));
    }
  }
}

void PolicyReader::read_addresses(const YamlNode* node, HostSelectors& selectors) {
  resolve(node,
          Selector<AddressObject, AddressRange>{"addresses", "address object", names_.addresses,
                                                policy_.address_objects, &AddressObject::ranges,
                                                parse_address_range},
          selectors.addresses);
}

void PolicyReader::read_fqdns(const YamlNode* node, HostSelectors& selectors) {
  resolve(
      node,
      Selector<FqdnObject, FqdnPattern>{"fqdns", "FQDN object", names_.fqdns, policy_.fqdn_objects,
                                        &FqdnObject::patterns, parse_fqdn_pattern},
      selectors.fqdns);
}

void PolicyReader::read_macs(const YamlNode* node, HostSelectors& selectors) {
  resolve(node,
          Selector<MacObject, MacAddress>{"macs", "MAC object", names_.macs, policy_.mac_objects,
                                          &MacObject::macs, parse_mac_address},
          selectors.macs);
}

bool PolicyReader::is_user_name(const PlacedText& part) {
  if (num_characters(part.text) <= kMaxNameCharacters && !has_control_character(part.text))
    return true;
  reader_.error(part, refused(part.text, "is not the name of a user or group").message);
  return false;
}

void PolicyReader::read_users(const YamlNode* node, HostSelectors& selectors) {
  for (const auto& part : selector_texts(node, "users")) {
    (void)is_user_name(part);
    if (!count_resolved(1, part)) return;
    selectors.users.emplace_back(part.text);
  }
}

/// `any`, in whatever way it is written, selects nothing by name.
void PolicyReader::refuse_any(const YamlNode* node, bool is_empty, std::string_view what) {
  if (node != nullptr && is_empty && !reader_.diagnostics().any_error())
    reader_.error(*node, std::string(what) + " of a user cannot be 'any'");
}

void PolicyReader::read_user(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kUserKeys, "a user");
  User user;
  user.position = node.position;
  user.name = read_name(fields["name"], names_.users, "user");
  if (const auto* groups = fields["groups"])
    for (const auto& part : reader_.texts(*groups, "groups", kMaxGroupsOfUser))
      if (is_user_name(part)) user.groups.emplace_back(part.text);
  HostSelectors hosts;
  read_addresses(fields["addresses"], hosts);
  read_macs(fields["macs"], hosts);
  user.addresses = std::move(hosts.addresses);
  user.macs = std::move(hosts.macs);
  refuse_any(fields["addresses"], user.addresses.empty(), "addresses");
  refuse_any(fields["macs"], user.macs.empty(), "macs");
  if (!user.name.empty()) policy_.users.push_back(std::move(user));
}

void PolicyReader::read_countries(const YamlNode* node, HostSelectors& selectors) {
  for (const auto& part : selector_texts(node, "countries")) {
    if (reader_.diagnostics().full()) return;
    if (!count_resolved(1, part)) return;
    if (is_country_code(part.text))
      selectors.countries.emplace_back(part.text);
    else
      reader_.error(part, refused(part.text,
                                  "is not a country code of ISO 3166-1 alpha-2 in upper case, "
                                  "like JP")
                              .message);
  }
}

void PolicyReader::read_services(const YamlNode* node, std::vector<ServiceEntry>& services) {
  resolve(node,
          Selector<ServiceObject, ServiceEntry>{"services", "service object", names_.services,
                                                policy_.service_objects, &ServiceObject::entries,
                                                parse_service},
          services);
  const auto every = [](const ServiceEntry& entry) { return entry.protocol == 0; };
  if (std::any_of(services.begin(), services.end(), every)) services.clear();
}

void PolicyReader::read_content(const YamlNode& node, ContentSelectors& content) {
  if (is_any(node)) return;
  const auto fields = reader_.mapping(node, kContentKeys, "content");
  const auto read_names = [&](std::string_view key, std::vector<std::string>& names) {
    if (const auto* field = fields[key])
      for (const auto& part :
           reader_.texts(*field, key, kMaxContentEntries, Reader::Empty::allowed)) {
        if (part.text == "any" || num_characters(part.text) > kMaxNameCharacters ||
            has_control_character(part.text))
          reader_.error(part, refused(part.text, "is not the name of one content").message);
        if (!count_resolved(1, part)) return;
        names.emplace_back(part.text);
      }
  };
  read_names("applications", content.applications);
  read_names("url_categories", content.url_categories);
  for (const auto& name : content.url_categories)
    if (const auto own = names_.url_categories.find(name); own != NameTable::kNone)
      names_.url_categories.mark_used(own);
  content.none = content.applications.empty() && content.url_categories.empty();
  if (node.kind == YamlNode::Kind::mapping && node.num_children == 0)
    reader_.error(node,
                  "content needs applications or url_categories; write 'any' or leave it out "
                  "for every content");
}

std::string PolicyReader::read_reference(const YamlNode* node, NameTable& table,
                                         std::string_view what) {
  const auto name = node == nullptr ? std::nullopt : reader_.text(*node, what);
  if (!name) return {};
  const auto index = table.find(name->text);
  if (index == NameTable::kNone) {
    reader_.error(*node, refused(name->text, "names no ").message + std::string(what) +
                             did_you_mean(name->text, table.names()));
    return {};
  }
  table.mark_used(index);
  return std::string(name->text);
}

std::string PolicyReader::other_kind(std::string_view name, std::string_view key) const {
  const std::array<std::pair<std::string_view, const NameTable*>, 4> tables{
      {{"addresses", &names_.addresses},
       {"fqdns", &names_.fqdns},
       {"macs", &names_.macs},
       {"services", &names_.services}}};
  for (const auto& [other, table] : tables)
    if (other != key && table->find(name) != NameTable::kNone)
      return " (it is one of the " + std::string(other) + ")";
  return {};
}

bool PolicyReader::count_resolved(std::size_t count, const PlacedText& at) {
  const bool was_over = num_resolved_ > kMaxResolvedValues;
  num_resolved_ += count;
  const bool is_over = num_resolved_ > kMaxResolvedValues;
  if (is_over && !was_over)
    reader_.error(at, "the rules select more than " + std::to_string(kMaxResolvedValues) +
                          " values, objects resolved");
  return !is_over;
}

}  // namespace sekisho::policy
