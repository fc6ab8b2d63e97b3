#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "controlplane/spool/spool_files.h"

namespace sekisho::controlplane {

/// Up to where a ring of the dataplane has been taken into the spool.
struct RingMark {
  std::uint64_t identity = 0;  // of the ring file, EventRingFile::identity()
  std::uint32_t ring = 0;      // index in the file
  std::uint64_t position = 0;  // records below this one are in the spool
  bool operator==(const RingMark&) const = default;
};

struct SpoolLimits {
  std::uint64_t max_bytes = std::uint64_t{256} << 20;    // all segments together
  std::uint64_t segment_bytes = std::uint64_t{4} << 20;  // what is lost at once; 16 KiB to 64 MiB
};                                                       // and at most half of max_bytes

/// The longest batch: this, and half of max_bytes.
inline constexpr std::size_t kMaxSpoolBatchBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxSpoolBatchLines = 65'536;
/// Marks kept; the one updated longest ago makes room. Two ring files of the largest shape fit.
inline constexpr std::size_t kMaxRingMarks = 512;
/// An acknowledgement is on the disk at the latest when this many more lines are acknowledged.
inline constexpr std::uint64_t kAcknowledgedPerSave = 4096;

struct SpoolStatus {
  std::string epoch;
  std::uint64_t first_unacknowledged = 1;  // the first that read() would give; next when none
  std::uint64_t next = 1;                  // the sequence that the next line gets
  std::uint64_t acknowledged = 0;
  // Lines that went unacknowledged: the oldest ones for want of room, and those that the disk
  // damaged (since the last start: as far as read() has come).
  std::uint64_t lost = 0;
  std::uint64_t bytes = 0;  // of all segments
  // What open() found, for the log.
  std::uint64_t cut_bytes = 0;   // of a batch that a crash left unfinished; nobody was told of it
  std::string new_epoch_reason;  // why the sequence began anew; empty: it did not
};

/// Consecutive lines. Without lines, `first_sequence` is the next that will be written.
struct SpooledLines {
  std::uint64_t first_sequence = 0;
  std::vector<std::string> lines;
};

/// The lines that still have to reach the console, on disk. Sequences count from 1 in an epoch;
/// (epoch, sequence) names a line for ever. What append() returned for is durable, and comes out of
/// read() until it is acknowledged or has to make room. One process opens a folder at a time; any
/// thread. README.md has the files.
class Spool {
 public:
  /// Makes `folder` when it is missing (not its parents). A crash at any time leaves nothing that
  /// open() refuses: errors are those of the file system, and of limits out of range.
  static Result<std::unique_ptr<Spool>> open(std::string folder, SpoolLimits limits,
                                             SpoolFiles& files = spool_disk());
  ~Spool();  // saves the last acknowledgement
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// 32 hexadecimal digits: random, made when the folder is first used and again when it was lost
  /// or damaged so that sequences could be given twice.
  const std::string& epoch() const { return epoch_; }

  /// One batch, after a crash whole or not there; durable on return. Makes room by dropping the
  /// oldest segments. Returns the sequence of the first line. After an error nothing was added, and
  /// the next call tries anew; invalid_input: a batch of more than the limits. No lines: only the
  /// mark moves.
  Result<std::uint64_t> append(std::span<const std::string_view> lines,
                               std::optional<RingMark> mark = std::nullopt);
  /// The position of the last batch appended with a mark of this ring.
  std::optional<std::uint64_t> last_mark(std::uint64_t identity, std::uint32_t ring) const;

  /// Lines from `from` on, or from the first that exists after it. At least one line if there is
  /// any, then up to the limits (bytes: of the lines), and up to the next gap.
  Result<SpooledLines> read(std::uint64_t from, std::size_t max_lines, std::size_t max_bytes);
  /// The console has every line up to `sequence`: whole segments of them are removed. Kept over a
  /// restart, perhaps with up to kAcknowledgedPerSave lines less. invalid_input when there is no
  /// such line yet.
  Status acknowledge(std::uint64_t sequence);
  /// Waits until a line with `sequence` or a later one is there.
  bool wait_for_more(std::uint64_t sequence, std::chrono::milliseconds timeout,
                     const std::stop_token& stop = {}) const;

  SpoolStatus status() const;

 private:
  friend class SpoolOpening;
  /// Sequences [first, end).
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
  };
  struct Segment {
    std::uint64_t first = 0;
    std::uint64_t bytes = 0;
    bool scanned = false;        // whether `damaged` is known
    std::vector<Range> damaged;  // not acknowledged, rising
  };
  struct Place {  // of a batch with lines, in its segment
    std::uint64_t offset = 0;
    std::uint64_t first = 0;
    std::uint32_t lines = 0;
    std::uint32_t bytes = 0;
  };
  using Index = std::vector<Place>;
  struct Reading;

  Spool(std::string folder, SpoolLimits limits, SpoolFiles& files);

  // With mutex_ held.
  std::string path_of(std::uint64_t first) const;
  std::uint64_t end_of(std::size_t segment) const;
  std::uint64_t total_bytes() const;
  bool tail_has_batches() const;
  Status make_room(std::uint64_t bytes);
  Status begin_segment();
  Status drop_oldest(std::size_t count);
  Status remove_oldest(std::size_t count);
  Status save_state(std::uint64_t oldest);
  void set_mark(const RingMark& mark);
  Result<const Index*> index_of(std::size_t segment);
  Status scan(std::size_t segment);
  std::vector<Range> gaps_in(const Index& index, std::uint64_t first, std::uint64_t end) const;
  void scan_up_to(std::uint64_t sequence);
  void settle_damage();
  Status read_segment(std::size_t segment, Reading& reading);
  bool read_batch(const Segment& segment, const Place& place, Reading& reading);

  const std::string folder_;
  const SpoolLimits limits_;
  SpoolFiles& files_;
  // Set by open().
  std::array<std::uint8_t, 16> epoch_bytes_{};
  std::string epoch_;
  std::uint32_t batch_seed_ = 0;

  std::mutex append_mutex_;  // one append at a time; taken before mutex_
  std::vector<std::uint8_t> encoded_;

  mutable std::mutex mutex_;  // guards what follows; not held while a batch is written and synced
  mutable std::condition_variable_any more_;
  std::vector<Segment> segments_;  // rising; the last one is appended to
  Index tail_index_;               // of the last one
  std::uint64_t tail_header_bytes_ = 0;
  Index cached_index_;  // of the segment that begins with cached_
  std::uint64_t cached_ = 0;
  bool needs_new_segment_ = false;  // the last one's end is in doubt
  std::uint64_t next_ = 1;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t saved_acknowledged_ = 0;
  std::uint64_t lost_ = 0;       // without the damaged lines of segments_
  std::vector<RingMark> marks_;  // the last updated at the end
  std::uint64_t cut_bytes_ = 0;
  std::string new_epoch_reason_;
};

}  // namespace sekisho::controlplane
