#include <algorithm>
#include <array>
#include <charconv>

#include "config/policy/ips_settings.h"
#include "config/policy/profile_settings.h"
#include "literals.h"
#include "policy_reader.h"
#include "setting_value.h"

namespace sekisho::policy {
namespace {

/// Sections whose engines are there.
constexpr std::array<std::string_view, 7> kEnforcedSections{
    "ips",          "web_reputation",  "dns", "callbacks", "applications",
    "anti_malware", "https_decryption"};
/// Settings of such sections that are still carried only.
constexpr std::array<std::string_view, 1> kCarriedSettings{"smart_scan"};

bool is_enforced(std::string_view section) {
  return std::find(kEnforcedSections.begin(), kEnforcedSections.end(), section) !=
         kEnforcedSections.end();
}

const std::vector<std::int64_t>& ports_of(const SecurityProfile& profile, std::string_view section,
                                          std::string_view setting) {
  const auto& value = profile.sections.find(section)->second.find(setting)->second;
  return *std::get_if<std::vector<std::int64_t>>(&value);
}

/// `name` must be one of theirs.
const SectionSpec& spec_of(std::string_view name) {
  const auto sections = profile_sections();
  return *std::find_if(sections.begin(), sections.end(),
                       [&](const SectionSpec& section) { return section.name == name; });
}

std::string in_section(std::string_view setting, std::string_view section) {
  return std::string(setting) + " of " + std::string(section);
}

}  // namespace

void PolicyReader::read_profile(const YamlNode& node) {
  SecurityProfile profile;
  profile.position = node.position;
  std::vector<std::string_view> known{"name"};
  for (const auto& section : profile_sections()) {
    known.push_back(section.name);
    auto& settings = profile.sections[std::string(section.name)];
    for (const auto& setting : section.settings)
      settings.emplace(setting.name, default_value(setting));
  }
  bool named = false;
  reader_.for_each_entry(node, "a profile", [&](const YamlNode& key, const YamlNode& value) {
    if (key.text == "name") {
      named = true;
      profile.name = read_name(&value, names_.profiles, "profile");
    } else if (const auto found = profile.sections.find(key.text);
               found != profile.sections.end()) {
      read_section(value, found->first, found->second);
      if (key.text == "ips") check_overrides(key, found->second);
      warn_if_carried(key, spec_of(key.text), found->second);
    } else {
      reader_.error(key, refused(key.text, "is not a section of a profile").message +
                             did_you_mean(key.text, known));
    }
  });
  if (!named && node.kind == YamlNode::Kind::mapping) reader_.error(node, "a profile needs 'name'");
  check_ports(node, profile);
  if (!profile.name.empty()) policy_.profiles.push_back(std::move(profile));
}

void PolicyReader::read_section(const YamlNode& node, std::string_view section_name,
                                Section& section) {
  const SectionSpec& spec = spec_of(section_name);
  reader_.for_each_entry(node, section_name, [&](const YamlNode& key, const YamlNode& value) {
    const auto setting = std::find_if(spec.settings.begin(), spec.settings.end(),
                                      [&](const Setting& s) { return s.name == key.text; });
    if (setting == spec.settings.end()) {
      std::vector<std::string_view> names;
      for (const auto& s : spec.settings) names.push_back(s.name);
      reader_.error(key, refused(key.text, "is not a setting of ").message +
                             std::string(section_name) + did_you_mean(key.text, names));
    } else if (auto read = read_setting(reader_, value, *setting,
                                        in_section(setting->name, section_name))) {
      if (setting->form == ItemForm::traffic) check_traffic(value, setting->name);
      section[std::string(setting->name)] = *std::move(read);
    }
  });
}

/// What stands behind from and to must be known; together they must not be too many.
void PolicyReader::check_traffic(const YamlNode& node, std::string_view what) {
  const auto count = [&](std::string_view operand, const PlacedText& part) -> std::size_t {
    if (operand.empty()) return 1;
    const auto found = find_addresses(operand, policy_.address_objects);
    if (!found) {
      reader_.error(part, found.error().message);
      return 0;
    }
    if (const auto named = names_.addresses.find(operand); named != NameTable::kNone)
      names_.addresses.mark_used(named);
    return found->size();
  };
  std::size_t pairs = 0;
  for (const auto& part :
       reader_.texts(node, what, kMaxTrafficExceptions, Reader::Empty::allowed)) {
    const auto traffic = parse_traffic(part.text);
    if (traffic) pairs += count(traffic->source, part) * count(traffic->destination, part);
  }
  if (pairs > kMaxTrafficExceptions)
    reader_.error(node, std::string(what) + " has " + std::to_string(pairs) +
                            " pairs of networks, more than " +
                            std::to_string(kMaxTrafficExceptions));
}

/// A rule can be treated in one way only. Both of the older two lists may name it: then it is not
/// used.
void PolicyReader::check_overrides(const YamlNode& node, const Section& section) {
  constexpr std::array<std::string_view, 4> kLists{"excluded_rules", "monitored_rules",
                                                   "blocked_rules", "reset_rules"};
  std::unordered_map<std::string_view, std::string_view> owners;
  for (const auto list : kLists) {
    const auto& rules = *std::get_if<std::vector<std::string>>(&section.find(list)->second);
    for (const auto& rule : rules) {
      const auto [owner, is_new] = owners.emplace(rule, list);
      if (!is_new && list != kLists[1] && owner->second != list)
        reader_.error(node, "rule " + rule + " is in " + std::string(owner->second) + " and in " +
                                std::string(list));
    }
  }
}

/// Somebody who changes a setting expects something of it. Once for each section, however many
/// profiles there are; of a section with an engine, what that does not do yet.
void PolicyReader::warn_if_carried(const YamlNode& key, const SectionSpec& spec,
                                   const Section& section) {
  const bool enforced = is_enforced(spec.name);
  const auto changed =
      std::find_if(spec.settings.begin(), spec.settings.end(), [&](const Setting& setting) {
        const bool is_carried =
            !enforced || std::find(kCarriedSettings.begin(), kCarriedSettings.end(),
                                   setting.name) != kCarriedSettings.end();
        return is_carried && section.find(setting.name)->second != default_value(setting);
      });
  if (changed == spec.settings.end() || !told_sections_.insert(spec.name).second) return;
  const std::string what =
      enforced ? std::string(changed->name) + " of " + std::string(spec.name) + " is"
               : "the settings of " + std::string(spec.name) + " are";
  const std::string why = enforced ? "it comes with a later version"
                                   : "their engine comes with a later version (" +
                                         std::string(changed->name) + " is not the default)";
  reader_.diagnostics().warning(key.position, what + " carried, not enforced: " + why);
}

/// A port that two protocols claim would make decryption guess (R087).
void PolicyReader::check_ports(const YamlNode& node, const SecurityProfile& profile) {
  struct PortList {
    std::string_view section;
    std::string_view setting;
  };
  constexpr std::array<PortList, 4> kPortLists{{{"https_decryption", "ports"},
                                                {"mail", "smtps_ports"},
                                                {"mail", "pop3s_ports"},
                                                {"mail", "imaps_ports"}}};
  std::unordered_map<std::int64_t, const PortList*> owners;
  for (const auto& list : kPortLists) {
    for (const auto port : ports_of(profile, list.section, list.setting)) {
      const auto [owner, is_new] = owners.emplace(port, &list);
      if (!is_new)
        reader_.error(node, "port " + std::to_string(port) + " is in " +
                                in_section(list.setting, list.section) + " and in " +
                                in_section(owner->second->setting, owner->second->section));
    }
  }
}

}  // namespace sekisho::policy
