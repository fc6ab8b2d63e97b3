#pragma once

#include <string>

#include "rows.h"

namespace sekisho::console {

/// Whether the tenant is there for that user.
bool may_see(Session& session, const User& user, const std::string& tenant);

/// A new group of the tenant; nothing of it is delivered.
void add_group(Session& session, const GroupRow& group, const std::string& tenant);

}  // namespace sekisho::console
