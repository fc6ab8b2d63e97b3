#pragma once

#include <array>

#include "engines/protocols/parser.h"
#include "http1/body_window.h"
#include "http1/text.h"

namespace sekisho::engines::http1 {

/// The value of a parameter of a structured field ("filename", lower case): with or without quotes,
/// backslashes kept as browsers send them. Empty: there is none.
Bytes parameter_of(Bytes value, std::string_view name) noexcept;

/// Files in a multipart/form-data body (RFC 7578): parts with a file name.
class Multipart {
 public:
  static constexpr std::size_t kMaxBoundaryBytes = 200;
  static constexpr std::size_t kMaxPartHeadBytes = 4096;
  static constexpr std::size_t kMaxNameBytes = 1024;

  Multipart(MemoryPool& pool, Bytes boundary, std::uint32_t* next_file_id) noexcept;

  void consume(Bytes bytes, Direction direction, Transaction& transaction,
               ProtocolEvents& events) noexcept;
  void gap(Direction direction, Transaction& transaction, ProtocolEvents& events) noexcept;
  void finish(bool truncated, Direction direction, Transaction& transaction,
              ProtocolEvents& events) noexcept;
  /// The newest file; null.
  const FileView* file() const noexcept { return file_named_ ? &file_ : nullptr; }

 private:
  struct Call {
    Transaction& transaction;
    ProtocolEvents& events;
  };
  enum class State : std::uint8_t { preamble, after_delimiter, head, content, epilogue };
  std::size_t step(Bytes bytes, bool last, Call call) noexcept;
  std::size_t read_content(Bytes bytes, bool last, Call call) noexcept;
  void begin_part(Bytes head, Call call) noexcept;
  void add_content(Bytes bytes, Call call) noexcept;
  void report(bool complete, Call call) noexcept;
  void end_part(bool truncated, Call call) noexcept;
  Bytes delimiter() const noexcept { return std::span(delimiter_).first(delimiter_bytes_); }

  State state_ = State::preamble;
  std::array<std::uint8_t, kMaxBoundaryBytes + 4> delimiter_;  // CR LF -- boundary
  std::size_t delimiter_bytes_ = 0;
  PooledBytes held_;  // a part's head, or what may begin a delimiter
  PooledBytes name_;
  BodyWindow window_;
  FileView file_;
  bool file_named_ = false, file_open_ = false;
  std::uint32_t* next_file_id_;
};

}  // namespace sekisho::engines::http1
