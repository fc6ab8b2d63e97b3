#include "tls/tls_transaction.h"
#include "config/base/text_bytes.h"

#include <algorithm>

namespace sekisho::engines::tls {
namespace {

std::optional<Bytes> when(bool there, Bytes bytes) noexcept {
  return there ? std::optional<Bytes>(bytes) : std::nullopt;
}

std::optional<Bytes> part_of(Bytes random, std::size_t offset, std::size_t count) noexcept {
  if (random.size() < offset + count) return std::nullopt;
  return random.subspan(offset, count);
}

/// Keeps a fingerprint's string and its MD5; a string that is too long is none.
void keep(const events::BoundedText& text, PooledBytes& string, Md5Hex& hash) noexcept {
  string.clear();
  const auto bytes = bytes_of(text.view());
  if (text.overflowed() || !string.append(bytes)) return;
  hash = md5_hex(bytes);
}

}  // namespace

std::optional<Bytes> Chain::der(std::uint32_t index) const noexcept {
  ByteReader reader(message.view());
  Bytes certificate;
  if (index >= kMaxCertificates || !reader.skip(3)) return std::nullopt;
  std::uint8_t high = 0;
  std::uint16_t low = 0;
  while (reader.u8(high) && reader.be16(low) &&
         reader.take(std::size_t{high} << 16 | low, certificate))
    if (index-- == 0) return certificate;
  return std::nullopt;
}

CertificateFault Chain::parse() noexcept {
  length = 0;
  while (der(length)) ++length;
  const auto own = der(0);
  if (!own) return message.size() > 3 ? CertificateFault::der : CertificateFault::none;
  if (const auto fault = parse_certificate(*own, first); fault != CertificateFault::none)
    return fault;
  std::array<char, kMaxNameText> room;
  events::BoundedText out(room);
  write_name(first.subject, out);
  const auto subject = out.view().size();
  write_name(first.issuer, out);
  const auto issuer = out.view().size();
  write_colon_hex(first.serial, true, out);
  const auto serial = out.view().size();
  write_colon_hex(sha1(*own), false, out);
  text.clear();
  if (out.overflowed() || !text.append(bytes_of(out.view()))) return CertificateFault::der;
  subject_bytes = static_cast<std::uint16_t>(subject);
  issuer_bytes = static_cast<std::uint16_t>(issuer - subject);
  serial_bytes = static_cast<std::uint16_t>(serial - issuer);
  seen = true;
  return CertificateFault::none;
}

bool TlsTransaction::client_hello_done() noexcept {
  client = {};
  if (!parse_client_hello(client_message.view(), client)) return false;
  has_client = true;
  state |= kStateClientHello;
  std::array<char, kMaxJa3Bytes> room;
  events::BoundedText text(room);
  write_ja3(client, text);
  keep(text, ja3, ja3_hash);
  ja4 = make_ja4(client, 't');
  return true;
}

bool TlsTransaction::server_hello_done() noexcept {
  server = {};
  if (!parse_server_hello(server_message.view(), server)) return false;
  has_server = true;
  state |= kStateServerHello;
  std::array<char, kMaxJa3Bytes> room;
  events::BoundedText text(room);
  write_ja3s(server, text);
  keep(text, ja3s, ja3s_hash);
  return true;
}

std::uint16_t TlsTransaction::version() const noexcept {
  if (has_server) return server.version;
  if (v2_version[1] != 0) return v2_version[1];
  return has_client ? wanted_version(client) : v2_version[0];
}

std::optional<std::span<const std::uint8_t>> TlsTransaction::bytes(
    rules::Field field, Direction direction, std::uint32_t instance,
    FieldScratch scratch) const noexcept {
  using enum rules::Field;
  const bool to_server = direction == Direction::to_server;
  const Chain& shown = chain(direction);
  const Bytes random = to_server ? client.random : server.random;
  switch (field) {
    case tls_sni:
      return when(!client.server_name.empty(), client.server_name);
    case tls_alpn:
      return protocol_name(to_server ? client.protocols : server.protocols, instance);
    case tls_random:
      return part_of(random, 0, 32);
    case tls_random_time:
      return part_of(random, 0, 4);
    case tls_random_bytes:
      return part_of(random, 4, 28);
    case tls_certs:
      return shown.der(instance);
    case tls_cert_subject:
      return when(shown.seen, shown.subject());
    case tls_cert_issuer:
      return when(shown.seen, shown.issuer());
    case tls_cert_serial:
      return when(shown.seen, shown.serial());
    case tls_cert_fingerprint:
      return when(shown.seen, shown.fingerprint());
    case tls_subjectaltname:
      if (!shown.seen) return std::nullopt;
      return alternative_name(shown.first.alternative_names, instance, scratch);
    case ja3_hash:
      return when(!ja3.empty(), bytes_of(this->ja3_hash));
    case ja3_string:
      return when(!ja3.empty(), ja3.view());
    case ja3s_hash:
      return when(!ja3s.empty(), bytes_of(this->ja3s_hash));
    case ja3s_string:
      return when(!ja3s.empty(), ja3s.view());
    case ja4_hash:
      return when(has_client, bytes_of(ja4));
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> TlsTransaction::number(rules::Field field, Direction direction,
                                                    std::uint32_t) const noexcept {
  using enum rules::Field;
  const bool to_server = direction == Direction::to_server;
  const Chain& shown = chain(direction);
  // Rules count from 1970.
  const auto seconds = [](std::int64_t time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0));
  };
  switch (field) {
    case tls_version:
      if (v2_version[index_of(direction)] != 0) return v2_version[index_of(direction)];
      if (to_server && has_client) return wanted_version(client);
      if (!to_server && has_server) return server.version;
      return std::nullopt;
    case tls_cert_chain_len:
      if (shown.length == 0) return std::nullopt;
      return shown.length;
    case tls_cert_notbefore:
      if (!shown.seen) return std::nullopt;
      return seconds(shown.first.not_before);
    case tls_cert_notafter:
      if (!shown.seen) return std::nullopt;
      return seconds(shown.first.not_after);
    case tls_state:
      return state == 0 ? kStateUnknown : state;
    default:
      return std::nullopt;
  }
}

}  // namespace sekisho::engines::tls
