#include "rules/applications/edition.h"

#include <array>
#include <charconv>

#include "catalogue_data.h"

namespace sekisho::rules {

std::string edition() {
  constexpr int kHex = 16;
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), kCatalogueEdition, kHex).ptr;
  return std::string(SEKISHO_VERSION "+").append(digits.data(), end);
}

}  // namespace sekisho::rules
