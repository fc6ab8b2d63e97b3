#pragma once

#include <string>

#include "config/content/database_kind.h"

namespace sekisho::content {

/// Where the console's databases of a kind lie on a box, with state.json, which names what is in
/// force and is replaced by rename.
std::string databases_folder(const std::string& state_dir, DatabaseKind kind);

/// The file to map now: the console's database in force, or `fallback`, the box file's, where there
/// is none. A damaged state.json counts as none.
std::string installed_database(const std::string& folder, const std::string& fallback);

}  // namespace sekisho::content
