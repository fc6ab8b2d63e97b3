#include "eve_time.h"

#include <chrono>

namespace sekisho::console {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes `digits` digits off `text`.
std::optional<int> take(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_mark(std::string_view& text, char mark) {
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(1);
  return true;
}

/// A number of `digits` digits with `mark` in front.
std::optional<int> take_after(std::string_view& text, char mark, std::size_t digits) {
  if (!take_mark(text, mark)) return std::nullopt;
  return take(text, digits);
}

int take_milliseconds(std::string_view& text) {
  if (!take_mark(text, '.')) return 0;
  int milliseconds = 0;
  int weight = 100;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), weight /= 10)
    milliseconds += (text.front() - '0') * weight;
  return milliseconds;
}

/// Minutes east of Greenwich.
std::optional<int> take_offset(std::string_view& text) {
  if (take_mark(text, 'Z')) return 0;
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take(text, 2);
  take_mark(text, ':');
  const auto minutes = take(text, 2);
  if (!hours || !minutes) return std::nullopt;
  return (west ? -1 : 1) * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<std::int64_t> parse_eve_time(std::string_view text) {
  using namespace std::chrono;
  const auto year_number = take(text, 4);
  const auto month_number = take_after(text, '-', 2);
  const auto day_number = take_after(text, '-', 2);
  const auto hour = take_after(text, 'T', 2);
  const auto minute = take_after(text, ':', 2);
  const auto second = take_after(text, ':', 2);
  if (!year_number || !month_number || !day_number || !hour || !minute || !second)
    return std::nullopt;
  const int milliseconds_part = take_milliseconds(text);
  const auto offset = take_offset(text);
  const year_month_day date{year(*year_number), month(static_cast<unsigned>(*month_number)),
                            day(static_cast<unsigned>(*day_number))};
  if (!offset || !text.empty() || !date.ok() || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  const auto time = sys_days(date) + hours(*hour) + minutes(*minute - *offset) + seconds(*second) +
                    milliseconds(milliseconds_part);
  return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace sekisho::console
