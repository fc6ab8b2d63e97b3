#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "config/bundle/bundle.h"

namespace sekisho::content {

/// What a box reads besides its policy and IPS rules: categories of URLs, ratings of URLs, C&C
/// servers.
enum class DatabaseKind { urls, reputation, indicators };
inline constexpr std::array kDatabaseKinds{DatabaseKind::urls, DatabaseKind::reputation,
                                           DatabaseKind::indicators};
constexpr std::size_t index_of(DatabaseKind kind) noexcept {
  return static_cast<std::size_t>(kind);
}

/// "urls", "reputation", "indicators", as commands, messages and folders have it.
std::string_view name_of(DatabaseKind kind) noexcept;
std::optional<DatabaseKind> find_database_kind(std::string_view name) noexcept;
/// Of the bundle that carries its description.
bundle::Kind bundle_kind(DatabaseKind kind) noexcept;

}  // namespace sekisho::content
