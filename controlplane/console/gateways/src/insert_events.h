#pragma once

#include "controlplane/console/gateways/group_writer.h"

namespace sekisho::console {

/// All rows of transaction.events.
void insert_events(GroupTransaction& transaction);

}  // namespace sekisho::console
