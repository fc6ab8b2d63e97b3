#include "indicator_text.h"

#include <algorithm>
#include <array>

#include "lines.h"

namespace sekisho::rules {
namespace {

struct Fang {
  std::string_view written;
  std::string_view meant;
};
constexpr std::array<Fang, 9> kFangs{{{"[.]", "."},
                                      {"(.)", "."},
                                      {"{.}", "."},
                                      {"[dot]", "."},
                                      {"(dot)", "."},
                                      {"[://]", "://"},
                                      {"[:]", ":"},
                                      {"[/]", "/"},
                                      {"\\.", "."}}};
constexpr std::array<Fang, 4> kSchemes{
    {{"hxxps", "https"}, {"hxxp", "http"}, {"hxtp", "http"}, {"fxp", "ftp"}}};

bool starts_with_lower(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char a, char b) { return a == lower(b); });
}

constexpr std::size_t kJa4Bytes = 36;
constexpr std::size_t kJa4HashBytes = 12;

bool is_lower_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string refanged(std::string_view text) {
  std::string plain;
  for (const auto& scheme : kSchemes) {
    if (!starts_with_lower(text, scheme.written)) continue;
    const auto rest = text.substr(scheme.written.size());
    if (!rest.starts_with("://") && !rest.starts_with("[:") && !rest.starts_with(':')) continue;
    plain = scheme.meant;
    text = rest;
    break;
  }
  while (!text.empty()) {
    const auto fang = std::find_if(kFangs.begin(), kFangs.end(), [&](const Fang& each) {
      return starts_with_lower(text, each.written);
    });
    if (fang == kFangs.end()) {
      plain += text.front();
      text.remove_prefix(1);
    } else {
      plain += fang->meant;
      text.remove_prefix(fang->written.size());
    }
  }
  return plain;
}

bool is_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const char l = lower(c);
    return (l >= '0' && l <= '9') || (l >= 'a' && l <= 'f');
  });
}

bool is_ja4(std::string_view text) noexcept {
  if (text.size() != kJa4Bytes || text[10] != '_' || text[23] != '_') return false;
  const auto is_protocol = text[0] == 't' || text[0] == 'q' || text[0] == 'd';
  const auto is_version = is_digits(text.substr(1, 2)) || text[1] == 's' || text[1] == 'd';
  return is_protocol && is_version && (text[3] == 'd' || text[3] == 'i') &&
         is_digits(text.substr(4, 4)) && is_lower_hex(text.substr(11, kJa4HashBytes)) &&
         is_lower_hex(text.substr(24, kJa4HashBytes));
}

}  // namespace sekisho::rules
