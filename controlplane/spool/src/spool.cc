#include "controlplane/spool/spool.h"

#include <algorithm>
#include <numeric>

#include "segment_format.h"
#include "spool_state.h"

namespace sekisho::controlplane {

/// One call of read() on its way through the segments.
struct Spool::Reading {
  std::uint64_t from;
  std::size_t max_lines;
  std::size_t max_bytes;
  SpooledLines out{};
  std::size_t bytes = 0;
  bool done = false;  // a limit or a gap was reached

  bool has_room_for(std::size_t line) const {
    return out.lines.empty() ||
           (out.lines.size() < max_lines && line <= max_bytes && bytes <= max_bytes - line);
  }
  std::uint64_t end() const { return out.first_sequence + out.lines.size(); }
};

Spool::Spool(std::string folder, SpoolLimits limits, SpoolFiles& files)
    : folder_(std::move(folder)), limits_(limits), files_(files) {}

Spool::~Spool() {
  // Without it the console gets lines again that it has: it knows them by their sequences.
  if (!segments_.empty() && acknowledged_ != saved_acknowledged_)
    (void)save_state(segments_.front().first);
}

std::string Spool::path_of(std::uint64_t first) const {
  return folder_ + "/" + segment_name(first);
}

std::uint64_t Spool::end_of(std::size_t segment) const {
  return segment + 1 < segments_.size() ? segments_[segment + 1].first : next_;
}

std::uint64_t Spool::total_bytes() const {
  return std::accumulate(segments_.begin(), segments_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Segment& s) { return sum + s.bytes; });
}

bool Spool::tail_has_batches() const { return segments_.back().bytes > tail_header_bytes_; }

Result<std::uint64_t> Spool::append(std::span<const std::string_view> lines,
                                    std::optional<RingMark> mark) {
  const std::size_t bytes = std::accumulate(
      lines.begin(), lines.end(), kBatchHeaderBytes,
      [](std::size_t sum, std::string_view line) { return sum + kLineOverhead + line.size(); });
  const auto most = std::min<std::uint64_t>(kMaxSpoolBatchBytes, limits_.max_bytes / 2);
  if (bytes > most || lines.size() > kMaxSpoolBatchLines)
    return Error{Error::Code::invalid_input,
                 folder_ + ": a batch of " + std::to_string(lines.size()) + " lines and " +
                     std::to_string(bytes) + " bytes; the limits are " +
                     std::to_string(kMaxSpoolBatchLines) + " and " + std::to_string(most)};
  const std::lock_guard one_at_a_time(append_mutex_);
  std::uint64_t first = 0, offset = 0;
  std::string path;
  {
    const std::lock_guard lock(mutex_);
    if (auto s = make_room(bytes); !s) return std::move(s).error();
    first = next_;
    path = path_of(segments_.back().first);
    offset = segments_.back().bytes;
  }
  encode_batch(batch_seed_, first, lines, mark, encoded_);
  auto written = files_.append(path, offset, encoded_);
  const std::lock_guard lock(mutex_);
  if (!written) {
    // After a failed sync nobody knows what of the file's end is on the disk: it is never written
    // to again, and what follows goes to a new file whose name says where this one ends.
    needs_new_segment_ = true;
    (void)files_.truncate(path, offset);
    return std::move(written).error();
  }
  segments_.back().bytes += encoded_.size();
  const auto count = static_cast<std::uint32_t>(lines.size());
  if (count > 0)
    tail_index_.push_back({offset, first, count, static_cast<std::uint32_t>(encoded_.size())});
  next_ += count;
  if (mark) set_mark(*mark);
  more_.notify_all();
  return first;
}

/// Leaves a last segment to which `bytes` can be written, and a total within the limit.
Status Spool::make_room(std::uint64_t bytes) {
  if (needs_new_segment_ ||
      (tail_has_batches() && segments_.back().bytes + bytes > limits_.segment_bytes))
    if (auto s = begin_segment(); !s) return s;
  for (;;) {
    std::uint64_t total = total_bytes() + bytes;
    std::size_t drop = 0;
    while (total > limits_.max_bytes && drop + 1 < segments_.size())
      total -= segments_[drop++].bytes;
    if (drop > 0)
      if (auto s = drop_oldest(drop); !s) return s;
    if (total <= limits_.max_bytes || !tail_has_batches()) return ok();
    if (auto s = begin_segment(); !s) return s;
  }
}

Status Spool::begin_segment() {
  // Once the file may be there, lines at its end of the one before would not count any more.
  needs_new_segment_ = true;
  const auto header = encode_header({epoch_bytes_, next_, marks_});
  if (auto s = files_.replace(path_of(next_), header); !s) return s;
  if (!segments_.empty() && segments_.back().first == next_) {
    segments_.pop_back();  // it had no lines
  } else if (!segments_.empty()) {
    cached_ = segments_.back().first;
    cached_index_ = std::move(tail_index_);
  }
  tail_index_.clear();
  tail_header_bytes_ = header.size();
  segments_.push_back({next_, header.size(), true, {}});
  needs_new_segment_ = false;
  return ok();
}

/// The lines of the first `count` segments are lost, unless the console has them.
Status Spool::drop_oldest(std::size_t count) {
  const std::uint64_t before = lost_;
  const std::uint64_t end = segments_[count].first;
  const std::uint64_t first = std::max(segments_.front().first, acknowledged_ + 1);
  if (first < end) lost_ += end - first;
  auto removed = remove_oldest(count);
  if (!removed) lost_ = before;
  return removed;
}

/// The state names them as gone before they are: a crash in between neither brings them back nor
/// counts them twice.
Status Spool::remove_oldest(std::size_t count) {
  if (auto s = save_state(segments_[count].first); !s) return s;
  for (std::size_t i = 0; i < count; ++i) (void)files_.remove(path_of(segments_[i].first));
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(count));
  return ok();
}

Status Spool::save_state(std::uint64_t oldest) {
  const auto content =
      encode_state({epoch_bytes_, acknowledged_, lost_, oldest, segments_.back().first});
  if (auto s = files_.replace(folder_ + "/" + kStateName, content); !s) return s;
  saved_acknowledged_ = acknowledged_;
  return ok();
}

void Spool::set_mark(const RingMark& mark) {
  std::erase_if(marks_, [&](const RingMark& m) {
    return m.identity == mark.identity && m.ring == mark.ring;
  });
  marks_.push_back(mark);
  if (marks_.size() > kMaxRingMarks) marks_.erase(marks_.begin());
}

std::optional<std::uint64_t> Spool::last_mark(std::uint64_t identity, std::uint32_t ring) const {
  const std::lock_guard lock(mutex_);
  for (const RingMark& mark : marks_)
    if (mark.identity == identity && mark.ring == ring) return mark.position;
  return std::nullopt;
}

Result<SpooledLines> Spool::read(std::uint64_t from, std::size_t max_lines, std::size_t max_bytes) {
  const std::lock_guard lock(mutex_);
  Reading reading{std::max(from, segments_.front().first), max_lines, max_bytes};
  reading.out.first_sequence = next_;
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), reading.from,
                       [](std::uint64_t sequence, const Segment& s) { return sequence < s.first; });
  auto segment = static_cast<std::size_t>(after - segments_.begin()) - 1;
  for (; segment < segments_.size() && !reading.done; ++segment) {
    auto s = read_segment(segment, reading);
    if (!s && reading.out.lines.empty()) return std::move(s).error();
    if (!s) break;
  }
  return std::move(reading.out);
}

Status Spool::read_segment(std::size_t segment, Reading& reading) {
  auto index = index_of(segment);
  if (!index) return std::move(index).error();
  const Index& places = **index;
  auto place = std::partition_point(places.begin(), places.end(), [&](const Place& p) {
    return p.first + p.lines <= reading.from;
  });
  for (; place != places.end() && !reading.done; ++place) {
    if (!reading.out.lines.empty() && place->first != reading.end()) {
      reading.done = true;
    } else if (!read_batch(segments_[segment], *place, reading)) {
      // It was whole when the segment was scanned. What is acknowledged is no loss.
      const Range range{std::max(place->first, acknowledged_ + 1), place->first + place->lines};
      auto& damaged = segments_[segment].damaged;
      const bool known = std::any_of(damaged.begin(), damaged.end(), [&](const Range& r) {
        return r.first <= range.first && range.end <= r.end;
      });
      if (range.first < range.end && !known) damaged.push_back(range);
      reading.done = !reading.out.lines.empty();
    }
  }
  return ok();
}

/// False: it cannot be read.
bool Spool::read_batch(const Segment& segment, const Place& place, Reading& reading) {
  const auto bytes = files_.read(path_of(segment.first), place.offset, place.bytes);
  ByteSpan body;
  const auto header = bytes ? decode_batch(batch_seed_, *bytes, body) : std::nullopt;
  if (!header || header->first_sequence != place.first || header->lines != place.lines)
    return false;
  ByteReader lines(body);
  std::string_view line;
  for (std::uint64_t sequence = place.first; next_line(lines, line); ++sequence) {
    if (sequence < reading.from) continue;
    if (!reading.has_room_for(line.size())) {
      reading.done = true;
      return true;
    }
    if (reading.out.lines.empty()) reading.out.first_sequence = sequence;
    reading.out.lines.emplace_back(line);
    reading.bytes += line.size();
  }
  reading.done = reading.out.lines.size() >= reading.max_lines;
  return true;
}

Result<const Spool::Index*> Spool::index_of(std::size_t segment) {
  if (segment + 1 == segments_.size()) return &tail_index_;
  if (cached_ != segments_[segment].first)
    if (auto s = scan(segment); !s) return std::move(s).error();
  return &cached_index_;
}

/// Reads a whole segment that is not appended to any more: where its batches are, what is damaged.
Status Spool::scan(std::size_t segment) {
  Segment& s = segments_[segment];
  auto file = files_.read(path_of(s.first), 0, kMaxSegmentFileBytes);
  if (!file && file.error().code != Error::Code::not_found) return std::move(file).error();
  cached_ = s.first;
  cached_index_.clear();
  if (file) {
    const auto header = decode_header(*file);
    for (const FoundBatch& b :
         find_batches(batch_seed_, *file, header ? header->bytes : 0, s.first, end_of(segment)))
      if (b.header.lines > 0)
        cached_index_.push_back(
            {b.offset, b.header.first_sequence, b.header.lines,
             static_cast<std::uint32_t>(kBatchHeaderBytes) + b.header.body_bytes});
  }
  s.damaged = gaps_in(cached_index_, s.first, end_of(segment));
  s.scanned = true;
  return ok();
}

/// What is missing in [first, end) and not acknowledged.
std::vector<Spool::Range> Spool::gaps_in(const Index& index, std::uint64_t first,
                                         std::uint64_t end) const {
  std::vector<Range> gaps;
  std::uint64_t expected = std::max(first, acknowledged_ + 1);
  for (const Place& place : index) {
    if (place.first > expected) gaps.push_back({expected, place.first});
    expected = std::max(expected, place.first + place.lines);
  }
  if (expected < end) gaps.push_back({expected, end});
  return gaps;
}

Status Spool::acknowledge(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  if (sequence >= next_)
    return Error{Error::Code::invalid_input, folder_ + ": line " + std::to_string(sequence) +
                                                 " is acknowledged, the last one is " +
                                                 std::to_string(next_ - 1)};
  if (sequence <= acknowledged_) return ok();
  scan_up_to(sequence);
  acknowledged_ = sequence;
  settle_damage();
  std::size_t whole = 0;
  while (whole + 1 < segments_.size() && end_of(whole) <= acknowledged_ + 1) ++whole;
  if (whole > 0) return remove_oldest(whole);
  if (acknowledged_ - saved_acknowledged_ < kAcknowledgedPerSave) return ok();
  return save_state(segments_.front().first);
}

/// Damage below an acknowledgement has to be known before it, or would never be counted.
void Spool::scan_up_to(std::uint64_t sequence) {
  for (std::size_t i = 0; i < segments_.size() && segments_[i].first <= sequence; ++i)
    if (!segments_[i].scanned) (void)scan(i);
}

/// The console went on past them: from here on the state says that they are lost.
void Spool::settle_damage() {
  for (Segment& segment : segments_) {
    for (Range& range : segment.damaged) {
      const std::uint64_t end = std::min(range.end, acknowledged_ + 1);
      if (end <= range.first) continue;
      lost_ += end - range.first;
      range.first = end;
    }
    std::erase_if(segment.damaged, [](const Range& r) { return r.first >= r.end; });
  }
}

bool Spool::wait_for_more(std::uint64_t sequence, std::chrono::milliseconds timeout,
                          const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  return more_.wait_for(lock, stop, timeout, [&] { return next_ > sequence; });
}

SpoolStatus Spool::status() const {
  const std::lock_guard lock(mutex_);
  SpoolStatus status;
  status.epoch = epoch_;
  status.first_unacknowledged = std::max(acknowledged_ + 1, segments_.front().first);
  status.next = next_;
  status.acknowledged = acknowledged_;
  status.lost = lost_;
  for (const Segment& segment : segments_)
    for (const Range& range : segment.damaged) status.lost += range.end - range.first;
  status.bytes = total_bytes();
  status.cut_bytes = cut_bytes_;
  status.new_epoch_reason = new_epoch_reason_;
  return status;
}

}  // namespace sekisho::controlplane
