#pragma once

#include <string_view>

#include "config/base/result.h"
#include "config/box/box_config.h"
#include "controlplane/scan/clamd_settings.h"

namespace sekisho::controlplane {

/// As root, before drop_scan_privileges: clamd's folders, given to sekisho-clamd's user.
Status prepare_clamd_folders(const box::BoxConfig& box, const ClamdPlaces& places);

/// Becomes the user of `process` ("sekisho-scan", "sekisho-clamd"), without capabilities, under its
/// system-call filter; what it starts inherits that. As box.drop_privileges says.
Status drop_scan_privileges(const box::BoxConfig& box, std::string_view process);

}  // namespace sekisho::controlplane
