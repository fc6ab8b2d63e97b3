#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/ips/rule.h"

namespace sekisho::rules {

/// One rule's text: a line of the file, or several that a backslash at their ends joins.
class RuleLine {
 public:
  std::string_view text() const noexcept { return text_; }
  bool is_comment() const noexcept;
  /// Where `at`, a place in text(), stands in the file; the line's first byte for any other.
  RulePosition position_of(const char* at, std::string_view file) const;

 private:
  friend class RuleLines;
  struct Piece {
    std::size_t offset;  // in text_
    std::uint32_t line;
    std::uint32_t column;
  };
  std::string_view text_;
  std::string joined_;  // what text_ looks at when lines were joined
  std::vector<Piece> pieces_;
};

/// Walks over a file; LF or CRLF, a byte order mark in front is passed over.
class RuleLines {
 public:
  explicit RuleLines(std::string_view file_text) noexcept;
  /// The next line that is not blank; false at the end.
  bool next(RuleLine& line);

 private:
  std::string_view take_physical_line() noexcept;

  std::string_view rest_;
  std::uint32_t number_ = 0;
};

}  // namespace sekisho::rules
