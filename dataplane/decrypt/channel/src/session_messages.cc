#include "dataplane/decrypt/channel/session_messages.h"

#include <cstring>
#include <type_traits>

namespace sekisho::decrypt {
namespace {

// flags of `handover`
constexpr std::uint16_t kLendPlaintext = 1;
constexpr unsigned kUntrustedShift = 1;
constexpr std::uint16_t kUntrustedMask = 3;
constexpr std::uint16_t kPassUnopened = 8;
constexpr std::uint16_t kKnownFlags =
    kLendPlaintext | kUntrustedMask << kUntrustedShift | kPassUnopened;

template <typename T>
std::array<std::uint8_t, sizeof(T)> raw(const T& value) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  std::array<std::uint8_t, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

}  // namespace

std::uint16_t handover_flags(const HandoverWish& wish) noexcept {
  const auto untrusted = static_cast<unsigned>(wish.untrusted_origin) << kUntrustedShift;
  return static_cast<std::uint16_t>(untrusted | (wish.lend_plaintext ? kLendPlaintext : 0U) |
                                    (wish.pass_unopened ? kPassUnopened : 0U));
}

std::optional<HandoverWish> read_handover_flags(std::uint16_t flags) noexcept {
  const auto untrusted = flags >> kUntrustedShift & kUntrustedMask;
  if ((flags & ~kKnownFlags) != 0 || untrusted > static_cast<int>(UntrustedOrigin::trust))
    return std::nullopt;
  return HandoverWish{(flags & kLendPlaintext) != 0, static_cast<UntrustedOrigin>(untrusted),
                      (flags & kPassUnopened) != 0};
}

std::string_view name_of(TlsFailure failure) noexcept {
  constexpr std::array<std::string_view, kTlsFailures> kNames{
      "none",   "not_tls",     "client_refused",   "origin_refused", "wants_certificate", "no_leaf",
      "broken", "unsupported", "untrusted_origin", "timed_out",      "http2_flood"};
  return kNames[static_cast<std::size_t>(failure)];
}

std::optional<TlsFailure> read_failure(std::span<const std::uint8_t> body) noexcept {
  if (body.size() != 1 || body[0] >= kTlsFailures) return std::nullopt;
  return static_cast<TlsFailure>(body[0]);
}

std::array<std::uint8_t, sizeof(OpenedSession)> bytes_of(const OpenedSession& session) noexcept {
  return raw(session);
}

std::optional<OpenedSession> read_opened(std::span<const std::uint8_t> body) noexcept {
  OpenedSession session;
  if (body.size() != sizeof session) return std::nullopt;
  std::memcpy(&session, body.data(), sizeof session);
  if (session.alpn_bytes > session.alpn.size() || session.has_staple > 1) return std::nullopt;
  return session;
}

std::array<std::uint8_t, 4> cleared_bytes(std::uint32_t bytes) noexcept { return raw(bytes); }

std::optional<std::uint32_t> read_cleared(std::span<const std::uint8_t> body) noexcept {
  std::uint32_t bytes = 0;
  if (body.size() != sizeof bytes) return std::nullopt;
  std::memcpy(&bytes, body.data(), sizeof bytes);
  return bytes;
}

}  // namespace sekisho::decrypt
