#include <algorithm>
#include <new>

#include "literals.h"
#include "policy_reader.h"
#include "time_zones.h"

namespace sekisho::policy {

bool NameTable::add(std::string_view name) {
  if (!index_.emplace(name, names_.size()).second) return false;
  names_.push_back(name);
  used_.push_back(false);
  return true;
}

std::size_t NameTable::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? kNone : found->second;
}

void PolicyReader::read(const YamlNode& root) {
  const auto fields = reader_.mapping(root, kPolicyKeys, "a policy");
  if (const auto* node = fields["version"]) read_version(*node);
  if (const auto* node = fields["time_zone"]) read_time_zone(*node);
  if (const auto* node = fields["objects"]) read_objects(*node);
  if (const auto* node = fields["profiles"])
    reader_.for_each_element(*node, "profiles", kMaxProfiles,
                             [&](const YamlNode& profile) { read_profile(profile); });
  if (const auto* node = fields["users"])
    reader_.for_each_element(*node, "users", kMaxUsers,
                             [&](const YamlNode& user) { read_user(user); });
  if (const auto* node = fields["rules"])
    reader_.for_each_element(*node, "rules", kMaxRules,
                             [&](const YamlNode& rule) { read_rule(rule); });
  if (const auto* node = fields["lists"]) read_lists(*node);
  if (const auto* node = fields["packet_checks"]) read_packet_checks(*node);
  if (const auto* node = fields["block_page"]) read_block_page(*node);
  if (const auto* node = fields["ips_rules"]) read_ips_rules(*node);
  if (const auto* node = fields["ips_variables"]) read_ips_variables(*node);
}

void PolicyReader::read_version(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar || node.text != "1")
    reader_.error(node, "version must be 1, the only one this gateway reads");
  else if (node.quoted)
    reader_.error(node, "version must be the number 1, without quotes");
}

void PolicyReader::read_time_zone(const YamlNode& node) {
  const auto name = reader_.text(node, "time_zone");
  if (!name) return;
  if (is_time_zone(name->text))
    policy_.time_zone = name->text;
  else
    reader_.error(node, refused(name->text, "is not a time zone like Asia/Tokyo").message +
                            did_you_mean(name->text, time_zones()));
}

void PolicyReader::read_lists(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kListsKeys, "lists");
  if (const auto* allow = fields["allow"]) read_list(*allow, "the allow list", policy_.allow_list);
  if (const auto* block = fields["block"]) read_list(*block, "the block list", policy_.block_list);
}

void PolicyReader::read_list(const YamlNode& node, std::string_view what,
                             std::vector<ListEntry>& entries) {
  reader_.for_each_element(node, what, kMaxListEntries, [&](const YamlNode& element) {
    const auto value = reader_.text(element, "a list entry");
    if (!value) return;
    if (auto entry = parse_list_entry(value->text))
      entries.push_back({std::move(*entry), element.position});
    else
      reader_.error(element, entry.error().message);
  });
}

void PolicyReader::read_packet_checks(const YamlNode& node) {
  constexpr std::array<std::string_view, 2> kDropOrPass{"drop", "pass"};
  constexpr std::array<std::string_view, 2> kMidstream{"pick_up", "refuse"};
  const auto fields = reader_.mapping(node, kPacketChecksKeys, "packet_checks");
  const auto first_chosen = [&](std::string_view name, std::span<const std::string_view> choices,
                                bool& setting) {
    if (const auto* value = fields[name])
      if (const auto chosen = reader_.choice(*value, name, choices)) setting = *chosen == 0;
  };
  first_chosen("malformed", kDropOrPass, policy_.packet_checks.drop_malformed);
  first_chosen("midstream", kMidstream, policy_.packet_checks.midstream_pickup);
  constexpr std::array<std::string_view, 2> kAsymmetric{"accept", "refuse"};
  first_chosen("asymmetric", kAsymmetric, policy_.packet_checks.accept_asymmetric);
  first_chosen("out_of_window", kDropOrPass, policy_.packet_checks.drop_out_of_window);
}

void PolicyReader::read_block_page(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kBlockPageKeys, "block_page");
  auto& page = policy_.block_page;
  read_page_text(fields["organisation"], "organisation", BlockPage::kMaxOrganisation,
                 page.organisation);
  read_page_text(fields["message"], "message", BlockPage::kMaxMessage, page.message);
  read_page_text(fields["contact"], "contact", BlockPage::kMaxContact, page.contact);
}

/// Null: left out, and so empty. Control characters other than the end of a line have no place on
/// a page.
void PolicyReader::read_page_text(const YamlNode* node, std::string_view what, std::size_t limit,
                                  std::string& text) {
  if (node == nullptr) return;
  const auto value = reader_.text(*node, what);
  if (!value) return;
  const auto characters = num_characters(value->text);
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f;
  };
  if (characters > limit)
    reader_.error(*node, std::string(what) + " has " + std::to_string(characters) +
                             " characters, the limit is " + std::to_string(limit));
  else if (std::any_of(value->text.begin(), value->text.end(), is_control))
    reader_.error(*node, std::string(what) + " has a control character");
  else
    text = value->text;
}

/// As written: where a rule's line stands matters to whoever has to mend it.
void PolicyReader::read_ips_rules(const YamlNode& node) {
  reader_.for_each_element(node, "ips_rules", kMaxIpsRuleEntries, [&](const YamlNode& element) {
    if (!reader_.text(element, "an entry of ips_rules")) return;
    auto position = element.position;
    // A block scalar's position is that of its sign; the text begins in the line behind it.
    if (element.literal) position = {position.line + 1, 1};
    policy_.ips_rules.push_back({std::string(element.text), position, element.literal});
  });
}

namespace {

std::variant<LoadedPolicy, std::vector<Diagnostic>> load(std::string_view text) {
  Diagnostics diagnostics;
  if (text.size() > kMaxPolicyBytes) {
    diagnostics.error({1, 1}, "the file has " + std::to_string(text.size()) +
                                  " bytes, the limit is " + std::to_string(kMaxPolicyBytes));
    return diagnostics.take_errors();
  }
  YamlDocument document;
  if (!document.parse(text, diagnostics)) return diagnostics.take_errors();
  LoadedPolicy loaded;
  PolicyReader reader(document, diagnostics, loaded.policy);
  reader.read(document.root());
  if (diagnostics.any_error()) return diagnostics.take_errors();
  add_warnings(loaded.policy, reader.names(), diagnostics);
  loaded.warnings = diagnostics.take_warnings();
  return loaded;
}

}  // namespace

std::variant<LoadedPolicy, std::vector<Diagnostic>> load_yaml(std::string_view text) try {
  return load(text);
} catch (const std::bad_alloc&) {
  return std::vector<Diagnostic>{{{1, 1}, "not enough memory to read the file"}};
}

}  // namespace sekisho::policy
