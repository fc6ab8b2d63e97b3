#pragma once

#include <array>
#include <cstdint>

#include "engines/protocols/transaction.h"
#include "quic/google_hello.h"
#include "quic/quic_packet.h"
#include "tls/fingerprints.h"

namespace sekisho::engines::quic {

/// What one hello says, or one packet of Google's QUIC. It lives for the call that reports it.
class QuicTransaction final : public Transaction {
 public:
  QuicTransaction(std::uint64_t number, Direction direction, std::uint32_t version) noexcept
      : Transaction(number), direction_(direction), version_(text_of(version)) {}

  /// A whole TLS hello's body, of the client or the server by the direction. False: malformed.
  bool take_hello(Bytes body) noexcept;
  void take_google_hello(const GoogleHello& hello, std::uint32_t version) noexcept;

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  bool offers_encrypted_hello() const noexcept override { return client_.encrypted_hello; }

  Direction direction() const noexcept { return direction_; }

 private:
  static constexpr std::size_t kMaxCyuBytes = 768;  // 128 tags

  bool from_client() const noexcept { return direction_ == Direction::to_server; }
  void write_extensions(events::BoundedJsonWriter& json) const noexcept;

  Direction direction_;
  VersionText version_;
  tls::ClientHello client_;
  tls::ServerHello server_;
  GoogleHello google_;
  bool has_hello_ = false;
  std::array<char, tls::kMaxJa3Bytes> ja3_room_;
  events::BoundedText ja3_{ja3_room_};
  Md5Hex ja3_hash_{};
  tls::Ja4 ja4_{};
  std::array<char, kMaxCyuBytes> cyu_room_;
  events::BoundedText cyu_{cyu_room_};
  Md5Hex cyu_hash_{};
};

}  // namespace sekisho::engines::quic
