#pragma once

#include <cstdint>

namespace sekisho::decrypt {

// A tag of epoll: what an event is about, and which of them.
enum class About : std::uint8_t { inbox, bell, link, client, server, leafs, findings };
constexpr std::uint64_t tag_of(About about, std::uint32_t age, std::uint32_t number) noexcept {
  return std::uint64_t{static_cast<std::uint8_t>(about)} << 56 |
         std::uint64_t{age & 0xffffff} << 32 | number;
}

}  // namespace sekisho::decrypt
