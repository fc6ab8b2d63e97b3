#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::policy {

enum class SettingType : std::uint8_t { boolean, integer, choice, text, port_list, text_list };

/// What one value of a text_list must look like.
enum class ItemForm : std::uint8_t {
  any_text,        // one line
  file_extension,  // "png": letters and digits, no dot
  identifier,      // "web_mail": lower-case letters, digits, '_' and '-'
  rule_number,     // digits
  rule_seconds,    // "2019401=600"
  traffic,         // "all from 192.0.2.0/24", "2019401 to office"
  mail_sender,     // "a@example.com" or "@example.com"
  host_pattern,    // "www.example.com" or "*.example.com"
  safe_search,     // one of kSafeSearchNames (dns_settings.h)
  ech_name,        // a host pattern, or "*"
  ip_address,      // "192.0.2.1" or "2001:db8::1"
};

/// One setting of a profile section. Validation, defaults and the JSON Schema all come from here.
struct Setting {
  std::string_view name;
  SettingType type = SettingType::boolean;
  std::string_view default_value;  // as text: "true", "450", "block"; lists comma-separated
  std::string_view description;
  std::string_view choices = {};  // of a choice: "block|tag"
  std::int64_t minimum = 0;       // of an integer, inclusive
  std::int64_t maximum = 0;
  ItemForm form = ItemForm::any_text;
  std::size_t max_items = 0;  // of a list: entries besides those of its default
  bool multiline = false;     // of a text: line feeds are allowed, carriage returns never
};

struct SectionSpec {
  std::string_view name;
  std::string_view description;
  std::span<const Setting> settings;
};

inline constexpr std::size_t kMaxSettingText = 4096;  // bytes
inline constexpr std::int64_t kMaxReputationWaitMs = 2000;
inline constexpr std::int64_t kMaxSmartBypassMinutes = 43'200;  // 30 days

/// The sections of a security profile (R073's seven, then ours), in the order of the console's
/// tabs.
std::span<const SectionSpec> profile_sections() noexcept;

}  // namespace sekisho::policy
