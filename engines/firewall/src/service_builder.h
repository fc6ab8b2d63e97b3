#pragma once

#include <cstdint>
#include <vector>

#include "artifact.h"
#include "config/policy/model.h"
#include "row_builder.h"

/// Compile time: from services and sides to rows.
namespace sekisho::engines::firewall {

struct ServiceRules {
  struct Entry {
    policy::ServiceEntry service;
    std::uint32_t bit;
  };
  std::vector<Entry> entries;
  std::vector<std::uint32_t> any;      // bits of rules that take every service
  std::vector<std::uint32_t> not_lan;  // bits of rules that flows from the LAN side cannot match
  std::vector<std::uint32_t> not_wan;
};

struct ServiceTables {
  std::vector<ProtocolEntry> protocols;  // 256
  std::vector<std::uint16_t> classes;
};

ServiceTables build_services(const ServiceRules& rules, RowTable& rows);

}  // namespace sekisho::engines::firewall
