#include "config/log/process_log.h"

#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

namespace sekisho {
namespace {

using Ring = spdlog::sinks::ringbuffer_sink_mt;

std::shared_ptr<Ring>& ring() {
  static std::shared_ptr<Ring> kept;
  return kept;
}

}  // namespace

void start_log(const std::string& name) {
  ring() = std::make_shared<Ring>(kKeptLogLines);
  const auto to_stderr = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>(name, spdlog::sinks_init_list{to_stderr, ring()}));
  spdlog::set_pattern("[%Y-%m-%dT%H:%M:%S.%eZ] [%n] [%l] %v", spdlog::pattern_time_type::utc);
}

std::vector<std::string> last_log_lines() {
  if (ring() == nullptr) return {};
  auto lines = ring()->last_formatted();
  std::size_t bytes = 0;
  auto first = lines.end();
  while (first != lines.begin() && bytes + std::prev(first)->size() <= kKeptLogBytes)
    bytes += (--first)->size();
  lines.erase(lines.begin(), first);
  for (auto& line : lines)
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return lines;
}

}  // namespace sekisho
