#include "controlplane/uplink/content.h"

#include <algorithm>

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kMaxPackName = 60;
constexpr std::size_t kMaxFileName = 60;

bool is_lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

bool is_content_pack_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxPackName && is_lower_or_digit(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
}

bool is_content_file_name(std::string_view name) noexcept {
  if (name == "classification.config" || name == "threshold.config") return true;
  return name.ends_with(".rules") && name.size() <= kMaxFileName &&
         is_lower_or_digit(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
           return is_lower_or_digit(c) || c == '_' || c == '-' || c == '.';
         });
}

std::string_view name_of(ContentOutcome outcome) noexcept {
  switch (outcome) {
    case ContentOutcome::none:
      return "none";
    case ContentOutcome::accepted:
      return "accepted";
    case ContentOutcome::refused:
      return "refused";
    case ContentOutcome::rolled_back:
      return "rolled_back";
  }
  return "none";
}

}  // namespace sekisho::controlplane
