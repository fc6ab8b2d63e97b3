#include "config/content/database_kind.h"

namespace sekisho::content {

std::string_view name_of(DatabaseKind kind) noexcept { return bundle::name_of(bundle_kind(kind)); }

std::optional<DatabaseKind> find_database_kind(std::string_view name) noexcept {
  for (const auto kind : kDatabaseKinds)
    if (name_of(kind) == name) return kind;
  return std::nullopt;
}

bundle::Kind bundle_kind(DatabaseKind kind) noexcept {
  switch (kind) {
    case DatabaseKind::urls:
      return bundle::Kind::urls;
    case DatabaseKind::reputation:
      return bundle::Kind::reputation;
    case DatabaseKind::indicators:
      return bundle::Kind::indicators;
  }
  return bundle::Kind::urls;
}

}  // namespace sekisho::content
