#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/base/address.h"
#include "engines/callback/recent_table.h"
#include "engines/callback/sensitivity.h"

namespace sekisho::engines::callback {

struct TunnelFinding {
  std::uint32_t names = 0;       // different ones in the window
  std::uint32_t name_bytes = 0;  // what they carried below the domain
  std::uint32_t answer_bytes = 0;
  std::uint8_t confidence = 0;  // 0-100
};

/// Finds hosts that carry data in the names that they ask one domain for: many different ones,
/// long, of letters in no order; or in the answers of record types that nobody asks for in such
/// numbers. Look-up services whose names carry data by design are left out. For one worker.
class TunnelDetector {
 public:
  static constexpr std::uint32_t kWindowSeconds = 120;
  static constexpr std::size_t kDomains = 8192;

  explicit TunnelDetector(std::uint64_t secret) : secret_(secret), domains_(kDomains) {}

  /// `client` asks for the canonical `name`; `type` as in DNS. A finding at most once a window,
  /// client and domain. `now_s` of any steady clock.
  std::optional<TunnelFinding> add_query(const IpAddress& client, std::string_view name,
                                         std::uint16_t type, Sensitivity sensitivity,
                                         std::uint32_t now_s) noexcept;
  /// The answer to such a query; `bytes`: of the whole message.
  void add_answer(const IpAddress& client, std::string_view name, std::uint32_t bytes,
                  std::uint32_t now_s) noexcept;
  /// Whether a finding about `client` and the domain of `name` holds.
  bool is_suspect(const IpAddress& client, std::string_view name,
                  std::uint32_t now_s) const noexcept;

 private:
  struct Domain {
    std::uint32_t begun_s = 0;
    std::uint32_t told_s = 0;
    std::uint32_t names = 0;
    std::uint32_t name_bytes = 0;
    std::uint64_t entropy = 0;  // hundredths of bits a character, times bytes
    std::uint32_t odd_types = 0;
    std::uint32_t answer_bytes = 0;
    bool told = false;
    std::array<std::uint64_t, 16> seen{};  // a bit a name
  };
  static std::optional<TunnelFinding> look_at(const Domain& domain,
                                              Sensitivity sensitivity) noexcept;
  std::uint64_t key_of(const IpAddress& client, std::string_view domain) const noexcept;

  std::uint64_t secret_;
  RecentTable<Domain> domains_;
};

}  // namespace sekisho::engines::callback
