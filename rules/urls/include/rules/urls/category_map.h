#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::rules {

/// What the names of somebody's lists are here. One line a name, '#' begins a comment:
///   gambling = gambling
///   mixed_adult = pornography, mature
///   liste_bu = -            (known, and left out)
class CategoryMap {
 public:
  /// The first line that is wrong is the error: "maps/ut1.map:3: no category is called gamling".
  static Result<CategoryMap> parse(std::string_view text, std::string_view file);

  /// Null: the name is not in the map. Empty: it is left out on purpose.
  const std::vector<std::uint16_t>* find(std::string_view name) const;
  /// Lines of `other` stand before ours.
  void override_with(const CategoryMap& other);
  const auto& lines() const noexcept { return lines_; }

 private:
  std::map<std::string, std::vector<std::uint16_t>, std::less<>> lines_;
};

/// The maps in maps/, as text and parsed. A mistake in one is a broken build: tests parse them.
std::string_view ut1_map_text() noexcept;
std::string_view domain_list_community_map_text() noexcept;

}  // namespace sekisho::rules
