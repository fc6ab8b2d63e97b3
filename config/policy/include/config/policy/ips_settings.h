#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/policy/model.h"

namespace sekisho::policy {

/// Traffic that a profile treats otherwise: "all from 192.0.2.0/24", "2019401 from office to
/// 10.0.0.1". Addresses are those of the packet that matched.
struct TrafficText {
  std::uint32_t rule = 0;   // 0: every rule
  std::string_view source;  // a literal, or the name of an address object; empty: every address
  std::string_view destination;  // likewise; one of the two is there
};
Result<TrafficText> parse_traffic(std::string_view text);

/// The ranges of a literal or of the object with this name; not_found when it is neither.
Result<std::vector<AddressRange>> find_addresses(std::string_view text,
                                                 std::span<const AddressObject> objects);

/// "2019401=600": a rule and seconds.
struct RuleSeconds {
  std::uint32_t rule = 0;
  std::uint32_t seconds = 0;
};
Result<RuleSeconds> parse_rule_seconds(std::string_view text);

inline constexpr std::uint32_t kMaxQuarantineSeconds = 7 * 24 * 3600;

/// Of the packets that are captured around an alert.
inline constexpr std::uint32_t kMaxCapturedBefore = 64;
inline constexpr std::uint32_t kMaxCaptureSeconds = 600;

/// A profile's exceptions, as pairs of networks.
inline constexpr std::size_t kMaxTrafficExceptions = 4096;

}  // namespace sekisho::policy
