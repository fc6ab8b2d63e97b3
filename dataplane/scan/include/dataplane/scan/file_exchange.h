#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "config/base/huge_memory.h"
#include "config/base/result.h"
#include "config/scan/scan_message.h"
#include "dataplane/scan/spsc_ring.h"

namespace sekisho::dataplane {

/// A short text in place: what does not fit is cut.
template <std::size_t kMost>
class ShortText {
 public:
  void assign(std::string_view text) noexcept {
    size_ = static_cast<std::uint16_t>(text.copy(text_.data(), kMost));
  }
  std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, kMost> text_{};
  std::uint16_t size_ = 0;
};

/// What came of a file; ScanAnswer without allocations.
struct FileVerdict {
  scan::Verdict verdict = scan::Verdict::failed;
  bool is_scored = false;
  scan::Suspicion suspicion = scan::Suspicion::none;
  std::uint16_t score = 0;  // of 1,000, where is_scored
  ShortText<128> threat;
  ShortText<16> engine;
  ShortText<96> reason;
  ShortText<64> sha256;
  ShortText<16> type;
};

/// Files on their way from one worker to the courier, who asks sekisho-scan, and verdicts back. A
/// worker fills pieces of memory that were made before; it neither waits nor allocates. Members say
/// whose they are: the worker's thread or the courier's.
class FileExchange {
 public:
  using Number = std::uint16_t;                // of a file, from 1; 0: none
  static constexpr std::size_t kFiles = 128;   // at a time
  static constexpr std::size_t kPieces = 512;  // of memory
  static constexpr std::size_t kPieceBytes = 32 * 1024;
  /// Below so many free pieces a worker should have senders slow down: one packet can bring as
  /// much as a direction's buffered segments have.
  static constexpr std::size_t kReserve = 64;

  static Result<std::unique_ptr<FileExchange>> create();

  // The worker's.
  /// 0: too many files are under way. `name` is for the scanner's log.
  Number begin(std::string_view name) noexcept;
  /// False: there is no memory left; the file must be abandoned.
  bool append(Number file, std::span<const std::uint8_t> bytes) noexcept;
  /// All of it was appended.
  void finish(Number file) noexcept;
  /// Nobody wants its verdict any more; the number is another file's some day.
  void abandon(Number file) noexcept;
  /// Null: not yet. Afterwards abandon() it.
  const FileVerdict* verdict_of(Number file) const noexcept;
  bool is_short_of_memory() const noexcept { return free_pieces_.size() < kReserve; }
  std::size_t num_files() const noexcept { return kFiles - free_files_.size(); }
  /// Takes back what the courier is done with; now and then, and before begin() and append().
  void collect() noexcept;

  // The courier's.
  struct Piece {
    enum class Kind : std::uint8_t { bytes, end, abandoned } kind = Kind::bytes;
    Number file = 0;
    std::uint16_t piece = 0;  // of kind bytes
    std::uint32_t bytes = 0;  // likewise
  };
  bool take(Piece& piece) noexcept { return to_courier_.take(piece); }
  std::span<const std::uint8_t> bytes_of(const Piece& piece) const noexcept;
  void give_back(const Piece& piece) noexcept;
  std::string_view name_of(Number file) const noexcept { return files_[file].name.view(); }
  /// Of a file that ended; any thread of the courier, once a file.
  void answer(Number file, const FileVerdict& verdict) noexcept;
  /// Of a file that was abandoned before it ended: the courier knows nothing of it any more.
  void forget(Number file) noexcept;

 private:
  enum class State : std::uint8_t { free, filling, asked, answered };
  struct File {
    std::atomic<State> state{State::free};  // worker: free, filling, asked; courier: the others
    ShortText<scan::kMaxNameBytes / 4> name;
    FileVerdict verdict;            // courier, before it is answered
    std::uint16_t piece = 0;        // worker: being filled, from 1; 0: none
    std::uint32_t piece_bytes = 0;  // in it
  };
  explicit FileExchange(HugeMemory memory);
  std::span<std::uint8_t> piece_at(std::uint16_t number) const noexcept;
  void send_piece(Number number, File& file) noexcept;

  HugeMemory memory_;
  std::array<File, kFiles + 1> files_;
  std::vector<std::uint16_t> free_files_, free_pieces_;  // worker; as large as they get from begin
  std::vector<Number> leaving_;                          // worker: abandoned, the courier has them
  /// Never full: of a piece of memory, and of a file's end, there is one word at a time.
  SpscRing<Piece, 1024> to_courier_;
  static_assert(kPieces + kFiles <= 1024);
  SpscRing<std::uint16_t, 1024> back_;  // pieces
};

}  // namespace sekisho::dataplane
