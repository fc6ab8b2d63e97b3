#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/result.h"
#include "config/reputation/answer_table.h"
#include "config/reputation/url_key.h"

namespace sekisho::reputation {

/// A URL that a worker wants to know about. What it says is a stranger's word to the reader.
struct Lookup {
  static constexpr std::size_t kMaxBytes = 1014;

  std::uint64_t key = 0;    // for the answer
  std::uint16_t bytes = 0;  // of the text
  std::array<char, kMaxBytes> text{};

  std::string_view url() const noexcept {
    return {text.data(), bytes <= kMaxBytes ? bytes : kMaxBytes};
  }
};
static_assert(sizeof(Lookup) == 1024);

/// The part of a canonical URL that fits a look-up: a longer one ends behind its last '/'.
std::string_view askable(std::string_view url) noexcept;

/// Look-ups from one worker to sekisho-control. The writer never waits: a full ring refuses. Either
/// side uses the other's index only modulo the capacity.
struct alignas(64) LookupRingHeader {
  std::atomic<std::uint64_t> written{0};           // writer only
  alignas(64) std::atomic<std::uint64_t> read{0};  // reader only
};
class LookupRing {
 public:
  static constexpr std::size_t kCapacity = 1024;

  LookupRing() = default;
  LookupRing(LookupRingHeader* header, Lookup* records) noexcept
      : header_(header), records_(records) {}

  /// Writer. False: no room.
  bool offer(std::uint64_t key, std::string_view url) noexcept;
  /// Reader: copies up to out.size() look-ups and takes them out.
  std::size_t take(std::span<Lookup> out) noexcept;

 private:
  LookupRingHeader* header_ = nullptr;
  Lookup* records_ = nullptr;
};

/// Whether questions are answered.
enum class ServiceState : std::uint8_t {
  off,   // nobody rates URLs on this box: no console, no database
  down,  // the console cannot be reached, or sekisho-control is gone
  up,
};

/// The file that the two processes share about reputations, mapped by both: a ring of look-ups for
/// each worker, the answers for all, and what each says of itself. Made anew whenever the dataplane
/// starts. As with the event rings, whoever may truncate the file can stop both.
class Exchange {
 public:
  static constexpr std::size_t kMaxWorkers = 256;
  static constexpr std::size_t kBuckets = std::size_t{1} << 16;  // 262,144 answers, 4 MiB
  /// A state that is older counts as down.
  static constexpr std::uint32_t kStateHoldsSeconds = 5;

  /// The dataplane: puts an empty file in place of the one at `path`, whose reader is told.
  static Result<Exchange> create(std::string_view path, std::size_t workers);
  /// sekisho-control: maps an existing file after checking its shape against its size.
  static Result<Exchange> open(std::string_view path);

  Exchange(Exchange&& other) noexcept;
  Exchange& operator=(Exchange&& other) noexcept;
  ~Exchange();

  std::size_t workers() const noexcept { return workers_; }
  UrlKeySecret secret() const noexcept;
  AnswerTable answers() const noexcept;
  LookupRing ring(std::size_t worker) const noexcept;

  /// sekisho-control: false once another file stands in the place of this one.
  bool is_current() const noexcept;
  /// The dataplane says whether its policy asks for reputations; the other side reads it.
  void set_wanted(bool wanted) noexcept;
  bool is_wanted() const noexcept;
  /// sekisho-control, more often than kStateHoldsSeconds; `now_s` Unix time.
  void set_service(ServiceState state, std::uint32_t now_s) noexcept;
  /// Any worker.
  ServiceState service(std::uint32_t now_s) const noexcept;

 private:
  Exchange(void* base, std::size_t bytes, std::size_t workers) noexcept
      : base_(base), bytes_(bytes), workers_(workers) {}
  void* base_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t workers_ = 0;
};

}  // namespace sekisho::reputation
