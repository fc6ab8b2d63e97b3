#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/base/address.h"
#include "engines/callback/recent_table.h"
#include "engines/callback/sensitivity.h"

namespace sekisho::engines::callback {

/// What a host did that looks for its controller under names made by a machine.
struct DgaFinding {
  std::uint32_t names = 0;      // different ones of that kind that did not resolve
  std::uint8_t confidence = 0;  // 0-100
};

/// Finds hosts that ask for many names that look made by a machine and do not resolve. A single
/// name proves nothing: one real name in 26 looks as odd. For one worker.
class DgaDetector {
 public:
  static constexpr std::uint32_t kWindowSeconds = 600;
  static constexpr std::size_t kHosts = 4096;

  explicit DgaDetector(std::uint64_t secret) : secret_(secret), hosts_(kHosts) {}

  /// The answer to `client` for the canonical `name` was NXDOMAIN. A finding at most once a window
  /// and host. `now_s` of any steady clock.
  std::optional<DgaFinding> add_unresolved(const IpAddress& client, std::string_view name,
                                           Sensitivity sensitivity, std::uint32_t now_s) noexcept;
  /// Whether a finding about `client` holds and `name` is of the kind that it asks for.
  bool is_suspect(const IpAddress& client, std::string_view name,
                  std::uint32_t now_s) const noexcept;

 private:
  struct Host {
    std::uint32_t begun_s = 0;
    std::uint32_t told_s = 0;
    std::uint16_t odd = 0;    // different registered names that look made by a machine
    std::uint16_t other = 0;  // and that do not
    bool told = false;
    std::array<std::uint64_t, 8> seen{};  // a bit a name: one asked for again is not counted
  };
  std::uint64_t secret_;
  RecentTable<Host> hosts_;
};

}  // namespace sekisho::engines::callback
