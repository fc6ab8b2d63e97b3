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

  /// One batch of lines that occur once; again and again until it is taken.
  void append_batch(std::size_t lines, std::size_t line_bytes) {
    begin_operation();
    in_flight_.clear();
    for (std::size_t i = 0; i < lines; ++i) {
      std::string text =
          "line " + std::to_string(next_ + i) + " of attempt " + std::to_string(++attempts_) + " ";
      if (text.size() < line_bytes) text.resize(line_bytes, 'x');
      in_flight_.push_back(std::move(text));
    }
    mark_in_flight_ = mark_ + lines + 1;
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto first = append(*spool_, in_flight_, RingMark{kRings, 3, mark_in_flight_});
      if (!first) continue;
      REQUIRE(*first == next_);
      take_in_flight();
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
    if (status.next != next_) {
      REQUIRE(status.next == next_ + in_flight_.size());
      REQUIRE(!in_flight_.empty());
      take_in_flight();
    } else if (spool_->last_mark(kRings, 3).value_or(0) == mark_in_flight_) {
      REQUIRE(in_flight_.empty());  // a batch of nothing but a mark
      mark_ = mark_in_flight_;
    }
    in_flight_.clear();
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
    REQUIRE(status.bytes <= limits_.max_bytes);
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
  void take_in_flight() {
    for (std::string& line : in_flight_) lines_[next_++] = std::move(line);
    in_flight_.clear();
    mark_ = mark_in_flight_;
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
  std::vector<std::string> in_flight_;
  std::uint64_t mark_ = 0;
  std::uint64_t mark_in_flight_ = 0;
  std::uint64_t next_ = 1;
  std::uint64_t first_ = 1;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t acknowledging_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t attempts_ = 0;
};

}  // namespace sekisho::controlplane
