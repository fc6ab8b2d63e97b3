#pragma once

#include "host_state.h"
#include "tables.h"

namespace sekisho::engines::ips {

/// Who a threshold counts for.
struct ThresholdSubject {
  const IpAddress* source = nullptr;
  const IpAddress* destination = nullptr;
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint64_t flow_id = 0;
  std::uint64_t now_ms = 0;
};

enum class ThresholdVerdict : std::uint8_t {
  speak,   // act and log
  silent,  // act, do not log
  nothing  // as if the rule had not matched
};

/// `action` changes when a rate filter is over its rate.
ThresholdVerdict judge_threshold(const ThresholdRecord& threshold,
                                 std::span<const AddressRange> addresses, const RuleRecord& rule,
                                 std::uint32_t number, const ThresholdSubject& subject,
                                 HostState::Tables& hosts, rules::RuleAction& action) noexcept;

/// Sorted, disjoint ranges.
bool contains(std::span<const AddressRange> ranges, const IpAddress& address) noexcept;

}  // namespace sekisho::engines::ips
