#include "rule_lines.h"

#include <functional>

#include "text.h"

namespace sekisho::rules {

bool RuleLine::is_comment() const noexcept { return !text_.empty() && text_.front() == '#'; }

RulePosition RuleLine::position_of(const char* at, std::string_view file) const {
  const std::less_equal<const char*> not_after;
  std::size_t offset = 0;
  if (at != nullptr && not_after(text_.data(), at) && not_after(at, text_.data() + text_.size()))
    offset = static_cast<std::size_t>(at - text_.data());
  const Piece* piece = &pieces_.front();
  for (const auto& one : pieces_)
    if (one.offset <= offset) piece = &one;
  return {std::string(file), piece->line,
          piece->column + static_cast<std::uint32_t>(offset - piece->offset)};
}

RuleLines::RuleLines(std::string_view file_text) noexcept : rest_(file_text) {
  take_prefix(rest_, "\xef\xbb\xbf");
}

std::string_view RuleLines::take_physical_line() noexcept {
  const auto end = rest_.find('\n');
  auto line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? rest_.substr(rest_.size()) : rest_.substr(end + 1);
  ++number_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool RuleLines::next(RuleLine& line) {
  line.pieces_.clear();
  line.joined_.clear();
  while (!rest_.empty()) {
    const auto physical = take_physical_line();
    auto part = trim(physical);
    const auto column = static_cast<std::uint32_t>(part.data() - physical.data()) + 1;
    // A comment ends with its line: a backslash there does not swallow the rule below it.
    const bool is_comment = line.pieces_.empty() && part.starts_with('#');
    const bool goes_on = !is_comment && part.ends_with('\\') && !rest_.empty();
    if (goes_on) part.remove_suffix(1);
    if (!goes_on && line.pieces_.empty()) {
      if (part.empty()) continue;
      line.pieces_.push_back({0, number_, column});
      line.text_ = part;
      return true;
    }
    line.pieces_.push_back({line.joined_.size(), number_, column});
    line.joined_ += part;
    if (!goes_on) break;
    line.joined_ += ' ';
  }
  if (line.pieces_.empty()) return false;
  line.text_ = line.joined_;
  return true;
}

}  // namespace sekisho::rules
