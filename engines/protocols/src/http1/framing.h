#pragma once

#include <array>
#include <optional>

#include "content_coding/start.h"
#include "http1/header_table.h"

namespace sekisho::engines::http1 {

/// What a head says about the body that follows.
struct Framing {
  static constexpr std::size_t kMaxCodings = 8;

  bool chunked = false;
  bool chunked_surely = false;     // said in a way that every browser understands
  bool transfer_encoding = false;  // there is one, whatever it says
  std::optional<std::uint64_t> length;
  bool invalid_length = false;  // more than digits, or none
  bool several_lengths = false;
  bool invalid_transfer_encoding = false;
  bool abnormal_content_encoding = false;
  std::array<Coding, kMaxCodings> codings{};  // in the order in which they were applied
  std::size_t num_codings = 0;
  std::size_t num_words = 0;  // that name a coding, identity and unknown ones too

  /// The head announces a body.
  bool announces_body() const noexcept { return transfer_encoding || (length && *length != 0); }
};

/// Adds what a Content-Encoding says to the codings.
void read_content_encoding(Framing& framing, Bytes value) noexcept;

Framing framing_of(const HeaderTable& table, Bytes head, std::size_t block_at) noexcept;

/// Undoes chunked transfer coding (RFC 9112 §7.1) as leniently as any browser.
class ChunkReader {
 public:
  /// White space and signs before the first size that are still taken for a size.
  static constexpr std::size_t kMaxLead = 16;

  /// `strict`: the first line must be a plain size, otherwise the body is not chunked.
  void start(bool strict) noexcept {
    *this = {};
    strict_ = strict;
  }
  enum class State : std::uint8_t { size, extension, data, after_data, trailer, done, not_chunked };
  State state() const noexcept { return state_; }

  /// Reads from the front of `bytes`; how many. `data`: body bytes among them, at their end.
  std::size_t consume(Bytes bytes, Bytes& data) noexcept;
  /// After not_chunked: what was read and is body after all.
  Bytes held() const noexcept { return std::span(held_).first(num_held_); }
  /// Bytes of the running chunk that are still to come, to pass over a gap.
  std::uint64_t left() const noexcept { return state_ == State::data ? left_ : 0; }
  void skip(std::uint64_t count) noexcept;
  bool odd() const noexcept { return odd_; }
  bool seen_chunk() const noexcept { return chunks_ != 0; }

 private:
  std::size_t read_size(Bytes bytes) noexcept;
  void end_of_size() noexcept;
  bool read_size_byte(std::uint8_t c) noexcept;
  std::size_t read_trailer(Bytes bytes) noexcept;

  State state_ = State::size;
  bool strict_ = false, odd_ = false, prefix_ = false;
  unsigned digits_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t chunks_ = 0;
  bool line_has_text_ = false;
  std::array<std::uint8_t, kMaxLead + 20> held_{};
  std::size_t num_held_ = 0;
};

}  // namespace sekisho::engines::http1
