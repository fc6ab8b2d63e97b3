#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/events/eve.h"
#include "config/events/event_ring.h"
#include "controlplane/agent/event_log.h"

namespace sekisho::controlplane {

/// Moves records from the dataplane's rings to the event log. A record leaves its ring only after
/// its line is in the file and, where there is one, in the spool. A kill loses none; it can write
/// the last batch to the file twice, and to the spool once: records that the spool's mark says are
/// in it leave their ring without being written anywhere. One thread drains; counters are for any.
class EventDrain {
 public:
  EventDrain(std::string ring_path, events::EveNames names, EventLog& log);

  /// Moves what is there now, up to a bound; returns how many records. Opens the rings when they
  /// appear and again when the dataplane has made new ones.
  Result<std::size_t> run_once();

  std::uint64_t read() const { return read_.load(std::memory_order_relaxed); }
  /// Records that the dataplane could not place since this process began to read.
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  /// Whether the mapped rings are the ones the dataplane writes.
  bool is_current() const;
  Status open_rings();
  void follow_spool();
  Result<std::size_t> drain_ring(std::uint32_t worker);
  std::size_t make_lines(std::span<const events::EventRecord> records);
  Status write(std::uint32_t worker, std::uint64_t begin);
  void count_lost();

  const std::string ring_path_;
  const events::EveNames names_;
  EventLog& log_;
  std::optional<events::EventRingFile> rings_;
  std::pair<std::uint64_t, std::uint64_t> opened_;  // device and inode of the mapped file
  std::vector<std::uint64_t> lost_by_ring_;         // as last seen
  std::shared_ptr<Spool> spool_;  // whose marks the mapped rings were compared with
  /// Records of a ring that are in the file and not yet in the spool.
  struct Written {
    std::uint64_t begin = 0;  // positions
    std::uint64_t end = 0;
  };
  std::vector<Written> written_;  // by ring
  std::vector<events::EventRecord> batch_;
  std::vector<EventLine> lines_;
  std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace sekisho::controlplane
