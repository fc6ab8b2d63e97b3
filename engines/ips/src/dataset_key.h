#pragma once

#include "hash128.h"
#include "rules/ips/rule.h"

namespace sekisho::engines::ips {

/// What stands for a value in sets of its type.
inline Hash128 dataset_key(rules::DatasetTest::Type type,
                           std::span<const std::uint8_t> value) noexcept {
  return hash128(value, static_cast<std::uint64_t>(type));
}

}  // namespace sekisho::engines::ips
