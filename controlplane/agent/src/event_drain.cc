#include "controlplane/agent/event_drain.h"

#include <sys/stat.h>

#include <algorithm>
#include <span>
#include <utility>

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kBatch = 512;
static_assert(kBatch >= events::kMaxTextRecords);  // no event is longer than a batch
constexpr unsigned kBatchesAtOnce = 64;

std::string_view kind_of(events::EventType type) {
  switch (type) {
    case events::EventType::flow:
      return "flow";
    case events::EventType::drop:
      return "drop";
    case events::EventType::policy:
      return "policy";
    case events::EventType::anomaly:
      return "anomaly";
    case events::EventType::text:
      return "content";
    case events::EventType::continuation:
      break;
  }
  return "-";
}

/// Device and inode, or zeroes when there is no file.
std::pair<std::uint64_t, std::uint64_t> file_at(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace

EventDrain::EventDrain(std::string ring_path, events::EveNames names, EventLog& log)
    : ring_path_(std::move(ring_path)), names_(std::move(names)), log_(log), batch_(kBatch) {}

/// A dataplane that makes new rings zeroes the boot id of the old ones; one that finds them gone
/// makes another file.
bool EventDrain::is_current() const {
  return rings_ && rings_->boot_id() != 0 && file_at(ring_path_) == opened_;
}

Status EventDrain::open_rings() {
  const auto file = file_at(ring_path_);
  auto opened = events::EventRingFile::open(ring_path_);
  if (!opened) return std::move(opened).error();
  rings_.reset();
  rings_.emplace(std::move(*opened));
  opened_ = file;
  spool_.reset();
  written_.assign(rings_->workers(), {});
  lost_by_ring_.assign(rings_->workers(), 0);
  for (std::size_t worker = 0; worker < rings_->workers(); ++worker)
    lost_by_ring_[worker] = rings_->ring(worker).lost();
  return ok();
}

Result<std::size_t> EventDrain::run_once() {
  std::size_t moved = 0;
  // Superseded rings are emptied before they are let go, so the check comes first.
  const bool current = is_current();
  if (const auto spool = log_.spool()) (void)log_.write_spool(*spool, {}, std::nullopt);
  if (rings_) {
    follow_spool();
    for (std::uint32_t worker = 0; worker < rings_->workers(); ++worker) {
      auto drained = drain_ring(worker);
      if (!drained) return drained;
      moved += *drained;
    }
    count_lost();
  }
  if (!current && moved == 0)
    if (auto opened = open_rings(); !opened) return std::move(opened).error();
  return moved;
}

/// A predecessor may have been killed between the spool and the ring.
void EventDrain::follow_spool() {
  auto spool = log_.spool();
  if (spool == spool_) return;
  spool_ = std::move(spool);
  if (!spool_) return;
  for (std::uint32_t worker = 0; worker < rings_->workers(); ++worker) {
    events::EventRing ring = rings_->ring(worker);
    const auto mark = spool_->last_mark(rings_->identity(), worker);
    if (mark && *mark > ring.position()) ring.consume(*mark - ring.position());
  }
}

Result<std::size_t> EventDrain::drain_ring(std::uint32_t worker) {
  events::EventRing ring = rings_->ring(worker);
  std::size_t moved = 0;
  for (unsigned round = 0; round < kBatchesAtOnce; ++round) {
    const std::size_t count = ring.peek(batch_);
    if (count == 0) break;
    lines_.clear();
    const std::size_t taken = make_lines({batch_.data(), count});
    if (auto written = write(worker, ring.position()); !written) return std::move(written).error();
    ring.consume(taken);
    moved += taken;
    read_.fetch_add(taken, std::memory_order_relaxed);
  }
  return moved;
}

/// One entry of lines_ a record, so that marks count records; that of a continuation is empty. An
/// event that the end of the batch cuts waits for the next one. How many records were taken.
std::size_t EventDrain::make_lines(std::span<const events::EventRecord> records) {
  std::size_t taken = 0;
  while (taken < records.size()) {
    const auto& first = records[taken];
    if (taken != 0 && events::num_records(first) > records.size() - taken) break;
    auto next = events::next_eve(records.subspan(taken), names_);
    lines_.push_back({std::move(next.line), kind_of(first.type), first.time_ns});
    lines_.resize(lines_.size() + next.taken - 1);
    taken += next.taken;
  }
  return taken;
}

/// Writes lines_, whose records begin at position `begin` of the worker's ring: to the file what an
/// attempt before this one did not, then all to the spool.
Status EventDrain::write(std::uint32_t worker, std::uint64_t begin) {
  Written& before = written_[worker];
  const std::uint64_t end = begin + lines_.size();
  const std::uint64_t done = before.begin == begin ? std::min(before.end, end) - begin : 0;
  if (done < lines_.size())
    if (auto s = log_.write_outlets(std::span(lines_).subspan(done)); !s) return s;
  before = {begin, std::max(end, begin + done)};
  if (!spool_) return ok();
  return log_.write_spool(*spool_, lines_, RingMark{rings_->identity(), worker, end});
}

void EventDrain::count_lost() {
  for (std::size_t worker = 0; worker < rings_->workers(); ++worker) {
    const std::uint64_t now = rings_->ring(worker).lost();
    std::uint64_t& before = lost_by_ring_[worker];
    // A restarted dataplane may begin to count from zero.
    lost_.fetch_add(now >= before ? now - before : now, std::memory_order_relaxed);
    before = now;
  }
}

}  // namespace sekisho::controlplane
