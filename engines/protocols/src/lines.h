#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/base/text_bytes.h"
#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

/// Lines of one direction of a text protocol, whose ends are LF or CR LF. A line that lies whole in
/// the bytes given is lent from there; only a split one is copied.
class LineAssembler {
 public:
  /// Of a line of more than `max_bytes` with its end, that many are given when the end has come.
  LineAssembler(MemoryPool& pool, std::size_t max_bytes) noexcept : partial_(pool, max_bytes) {}

  struct Line {
    std::span<const std::uint8_t> text;  // without its end
    bool truncated = false;
  };
  /// Takes the next line off the front of `bytes`; nullopt: all is taken, the line goes on. What it
  /// lends is valid until the next call.
  std::optional<Line> next(std::span<const std::uint8_t>& bytes) noexcept;
  /// The unfinished line, at the conversation's end.
  std::span<const std::uint8_t> rest() const noexcept { return partial_.view(); }
  bool is_within_line() const noexcept { return within_; }
  void reset() noexcept;
  /// Bytes are missing: what comes up to the next line end belongs to no line.
  void lose_place() noexcept;

 private:
  PooledBytes partial_;
  bool within_ = false;     // partial_ is the beginning of a line, or it was given away already
  bool truncated_ = false;  // more of it came than is kept
  bool skipping_ = false;   // to the next line end
  bool given_ = false;      // partial_ was lent: to be cleared
};

// ASCII only: protocols' keywords.
char lower(std::uint8_t byte) noexcept;
bool equals_nocase(std::span<const std::uint8_t> bytes, std::string_view lower_text) noexcept;
bool starts_nocase(std::span<const std::uint8_t> bytes, std::string_view lower_text) noexcept;
std::size_t find_nocase(std::span<const std::uint8_t> bytes, std::string_view lower_text) noexcept;
inline constexpr std::size_t kNotFound = static_cast<std::size_t>(-1);

std::size_t find_byte(std::span<const std::uint8_t> bytes, std::uint8_t byte,
                      std::size_t from = 0) noexcept;
/// Without blanks and tabs at both ends.
std::span<const std::uint8_t> trim(std::span<const std::uint8_t> bytes) noexcept;
/// Takes the first word off the front, blanks around it skipped.
std::span<const std::uint8_t> take_word(std::span<const std::uint8_t>& bytes) noexcept;
/// Takes what is before `separator` off the front, and the separator.
std::span<const std::uint8_t> take_until(std::span<const std::uint8_t>& bytes,
                                         std::uint8_t separator) noexcept;
/// The whole of `bytes` as a decimal number; nullopt: other characters, none, or over 2^64 - 1.
std::optional<std::uint64_t> decimal(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace sekisho::engines
