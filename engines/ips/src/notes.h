#pragma once

#include <array>

#include "tables.h"

namespace sekisho::engines::ips {

/// What rules noted of what they matched on, for the alerts of one packet. What does not fit is
/// left out.
class Notes {
 public:
  static constexpr std::size_t kMax = 64;
  static constexpr std::size_t kMaxBytes = 16 * 1024;
  static constexpr std::size_t kMaxValueBytes = 1024;  // the rest is cut, but for JSON

  void clear() noexcept { num_notes_ = num_bytes_ = 0; }
  /// Of the rule that is looked at now: begin, and forget() when it does not match.
  std::size_t count() const noexcept { return num_notes_; }
  void forget(std::size_t count) noexcept { num_notes_ = count; }
  void add(AlertNote::Scope scope, std::string_view name,
           std::span<const std::uint8_t> value) noexcept;
  std::span<const AlertNote> from(std::size_t first, std::size_t last) const noexcept {
    return {notes_.data() + first, last - first};
  }

 private:
  std::array<AlertNote, kMax> notes_;
  std::array<char, kMaxBytes> bytes_;
  std::size_t num_notes_ = 0, num_bytes_ = 0;
};

}  // namespace sekisho::engines::ips
