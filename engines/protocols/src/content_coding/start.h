#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "content_coding/codec.h"

namespace sekisho::engines {

/// What a header calls the packing of a body; unknown: only unpacked when its first bytes say how.
enum class Coding : std::uint8_t { gzip, deflate, brotli, lzma, unknown };

/// How the bytes of one layer may be read: `codec` from `skip` on.
struct Reading {
  CodecKind codec = CodecKind::plain;
  std::size_t skip = 0;
};

/// Readings of a layer that is called `coding` and begins with `start`, the likeliest first; plain
/// is not among them. What is declared and what is sent often differ: any browser's guess counts.
struct Readings {
  static constexpr std::size_t kMost = 8;
  std::array<Reading, kMost> list{};
  std::size_t count = 0;
  bool certain = false;     // the first is right, no trial needed
  bool wants_more = false;  // too few bytes to tell
  void add(CodecKind codec, std::size_t skip) noexcept {
    if (count < kMost) list[count++] = {codec, skip};
  }
};

/// `complete`: no more bytes will come.
Readings readings_of(Coding coding, std::span<const std::uint8_t> start, bool complete) noexcept;

/// A member of a gzip file begins here (RFC 1952).
bool is_gzip_magic(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace sekisho::engines
