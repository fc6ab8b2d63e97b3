#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/address.h"

namespace sekisho::rules {

/// What iprep asks of addresses, as Suricata's files say it: categories are lines
/// "number,name,description", lists lines "address or network,category number,score". Lines that
/// are empty or begin with # say nothing.
struct AddressReputation {
  static constexpr std::uint32_t kLastCategory = 59, kHighestScore = 127;
  static constexpr std::size_t kMaxName = 31;          // bytes of a category's name
  static constexpr std::size_t kMaxEntries = 500'000;  // of all lists

  struct Entry {
    AddressRange range;
    std::uint32_t category = 0, score = 0;
  };
  std::map<std::string, std::uint32_t, std::less<>> categories;  // by name
  std::vector<Entry> entries;
};

/// How the files are told from others that come with rules: *.categories and *.reputation.
constexpr bool is_reputation_categories(std::string_view file) noexcept {
  return file.ends_with(".categories");
}
constexpr bool is_reputation_list(std::string_view file) noexcept {
  return file.ends_with(".reputation");
}

}  // namespace sekisho::rules
