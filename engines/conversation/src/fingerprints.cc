// What tells one TLS or QUIC implementation from another, for whoever watches.
#include "conversation.h"
#include "engines/protocols/file_digests.h"

namespace sekisho::engines {
namespace {

template <std::size_t kSize>
std::string_view write_hex(std::span<const std::uint8_t> bytes, std::array<char, kSize>& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t size = 0;
  for (const auto byte : bytes) {
    out[size++] = kDigits[byte >> 4];
    out[size++] = kDigits[byte & 15];
  }
  return {out.data(), size};
}

}  // namespace

/// The client's hello and the server's own certificate, each once.
void Conversation::tell_fingerprints(const Transaction& transaction, Direction direction) noexcept {
  const auto stage = transaction.stage(direction);
  const auto protocol = spec_ == nullptr ? Protocol::unknown : spec_->protocol;
  const bool to_server = direction == Direction::to_server;
  if (protocol != Protocol::tls && protocol != Protocol::quic) return;
  if (to_server && stage >= 1 && !hello_told_) {
    hello_told_ = true;
    std::array<std::uint8_t, 64> ja3, ja4;
    const auto text = [&](rules::Field field, FieldScratch scratch) {
      const auto value = transaction.bytes(field, direction, 0, scratch);
      return value ? as_text(*value) : std::string_view();
    };
    core_.fingerprints->fingerprints_seen(
        {.ja3 = text(rules::Field::ja3_hash, ja3), .ja4 = text(rules::Field::ja4_hash, ja4)});
  }
  if (to_server || stage < 2 || certificate_told_ || protocol != Protocol::tls) return;
  const auto certificate = transaction.bytes(rules::Field::tls_certs, direction, 0, {});
  if (!certificate || certificate->empty()) return;
  certificate_told_ = true;
  FileDigests digests({.sha1 = true, .sha256 = true});
  digests.add(*certificate);
  const auto values = digests.values();
  std::array<char, 2 * sizeof values.sha1> sha1;
  std::array<char, 2 * sizeof values.sha256> sha256;
  core_.fingerprints->fingerprints_seen({.certificate_sha1 = write_hex(values.sha1, sha1),
                                         .certificate_sha256 = write_hex(values.sha256, sha256)});
}

}  // namespace sekisho::engines
