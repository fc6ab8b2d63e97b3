#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::engines {

inline constexpr std::size_t kFileMagicBytes = 512;  // of a file's beginning that tell its type
inline constexpr std::size_t kFileMagicText = 96;

/// What a file is by its first bytes, in the words of file(1), as filemagic rules expect them:
/// "PDF document, version 1.5", "PE32 executable (GUI) Intel 80386, for MS Windows". The common
/// types only; "data" for others. In `room` (kFileMagicText), or static. No allocation.
std::string_view file_magic(std::span<const std::uint8_t> begin, std::span<char> room) noexcept;

}  // namespace sekisho::engines
