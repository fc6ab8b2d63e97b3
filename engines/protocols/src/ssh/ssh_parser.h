#pragma once

#include "engines/protocols/parser.h"
#include "ssh/ssh_transaction.h"

namespace sekisho::engines::ssh {

/// Reads banners and packets (RFC 4253 §6) until both ends took new keys.
class SshParser final : public Parser {
 public:
  static constexpr std::size_t kMaxKeyExchange = 16 * 1024;  // of a KEXINIT that is looked at
  static constexpr std::uint32_t kMaxPacket = 256 * 1024;    // beyond it the stream is no SSH

  explicit SshParser(MemoryPool& pool) noexcept : transaction_(pool), ends_{End(pool), End(pool)} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override { return finished_ ? nullptr : &transaction_; }

 private:
  static constexpr std::size_t kHeaderBytes = 6;  // length, padding length, message number

  /// What is known of one direction's bytes.
  struct End {
    explicit End(MemoryPool& pool) noexcept : key_exchange(pool, kMaxKeyExchange) {}
    std::uint8_t header[kHeaderBytes] = {};
    std::uint8_t header_bytes = 0;
    std::uint32_t left = 0;  // of the packet
    std::uint8_t message = 0;
    PooledBytes key_exchange;
    bool banner_over = false, in_packet = false, encrypted = false, over = false;
  };

  End& end_of(Direction direction) noexcept { return ends_[index_of(direction)]; }
  bool read_banner(Direction direction, Bytes& bytes, ProtocolEvents& events) noexcept;
  bool finish_banner(Direction direction, ProtocolEvents& events) noexcept;
  bool read_header(Direction direction, Bytes& bytes) noexcept;
  void report_frames(Direction direction, const std::uint8_t* end, ProtocolEvents& events) noexcept;
  void packet_done(Direction direction, ProtocolEvents& events) noexcept;
  void reach(Direction direction, std::uint8_t stage, ProtocolEvents& events) noexcept;
  void log(ProtocolEvents& events) noexcept;
  void finish(ProtocolEvents& events) noexcept;

  SshTransaction transaction_;
  End ends_[2];
  bool logged_ = false;
  bool finished_ = false;
};

Likeness probe(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines::ssh
