#include "dataplane/decrypt/tls/client_wish.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace sekisho::decrypt {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Of an extension; nullopt: the hello has none of the type.
std::optional<Bytes> extension(SSL* connection, unsigned int type) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(connection, type, &bytes, &size) != 1) return std::nullopt;
  return Bytes(bytes, size);
}

/// The host_name of a server_name extension (RFC 6066 §3).
bool read_host(Bytes extension, std::string& out) {
  constexpr std::size_t kHeaderBytes = 5;  // list's length, type, name's length
  if (extension.size() < kHeaderBytes || extension[2] != TLSEXT_NAMETYPE_host_name) return false;
  const std::size_t size = std::size_t{extension[3]} << 8 | extension[4];
  if (kHeaderBytes + size > extension.size()) return false;
  const auto name = extension.subspan(kHeaderBytes, size);
  out.assign(name.begin(), name.end());
  return true;
}

/// Numbers of 16 bits behind the length of their list.
bool lists_number(Bytes extension, std::uint16_t wanted) {
  for (std::size_t at = 2; at + 1 < extension.size(); at += 2)
    if ((extension[at] << 8 | extension[at + 1]) == wanted) return true;
  return false;
}

template <std::size_t N>
bool offers_one_of(SSL* connection, const std::array<std::uint16_t, N>& wanted) {
  const unsigned char* suites = nullptr;
  const std::size_t size = SSL_client_hello_get0_ciphers(connection, &suites);
  for (std::size_t at = 0; at + 1 < size; at += 2)
    if (std::find(wanted.begin(), wanted.end(), suites[at] << 8 | suites[at + 1]) != wanted.end())
      return true;
  return false;
}

constexpr std::array<std::uint16_t, 3> kSuites13{0x1301, 0x1302, 0x1303};
// ECDHE with AES-GCM and ChaCha20 (RFC 5289, RFC 7905).
constexpr std::array<std::uint16_t, 3> kEcdsaSuites12{0xc02b, 0xc02c, 0xcca9};
constexpr std::array<std::uint16_t, 3> kRsaSuites12{0xc02f, 0xc030, 0xcca8};

/// Whether a key on P-256 can be shown: signature, group, and up to TLS 1.2 a suite.
bool takes_ecdsa(SSL* connection) {
  constexpr std::uint16_t kEcdsaP256Sha256 = 0x0403, kP256 = 23;
  const auto signatures = extension(connection, TLSEXT_TYPE_signature_algorithms);
  const auto groups = extension(connection, TLSEXT_TYPE_supported_groups);
  if (!signatures || !lists_number(*signatures, kEcdsaP256Sha256)) return false;
  if (!groups || !lists_number(*groups, kP256)) return false;
  return offers_one_of(connection, kSuites13) || offers_one_of(connection, kEcdsaSuites12);
}

/// Numbers of 16 bits behind one byte of their list's length (RFC 8446 §4.2.1).
bool lists_version(Bytes extension, std::uint16_t wanted) {
  for (std::size_t at = 1; at + 1 < extension.size(); at += 2)
    if ((extension[at] << 8 | extension[at + 1]) == wanted) return true;
  return false;
}

/// Whether TlsContexts::towards_client can come to terms with it.
bool is_supported(SSL* connection) {
  constexpr std::array<std::uint16_t, 3> kGroups{29, 23, 24};  // X25519, P-256, P-384
  const auto versions = extension(connection, TLSEXT_TYPE_supported_versions);
  const bool speaks13 = versions && lists_version(*versions, TLS1_3_VERSION);
  const bool speaks12 = versions
                            ? lists_version(*versions, TLS1_2_VERSION)
                            : SSL_client_hello_get0_legacy_version(connection) >= TLS1_2_VERSION;
  const bool has_suite = (speaks13 && offers_one_of(connection, kSuites13)) ||
                         (speaks12 && (offers_one_of(connection, kEcdsaSuites12) ||
                                       offers_one_of(connection, kRsaSuites12)));
  const auto groups = extension(connection, TLSEXT_TYPE_supported_groups);
  // TLS 1.2 without the extension takes any group (RFC 8422 §4).
  const bool has_group = groups ? std::any_of(kGroups.begin(), kGroups.end(),
                                              [&](auto one) { return lists_number(*groups, one); })
                                : speaks12;
  return has_suite && has_group;
}

}  // namespace

bool read_wish(ssl_st* connection, ClientWish& out) {
  const auto name = extension(connection, TLSEXT_TYPE_server_name);
  if (name && !read_host(*name, out.host)) return false;
  if (const auto list = extension(connection, TLSEXT_TYPE_application_layer_protocol_negotiation);
      list && list->size() > 2)
    out.protocols.assign(list->begin() + 2, list->end());
  out.takes_ecdsa = takes_ecdsa(connection);
  out.is_supported = is_supported(connection);
  return true;
}

std::string offered_protocols(std::string_view list) {
  std::string http;
  for (auto rest = list; !rest.empty();) {
    const auto size = static_cast<std::uint8_t>(rest.front());
    const auto entry = rest.substr(0, std::size_t{size} + 1);
    const auto name = entry.substr(1);
    if (name == "h2" || name == "http/1.1") http.append(entry);
    rest.remove_prefix(entry.size());
  }
  return http.empty() ? std::string(list) : http;
}

}  // namespace sekisho::decrypt
