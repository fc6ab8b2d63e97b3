#pragma once

#include "engines/http2_floods/flood_watch.h"
#include "http2/hpack_door.h"
#include "http2/http2_transaction.h"

namespace sekisho::engines::http2 {

/// Frames (RFC 9113) in whatever pieces they come; streams become transactions.
class Http2Parser final : public Parser {
 public:
  static constexpr std::size_t kMaxStreams = 256;  // open at a time; beyond it the oldest ends
  static constexpr std::size_t kMaxControlBytes = 1024;  // looked at of SETTINGS, GOAWAY, ...
  static constexpr std::uint32_t kUsualFrameBytes = 16384;
  static constexpr std::uint32_t kUpgradedStream = 1;  // of the request that asked for HTTP/2

  Http2Parser(MemoryPool& pool, const ParserOptions& options) noexcept
      : pool_(pool), options_(options), ends_{End(pool), End(pool)} {}
  ~Http2Parser() override;

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override { return first_.get(); }
  Protocol became() const noexcept override {
    return carries_dns_ ? Protocol::doh2 : Protocol::unknown;
  }
  void upgraded_from(Protocol protocol, const OpenRequest& request) noexcept override;

 private:
  /// What is known of one direction's bytes.
  struct End {
    explicit End(MemoryPool& pool) noexcept : hpack(pool), control(pool, kMaxControlBytes) {}
    HpackDecoder hpack;
    PooledBytes control;
    std::uint8_t header[kFrameHeaderBytes] = {};
    std::uint8_t header_bytes = 0;
    bool in_frame = false;
    FrameHeader frame;
    std::uint32_t left = 0;       // of the frame
    std::uint8_t prefix[6] = {};  // pad length, priority or promised stream
    std::uint8_t prefix_wanted = 0, prefix_bytes = 0;
    std::uint32_t content_left = 0;  // of the frame without prefix and padding
    bool in_block = false;           // header block, maybe over several frames
    bool block_failed = false;
    bool block_ends_stream = false;
    bool block_promised = false;
    std::uint32_t block_stream = 0;
    std::uint8_t block_head[6] = {};  // its first bytes, where the table's size may change
    std::uint8_t block_head_bytes = 0;
    bool over = false;
  };
  using Side = Http2Transaction::Side;

  End& end_of(Direction direction) noexcept { return ends_[index_of(direction)]; }
  void tell_request(ProtocolEvents& events) noexcept;
  bool read_preface(Bytes& bytes, ProtocolEvents& events) noexcept;
  void read_header(Direction direction, Bytes& bytes, ProtocolEvents& events) noexcept;
  void report_frames(Direction direction, const std::uint8_t* end, ProtocolEvents& events) noexcept;
  void watch_for_floods(Direction direction, ProtocolEvents& events) noexcept;
  void start_frame(Direction direction, ProtocolEvents& events) noexcept;
  void read_prefix(Direction direction, Bytes& payload, ProtocolEvents& events) noexcept;
  void prefix_done(Direction direction, ProtocolEvents& events) noexcept;
  void read_payload(Direction direction, Bytes payload, ProtocolEvents& events) noexcept;
  void finish_frame(Direction direction, ProtocolEvents& events) noexcept;

  void start_block(Direction direction, ProtocolEvents& events) noexcept;
  void read_block(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  void finish_block(Direction direction, ProtocolEvents& events) noexcept;
  void headers_done(Direction direction, Http2Transaction& stream, bool promised,
                    ProtocolEvents& events) noexcept;
  void note_oddities(Http2Transaction& stream) noexcept;

  void read_data(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;
  void start_body(Http2Transaction& stream, Direction direction) noexcept;
  void finish_body(Http2Transaction& stream, Direction direction, bool whole,
                   ProtocolEvents& events) noexcept;

  void note_dns(Http2Transaction& stream, Direction direction, ProtocolEvents& events) noexcept;
  void report_dns(Bytes message, Direction direction, ProtocolEvents& events) noexcept;

  void read_control(Direction direction, ProtocolEvents& events) noexcept;
  void apply_settings(Direction direction, Bytes payload) noexcept;
  void reset_stream(Direction direction, ProtocolEvents& events) noexcept;

  Http2Transaction* find(std::uint32_t stream) noexcept;
  Http2Transaction* find_or_open(std::uint32_t stream, ProtocolEvents& events) noexcept;
  void end_side(Http2Transaction& stream, Direction direction, bool whole,
                ProtocolEvents& events) noexcept;
  void close(Http2Transaction& stream, ProtocolEvents& events) noexcept;
  void report_oddity(Direction direction, std::string_view oddity, ProtocolEvents& events) noexcept;
  static void reach(Transaction& transaction, Direction direction, std::uint8_t stage,
                    ProtocolEvents& events) noexcept;

  MemoryPool& pool_;
  ParserOptions options_;
  End ends_[2];
  Pooled<Http2Transaction> first_{nullptr, {}};  // the oldest open stream
  std::size_t num_streams_ = 0;
  std::uint64_t num_transactions_ = 0;
  std::uint32_t next_file_id_ = 0;
  std::uint32_t last_client_stream_ = 0;
  std::uint8_t preface_bytes_ = 0;
  bool carries_dns_ = false;
  bool upgraded_ = false;     // stream 1 was asked for in HTTP/1 (RFC 7540 §3.2)
  bool has_request_ = false;  // of it, which was not told yet
  FloodWatch floods_;
  Flood flood_ = Flood::none;
};

Likeness probe(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines::http2
