#pragma once

#include "content_coding/decoder.h"
#include "engines/protocols/parser.h"
#include "http1/body_window.h"
#include "http1/framing.h"
#include "http1/multipart.h"

namespace sekisho::engines::http1 {

/// One message's body on its way: unpacked into a window, reported as a body and as files.
class BodyPipe final : public UnpackedSink {
 public:
  /// Raw bytes kept to be shown after the body when browsers differ about how to read it.
  static constexpr std::size_t kMaxRawBytes = 64 * 1024;

  struct Setup {
    Direction direction = Direction::to_client;
    std::uint64_t depth = ParserOptions::kBodyDepth;  // 0: all
    Bytes file_name;                                  // in the transaction's memory
    bool is_file = false;                             // the whole body is one file
    Bytes boundary;                                   // not empty: multipart/form-data
    std::uint32_t* next_file_id = nullptr;
  };
  BodyPipe(MemoryPool& pool, const Setup& setup, const Framing& framing) noexcept;

  /// Body bytes as framing delivered them.
  void consume(Bytes bytes, Transaction& transaction, ProtocolEvents& events) noexcept;
  /// Bytes of the other reading.
  void add_raw(Bytes bytes) noexcept { raw_.append_some(bytes); }
  void gap(std::uint64_t count, Transaction& transaction, ProtocolEvents& events) noexcept;
  /// Reports what is fresh; at the end of each call of the parser.
  void flush(Transaction& transaction, ProtocolEvents& events) noexcept;
  /// `truncated`: the message ended before its body.
  void finish(bool truncated, Transaction& transaction, ProtocolEvents& events) noexcept;

  bool finished() const noexcept { return window_.is_complete(); }
  BodyView view() const noexcept { return window_.view(); }
  /// The file that grows, for file.data; null: there is none (yet).
  const FileView* file() const noexcept;
  std::optional<BodyView> file_view() const noexcept;

  std::span<std::uint8_t> room() noexcept override;
  void wrote(std::size_t count) noexcept override;

 private:
  void report() noexcept;
  void report_file(bool complete) noexcept;
  void append(Bytes bytes) noexcept;
  void note_findings() noexcept;
  bool over_depth() const noexcept { return depth_ != 0 && window_.total() >= depth_; }

  Direction direction_;
  std::uint64_t depth_;
  bool is_file_;
  bool gaps_ = false, cut_ = false, file_open_ = false, file_closed_ = false;
  BodyWindow window_;
  ContentDecoder decoder_;
  PooledBytes raw_;
  FileView file_;
  Pooled<Multipart> multipart_;  // null: the body is none
  std::uint32_t* next_file_id_;
  // during a call
  Transaction* transaction_ = nullptr;
  ProtocolEvents* events_ = nullptr;
};

}  // namespace sekisho::engines::http1
