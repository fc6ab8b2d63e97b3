#include "origin_facts_door.h"

#include <openssl/ct.h>
#include <openssl/ssl.h>

#include <algorithm>

namespace sekisho::decrypt {
namespace {

/// An encoded certificate; empty: none.
std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = certificate == nullptr ? -1 : i2d_X509(certificate, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

std::vector<std::string> chain_of(ssl_st* connection) {
  std::vector<std::string> chain;
  const auto* const sent = SSL_get_peer_cert_chain(connection);
  chain.reserve(static_cast<std::size_t>(std::max(0, sk_X509_num(sent))));
  for (int i = 0; i < sk_X509_num(sent); ++i) chain.push_back(der_of(sk_X509_value(sent, i)));
  return chain;
}

std::string_view staple_of(ssl_st* connection) {
  const unsigned char* bytes = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(connection, &bytes);
  if (size <= 0 || bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::uint8_t timestamps_of(ssl_st* connection) {
  constexpr int kMost = 255;
  const auto* const list = SSL_get0_peer_scts(connection);  // null: none
  return static_cast<std::uint8_t>(list == nullptr ? 0 : std::min(sk_SCT_num(list), kMost));
}

std::string_view protocol_of(ssl_st* connection) {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(connection, &protocol, &size);
  return {reinterpret_cast<const char*>(protocol), size};
}

}  // namespace sekisho::decrypt
