#include "engines/callback/name_score.h"

#include <algorithm>
#include <array>

namespace sekisho::engines::callback {
namespace {

constexpr std::size_t kSymbols = 29, kDigit = 26, kOther = 27, kEnd = 28;
constexpr std::size_t kLeastCharacters = 6;

/// A row a pair of characters, a character each for what follows them: '@' + quarters of a bit.
constexpr std::string_view kModel =
#include "name_model.inc"
    ;
static_assert(kModel.size() == kSymbols * kSymbols * kSymbols);

constexpr std::array<std::string_view, 16> kSecondLevels{"ac", "ad",  "co",   "com", "ed", "edu",
                                                         "go", "gob", "gouv", "gov", "gr", "lg",
                                                         "ne", "net", "or",   "org"};

std::size_t symbol_of(char c) noexcept {
  if (c >= 'a' && c <= 'z') return static_cast<std::size_t>(c - 'a');
  return c >= '0' && c <= '9' ? kDigit : kOther;
}

}  // namespace

std::string_view registered_domain(std::string_view name) noexcept {
  const auto top = name.rfind('.');
  if (top == name.npos || top == 0) return {};
  const auto second = name.rfind('.', top - 1);
  if (second == name.npos) return name;
  const auto between = name.substr(second + 1, top - second - 1);
  const bool is_country = name.size() - top - 1 == 2;
  const bool is_nobodys =
      is_country && std::binary_search(kSecondLevels.begin(), kSecondLevels.end(), between);
  if (!is_nobodys) return name.substr(second + 1);
  const auto third = second == 0 ? name.npos : name.rfind('.', second - 1);
  return third == name.npos ? name : name.substr(third + 1);
}

std::string_view chosen_label(std::string_view name) noexcept {
  const auto domain = registered_domain(name);
  return domain.substr(0, domain.find('.'));
}

std::optional<std::uint32_t> name_oddity(std::string_view label) noexcept {
  if (label.size() < kLeastCharacters || label.starts_with("xn--")) return std::nullopt;
  std::size_t first = kEnd, second = kEnd;
  std::uint32_t quarters = 0;
  for (std::size_t i = 0; i <= label.size(); ++i) {
    const auto next = i == label.size() ? kEnd : symbol_of(label[i]);
    quarters +=
        static_cast<std::uint32_t>(kModel[(first * kSymbols + second) * kSymbols + next] - '@');
    first = second;
    second = next;
  }
  return quarters * 25 / static_cast<std::uint32_t>(label.size() + 1);
}

}  // namespace sekisho::engines::callback
