#pragma once

#include <vector>

#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools {

/// The ports of a `ports` or `status` reply, one row each, errors and losses summed into one
/// column.
Table port_table(const std::vector<View>& ports);

}  // namespace sekisho::tools
