#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// The lines that the console has not stored yet: the spool, as the link sees it. Any thread.
class EventSource {
 public:
  struct Lines {
    std::uint64_t first_sequence = 0;
    std::vector<std::string> lines;
  };
  struct State {
    std::uint64_t next_sequence = 1;  // the one that the next line gets
    std::uint64_t waiting = 0;        // lines that are not acknowledged
    std::uint64_t lost = 0;           // lines of this epoch that had to go unacknowledged
  };

  virtual ~EventSource() = default;
  /// Lines are kept while the box is enrolled.
  virtual void set_enrolled(bool enrolled) = 0;
  /// What is kept is for another console than the one that comes.
  virtual void drop_all() = 0;
  /// Empty: there is no spool.
  virtual std::string epoch() const = 0;
  virtual Result<Lines> read(std::uint64_t from, std::size_t max_lines, std::size_t max_bytes) = 0;
  virtual Status acknowledge(std::uint64_t sequence) = 0;
  /// Waits for a line with `sequence` or a later one; false: none came.
  virtual bool wait_for_more(std::uint64_t sequence, std::chrono::milliseconds timeout,
                             const std::stop_token& stop) = 0;
  virtual State state() const = 0;
};

}  // namespace sekisho::controlplane
