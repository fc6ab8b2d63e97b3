#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::controlplane {

/// The event log on disk: whole lines, rotated by size and age to `PATH.YYYYMMDDTHHMMSSZ-NNNN`, the
/// oldest rotated files removed beyond a number. Any thread.
class EveFile {
 public:
  using Clock = std::chrono::system_clock;

  struct Limits {
    std::uint64_t bytes;       // rotated before a write would pass this
    std::chrono::hours age;    // or when this old
    std::uint32_t kept_files;  // rotated ones, beside the current one
  };

  /// A line that a power loss cut short is removed.
  static Result<EveFile> open(std::string path, Limits limits);
  EveFile(EveFile&& other) noexcept;

  /// Appends `lines`, each ending in a newline, whole or not at all.
  Status append(std::string_view lines, Clock::time_point now);
  /// Opens the path again: someone else has moved the file.
  Status reopen();

  const std::string& path() const { return path_; }
  std::uint64_t bytes() const;

 private:
  EveFile(std::string path, Limits limits) : path_(std::move(path)), limits_(limits) {}
  Status open_current();
  Status rotate(Clock::time_point now);
  void remove_oldest() const;
  std::string free_name(Clock::time_point now) const;

  const std::string path_;
  const Limits limits_;
  mutable std::mutex mutex_;  // guards what follows
  FileDescriptor file_;
  std::uint64_t bytes_ = 0;
  Clock::time_point began_;
};

}  // namespace sekisho::controlplane
