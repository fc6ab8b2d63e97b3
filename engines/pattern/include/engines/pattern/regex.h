#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "config/base/result.h"

namespace sekisho::engines::pattern {

/// Groups beyond these are matched but not reported.
inline constexpr std::uint32_t kMaxCaptures = 16;
/// PCRE2's match and depth limits of one call: what a hostile subject may cost.
inline constexpr std::uint32_t kRegexMatchLimit = 3500;
inline constexpr std::uint32_t kRegexDepthLimit = 1500;

enum class RegexOutcome : std::uint8_t { no_match, match, over_limit };

/// Working memory of one core.
class RegexScratch {
 public:
  RegexScratch();
  ~RegexScratch();
  RegexScratch(const RegexScratch&) = delete;
  RegexScratch& operator=(const RegexScratch&) = delete;
  /// False: there was no memory; nothing would match.
  bool ready() const noexcept { return match_data_ != nullptr && match_context_ != nullptr; }

  /// Of the last match: 0 is all of it. False: the group took no part.
  bool capture(std::uint32_t group, std::size_t& begin, std::size_t& end) const noexcept;

 private:
  friend class Regex;
  void* match_data_;
  void* match_context_;
  void* jit_stack_;
  std::uint32_t captures_ = 0;
};

/// One PCRE2 expression, compiled to machine code where the expression allows. Immutable, shared.
class Regex {
 public:
  /// `options`: PCRE2 compile options, as PCRE2 numbers them.
  static Result<Regex> compile(std::string_view pattern, std::uint32_t options);
  /// Whether compile() would do it, without making machine code: not every process may.
  static Status check(std::string_view pattern, std::uint32_t options);
  Regex(Regex&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Regex& operator=(Regex&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Regex();

  /// The first match at or behind `start`.
  RegexOutcome match(std::span<const std::uint8_t> subject, std::size_t start,
                     RegexScratch& scratch) const noexcept;
  std::uint32_t num_captures() const noexcept;

 private:
  explicit Regex(void* raw) noexcept : raw_(raw) {}
  void* raw_;
};

}  // namespace sekisho::engines::pattern
