#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/content/database_kind.h"

namespace sekisho::controlplane {

/// A database as the gateway's processes map it: the form of the box's url_database,
/// reputation_database and indicator_database.
struct CompiledDatabase {
  std::vector<std::byte> file;
  std::size_t entries = 0;  // different ones
};

/// Of a list of entries (entry_lines.h). Whole or nothing: a line that cannot be read is told with
/// its number. Takes about ten times the list's bytes of memory.
Result<CompiledDatabase> compile_database(content::DatabaseKind kind, std::string_view list);

}  // namespace sekisho::controlplane
