#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sekisho::decrypt {

/// What a session of TLS and its worker tell each other, beside packets: bodies and flags of
/// messages. Numbers in host order; every reader checks what it is told.

/// Plaintext that is lent goes in pieces of so many bytes at most.
inline constexpr std::size_t kMostPlaintextBytes = std::size_t{16} << 10;
inline constexpr std::size_t kMostAnswerBytes = std::size_t{64} << 10;

/// Of a session whose origin's certificate is not to be believed.
enum class UntrustedOrigin : std::uint8_t {
  refuse,  // nothing goes to it: the client gets no connection, or the worker's page (lent
           // plaintext)
  show,    // its client sees a certificate that nobody trusts, and decides
  trust,   // the administrator's exception: as if it were good
};

/// How a connection that is handed over is to be treated.
struct HandoverWish {
  bool lend_plaintext = false;
  UntrustedOrigin untrusted_origin = UntrustedOrigin::refuse;
  bool pass_unopened = false;  // what cannot be opened goes on as it is, while nothing was said yet
  bool operator==(const HandoverWish&) const = default;
};
/// In the flags of `handover`, and back; nullopt: flags that mean nothing.
std::uint16_t handover_flags(const HandoverWish& wish) noexcept;
std::optional<HandoverWish> read_handover_flags(std::uint16_t flags) noexcept;

/// Why a connection was not decrypted to its end; what a later connection of the pair may be
/// spared.
enum class TlsFailure : std::uint8_t {
  none,
  not_tls,            // what the client sent is no hello that can be answered
  client_refused,     // an alert of the client's: of our certificate, most likely
  origin_refused,     // no TLS, none in common, or an alert
  wants_certificate,  // the origin asks the client for one, and goes on without none
  no_leaf,            // sekisho-keys made none
  broken,             // a record that does not decrypt, or an end that was reset
  unsupported,        // the client has no version, suite or group that we would speak
  untrusted_origin,   // refused, as UntrustedOrigin says
  timed_out,          // an end did not go on with its handshake, or a worker with what it was lent
  http2_flood,        // an end sent what engines/http2_floods stops
};
inline constexpr auto kTlsFailures = static_cast<std::size_t>(TlsFailure::http2_flood) + 1;
std::string_view name_of(TlsFailure failure) noexcept;
/// Of the body of `failed`; nullopt: it is none.
std::optional<TlsFailure> read_failure(std::span<const std::uint8_t> body) noexcept;

/// The body of `opened`.
struct OpenedSession {
  std::uint16_t client_version = 0;  // of TLS: 0x0303, 0x0304
  std::uint16_t origin_version = 0;
  std::uint8_t fault = 0;       // engines::origin::Fault of the origin's certificate
  std::uint8_t revocation = 0;  // engines::origin::Revocation, by its stapled answer
  std::uint8_t has_staple = 0;  // 0 or 1
  std::uint8_t sct_count = 0;   // timestamps of certificate transparency that came with it
  std::uint8_t alpn_bytes = 0;  // at most sizeof alpn
  std::array<char, 15> alpn{};  // the protocol that the origin chose: "h2", "http/1.1"; else none
};
static_assert(sizeof(OpenedSession) == 24);

std::array<std::uint8_t, sizeof(OpenedSession)> bytes_of(const OpenedSession& session) noexcept;
/// nullopt: of another size, or it contradicts itself. The numbers of engines::origin are not
/// looked at.
std::optional<OpenedSession> read_opened(std::span<const std::uint8_t> body) noexcept;

/// The body of `cleared`.
std::array<std::uint8_t, 4> cleared_bytes(std::uint32_t bytes) noexcept;
std::optional<std::uint32_t> read_cleared(std::span<const std::uint8_t> body) noexcept;

}  // namespace sekisho::decrypt
