#include "dataplane/decrypt/tls/contexts.h"

#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "callbacks.h"

namespace sekisho::decrypt {
namespace {

// As Chromium and Firefox offer them, without static RSA, CBC and SHA-1.
constexpr const char* kSuites13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr const char* kSignatures =
    "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:rsa_pkcs1_sha256:ecdsa_secp384r1_sha384:"
    "rsa_pss_rsae_sha384:rsa_pkcs1_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha512";

Result<TlsContext> make_context(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method));
  if (context == nullptr) return Error{Error::Code::resource, "tls: no memory"};
  auto* const made = context.get();
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection keeps no buffers; what a session sends moves, as it waits in the pool's.
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One system call for several records and their headers.
  constexpr std::size_t kReadBytes = std::size_t{64} << 10;
  SSL_CTX_set_read_ahead(made, 1);
  SSL_CTX_set_default_read_buffer_len(made, kReadBytes);
  const bool is_set = SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) == 1 &&
                      SSL_CTX_set_ciphersuites(made, kSuites13) == 1 &&
                      SSL_CTX_set_cipher_list(made, kSuites12) == 1 &&
                      SSL_CTX_set1_groups_list(made, kGroups) == 1;
  if (!is_set) return Error{Error::Code::resource, "tls: this OpenSSL lacks an algorithm"};
  return context;
}

/// Timestamps are asked for as browsers do, and only counted.
int on_timestamps(const CT_POLICY_EVAL_CTX* /*context*/, const stack_st_SCT* /*timestamps*/,
                  void* /*unused*/) {
  return 1;
}

}  // namespace

void OpensslFree::operator()(ssl_ctx_st* part) const noexcept { SSL_CTX_free(part); }
void OpensslFree::operator()(ssl_session_st* part) const noexcept { SSL_SESSION_free(part); }
void OpensslFree::operator()(ssl_st* part) const noexcept { SSL_free(part); }

Result<TlsContexts> TlsContexts::make() {
  auto client = make_context(TLS_server_method());
  if (!client) return std::move(client).error();
  auto origin = make_context(TLS_client_method());
  if (!origin) return std::move(origin).error();
  SSL_CTX_set_options(client->get(), SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(client->get(), SSL_SESS_CACHE_OFF);  // tickets keep it themselves
  SSL_CTX_set_num_tickets(client->get(), 1);
  SSL_CTX_set_client_hello_cb(client->get(), on_client_hello, nullptr);
  SSL_CTX_set_alpn_select_cb(client->get(), on_protocol_choice, nullptr);
  SSL_CTX_set_session_cache_mode(origin->get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(origin->get(), on_origin_ticket);
  SSL_CTX_set_client_cert_cb(origin->get(), on_certificate_wanted);
  SSL_CTX_set_verify(origin->get(), SSL_VERIFY_NONE, nullptr);  // engines/origin judges
  if (SSL_CTX_set1_sigalgs_list(origin->get(), kSignatures) != 1 ||
      SSL_CTX_set_tlsext_status_type(origin->get(), TLSEXT_STATUSTYPE_ocsp) != 1 ||
      SSL_CTX_set_ct_validation_callback(origin->get(), on_timestamps, nullptr) != 1)
    return Error{Error::Code::resource, "tls: this OpenSSL lacks an algorithm"};
  return TlsContexts{*std::move(client), *std::move(origin)};
}

}  // namespace sekisho::decrypt
