#pragma once

#include <soci/soci.h>

#include "config/base/result.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// Brings the tables to the newest version, in one transaction each step. Error::Code::version: a
/// newer console has made them.
Status migrate(soci::session& session, Backend backend);

}  // namespace sekisho::console
