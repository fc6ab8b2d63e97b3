#include "setting_value.h"

#include <algorithm>
#include <charconv>

#include "config/policy/dns_settings.h"
#include "config/policy/ips_settings.h"
#include "literals.h"

namespace sekisho::policy {
namespace {

std::int64_t to_integer(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::vector<std::string_view> default_entries(const Setting& setting) {
  if (setting.default_value.empty()) return {};
  return split_commas(setting.default_value);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

template <class Test>
bool all_of(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

bool is_mail_sender(std::string_view text) {
  const auto at = text.find('@');
  const auto allowed = [](char c) { return c > ' ' && c <= '~' && c != '@' && c != '"'; };
  return at != text.npos && at <= 64 && all_of(text.substr(0, at), allowed) &&
         static_cast<bool>(parse_fqdn_pattern(text.substr(at + 1))) && text[at + 1] != '*';
}

bool is_safe_search(std::string_view text) {
  return std::find(kSafeSearchNames.begin(), kSafeSearchNames.end(), text) !=
         kSafeSearchNames.end();
}

/// What is wrong with one entry of a text_list; empty when nothing is.
std::string_view item_mistake(std::string_view item, ItemForm form) {
  constexpr std::size_t kMaxWord = 64;
  switch (form) {
    case ItemForm::any_text:
      if (item.size() > kMaxSettingText) return "is longer than 4096 bytes";
      return has_control_character(item) ? "has a control character" : "";
    case ItemForm::file_extension:
      return item.size() <= 16 && all_of(item, [](char c) { return is_lower(c) || is_digit(c); })
                 ? ""
                 : "is not a file extension like png";
    case ItemForm::identifier: {
      const auto allowed = [](char c) {
        return is_lower(c) || is_digit(c) || c == '_' || c == '-';
      };
      return item.size() <= kMaxWord && all_of(item, allowed) ? "" : "is not a name like web_mail";
    }
    case ItemForm::rule_number:
      return item.size() <= 10 && all_of(item, is_digit) ? "" : "is not a rule number";
    case ItemForm::rule_seconds:
      return parse_rule_seconds(item)
                 ? ""
                 : "is not a rule and seconds like 2019401=600 (at most 604800, 0: never)";
    case ItemForm::traffic:
      return parse_traffic(item) ? ""
                                 : "is not traffic like 'all from 192.0.2.0/24' or '2019401 to "
                                   "office' (a rule's number or all, then from, to or both)";
    case ItemForm::mail_sender:
      return is_mail_sender(item) ? "" : "is not a sender like a@example.com or @example.com";
    case ItemForm::host_pattern:
      return parse_fqdn_pattern(item) ? "" : "is not a host like www.example.com or *.example.com";
    case ItemForm::safe_search:
      return is_safe_search(item) ? ""
                                  : "is none of google, bing, duckduckgo, youtube, youtube_strict, "
                                    "brave, ecosia, qwant, yandex, pixabay";
    case ItemForm::ech_name:
      return item == "*" || parse_fqdn_pattern(item)
                 ? ""
                 : "is not a host like ech.example.com or *.example.com, or *";
    case ItemForm::ip_address:
      return parse_ip_address(item) ? "" : "is not an IPv4 or IPv6 address";
  }
  return "is not known";
}

std::optional<SettingValue> read_text(Reader& reader, const YamlNode& node, const Setting& setting,
                                      std::string_view what) {
  std::string_view text = node.text;
  if (node.kind == YamlNode::Kind::sequence || node.kind == YamlNode::Kind::mapping) {
    reader.error(node, std::string(what) + " must be a text");
    return std::nullopt;
  }
  if (setting.multiline && text.ends_with('\n')) text.remove_suffix(1);
  // A line break would let a setting inject header lines or replies (R153).
  std::string to_check(text);
  std::erase_if(to_check, [&](char c) { return c == '\t' || (c == '\n' && setting.multiline); });
  std::string_view mistake;
  if (text.size() > kMaxSettingText) mistake = " is longer than 4096 bytes";
  if (has_control_character(to_check)) mistake = " has a line break or another control character";
  if (mistake.empty()) return std::string(text);
  reader.error(node, std::string(what) + std::string(mistake));
  return std::nullopt;
}

std::optional<SettingValue> read_ports(Reader& reader, const YamlNode& node, const Setting& setting,
                                       std::string_view what) {
  std::vector<std::int64_t> ports;
  bool good = true;
  for (const auto& part : reader.texts(node, what, max_entries(setting), Reader::Empty::allowed)) {
    std::int64_t port = 0;
    const auto* const end = part.text.data() + part.text.size();
    const auto [stop, problem] = std::from_chars(part.text.data(), end, port);
    std::string_view mistake;
    if (problem != std::errc{} || stop != end || port < 1 || port > 65535)
      mistake = "is not a port from 1 to 65535";
    else if (std::find(ports.begin(), ports.end(), port) != ports.end())
      mistake = "is here twice";
    ports.push_back(port);
    if (mistake.empty()) continue;
    reader.error(part, refused(part.text, mistake).message);
    good = false;
  }
  const auto defaults = default_entries(setting);
  const auto is_own = [&](std::int64_t port) {
    return std::find(defaults.begin(), defaults.end(), std::to_string(port)) == defaults.end();
  };
  if (good && std::count_if(ports.begin(), ports.end(), is_own) >
                  static_cast<std::ptrdiff_t>(setting.max_items)) {
    reader.error(node, std::string(what) + " has more than " + std::to_string(setting.max_items) +
                           " ports besides " + std::string(setting.default_value));
    good = false;
  }
  return good ? std::optional<SettingValue>(std::move(ports)) : std::nullopt;
}

std::optional<SettingValue> read_text_list(Reader& reader, const YamlNode& node,
                                           const Setting& setting, std::string_view what) {
  std::vector<std::string> items;
  bool good = true;
  for (const auto& part : reader.texts(node, what, max_entries(setting), Reader::Empty::allowed)) {
    if (reader.diagnostics().full()) break;
    const bool as_written = setting.form == ItemForm::any_text ||
                            setting.form == ItemForm::traffic ||
                            setting.form == ItemForm::safe_search;
    std::string item = as_written ? std::string(part.text) : lower_case(part.text);
    if (const auto mistake = item_mistake(item, setting.form); !mistake.empty()) {
      reader.error(part, refused(part.text, mistake).message);
      good = false;
    }
    items.push_back(std::move(item));
  }
  return good ? std::optional<SettingValue>(std::move(items)) : std::nullopt;
}

}  // namespace

std::vector<std::string_view> choices_of(const Setting& setting) {
  std::vector<std::string_view> choices;
  for (std::string_view rest = setting.choices;;) {
    const auto bar = rest.find('|');
    choices.push_back(rest.substr(0, bar));
    if (bar == rest.npos) return choices;
    rest.remove_prefix(bar + 1);
  }
}

std::size_t max_entries(const Setting& setting) {
  return setting.max_items + default_entries(setting).size();
}

std::string_view pattern_of(ItemForm form) noexcept {
  switch (form) {
    case ItemForm::any_text:
      return "";
    case ItemForm::file_extension:
      return "[A-Za-z0-9]{1,16}";
    case ItemForm::identifier:
      return "[A-Za-z0-9_-]{1,64}";
    case ItemForm::rule_number:
      return "[0-9]{1,10}";
    case ItemForm::rule_seconds:
      return "[0-9]{1,10}\\s*=\\s*[0-9]{1,6}";
    case ItemForm::traffic:
      return "(all|[0-9]{1,10}) (from|to) [^,]*[^,\\s]";
    case ItemForm::mail_sender:
      return "[^@, ]*@[A-Za-z0-9._-]+";
    case ItemForm::host_pattern:
      return "(\\*\\.)?[A-Za-z0-9._-]+";
    case ItemForm::safe_search:
      return "(google|bing|duckduckgo|youtube|youtube_strict|brave|ecosia|qwant|yandex|pixabay)";
    case ItemForm::ech_name:
      return "(\\*|(\\*\\.)?[A-Za-z0-9._-]+)";
    case ItemForm::ip_address:
      return "[0-9A-Fa-f:.]+";
  }
  return "";
}

SettingValue default_value(const Setting& setting) {
  switch (setting.type) {
    case SettingType::boolean:
      return setting.default_value == "true";
    case SettingType::integer:
      return to_integer(setting.default_value);
    case SettingType::choice:
    case SettingType::text:
      return std::string(setting.default_value);
    case SettingType::port_list: {
      std::vector<std::int64_t> ports;
      for (const auto entry : default_entries(setting)) ports.push_back(to_integer(entry));
      return ports;
    }
    case SettingType::text_list: {
      const auto entries = default_entries(setting);
      return std::vector<std::string>(entries.begin(), entries.end());
    }
  }
  return false;
}

std::optional<SettingValue> read_setting(Reader& reader, const YamlNode& node,
                                         const Setting& setting, std::string_view what) {
  switch (setting.type) {
    case SettingType::boolean:
      return reader.boolean(node, what);
    case SettingType::integer:
      return reader.integer(node, what, setting.minimum, setting.maximum);
    case SettingType::choice: {
      const auto choices = choices_of(setting);
      const auto chosen = reader.choice(node, what, choices);
      if (!chosen) return std::nullopt;
      return std::string(choices[*chosen]);
    }
    case SettingType::text:
      return read_text(reader, node, setting, what);
    case SettingType::port_list:
      return read_ports(reader, node, setting, what);
    case SettingType::text_list:
      return read_text_list(reader, node, setting, what);
  }
  return std::nullopt;
}

}  // namespace sekisho::policy
