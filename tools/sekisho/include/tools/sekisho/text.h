#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace sekisho::tools {

/// Columns that UTF-8 `text` takes on a terminal: East Asian wide characters take two, combining
/// marks none (Unicode UAX #11).
std::size_t display_width(std::string_view text) noexcept;

/// `text` cut to `columns`, the last of them "…" when something was cut off.
std::string fit(std::string_view text, std::size_t columns);

/// `text` with control characters (which could drive the terminal) and broken UTF-8 as '?'.
std::string printable(std::string_view text);

/// 1234567 as "1,234,567"; "-" when absent.
std::string show(std::optional<std::uint64_t> number);

/// "1.5 GiB", "812 B".
std::string show_bytes(std::optional<std::uint64_t> bytes);

/// "3d 04:05", "04:05:06"; "-" when absent.
std::string show_duration(std::optional<std::uint64_t> seconds);

/// "2026-11-21 09:00:12" in local time.
std::string show_time(std::time_t unix_seconds);

/// "192.0.2.1:443", "[2001:db8::1]:443"; without a port when there is none.
std::string show_endpoint(const std::string& address, std::optional<std::uint64_t> port);

/// A number of the whole text in decimal, or none.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

enum class Style { plain, good, warning, bad, faint, strong };

/// `text` in terminal colours when `colour`, else unchanged.
std::string paint(std::string text, Style style, bool colour);

}  // namespace sekisho::tools
