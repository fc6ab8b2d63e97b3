#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/spool/spool.h"
#include "fake_disk.h"

namespace sekisho::controlplane {

inline constexpr SpoolLimits kSmall{40'000, 16'384};
inline constexpr std::uint64_t kRings = 7;

inline Result<std::uint64_t> append(Spool& spool, const std::vector<std::string>& lines,
                                    std::optional<RingMark> mark = std::nullopt) {
  const std::vector<std::string_view> views(lines.begin(), lines.end());
  return spool.append(views, mark);
}

/// Everything from `from` on; checks that sequences rise.
inline std::map<std::uint64_t, std::string> read_all(Spool& spool, std::uint64_t from = 1,
                                                     std::size_t max_lines = 7,
                                                     std::size_t max_bytes = 10'000) {
  std::map<std::uint64_t, std::string> found;
  for (;;) {
    auto lines = spool.read(from, max_lines, max_bytes);
    REQUIRE(lines);
    REQUIRE(lines->first_sequence >= from);
    if (lines->lines.empty()) return found;
    for (std::string& line : lines->lines) found[lines->first_sequence++] = std::move(line);
    from = lines->first_sequence;
  }
}

/// Uses a spool as the agent and the uplink do, and knows what must be in it.
class SpoolUser {
 public:
  explicit SpoolUser(SpoolLimits limits = kSmall) : limits_(limits) {}

  void open(FakeDisk& disk) {
    auto opened = Spool::open("/spool", limits_, disk);
    REQUIRE(opened);
    spool_ = std::move(*opened);
    if (epoch_.empty()) epoch_ = spool_->epoch();
  }
  /// The process ends without a word.
  void forget(FakeDisk& disk) {
    disk.plan(FakeDisk::Trouble::fails, 0, 0);  // nothing that the destructor does arrives
    spool_.reset();
    disk.plan(FakeDisk::Trouble::none, 0, 0);
  }
  Spool& spool() { return *spool_; }

  /// One batch of lines that occur once; tried again, each time with other lines and one more,
  /// until it is taken.
  void append_batch(std::size_t lines, std::size_t line_bytes) {
    begin_operation();
    attempts_.clear();
    for (int attempt = 0; attempt < 5; ++attempt) {
      attempts_.push_back(make_batch(lines, lines == 0 ? 0 : attempts_.size(), line_bytes));
      const Batch& batch = attempts_.back();
      const auto first = append(*spool_, batch.lines, RingMark{kRings, 3, batch.mark});
      if (!first) continue;
      REQUIRE(*first == next_);
      REQUIRE(spool_->status().bytes <= limits_.max_bytes);
      take(attempts_.size() - 1);
      end_operation();
      return;
    }
    FAIL("append failed for ever");
  }

  void acknowledge(std::uint64_t sequence) {
    begin_operation();
    acknowledging_ = sequence;
    (void)spool_->acknowledge(sequence);  // a failure to save it is no failure to know it
    end_operation();
  }

  /// After a death: what is there is what was promised, and the batch in flight wholly or not.
  void check_after_restart() {
    const SpoolStatus status = spool_->status();
    REQUIRE(spool_->epoch() == epoch_);
    REQUIRE(status.new_epoch_reason.empty() == opened_before_);
    // Of the attempts one may be there. They have different marks.
    const std::uint64_t mark = spool_->last_mark(kRings, 3).value_or(0);
    for (std::size_t i = 0; i < attempts_.size() && mark != mark_; ++i)
      if (attempts_[i].mark == mark) take(i);
    REQUIRE(mark == mark_);
    REQUIRE(status.next == next_);
    attempts_.clear();
    REQUIRE(status.acknowledged <= std::max(acknowledged_, acknowledging_));
    end_operation();
    // The restart may know of fewer acknowledgements: lines come again, with their sequences.
    acknowledged_ = acknowledging_ = status.acknowledged;
    check();
  }

  void check() {
    const SpoolStatus status = spool_->status();
    REQUIRE(status.next == next_);
    REQUIRE(status.lost == lost_);
    REQUIRE(status.acknowledged == acknowledged_);
    REQUIRE(spool_->last_mark(kRings, 3).value_or(0) == mark_);
    const auto found = read_all(*spool_);
    REQUIRE(found.size() == next_ - first_);
    for (const auto& [sequence, line] : found) REQUIRE(line == lines_.at(sequence));
  }

  void set_opened_before() { opened_before_ = true; }
  std::uint64_t next() const { return next_; }
  std::uint64_t first() const { return first_; }
  std::uint64_t lost() const { return lost_; }
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Batch {
    std::vector<std::string> lines;
    std::uint64_t mark = 0;
  };

  Batch make_batch(std::size_t lines, std::size_t short_lines, std::size_t line_bytes) {
    Batch batch;
    batch.mark = ++marks_given_;
    for (std::size_t i = 0; i < lines + short_lines; ++i) {
      std::string text =
          "line " + std::to_string(next_ + i) + " of batch " + std::to_string(batch.mark) + " ";
      if (i < lines && text.size() < line_bytes) text.resize(line_bytes, 'x');
      batch.lines.push_back(std::move(text));
    }
    return batch;
  }
  void take(std::size_t attempt) {
    Batch batch = std::move(attempts_[attempt]);
    attempts_.clear();
    for (std::string& line : batch.lines) lines_[next_++] = std::move(line);
    mark_ = batch.mark;
  }
  void begin_operation() { acknowledging_ = acknowledged_; }
  /// What went during the operation was acknowledged or is lost.
  void end_operation() {
    acknowledged_ = std::max(acknowledged_, acknowledging_);
    auto lines = spool_->read(1, 1, 1);
    REQUIRE(lines);
    const std::uint64_t now = lines->first_sequence;
    REQUIRE(now >= first_);
    const std::uint64_t from = std::max(first_, acknowledged_ + 1);
    if (now > from) lost_ += now - from;
    first_ = now;
  }

  const SpoolLimits limits_;
  std::unique_ptr<Spool> spool_;
  std::string epoch_;
  bool opened_before_ = false;
  std::map<std::uint64_t, std::string> lines_;
  std::vector<Batch> attempts_;
  std::uint64_t mark_ = 0;
  std::uint64_t marks_given_ = 0;
  std::uint64_t next_ = 1;
  std::uint64_t first_ = 1;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t acknowledging_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace sekisho::controlplane
