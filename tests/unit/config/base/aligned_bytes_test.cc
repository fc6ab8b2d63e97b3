#include "config/base/aligned_bytes.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace sekisho {

TEST_CASE("a copy begins on a 64-byte boundary and is the same bytes") {
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 4096U}) {
    CAPTURE(size);
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
    const AlignedBytes copy(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(copy.view().data()) % AlignedBytes::kAlignment == 0);
    CHECK(std::ranges::equal(copy.view(), bytes));
  }
}

}  // namespace sekisho
