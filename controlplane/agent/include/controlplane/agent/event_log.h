#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include "controlplane/agent/eve_file.h"
#include "controlplane/agent/syslog.h"

namespace sekisho::controlplane {

/// Where events go: the EVE file and, where the box says so, syslog. Any thread.
class EventLog {
 public:
  explicit EventLog(EveFile file, std::optional<SyslogSender> syslog = std::nullopt)
      : file_(std::move(file)), syslog_(std::move(syslog)) {}

  /// The file decides: when it cannot be written nothing was, and the caller keeps its events.
  Status write(std::span<const EventLine> lines);

  struct Counters {
    std::uint64_t written = 0;  // lines in the file
    std::uint64_t syslog_sent = 0;
    std::uint64_t syslog_lost = 0;
  };
  Counters counters() const;
  EveFile& file() { return file_; }
  const EveFile& file() const { return file_; }

 private:
  EveFile file_;
  mutable std::mutex mutex_;  // guards what follows, and keeps both outputs in one order
  std::optional<SyslogSender> syslog_;
  std::uint64_t written_ = 0;
};

}  // namespace sekisho::controlplane
