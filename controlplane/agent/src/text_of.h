#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>

namespace sekisho::controlplane {

inline std::string text_of(std::span<const std::byte> bytes) {
  std::string text(bytes.size(), '\0');
  if (!bytes.empty()) std::memcpy(text.data(), bytes.data(), bytes.size());
  return text;
}

}  // namespace sekisho::controlplane
