#pragma once

#include <array>
#include <span>

#include "engines/conversation/inspector.h"

namespace sekisho::engines {

/// Records of transactions while their packet is judged: of a flow that is dropped there are none.
class HeldRecords {
 public:
  static constexpr std::size_t kMax = 32;
  static constexpr std::size_t kBytes = 64 * 1024;

  struct Record {
    RecordOrigin origin;
    std::string_view type;
    std::size_t place = 0, size = 0;
  };

  void start() noexcept { holding_ = true; }
  void stop() noexcept {
    holding_ = false;
    count_ = used_ = 0;
  }
  /// False: nothing is held, or no more.
  bool begin(const RecordOrigin& origin, std::string_view type) noexcept {
    if (!holding_ || count_ == kMax) return false;
    records_[count_] = {origin, type, used_, 0};
    return true;
  }
  std::span<char> room() noexcept { return std::span(text_).subspan(used_); }
  void end(std::size_t size) noexcept {
    records_[count_++].size = size;
    used_ += size;
  }
  std::span<const Record> all() const noexcept { return {records_.data(), count_}; }
  std::string_view text_of(const Record& record) const noexcept {
    return {text_.data() + record.place, record.size};
  }

 private:
  std::array<Record, kMax> records_;
  std::array<char, kBytes> text_;
  std::size_t count_ = 0, used_ = 0;
  bool holding_ = false;
};

}  // namespace sekisho::engines
