#include "feed_time.h"

#include <chrono>

namespace sekisho::rules {
namespace {

constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 86'400;

/// Takes a time apart from its front. After the first thing that is not as it should be, nothing
/// more is taken.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) noexcept : rest_(text) {}

  /// A number of exactly `digits`.
  unsigned number(std::size_t digits) noexcept {
    unsigned value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const bool is_digit = i < rest_.size() && rest_[i] >= '0' && rest_[i] <= '9';
      if (!is_digit) return fail();
      value = value * 10 + static_cast<unsigned>(rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  /// One of `wanted`.
  char sign(std::string_view wanted) noexcept {
    const char found = rest_.empty() ? '\0' : rest_.front();
    if (rest_.empty() || wanted.find(found) == wanted.npos) {
      fail();
      return '\0';
    }
    rest_.remove_prefix(1);
    return found;
  }
  void skip_fraction() noexcept {
    if (!rest_.starts_with('.')) return;
    rest_.remove_prefix(1);
    number(1);
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') rest_.remove_prefix(1);
  }
  bool is_at_end() const noexcept { return !failed_ && rest_.empty(); }

 private:
  unsigned fail() noexcept {
    failed_ = true;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

/// Seconds that the time is ahead of UTC.
std::int64_t read_offset(TimeReader& reader) noexcept {
  const char sign = reader.sign("Zz+-");
  if (sign != '+' && sign != '-') return 0;
  const std::int64_t hours = reader.number(2);
  reader.sign(":");
  const std::int64_t minutes = reader.number(2);
  const auto seconds = hours * kHour + minutes * kMinute;
  return sign == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<std::int64_t> parse_feed_time(std::string_view text) noexcept {
  TimeReader reader(text);
  const auto year = reader.number(4);
  reader.sign("-");
  const auto month = reader.number(2);
  reader.sign("-");
  const auto day = reader.number(2);
  reader.sign("Tt ");
  const std::int64_t hour = reader.number(2);
  reader.sign(":");
  const std::int64_t minute = reader.number(2);
  reader.sign(":");
  const std::int64_t second = reader.number(2);  // 60: a leap second
  reader.skip_fraction();
  const auto offset = read_offset(reader);
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(month), std::chrono::day(day)};
  if (!reader.is_at_end() || !date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * kDay + hour * kHour + minute * kMinute + second - offset;
}

}  // namespace sekisho::rules
