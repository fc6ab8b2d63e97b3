#include "tools/sekisho/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sekisho::tools {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The code point at the front of `text`, which is not empty (RFC 3629; no surrogates, no overlong
/// forms).
CodePoint decode(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  char32_t value = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kLeast[size] || value > 0x10ffff || surrogate) return {};
  return {value, size, true};
}

struct Interval {
  char32_t first;
  char32_t last;
};

constexpr Interval kWide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
};
constexpr Interval kZeroWidth[] = {
    {0x0300, 0x036f}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064}, {0x2066, 0x2069},
    {0x20d0, 0x20ff}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
};

template <std::size_t N>
bool within(const Interval (&intervals)[N], char32_t value) noexcept {
  return std::any_of(std::begin(intervals), std::end(intervals),
                     [&](const Interval& i) { return value >= i.first && value <= i.last; });
}

std::size_t columns_of(const CodePoint& point) noexcept {
  if (!point.valid) return 1;
  if (within(kZeroWidth, point.value)) return 0;
  return within(kWide, point.value) ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto point = decode(text);
    columns += columns_of(point);
    text.remove_prefix(point.bytes);
  }
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const auto point = decode(text.substr(bytes));
    if (used + columns_of(point) > columns - 1) break;
    used += columns_of(point);
    bytes += point.bytes;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const auto point = decode(text);
    const bool control = point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0);
    // Bidirectional overrides could make a line read differently from what it says.
    const bool override = (point.value >= 0x202a && point.value <= 0x202e) ||
                          (point.value >= 0x2066 && point.value <= 0x2069);
    if (!point.valid || control || override)
      clean += '?';
    else
      clean.append(text.substr(0, point.bytes));
    text.remove_prefix(point.bytes);
  }
  return clean;
}

std::string show(std::optional<std::uint64_t> number) {
  if (!number) return "-";
  auto digits = std::to_string(*number);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

std::string show_bytes(std::optional<std::uint64_t> bytes) {
  if (!bytes) return "-";
  if (*bytes < 1024) return fmt::format("{} B", *bytes);
  constexpr std::array<std::string_view, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(*bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string show_duration(std::optional<std::uint64_t> seconds) {
  if (!seconds) return "-";
  const std::uint64_t days = *seconds / 86400;
  const std::uint64_t hours = *seconds / 3600 % 24;
  const std::uint64_t minutes = *seconds / 60 % 60;
  if (days > 0) return fmt::format("{}d {:02}:{:02}", days, hours, minutes);
  return fmt::format("{:02}:{:02}:{:02}", hours, minutes, *seconds % 60);
}

std::string show_time(std::time_t unix_seconds) {
  std::tm local{};
  if (localtime_r(&unix_seconds, &local) == nullptr) return "-";
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return {text.data(), size};
}

std::string show_endpoint(const std::string& address, std::optional<std::uint64_t> port) {
  if (!port) return address;
  if (address.find(':') == address.npos) return fmt::format("{}:{}", address, *port);
  return fmt::format("[{}]:{}", address, *port);
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return value;
}

std::string paint(std::string text, Style style, bool colour) {
  constexpr std::array<std::string_view, 6> kCodes{"", "32", "33", "31", "2", "1"};
  const auto code = kCodes[static_cast<std::size_t>(style)];
  if (!colour || code.empty() || text.empty()) return text;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace sekisho::tools
