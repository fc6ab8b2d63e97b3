#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sekisho::policy {

/// What safe_search of a profile's section dns may name: searches whose operators document a way by
/// DNS. engines/dns has their names and what these become.
inline constexpr std::array<std::string_view, 10> kSafeSearchNames{
    "google", "bing",   "duckduckgo", "youtube", "youtube_strict",
    "brave",  "ecosia", "qwant",      "yandex",  "pixabay"};

inline constexpr std::size_t kMaxEchNames = 1000;  // of a profile

}  // namespace sekisho::policy
