#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "controlplane/agent/content_ages.h"
#include "controlplane/agent/databases.h"

namespace sekisho::controlplane {

/// `databases` of content.list: one entry for each of `ages`, with what its row says besides.
nlohmann::json list_content(const std::vector<Databases::Row>& rows,
                            const std::vector<ContentAge>& ages);

}  // namespace sekisho::controlplane
