#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sekisho {

/// Ids of the administrator's own applications: the n-th of a policy has kFirstId + n, so that they
/// mean something with their policy only. Ids below are those of the catalogue
/// (rules/applications).
struct OwnApplication {
  static constexpr std::uint16_t kFirstId = 60'000;
  static constexpr std::size_t kMax = 128;

  static constexpr bool is_own(std::uint16_t id) noexcept {
    return id >= kFirstId && id < kFirstId + kMax;
  }
  /// `id` is_own(): its place in the policy.
  static constexpr std::size_t index_of(std::uint16_t id) noexcept {
    return std::size_t{id} - kFirstId;
  }
  static constexpr std::uint16_t id_of(std::size_t index) noexcept {
    return static_cast<std::uint16_t>(kFirstId + index);
  }
  /// Stands for the name in every policy, like the id of a user; no id of any application.
  static constexpr std::uint32_t key_of(std::string_view name) noexcept {
    std::uint32_t hash = 2166136261U;  // FNV-1a
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash | 0x8000'0000U;
  }
};

}  // namespace sekisho
