#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/policy/model.h"

namespace sekisho::policy {

/// The small languages that stand in single values of a policy file. Each parser takes text without
/// outer blanks; errors name the text and what is wrong with it.

/// "tcp/443", "udp/5000-5100", "sctp/any", "icmp/8", "icmpv6/any", "ip/47", "ip/any", "any".
Result<ServiceEntry> parse_service(std::string_view text);
std::string to_string(const ServiceEntry& entry);

/// A host name of two labels or more, or "*." and a name. RFC 1123 §2.1 and the underscore.
Result<FqdnPattern> parse_fqdn_pattern(std::string_view text);

/// "09:00"; 24:00 is a time only at the end of an interval.
Result<std::chrono::minutes> parse_time_of_day(std::string_view text, bool is_end);
std::string time_of_day(std::chrono::minutes time);

/// "mon".."sun", "weekdays", "weekend", "everyday" as the bits of ScheduleEntry::days.
Result<std::uint8_t> parse_days(std::string_view text);
std::string days_text(std::uint8_t days);

/// An entry of the allow or block list (R066-R070): host, "*.host", "host.*", host/path,
/// "host/path*", IP address, range or CIDR. Returns it with the host in lower case.
Result<std::string> parse_list_entry(std::string_view text);

/// The parts of a comma-separated value, without blanks around them; an empty part stays.
std::vector<std::string_view> split_commas(std::string_view text);

/// Without blanks at both ends.
std::string_view trim(std::string_view text);

std::string lower_case(std::string_view text);

/// True when the (valid UTF-8) text has a control character of Unicode, which could garble what
/// shows it: U+0000-U+001F, U+007F-U+009F.
bool has_control_character(std::string_view text) noexcept;

/// The text with '?' for each control character, cut before a character when it is long.
std::string printable(std::string_view text, std::size_t max_bytes);

/// "'text' why", the text as printable() gives it.
Error refused(std::string_view text, std::string_view why);

}  // namespace sekisho::policy
