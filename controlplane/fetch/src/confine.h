#pragma once

#include "config/base/result.h"
#include "config/box/box_config.h"

namespace sekisho::controlplane {

/// Becomes sekisho-fetch's user, without capabilities, bounded in memory, under its system-call
/// filter. As box.drop_privileges says.
Status confine_fetch(const box::BoxConfig& box);

}  // namespace sekisho::controlplane
