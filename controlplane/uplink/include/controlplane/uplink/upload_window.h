#pragma once

#include <cstdint>
#include <deque>

namespace sekisho::controlplane {

/// Which lines are under way to the console. One thread at a time.
class UploadWindow {
 public:
  static constexpr std::size_t kBatches = 4;         // under way at most
  static constexpr std::size_t kLines = 1'000;       // in one of them
  static constexpr std::size_t kRawBytes = 524'288;  // likewise

  /// The console has everything up to `stored`.
  explicit UploadWindow(std::uint64_t stored) : next_(stored + 1) {}

  bool has_room() const { return under_way_.size() < kBatches; }
  /// The first sequence to send next.
  std::uint64_t next() const { return next_; }
  void sent(std::uint64_t first_sequence, std::uint64_t lines);
  /// Everything up to `sequence` is stored. False: that says nothing new, or was never sent.
  bool stored(std::uint64_t sequence);

 private:
  std::uint64_t next_;
  std::uint64_t stored_ = 0;
  std::deque<std::uint64_t> under_way_;  // the last sequence of each batch, rising
};

}  // namespace sekisho::controlplane
