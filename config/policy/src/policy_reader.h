#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/base/result.h"
#include "config/policy/policy.h"
#include "config/policy/profile_settings.h"
#include "reader.h"

namespace sekisho::policy {

/// The names of one kind of object, where they stand in their vector, and which of them are used.
class NameTable {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  /// False when the name is there already. The text must outlive the table.
  bool add(std::string_view name);
  std::size_t find(std::string_view name) const;
  void mark_used(std::size_t index) { used_[index] = true; }
  bool is_used(std::size_t index) const { return used_[index]; }
  std::span<const std::string_view> names() const noexcept { return names_; }

 private:
  std::unordered_map<std::string_view, std::size_t> index_;
  std::vector<std::string_view> names_;
  std::vector<bool> used_;
};

struct ObjectNames {
  NameTable addresses;
  NameTable fqdns;
  NameTable macs;
  NameTable services;
  NameTable schedules;
  NameTable url_categories;
  NameTable applications;
  NameTable profiles;
  NameTable users;
};

/// One load: turns the document into a Policy. The steps run in the order objects, profiles, rules,
/// because rules name the others.
class PolicyReader {
 public:
  PolicyReader(const YamlDocument& document, Diagnostics& diagnostics, Policy& policy)
      : reader_(document, diagnostics), policy_(policy) {}

  void read(const YamlNode& root);
  const ObjectNames& names() const noexcept { return names_; }

 private:
  // load_yaml.cc
  void read_version(const YamlNode& node);
  void read_time_zone(const YamlNode& node);
  void read_lists(const YamlNode& node);
  void read_list(const YamlNode& node, std::string_view what, std::vector<ListEntry>& entries);
  void read_packet_checks(const YamlNode& node);
  void read_block_page(const YamlNode& node);
  void read_page_text(const YamlNode* node, std::string_view what, std::size_t limit,
                      std::string& text);
  void read_ips_rules(const YamlNode& node);

  // ips_variables.cc
  void read_ips_variables(const YamlNode& node);
  std::string expression_of(const YamlNode& node, std::string_view what);
  std::string addresses_as_expression(std::string_view text);

  // read_objects.cc
  void read_objects(const YamlNode& node);
  void read_address_object(const YamlNode& node);
  void read_fqdn_object(const YamlNode& node);
  void read_mac_object(const YamlNode& node);
  void read_service_object(const YamlNode& node);
  void read_schedule_object(const YamlNode& node);
  void read_url_category(const YamlNode& node);
  void read_schedule_entry(const YamlNode& node, std::vector<ScheduleEntry>& entries);
  std::string read_name(const YamlNode* node, NameTable& table, std::string_view what);

  // read_applications.cc
  void read_application(const YamlNode& node);
  void read_application_hosts(const YamlNode& node, ApplicationObject& application);
  void read_application_server(const YamlNode& node, ApplicationObject& application);

  // read_profiles.cc
  void read_profile(const YamlNode& node);
  void read_section(const YamlNode& node, std::string_view section_name, Section& section);
  void warn_if_carried(const YamlNode& key, const SectionSpec& spec, const Section& section);
  void check_ports(const YamlNode& node, const SecurityProfile& profile);
  void check_overrides(const YamlNode& node, const Section& section);
  void check_traffic(const YamlNode& node, std::string_view what);

  // read_rules.cc
  void read_user(const YamlNode& node);
  bool is_user_name(const PlacedText& part);
  void refuse_any(const YamlNode* node, bool is_empty, std::string_view what);
  void read_rule(const YamlNode& node);
  void read_action(const Reader::Mapping<kRuleKeys.size()>& fields, Rule& rule);
  void read_source(const YamlNode& node, HostSelectors& selectors);
  void read_destination(const YamlNode& node, HostSelectors& selectors);
  void read_addresses(const YamlNode* node, HostSelectors& selectors);
  void read_fqdns(const YamlNode* node, HostSelectors& selectors);
  void read_macs(const YamlNode* node, HostSelectors& selectors);
  void read_users(const YamlNode* node, HostSelectors& selectors);
  void read_countries(const YamlNode* node, HostSelectors& selectors);
  /// None stands for every service.
  void read_services(const YamlNode* node, std::vector<ServiceEntry>& services);
  void read_content(const YamlNode& node, ContentSelectors& content);
  std::string read_reference(const YamlNode* node, NameTable& table, std::string_view what);
  void check_any(const YamlNode& node, std::string_view what,
                 std::initializer_list<const YamlNode*> selectors);
  /// One column whose entries are names of objects or literals.
  template <class Object, class Value>
  struct Selector {
    std::string_view key;     // "addresses"
    std::string_view object;  // "address object"
    NameTable& table;
    const std::vector<Object>& objects;
    std::vector<Value> Object::*values;
    Result<Value> (*parse)(std::string_view);
  };
  template <class Object, class Value>
  void resolve(const YamlNode* node, const Selector<Object, Value>& selector,
               std::vector<Value>& values);
  std::vector<PlacedText> selector_texts(const YamlNode* node, std::string_view what);
  std::string other_kind(std::string_view name, std::string_view key) const;
  /// False, with a diagnostic the first time, when the rules together select too much.
  bool count_resolved(std::size_t count, const PlacedText& at);

  Reader reader_;
  Policy& policy_;
  ObjectNames names_;
  NameTable rule_names_;
  std::unordered_set<std::string_view> told_sections_;  // that they are carried, not enforced
  std::size_t num_resolved_ = 0;
  std::size_t num_application_entries_ = 0;
};

/// Cheap advice about a valid policy: rules that never apply, names that nothing uses, repeated
/// list entries.
void add_warnings(const Policy& policy, const ObjectNames& names, Diagnostics& diagnostics);

}  // namespace sekisho::policy
