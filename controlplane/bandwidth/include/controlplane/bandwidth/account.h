#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// Frames and their bytes, as ports count them, to and from the outside.
struct TrafficCount {
  std::uint64_t bytes_out = 0, bytes_in = 0;
  std::uint64_t packets_out = 0, packets_in = 0;

  std::uint64_t bytes() const noexcept { return bytes_out + bytes_in; }
  TrafficCount& operator+=(const TrafficCount& more) noexcept;
  bool operator==(const TrafficCount&) const = default;
};

/// Whose traffic. All empty: the rest, of those that had too little for a row of their own.
struct BandwidthKey {
  std::string address{};      // of the inside end
  std::string user{};         // empty: nobody known
  std::string application{};  // empty: not recognised
  std::string category{};     // of URLs; empty: none known
  auto operator<=>(const BandwidthKey&) const = default;
};

struct BandwidthRow {
  BandwidthKey key;
  TrafficCount traffic;
  bool operator==(const BandwidthRow&) const = default;
};

/// Who used how much of the line in a time.
struct BandwidthAccount {
  std::int64_t begin = 0, end = 0;   // Unix seconds
  std::string boot_id{};             // of the dataplane that counted; empty: several
  std::uint64_t number = 0;          // of its reading
  std::vector<BandwidthRow> rows{};  // those with most first
  bool operator==(const BandwidthAccount&) const = default;
};

inline constexpr std::size_t kMaxAccountRows = 4096;
inline constexpr std::int64_t kMaxAccountTime = 99'999'999'999;
inline constexpr std::size_t kMaxAccountBytes = std::size_t{8} << 20;

/// The file form: a line with magic and CRC-32 of what follows, then JSON.
std::string encode(const BandwidthAccount& account);
/// invalid_input: damaged, or no such file.
Result<BandwidthAccount> decode_account(std::string_view file);

/// Sums by key, those with most first; what is more than `max_rows` is in the rest.
std::vector<BandwidthRow> sum_of(std::span<const BandwidthRow> rows, std::size_t max_rows);

enum class BandwidthBy : std::uint8_t { address, user, application, category };
/// "address", "user", "application", "category".
Result<BandwidthBy> parse_bandwidth_by(std::string_view name);
/// One row for each value of one field, the others empty. Who has no user or application is the row
/// with an empty one.
std::vector<BandwidthRow> sums_by(BandwidthBy by, std::span<const BandwidthRow> rows);

}  // namespace sekisho::controlplane
