#pragma once

#include "engines/protocols/parser.h"
#include "quic/crypto_stream.h"
#include "quic/quic_transaction.h"

namespace sekisho::engines::quic {

/// Opens Initial packets (RFC 9001 §5.2), whose keys everybody can make, for the hellos in them.
/// Each hello, and each long packet of Google's Q043-Q046, is a transaction of its own.
class QuicParser final : public Parser {
 public:
  explicit QuicParser(MemoryPool& pool) noexcept
      : streams_{CryptoStream(pool), CryptoStream(pool)} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> datagram,
                      ProtocolEvents& events) noexcept override;
  /// Datagrams are lost without harm.
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  void read_packets(Direction direction, Bytes datagram, ProtocolEvents& events) noexcept;
  void read_google_long(Direction direction, Bytes datagram, ProtocolEvents& events) noexcept;
  void read_google_public(Direction direction, Bytes datagram, ProtocolEvents& events) noexcept;
  void report_google(Direction direction, Bytes frames, std::size_t packet_number_bytes,
                     std::uint32_t version, ProtocolEvents& events) noexcept;
  void read_initial(Direction direction, Bytes packet, const LongHeader& header,
                    ProtocolEvents& events) noexcept;
  std::optional<Bytes> open(Direction direction, Bytes packet, const LongHeader& header,
                            PlainRoom& room) noexcept;
  void use_keys(Bytes connection_id, std::uint32_t version) noexcept;
  bool read_frames(Direction direction, Bytes frames) noexcept;
  void report_hello(Direction direction, std::uint32_t version, ProtocolEvents& events) noexcept;
  void report_fault(Direction direction, std::uint32_t version, std::string_view oddity,
                    ProtocolEvents& events) noexcept;
  void report(QuicTransaction& transaction, bool with_record, ProtocolEvents& events) noexcept;

  CryptoStream streams_[2];
  KeyPair keys_{};
  std::uint8_t key_id_[kMaxConnectionId] = {};
  std::uint8_t key_id_bytes_ = 0;
  std::uint32_t key_version_ = 0;
  std::uint64_t num_transactions_ = 0;
  bool has_keys_ = false;
  bool hello_done_[2] = {};
  bool google_ = false;      // versions up to Q046
  bool google_tls_ = false;  // T050, T051
  bool short_seen_[2] = {};
  bool fault_reported_ = false;
};

Likeness probe(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines::quic
