#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::engines::dcerpc {

/// A well-known interface and the names of its operations, by number.
struct Service {
  std::string_view uuid;  // as text
  std::string_view name;
  std::span<const std::string_view> procedures;
};

/// Null: not known.
const Service* service_of(const std::array<std::uint8_t, 16>& uuid) noexcept;
/// Empty: not known.
std::string_view procedure_of(const Service& service, std::uint16_t operation) noexcept;

}  // namespace sekisho::engines::dcerpc
