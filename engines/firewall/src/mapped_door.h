#pragma once

#include <cstddef>
#include <cstdint>

/// The one place where bytes of an artifact become types. Callers have checked bounds; sections
/// begin on 64 bytes, the artifact itself on kArtifactAlignment.
namespace sekisho::engines::firewall {

inline constexpr std::size_t kArtifactAlignment = 8;

template <class T>
const T* view_as(const void* bytes) noexcept {
  static_assert(alignof(T) <= kArtifactAlignment);
  return reinterpret_cast<const T*>(bytes);
}

inline bool is_aligned(const void* bytes) noexcept {
  return reinterpret_cast<std::uintptr_t>(bytes) % kArtifactAlignment == 0;
}

}  // namespace sekisho::engines::firewall
