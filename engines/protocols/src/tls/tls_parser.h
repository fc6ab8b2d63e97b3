#pragma once

#include "engines/protocols/parser.h"
#include "tls/tls_transaction.h"

namespace sekisho::engines::tls {

/// Reads records (RFC 8446 §5.1, RFC 5246 §6.2) until both ends encrypt.
class TlsParser final : public Parser {
 public:
  explicit TlsParser(MemoryPool& pool) noexcept : transaction_(pool) {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override { return finished_ ? nullptr : &transaction_; }
  void upgraded_from(Protocol protocol, const OpenRequest&) noexcept override {
    transaction_.before = protocol;
  }

 private:
  static constexpr std::size_t kRecordHeaderBytes = 5;
  static constexpr std::size_t kMessageHeaderBytes = 4;
  static constexpr std::size_t kMaxRecordBytes = (std::size_t{1} << 14) + 2048;  // RFC 5246 §6.2.3
  static constexpr std::size_t kMaxV2Bytes = 512;  // of an SSL 2 hello that is looked at

  /// What is known of one direction's bytes.
  struct Flow {
    explicit Flow(MemoryPool& pool) noexcept : v2(pool, kMaxV2Bytes) {}
    std::uint8_t header[kRecordHeaderBytes] = {};
    std::uint8_t header_bytes = 0;
    std::uint8_t type = 0;          // of the record
    std::uint32_t record_left = 0;  // bytes of the record to come
    std::uint32_t record_bytes = 0;
    std::uint8_t message_header[kMessageHeaderBytes] = {};
    std::uint8_t message_header_bytes = 0;
    std::uint32_t message_left = 0;
    bool in_message = false;
    std::uint8_t heartbeat[3] = {};
    bool encrypted = false, started = false, ended = false;
    bool in_v2 = false;
    PooledBytes v2;
  };

  Flow& flow(Direction direction) noexcept { return flows_[index_of(direction)]; }
  bool read_header(Direction direction, Bytes& bytes) noexcept;
  bool start_record(Direction direction) noexcept;
  bool start_v2(Direction direction) noexcept;
  void read_v2(Direction direction, Bytes payload, ProtocolEvents& events) noexcept;
  void v2_hello(Direction direction, ProtocolEvents& events) noexcept;
  void read_payload(Direction direction, Bytes payload, ProtocolEvents& events) noexcept;
  void read_handshake(Direction direction, Bytes payload, ProtocolEvents& events) noexcept;
  void start_message(Direction direction) noexcept;
  void message_bytes(Direction direction, Bytes bytes) noexcept;
  void message_done(Direction direction, ProtocolEvents& events) noexcept;
  void hello_done(Direction direction, ProtocolEvents& events) noexcept;
  void certificates_done(Direction direction, ProtocolEvents& events) noexcept;
  void read_heartbeat(Direction direction, Bytes payload) noexcept;
  void read_alert(const Flow& flow, Bytes payload) noexcept;
  void start_encryption(Direction direction, ProtocolEvents& events) noexcept;
  void reach(Direction direction, std::uint8_t stage, ProtocolEvents& events) noexcept;
  void log(ProtocolEvents& events) noexcept;
  void finish(ProtocolEvents& events) noexcept;
  PooledBytes* store_of(Direction direction, std::uint8_t message_type) noexcept;

  TlsTransaction transaction_;
  Flow flows_[2] = {Flow(transaction_.client_message.pool()),
                    Flow(transaction_.client_message.pool())};
  std::uint32_t heartbeat_request_bytes_ = 0;  // record length of the client's last one
  bool client_certificate_wanted_ = false;
  bool logged_ = false;
  bool finished_ = false;
};

Likeness probe(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines::tls
