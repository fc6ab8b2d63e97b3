#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "config/base/hex.h"
#include "controlplane/spool/spool.h"
#include "segment_format.h"
#include "spool_state.h"

namespace sekisho::controlplane {

/// Finds out what a folder holds, whatever happened to it, and makes a Spool ready for work.
class SpoolOpening {
 public:
  explicit SpoolOpening(Spool& spool) : spool_(spool), files_(spool.files_) {}
  Status run();

 private:
  using Segment = Spool::Segment;

  Status list_folder();
  Status read_state();
  Status read_headers();
  void remove_segment(std::size_t at);
  void remove_gone();
  bool recover();
  Status read_tail();
  bool take_tail();
  void count_missing();
  Status cut_tail();
  Status begin_anew();
  void use_epoch(const EpochBytes& epoch);

  Spool& spool_;
  SpoolFiles& files_;
  std::optional<SpoolState> state_;
  std::vector<std::optional<EpochBytes>> epochs_;  // of segments_, where the header is whole
  std::vector<std::uint8_t> tail_;
  std::string beyond_use_;  // why the old sequence cannot go on
};

namespace {

constexpr std::uint64_t kMinSegmentBytes = std::uint64_t{16} << 10;
constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kLastSequence = std::numeric_limits<std::uint64_t>::max() / 2;

Status check(const SpoolLimits& limits) {
  if (limits.segment_bytes < kMinSegmentBytes || limits.segment_bytes > kMaxSegmentBytes)
    return Error{Error::Code::invalid_input, "spool segments must have " +
                                                 std::to_string(kMinSegmentBytes) + " to " +
                                                 std::to_string(kMaxSegmentBytes) + " bytes"};
  if (limits.max_bytes / 2 < limits.segment_bytes)
    return Error{Error::Code::invalid_input, "a spool must have room for two segments"};
  return ok();
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(std::string folder, SpoolLimits limits,
                                           SpoolFiles& files) {
  if (auto s = check(limits); !s) return std::move(s).error();
  std::unique_ptr<Spool> spool(new Spool(std::move(folder), limits, files));
  if (auto s = SpoolOpening(*spool).run(); !s) return std::move(s).error();
  return spool;
}

Status SpoolOpening::run() {
  if (auto s = files_.make_folder(spool_.folder_); !s) return s;
  if (auto s = list_folder(); !s) return s;
  if (auto s = read_state(); !s) return s;
  if (auto s = read_headers(); !s) return s;
  if (auto s = read_tail(); !s) return s;
  if (!recover()) return begin_anew();
  if (auto s = cut_tail(); !s) return s;
  count_missing();
  return ok();
}

Status SpoolOpening::list_folder() {
  auto files = files_.list(spool_.folder_);
  if (!files) return std::move(files).error();
  for (const auto& file : *files) {
    if (file.name.ends_with(kDraftSuffix)) (void)files_.remove(spool_.folder_ + "/" + file.name);
    if (const auto first = sequence_of(file.name); first && *first < kLastSequence)
      spool_.segments_.push_back({*first, file.bytes, false, {}});
  }
  std::sort(spool_.segments_.begin(), spool_.segments_.end(),
            [](const Segment& a, const Segment& b) { return a.first < b.first; });
  return ok();
}

Status SpoolOpening::read_state() {
  auto file = files_.read(spool_.folder_ + "/" + kStateName, 0, kStateBytes + 1);
  if (!file && file.error().code != Error::Code::not_found) return std::move(file).error();
  if (file) state_ = decode_state(*file);
  return ok();
}

/// Without a state the newest segment says which epoch it is. What is of another one was left by a
/// new beginning that did not come to its end.
Status SpoolOpening::read_headers() {
  auto& segments = spool_.segments_;
  for (const Segment& segment : segments) {
    auto front = files_.read(spool_.path_of(segment.first), 0, max_header_bytes());
    if (!front && front.error().code != Error::Code::not_found) return std::move(front).error();
    const auto header = front ? decode_header(*front) : std::nullopt;
    epochs_.push_back(header ? std::optional(header->header.epoch) : std::nullopt);
  }
  if (!state_) {
    const auto known = std::find_if(epochs_.rbegin(), epochs_.rend(),
                                    [](const auto& epoch) { return epoch.has_value(); });
    if (segments.empty()) beyond_use_ = "first use";
    if (!segments.empty() && known == epochs_.rend()) beyond_use_ = "no file of it is whole";
    if (!beyond_use_.empty()) return ok();
    state_ = SpoolState{.epoch = **known, .acknowledged = segments.front().first - 1};
  }
  use_epoch(state_->epoch);
  remove_gone();
  if (segments.empty()) beyond_use_ = "its segments are gone";
  return ok();
}

void SpoolOpening::remove_segment(std::size_t at) {
  const auto offset = static_cast<std::ptrdiff_t>(at);
  (void)files_.remove(spool_.path_of(spool_.segments_[at].first));
  spool_.segments_.erase(spool_.segments_.begin() + offset);
  epochs_.erase(epochs_.begin() + offset);
}

void SpoolOpening::remove_gone() {
  for (std::size_t i = spool_.segments_.size(); i-- > 0;)
    if ((epochs_[i] && *epochs_[i] != state_->epoch) || spool_.segments_[i].first < state_->oldest)
      remove_segment(i);
}

Status SpoolOpening::read_tail() {
  if (!beyond_use_.empty()) return ok();
  auto file = files_.read(spool_.path_of(spool_.segments_.back().first), 0, kMaxSegmentFileBytes);
  if (!file && file.error().code != Error::Code::not_found) return std::move(file).error();
  if (file) tail_ = std::move(*file);
  return ok();
}

/// False when a sequence that was given once could be given again.
bool SpoolOpening::recover() {
  if (!beyond_use_.empty()) return false;
  spool_.acknowledged_ = spool_.saved_acknowledged_ = state_->acknowledged;
  spool_.lost_ = state_->lost;
  if (!take_tail()) {
    beyond_use_ = "its newest segment is damaged";
  } else if (state_->newest > spool_.segments_.back().first) {
    beyond_use_ = "its newest segments are gone";
  } else if (state_->acknowledged >= spool_.next_) {
    beyond_use_ = "lines are gone that the console has";
  }
  return beyond_use_.empty();
}

bool SpoolOpening::take_tail() {
  Segment& tail = spool_.segments_.back();
  const auto header = decode_header(tail_);
  const bool whole = header && header->header.first_sequence == tail.first;
  spool_.next_ = tail.first;
  if (whole) spool_.marks_ = header->header.marks;
  tail.bytes = spool_.tail_header_bytes_ = whole ? header->bytes : 0;
  const auto batches = find_batches(spool_.batch_seed_, tail_, static_cast<std::size_t>(tail.bytes),
                                    tail.first, kLastSequence);
  for (const FoundBatch& batch : batches) {
    const auto bytes = static_cast<std::uint32_t>(kBatchHeaderBytes) + batch.header.body_bytes;
    if (batch.header.lines > 0)
      spool_.tail_index_.push_back(
          {batch.offset, batch.header.first_sequence, batch.header.lines, bytes});
    if (batch.header.mark) spool_.set_mark(*batch.header.mark);
    spool_.next_ = batch.header.first_sequence + batch.header.lines;
    tail.bytes = batch.offset + bytes;
  }
  spool_.needs_new_segment_ = !whole;
  tail.damaged = spool_.gaps_in(spool_.tail_index_, tail.first, spool_.next_);
  tail.scanned = true;
  return whole || !batches.empty();
}

/// Also makes durable what a killed predecessor had written and not yet synced: a line is read by
/// the uploader only when it cannot vanish any more.
Status SpoolOpening::cut_tail() {
  const Segment& tail = spool_.segments_.back();
  spool_.cut_bytes_ = tail_.size() - std::min<std::uint64_t>(tail_.size(), tail.bytes);
  return files_.truncate(spool_.path_of(tail.first), tail.bytes);
}

/// Segments at the front that the state knows and the folder does not have.
void SpoolOpening::count_missing() {
  const std::uint64_t first = std::max(state_->oldest, state_->acknowledged + 1);
  const std::uint64_t found = spool_.segments_.front().first;
  if (first >= found) return;
  spool_.lost_ += found - first;
  (void)spool_.save_state(found);  // a full disk is no trouble here: they are found missing again
}

/// The new state comes first: a crash after it finds segments of another epoch, or none.
Status SpoolOpening::begin_anew() {
  auto& segments = spool_.segments_;
  if (state_) {
    const std::uint64_t first = std::max(state_->oldest, state_->acknowledged + 1);
    const std::uint64_t end = segments.empty() ? first : std::max(spool_.next_, state_->newest);
    spool_.lost_ = state_->lost + (first < end ? end - first : 0);
  }
  EpochBytes epoch{};
  if (getrandom(epoch.data(), epoch.size(), 0) != static_cast<ssize_t>(epoch.size()))
    return Error{Error::Code::io, std::string("random bytes: ") + std::strerror(errno)};
  use_epoch(epoch);
  spool_.new_epoch_reason_ = beyond_use_;
  const SpoolState state{.epoch = epoch, .lost = spool_.lost_};
  if (auto s = files_.replace(spool_.folder_ + "/" + kStateName, encode_state(state)); !s) return s;
  while (!segments.empty()) remove_segment(segments.size() - 1);
  spool_.next_ = 1;
  spool_.acknowledged_ = 0;
  spool_.marks_.clear();
  spool_.tail_index_.clear();
  return spool_.begin_segment();
}

void SpoolOpening::use_epoch(const EpochBytes& epoch) {
  spool_.epoch_bytes_ = epoch;
  spool_.epoch_ = to_hex(epoch);
  spool_.batch_seed_ = batch_seed(epoch);
}

}  // namespace sekisho::controlplane
