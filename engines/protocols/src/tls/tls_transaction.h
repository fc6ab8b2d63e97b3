#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engines/memory/memory_pool.h"
#include "engines/protocols/transaction.h"
#include "rules/ips/protocol.h"
#include "tls/fingerprints.h"
#include "tls/hello.h"
#include "tls/x509.h"

namespace sekisho::engines::tls {

inline constexpr std::size_t kMaxHelloBytes = 32 * 1024;
inline constexpr std::size_t kMaxCertificateBytes = 64 * 1024;
inline constexpr std::uint32_t kMaxCertificates = 32;
inline constexpr std::size_t kMaxNameText = 4096;  // subject, issuer, serial, fingerprint together

/// Bits of the field tls.state.
inline constexpr std::uint32_t kStateClientHello = 1;
inline constexpr std::uint32_t kStateServerHello = 2;
inline constexpr std::uint32_t kStateClientKeyExchange = 4;
inline constexpr std::uint32_t kStateServerKeyExchange = 8;
inline constexpr std::uint32_t kStateUnknown = 16;

inline constexpr std::uint8_t kStageHello = 1;
inline constexpr std::uint8_t kStageCertificates = 2;

/// Kinds of write_record(): what an alert carries, and the record of type "tls".
inline constexpr std::uint8_t kInAlert = 0;
inline constexpr std::uint8_t kOwnRecord = 1;

/// The certificates that one end showed.
struct Chain {
  explicit Chain(MemoryPool& pool) noexcept
      : message(pool, kMaxCertificateBytes), text(pool, kMaxNameText) {}
  /// Certificate `index` of the message (RFC 5246 §7.4.2).
  std::optional<Bytes> der(std::uint32_t index) const noexcept;
  Bytes subject() const noexcept { return text.view().first(subject_bytes); }
  Bytes issuer() const noexcept { return text.view().subspan(subject_bytes, issuer_bytes); }
  Bytes serial() const noexcept {
    return text.view().subspan(std::size_t{subject_bytes} + issuer_bytes, serial_bytes);
  }
  Bytes fingerprint() const noexcept {
    return text.view().subspan(std::size_t{subject_bytes} + issuer_bytes + serial_bytes);
  }
  /// Reads `message`; how its first certificate is broken.
  CertificateFault parse() noexcept;

  PooledBytes message;
  PooledBytes text;
  Certificate first;
  std::uint16_t subject_bytes = 0, issuer_bytes = 0, serial_bytes = 0;
  std::uint32_t length = 0;  // certificates
  bool seen = false;         // and `first` is good
};

/// One handshake. The messages are kept as they came; values are views into them.
class TlsTransaction final : public Transaction {
 public:
  explicit TlsTransaction(MemoryPool& pool) noexcept
      : Transaction(0),
        client_message(pool, kMaxHelloBytes),
        server_message(pool, kMaxHelloBytes),
        ja3(pool, kMaxJa3Bytes),
        ja3s(pool, kMaxJa3Bytes),
        chains{Chain(pool), Chain(pool)} {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  bool offers_encrypted_hello() const noexcept override { return client.encrypted_hello; }

  /// Take up the messages that are now whole; false: malformed.
  bool client_hello_done() noexcept;
  bool server_hello_done() noexcept;

  /// The one that was agreed on, or asked for; 0: unknown.
  std::uint16_t version() const noexcept;
  const Chain& chain(Direction direction) const noexcept { return chains[index_of(direction)]; }

  PooledBytes client_message;
  PooledBytes server_message;
  PooledBytes ja3;
  PooledBytes ja3s;
  Chain chains[2];  // by direction: client's, server's
  ClientHello client;
  ServerHello server;
  Md5Hex ja3_hash{};
  Md5Hex ja3s_hash{};
  Ja4 ja4{};
  std::uint32_t state = 0;                            // kState...
  std::uint16_t v2_version[2] = {};                   // of SSL 2 messages, by direction
  rules::Protocol before = rules::Protocol::unknown;  // that changed to TLS (STARTTLS)
  bool has_client = false, has_server = false, resumed = false;
};

}  // namespace sekisho::engines::tls
