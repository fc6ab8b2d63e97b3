#pragma once

#include <string>

#include "config/policy/policy.h"

namespace sekisho::policy {

/// True when the rule matches every flow at any time.
bool concerns_everything(const Rule& rule);

/// What must hold for the rule to match, as text; equal for rules that match the same by the same
/// selectors. "everything" when nothing is asked.
std::string describe_condition(const Rule& rule);

/// What happens on a match: "block with reset, log, profile 'x'".
std::string describe_action(const Rule& rule);

std::string describe_hosts(const HostSelectors& hosts);
std::string describe_services(const std::vector<ServiceEntry>& services);
std::string describe_content(const ContentSelectors& content);
std::string describe_entry(const ScheduleEntry& entry);
/// "192.0.2.1, 192.0.2.2 with tcp/443".
std::string describe_server(const ApplicationServer& server);
std::string describe_setting(const SettingValue& value);

}  // namespace sekisho::policy
