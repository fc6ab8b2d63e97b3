#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::rules {

/// Several categories that an administrator thinks of together: "security", "adult".
struct UrlGroup {
  std::string_view name;
  std::string_view title;
  std::string_view title_ja;
};

/// What a host or a page is about. Ids are stable for ever and below 1024; 0 is none.
struct UrlCategory {
  std::uint16_t id;
  std::string_view name;  // what policies and lists write: "gambling"
  std::string_view group;
  std::string_view title;
  std::string_view title_ja;
};

/// In the order in which they are shown.
std::span<const UrlGroup> url_groups() noexcept;
/// In ascending order of id.
std::span<const UrlCategory> url_categories() noexcept;

const UrlGroup* find_url_group(std::string_view name) noexcept;        // null: none of that name
const UrlCategory* find_url_category(std::string_view name) noexcept;  // null: none of that name
const UrlCategory* url_category(std::uint16_t id) noexcept;            // null: none of that id

/// Ids from here to 1023 are for the categories that administrators define.
inline constexpr std::uint16_t kFirstCustomUrlCategory = 900;
inline constexpr std::uint16_t kMaxUrlCategory = 1023;

}  // namespace sekisho::rules
