#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sekisho::engines {

/// Which messages of DNS have records, and how those look.
struct DnsRecords {
  static constexpr std::size_t kMaxTypes = 32;

  /// EVE's version 3: `request` and `response` with all of a message. 2: a `query` for each
  /// question, `answer` for a response.
  std::uint8_t version = 3;
  bool requests = true, responses = true;
  /// Messages that ask for one of these types; none: all.
  std::array<std::uint16_t, kMaxTypes> types{};
  std::uint8_t num_types = 0;
};

/// The number of a record type by name ("AAAA", "aaaa").
std::optional<std::uint16_t> dns_type_called(std::string_view name) noexcept;

}  // namespace sekisho::engines
