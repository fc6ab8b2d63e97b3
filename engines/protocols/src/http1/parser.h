#pragma once

#include "engines/protocols/parser.h"
#include "http1/transaction.h"

namespace sekisho::engines::http1 {

class HttpParser final : public Parser {
 public:
  /// Requests without an answer; beyond, the oldest one ends.
  static constexpr std::size_t kMaxOpen = 64;

  HttpParser(MemoryPool& pool, const ParserOptions& options) noexcept;
  ~HttpParser() override;

  ParseStatus consume(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept override;
  std::size_t consumed() const noexcept override { return consumed_; }
  Protocol next_protocol() const noexcept override { return next_protocol_; }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction direction) noexcept override;
  OpenRequest open_request() const noexcept override;

 private:
  /// Of a head that misses no more than this the rest is read on: less than a word is lost.
  static constexpr std::uint64_t kMaxHeadGap = 8;

  enum class State : std::uint8_t {
    idle,  // between messages
    head,
    maybe_body,  // an answer that should have no body, but says it has
    length,      // `left` body bytes
    chunked,
    until_end,
    until_next,  // a request that may have a body, announced by nothing
    extra,       // after the announced end of a body, in the same call
    lost,        // a gap swallowed the framing: until something begins a message
  };
  /// Where one direction stands.
  struct Side {
    HttpTransaction* transaction = nullptr;
    std::uint64_t left = 0;
    std::uint64_t message_bytes = 0;  // of it so far, when rules look at frames
    ChunkReader chunks;
    State state = State::idle;
    bool shows_raw = false;       // the body is read in two ways
    bool goes_on = false;         // what browsers take for the body's length differs
    bool length_follows = false;  // not chunked after all: by length
    bool at_line_begin = true;    // where a message may begin after something else
    bool ended = false;
  };

  // parser.cc
  Side& side(Direction direction) noexcept { return sides_[index_of(direction)]; }
  HttpTransaction* open_transaction(ProtocolEvents& events) noexcept;
  void close_finished(ProtocolEvents& events) noexcept;
  void close_front(ProtocolEvents& events) noexcept;
  void follow_frame(Direction direction, const HttpTransaction* before, std::size_t used,
                    const std::uint8_t* end, ProtocolEvents& events) noexcept;
  std::size_t step(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  std::size_t read_head(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  void run(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  void reach(Direction direction, std::uint8_t stage, ProtocolEvents& events) noexcept;
  void finish_message(Direction direction, bool truncated, ProtocolEvents& events) noexcept;

  // bodies.cc
  void begin_body(Direction direction, const Framing& framing, bool shows_raw,
                  ProtocolEvents& events) noexcept;
  void make_pipe(Direction direction, const Framing& framing) noexcept;
  void add_body(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  std::size_t read_length(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  std::size_t read_chunks(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  std::size_t read_extra(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  void body_over(Direction direction, ProtocolEvents& events) noexcept;
  std::size_t find_message(Direction direction, Bytes bytes) noexcept;

  // requests.cc
  std::size_t begin_request(Bytes bytes, ProtocolEvents& events) noexcept;
  void request_head_done(Bytes following, ProtocolEvents& events) noexcept;
  void note_request_oddities(const Framing& framing) noexcept;
  std::size_t read_until_next(Bytes bytes, ProtocolEvents& events) noexcept;
  static void note_host_oddities(HttpTransaction& transaction) noexcept;
  bool is_bare_request(Bytes following) const noexcept;

  // responses.cc
  std::size_t begin_response(Bytes bytes, ProtocolEvents& events) noexcept;
  void response_head_done(Bytes following, ProtocolEvents& events) noexcept;
  void note_response_oddities(const Framing& framing) noexcept;
  void begin_bare_body(ProtocolEvents& events) noexcept;
  std::size_t read_maybe_body(Bytes bytes, ProtocolEvents& events) noexcept;
  void drop_interim() noexcept;
  bool expects_no_body(const StatusLine& status) const noexcept;
  void keep_request(const HttpTransaction& transaction) noexcept;
  void switch_protocols(const StatusLine& status, ProtocolEvents& events) noexcept;

  MemoryPool& pool_;
  ParserOptions options_;
  Side sides_[2];
  Pooled<HttpTransaction> first_;
  HttpTransaction* last_ = nullptr;
  std::size_t open_ = 0;
  std::uint64_t next_id_ = 0;
  std::uint32_t next_file_id_ = 0;
  Framing bodyless_framing_;  // of an answer that should have no body, should one come
  bool upgraded_ = false, failed_ = false;
  Protocol next_protocol_ = Protocol::unknown;
  static constexpr std::size_t kMaxOpenRequest = 16 * 1024;  // bytes; a longer one is not kept
  PooledBytes open_request_;  // method, URI and host of the request that asked for HTTP/2
  std::size_t method_bytes_ = 0, uri_bytes_ = 0;
  std::size_t consumed_ = 0;
};

}  // namespace sekisho::engines::http1
