#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sekisho {

/// What last_log_lines gives at most.
inline constexpr std::size_t kKeptLogLines = 1000;
inline constexpr std::size_t kKeptLogBytes = std::size_t{1} << 20;

/// The log of this process, once, before any other thread: spdlog's default logger writes to
/// standard error under `name` with times in UTC, and keeps its last lines for whoever asks.
void start_log(const std::string& name);

/// The last lines, oldest first, without newlines. Any thread; none before start_log.
std::vector<std::string> last_log_lines();

}  // namespace sekisho
