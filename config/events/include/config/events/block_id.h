#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sekisho::events {

/// Names one blocked flow in 60 bits, for people: the page that answers a request shows it, the
/// events carry it, `sekisho explain --id` looks it up. 0 is no id.
using BlockId = std::uint64_t;

/// `start_seconds`: Unix time at which the flow began (30 bits count, 34 years); `worker`: 6 bits;
/// `flow`: the worker's own count of flows (24 bits). No two flows of a box share an id unless its
/// clock goes back, or one worker opens 16 million flows in a second.
constexpr BlockId make_block_id(std::uint64_t start_seconds, std::uint16_t worker,
                                std::uint64_t flow) noexcept {
  return (start_seconds & 0x3fffffff) << 30 | (std::uint64_t{worker} & 0x3f) << 24 |
         (flow & 0xffffff);
}

inline constexpr std::size_t kBlockIdCharacters = 14;

/// "7Q2M-0A1V-000G": digits and letters that are not mistaken for each other (no I, L, O, U).
std::array<char, kBlockIdCharacters> block_id_text(BlockId id) noexcept;

/// What a person read from a page: either case, with or without the hyphens, O for 0, I or L for 1.
/// nullopt: not 12 such characters.
std::optional<BlockId> parse_block_id(std::string_view text) noexcept;

}  // namespace sekisho::events
