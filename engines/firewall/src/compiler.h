#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "address_builder.h"
#include "artifact.h"
#include "bit_layout.h"
#include "engines/api/engine.h"
#include "engines/firewall/learned_addresses.h"
#include "row_builder.h"
#include "service_builder.h"

namespace sekisho::engines::firewall {

/// One policy on its way to an artifact. Each step adds to `errors` what is the administrator's to
/// put right.
class Compiler {
 public:
  Compiler(const CompileInput& input, Diagnostics& warnings);
  std::variant<Artifact, Diagnostics> compile();

 private:
  // compile.cc: one rule after the other
  void read_names();
  void read_schedules();
  void read_profiles();
  void read_countries();
  void read_rules();
  void read_rule(std::uint32_t index);
  void read_source(const policy::Rule& rule, std::uint32_t bit);
  void read_destination(const policy::Rule& rule, std::uint32_t bit);
  void read_addresses(const policy::Rule& rule, const policy::HostSelectors& hosts,
                      std::uint32_t bit, AddressRules& out);
  void read_countries_of(const policy::Rule& rule, const policy::HostSelectors& hosts,
                         std::uint32_t bit, AddressRules& out);
  void read_services(const policy::Rule& rule, std::uint32_t bit);
  void read_fqdns(const policy::Rule& rule, const policy::HostSelectors& hosts, std::uint32_t bit,
                  bool source);
  void read_users(const policy::Rule& rule, std::uint32_t bit);
  void read_user(const policy::User& user, std::uint32_t bit);
  void collect_users();
  void add_mac(const MacAddress& mac, std::uint32_t bit);
  void read_record(const policy::Rule& rule, std::uint32_t index, std::uint32_t bit);
  std::uint16_t read_content(const policy::Rule& rule);
  CategorySet read_categories(const policy::Rule& rule);
  struct ApplicationChoice;
  ApplicationChoice read_applications(const policy::Rule& rule) const;
  void add_own_applications(const policy::Rule& rule, ApplicationChoice& choice) const;
  std::uint32_t info_flags(const policy::Rule& rule) const;
  void warn_about(const policy::Rule& rule);
  void error(policy::Position position, std::string message);
  void warn(policy::Position position, std::string message);

  // compile_artifact.cc: the parts together
  Artifact build();
  std::vector<MacSlot> build_macs();
  std::vector<FqdnSlot> build_fqdns();
  void build_patterns(std::vector<PatternSlot>& slots, std::vector<char>& text) const;
  std::vector<ScheduleRun> build_schedule_runs() const;
  std::vector<std::uint32_t> word_first_rules() const;
  std::uint32_t header_flags() const;

  /// A pattern of host names, or a user or group: what an address is learned to stand for.
  struct Fqdn {
    std::string pattern;
    std::vector<std::uint32_t> source_bits;
    std::vector<std::uint32_t> destination_bits;
  };

  const policy::Policy& policy_;
  const rules::GeoDatabase* geo_;
  Diagnostics& warnings_;
  Diagnostics errors_;
  BitLayout layout_;
  RowTable rows_;
  std::map<std::string, std::uint8_t, std::less<>> schedules_;
  std::map<std::string, std::uint16_t, std::less<>> own_categories_;  // the policy's, by name
  std::set<std::string, std::less<>> inspecting_profiles_;            // whose IPS is on
  CountryMap country_map_;
  std::map<std::uint16_t, bool> known_countries_;
  AddressRules sources_;
  AddressRules destinations_;
  ServiceRules services_;
  std::map<MacAddress, std::vector<std::uint32_t>> macs_;
  std::map<FqdnId, Fqdn> fqdns_;
  bool source_fqdns_ = false;
  bool destination_fqdns_ = false;
  bool users_ = false;
  std::map<std::string, std::vector<const policy::User*>> users_by_name_;  // groups, too
  std::size_t num_user_values_ = 0;  // addresses and MACs that stand for users, in all rules
  std::vector<RuleRecord> records_;
  std::vector<RuleInfo> infos_;
  std::vector<Content> contents_;
  std::vector<std::uint16_t> content_applications_;
  std::vector<ApplicationPlace> content_places_;
  std::vector<CategorySet> content_categories_;
  std::vector<SelectedFunctions> content_functions_;
  std::map<std::pair<std::vector<std::string>, std::vector<std::string>>, std::uint16_t>
      content_numbers_;
};

}  // namespace sekisho::engines::firewall
