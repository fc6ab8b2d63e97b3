#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/base/address.h"

namespace sekisho::engines::firewall {

/// Writes a MaxMind DB file (format 2.0, IPv6 tree with IPv4 below ::/96) of whole blocks:
/// {"192.0.2.0/24", "JP"}. Blocks do not overlap.
void write_mmdb(const std::string& path,
                const std::vector<std::pair<std::string, std::string>>& blocks);

}  // namespace sekisho::engines::firewall
