#include "eve_time.h"

#include <chrono>
#include <cstdlib>
#include <ctime>

namespace sekisho::events {
namespace {

/// Seconds east of UTC at `unix_seconds`. localtime_r takes a lock and reads tables, and a log
/// asks for the same quarter hour over and over; offsets change only on quarter hours.
std::int64_t utc_offset(std::int64_t unix_seconds) {
  struct Remembered {
    std::int64_t quarter = -1;
    std::int64_t offset = 0;
  };
  constexpr std::size_t kSlots = 16;
  thread_local std::array<Remembered, kSlots> cache;
  const auto quarter = unix_seconds / 900;
  auto& slot = cache[static_cast<std::size_t>(quarter) % kSlots];
  if (slot.quarter != quarter) {
    const std::time_t time = unix_seconds;
    std::tm local{};
    const bool known = localtime_r(&time, &local) != nullptr;
    slot = {quarter, known ? local.tm_gmtoff : 0};
  }
  return slot.offset;
}

void put_digits(char* at, std::size_t width, std::uint64_t number) {
  for (; width > 0; --width, number /= 10) at[width - 1] = static_cast<char>('0' + number % 10);
}

}  // namespace

EveTime::EveTime(std::uint64_t unix_ns) {
  using namespace std::chrono;
  const auto unix_seconds = static_cast<std::int64_t>(unix_ns / 1'000'000'000);
  const auto offset = utc_offset(unix_seconds);
  const auto local = seconds(unix_seconds + offset);
  const auto day = floor<days>(local);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss time(local - day);
  const auto minutes_east = static_cast<std::uint64_t>(std::llabs(offset) / 60);

  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000+0000";
  static_assert(kForm.size() == std::tuple_size_v<decltype(text_)>);
  kForm.copy(text_.data(), kForm.size());
  char* const text = text_.data();
  put_digits(text, 4, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  put_digits(text + 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text + 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text + 11, 2, static_cast<std::uint64_t>(time.hours().count()));
  put_digits(text + 14, 2, static_cast<std::uint64_t>(time.minutes().count()));
  put_digits(text + 17, 2, static_cast<std::uint64_t>(time.seconds().count()));
  put_digits(text + 20, 6, unix_ns / 1000 % 1'000'000);
  text[26] = offset < 0 ? '-' : '+';
  put_digits(text + 27, 2, minutes_east / 60);
  put_digits(text + 29, 2, minutes_east % 60);
}

}  // namespace sekisho::events
