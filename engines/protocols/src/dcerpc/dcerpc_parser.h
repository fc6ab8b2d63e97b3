#pragma once

#include <array>

#include "dcerpc/dcerpc_transaction.h"
#include "exchanges.h"
#include "message_assembler.h"

namespace sekisho::engines::dcerpc {

/// The connection-oriented flavour over TCP (C706 §12.6).
class DcerpcParser final : public Parser {
 public:
  static constexpr std::size_t kMaxOpen = 64;  // calls without answer; beyond, the oldest ends
  static constexpr std::size_t kMaxPdu = 0xffff;

  explicit DcerpcParser(MemoryPool& pool) noexcept
      : calls_(pool),
        messages_{MessageAssembler(pool, kMaxPdu, pdu_bytes),
                  MessageAssembler(pool, kMaxPdu, pdu_bytes)} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override { return calls_.newest(); }

 private:
  DcerpcTransaction* open(std::uint32_t call_id, ProtocolEvents& events) noexcept;
  void read(Direction direction, const Pdu& pdu, ProtocolEvents& events) noexcept;
  void finish_unasked(ProtocolEvents& events) noexcept;
  void finish_all(ProtocolEvents& events) noexcept;

  Interfaces interfaces_;
  Exchanges<DcerpcTransaction, kMaxOpen> calls_;
  std::array<MessageAssembler, 2> messages_;
  bool lost_place_[2] = {};  // after a gap: a PDU is expected where a segment begins
  bool ended_[2] = {};
};

/// The connectionless flavour over UDP (C706 §12.5).
class DatagramParser final : public Parser {
 public:
  static constexpr std::size_t kMaxOpen = 16;

  explicit DatagramParser(MemoryPool& pool) noexcept : calls_(pool) {}
  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override { return calls_.newest(); }

 private:
  Exchanges<DcerpcTransaction, kMaxOpen> calls_;
  bool ended_[2] = {};
};

Likeness probe_stream(const ProbeInput& input) noexcept;
Likeness probe_datagram(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines::dcerpc
