#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/own_application.h"
#include "config/base/own_categories.h"
#include "config/policy/model.h"

namespace sekisho::policy {

/// One on/off or value setting of a profile section whose engine may not be there yet: validated
/// against the schema of its section and carried unchanged.
using SettingValue = std::variant<bool, std::int64_t, std::string, std::vector<std::int64_t>,
                                  std::vector<std::string>>;
using Section = std::map<std::string, SettingValue, std::less<>>;

/// Sections by name: R073's seven (ips, anti_malware, mail, web_reputation, https_decryption,
/// anti_dos, endpoint_identification) and ours. All are there with every setting of
/// profile_settings.h; what the file leaves out has its default.
struct SecurityProfile {
  std::string name;
  std::map<std::string, Section, std::less<>> sections;
  Position position;
};

/// An entry of the allow or block list (R066-R070) as written, its host in lower case.
struct ListEntry {
  std::string value;
  Position position;
};

/// The administrator's own category of URLs and servers: an object that rules name beside the
/// built-in categories. Something may be in several, and in built-in ones too.
struct UrlCategoryObject {
  static constexpr std::size_t kMaxTitle = 80;  // characters

  std::string name;
  std::string title;               // what pages and dialogs call it; empty: its name
  std::vector<ListEntry> entries;  // as those of the allow and block lists
  Position position;
};

/// Where an application is served: at these addresses (none: at any) with these services of TCP or
/// UDP (none: with any); not both are empty.
struct ApplicationServer {
  std::vector<AddressRange> addresses;  // objects and literals, resolved
  std::vector<ServiceEntry> services;
  bool operator==(const ApplicationServer&) const = default;
};

/// The administrator's own application: an object that rules name beside those of the catalogue.
/// Any of its hosts and servers tells it.
struct ApplicationObject {
  static constexpr std::size_t kMaxTitle = 80;  // characters
  static constexpr std::string_view kOwnCategory = "custom";

  std::string name;
  std::string title;                                 // what pages call it; empty: its name
  std::string category = std::string(kOwnCategory);  // or one of the catalogue
  std::uint8_t risk = 1;         // 1 harmless ... 5 seldom has a place in an office
  std::vector<ListEntry> hosts;  // values are FqdnPatterns
  std::vector<ApplicationServer> servers;
  Position position;
  Position category_position;
};

/// One or more IPS rules, a line each; the position is that of the first line.
struct IpsRuleText {
  std::string text;
  Position position;
  bool has_own_lines = false;  // its lines are lines of the file, too
};

/// What a variable of IPS rules stands for, in their own notation: "[10.0.0.0/8,!10.1.0.0/16]",
/// "$HOME_NET", "[80,8080:8090]". Names of address objects are resolved; the rules' parser knows
/// whether it is addresses or ports.
struct IpsVariable {
  std::string name;
  std::string value;
  Position position;
};

/// Everything an administrator decides about one gateway. Validated: every name resolves, every
/// value is in range. Immutable once loaded.
struct Policy {
  std::string time_zone = "Asia/Tokyo";  // IANA name
  std::vector<AddressObject> address_objects;
  std::vector<FqdnObject> fqdn_objects;
  std::vector<MacObject> mac_objects;
  std::vector<ServiceObject> service_objects;
  std::vector<ScheduleObject> schedules;
  std::vector<UrlCategoryObject> url_categories;  // the n-th has the id OwnCategories::kFirstId + n
  std::vector<ApplicationObject> applications;    // the n-th has the id OwnApplication::id_of(n)
  std::vector<User> users;
  std::vector<Rule> rules;
  std::vector<ListEntry> allow_list;
  std::vector<ListEntry> block_list;
  std::vector<SecurityProfile> profiles;
  PacketChecks packet_checks;
  BlockPage block_page;
  std::vector<IpsRuleText> ips_rules;  // the administrator's own, parsed by their engine
  std::vector<IpsVariable> ips_variables;
};

/// A mistake in a policy file, or a warning about it.
struct Diagnostic {
  Position position;
  std::string message;
};

struct LoadedPolicy {
  Policy policy;
  std::vector<Diagnostic> warnings;
};

/// Limits of one file; more is refused with the number.
inline constexpr std::size_t kMaxPolicyBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxRules = 65'536;
inline constexpr std::size_t kMaxSchedules = 64;    // one bit each in the firewall's conditions
inline constexpr std::size_t kMaxObjects = 65'536;  // of each kind
inline constexpr std::size_t kMaxUsers = 65'536;
inline constexpr std::size_t kMaxGroupsOfUser = 64;
inline constexpr std::size_t kMaxListEntries = 65'536;  // of each list, and of a category
inline constexpr std::size_t kMaxUrlCategories = OwnCategories::kMax;
inline constexpr std::size_t kMaxApplications = OwnApplication::kMax;
/// Of all applications together: hosts, and of each server its addresses times its services.
inline constexpr std::size_t kMaxApplicationEntries = 1024;
inline constexpr std::size_t kMaxProfiles = 256;
inline constexpr std::size_t kMaxIpsRuleEntries = 10'000;
inline constexpr std::size_t kMaxIpsVariables = 256;
inline constexpr std::size_t kMaxIpsVariableBytes = 65'536;   // of one, objects resolved
inline constexpr std::size_t kMaxResolvedValues = 1'000'000;  // selectors of all rules, resolved
inline constexpr std::size_t kMaxDiagnostics = 100;

/// Parses and validates a policy file. On failure every mistake found (at most 100), in file order,
/// each with line and column (in characters). Never throws.
std::variant<LoadedPolicy, std::vector<Diagnostic>> load_yaml(std::string_view text);

/// "FILE:line:column: message", one diagnostic a line.
std::string format(const std::vector<Diagnostic>& diagnostics, std::string_view file);

/// The policy of a fresh tenant as a commented YAML file (R041, R049, R053, R069, R085, R138, R142,
/// R152, R160).
std::string_view factory_policy_yaml();

/// The JSON Schema (draft 2020-12) of the file format.
std::string_view json_schema();

/// The whole meaning of a policy as text for people, names resolved and defaults filled in; the
/// same policy always gives the same text.
std::string describe(const Policy& policy);

/// What changes from `before` to `after`, one line each, for `sekisho policy diff`; empty when
/// nothing does.
std::vector<std::string> diff(const Policy& before, const Policy& after);

}  // namespace sekisho::policy
