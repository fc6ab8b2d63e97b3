#include "tls_handshake.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace sekisho::tests {
namespace {

using engines::Direction;
template <class T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>>;
using Session = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION, SSL_SESSION_free>>;
using Connection = std::unique_ptr<SSL, Freed<SSL, SSL_free>>;

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

void add_name(X509_NAME* name, const char* type, const char* value) {
  require(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(value), -1, -1, 0) == 1,
          "name");
}

Cert make_certificate(EVP_PKEY* key, const char* common_name, const char* serial, bool server,
                      const char* issuer = nullptr) {
  Cert cert(X509_new());
  X509_set_version(cert.get(), 2);
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, serial);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert.get()));
  BN_free(number);
  ASN1_TIME_set_string(X509_getm_notBefore(cert.get()), "200229123456Z");
  ASN1_TIME_set_string(X509_getm_notAfter(cert.get()), "20491231235959Z");
  X509_NAME* name = X509_get_subject_name(cert.get());
  add_name(name, "C", "DE");
  add_name(name, "O", "Example, Inc.");
  add_name(name, "CN", common_name);
  X509_set_issuer_name(cert.get(), name);
  if (issuer != nullptr) add_name(X509_get_issuer_name(cert.get()), "OU", issuer);
  X509_set_pubkey(cert.get(), key);
  if (server) {
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                                "DNS:www.example.com,DNS:*.example.org,IP:192.0.2."
                                                "7,IP:2001:db8::7,URI:https://example.com/");
    require(names != nullptr && X509_add_ext(cert.get(), names, -1) == 1, "alternative names");
    X509_EXTENSION_free(names);
  }
  require(X509_sign(cert.get(), key, EVP_sha256()) != 0, "sign");
  return cert;
}

std::string hex(const unsigned char* bytes, std::size_t count, const char* digits) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) text += ':';
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

CertificateFacts facts_of(X509* cert) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_bytes = 0;
  X509_digest(cert, EVP_sha1(), digest, &digest_bytes);
  unsigned char* der = nullptr;
  const int der_bytes = i2d_X509(cert, &der);
  unsigned char* integer = nullptr;
  const int integer_bytes = i2d_ASN1_INTEGER(X509_get_serialNumber(cert), &integer);
  CertificateFacts facts{
      .serial = hex(integer + 2, static_cast<std::size_t>(integer_bytes - 2), "0123456789ABCDEF"),
      .fingerprint = hex(digest, digest_bytes, "0123456789abcdef"),
      .der = std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(der_bytes))};
  OPENSSL_free(der);
  OPENSSL_free(integer);
  return facts;
}

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* in,
                unsigned int in_bytes, void*) {
  static const unsigned char kWanted[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_bytes, kWanted, sizeof kWanted - 1, in, in_bytes) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

struct Ends {
  Key server_key{EVP_EC_gen("P-256")};
  Key client_key{EVP_EC_gen("P-256")};
  Cert server_cert;
  Cert client_cert = make_certificate(client_key.get(), "client", "2a", false);
  Context server{SSL_CTX_new(TLS_server_method())};
  Context client{SSL_CTX_new(TLS_client_method())};
  Session session;

  explicit Ends(const HandshakeOptions& options)
      : server_cert(
            make_certificate(server_key.get(), "www.example.com", "00e1f2", true, options.issuer)) {
    for (SSL_CTX* context : {server.get(), client.get()}) {
      SSL_CTX_set_min_proto_version(context, options.version);
      SSL_CTX_set_max_proto_version(context, options.version);
      SSL_CTX_set_security_level(context, 0);
    }
    SSL_CTX_use_certificate(server.get(), server_cert.get());
    SSL_CTX_use_PrivateKey(server.get(), server_key.get());
    SSL_CTX_set_alpn_select_cb(server.get(), select_alpn, nullptr);
    SSL_CTX_set_session_id_context(server.get(), reinterpret_cast<const unsigned char*>("t"), 1);
    SSL_CTX_set_alpn_protos(client.get(),
                            reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"), 12);
    if (!options.client_certificate) return;
    SSL_CTX_set_verify(server.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    SSL_CTX_use_certificate(client.get(), client_cert.get());
    SSL_CTX_use_PrivateKey(client.get(), client_key.get());
  }
};

/// Moves what one end wrote to the other.
bool carry(SSL* from, SSL* to, Direction direction, Handshake& record) {
  char buffer[16384];
  bool moved = false;
  int count = 0;
  while ((count = BIO_read(SSL_get_wbio(from), buffer, sizeof buffer)) > 0) {
    BIO_write(SSL_get_rbio(to), buffer, count);
    record.flights.emplace_back(direction, std::string(buffer, static_cast<std::size_t>(count)));
    moved = true;
  }
  return moved;
}

Handshake connect_once(Ends& ends, const HandshakeOptions& options) {
  Handshake record;
  Connection server(SSL_new(ends.server.get()));
  Connection client(SSL_new(ends.client.get()));
  for (SSL* end : {server.get(), client.get()})
    SSL_set_bio(end, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  if (options.server_name != nullptr) SSL_set_tlsext_host_name(client.get(), options.server_name);
  if (ends.session != nullptr) SSL_set_session(client.get(), ends.session.get());
  for (int round = 0; round < 10; ++round) {
    SSL_do_handshake(client.get());
    const bool asked = carry(client.get(), server.get(), Direction::to_server, record);
    SSL_do_handshake(server.get());
    const bool answered = carry(server.get(), client.get(), Direction::to_client, record);
    if (!asked && !answered) break;
  }
  require(SSL_is_init_finished(server.get()) == 1 && SSL_is_init_finished(client.get()) == 1,
          "handshake");
  char buffer[64];
  SSL_write(client.get(), "GET", 3);
  carry(client.get(), server.get(), Direction::to_server, record);
  SSL_read(server.get(), buffer, sizeof buffer);
  SSL_write(server.get(), "200", 3);
  carry(server.get(), client.get(), Direction::to_client, record);
  SSL_read(client.get(), buffer, sizeof buffer);
  ends.session.reset(SSL_get1_session(client.get()));
  // Without a shutdown the session counts as broken and is not resumed.
  for (SSL* end : {server.get(), client.get()})
    SSL_set_shutdown(end, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  return record;
}

}  // namespace

Handshake run_handshake(const HandshakeOptions& options) {
  Ends ends(options);
  if (options.resume) connect_once(ends, options);
  Handshake record = connect_once(ends, options);
  record.server = facts_of(ends.server_cert.get());
  record.client = facts_of(ends.client_cert.get());
  return record;
}

}  // namespace sekisho::tests
