#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controlplane/agent/eve_file.h"
#include "controlplane/agent/syslog.h"
#include "controlplane/spool/spool.h"

namespace sekisho::controlplane {

/// Where events go: the EVE file, where the box says so syslog, and while the box is enrolled at a
/// console the upload spool (all but `stats`). Any thread.
class EventLog {
 public:
  explicit EventLog(EveFile file, std::optional<SyslogSender> syslog = std::nullopt)
      : file_(std::move(file)), syslog_(std::move(syslog)) {}

  /// For lines that no ring keeps. The file decides: when it cannot be written nothing was, and the
  /// caller keeps its events. What the spool cannot take now waits in memory, up to
  /// kMaxWaitingBytes; the spool's error is returned.
  Status write(std::span<const EventLine> lines);

  /// From now on to this one as well; null: to none. The drain lets go of the last one in its next
  /// round.
  void attach_spool(std::shared_ptr<Spool> spool);
  std::shared_ptr<Spool> spool() const;

  /// The two halves of write(), for a drain that can keep its records. Without the spool:
  Status write_outlets(std::span<const EventLine> lines);
  /// One batch, with what waited before it (`lines` may be empty). After an error `lines` are not
  /// in the spool.
  Status write_spool(Spool& spool, std::span<const EventLine> lines, std::optional<RingMark> mark);

  static constexpr std::size_t kMaxWaitingBytes = std::size_t{1} << 20;

  struct Counters {
    std::uint64_t written = 0;  // lines in the file
    std::uint64_t syslog_sent = 0;
    std::uint64_t syslog_lost = 0;
    std::uint64_t waiting = 0;    // for the spool, in memory
    std::uint64_t unspooled = 0;  // for which there was no room there either
  };
  Counters counters() const;
  EveFile& file() { return file_; }
  const EveFile& file() const { return file_; }

 private:
  EveFile file_;
  mutable std::mutex mutex_;  // guards what follows, and keeps both outputs in one order
  std::optional<SyslogSender> syslog_;
  std::uint64_t written_ = 0;
  std::shared_ptr<Spool> spool_;

  mutable std::mutex spool_mutex_;  // guards what follows; never taken within mutex_
  std::vector<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t unspooled_ = 0;
};

}  // namespace sekisho::controlplane
