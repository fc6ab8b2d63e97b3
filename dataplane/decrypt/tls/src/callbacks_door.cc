#include "callbacks.h"

#include <string_view>
#include <utility>

#include "dataplane/decrypt/tls/tls_session.h"

namespace sekisho::decrypt {

/// What OpenSSL asks a session while it is at work.
struct TlsCallbacks {
  static TlsSession& of(SSL* connection) noexcept {
    return *static_cast<TlsSession*>(SSL_get_app_data(connection));
  }
  static int take_hello(SSL* connection, int* alert) noexcept {
    auto& session = of(connection);
    if (session.refusal_ != 0) {
      *alert = session.refusal_;
      return SSL_CLIENT_HELLO_ERROR;
    }
    if (session.has_hello_) return SSL_CLIENT_HELLO_SUCCESS;
    session.has_hello_ = true;
    if (read_wish(connection, session.asked_)) return SSL_CLIENT_HELLO_RETRY;
    session.has_hello_ = false;
    *alert = SSL_AD_DECODE_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
  }
  static std::string_view chosen_protocol(SSL* connection) noexcept {
    return of(connection).chosen_protocol_;
  }
  static void keep_ticket(SSL* connection, TlsTicket ticket) {
    auto& session = of(connection);
    session.ticket_ = std::move(ticket);
    session.keep_ticket();
  }
  static void want_certificate(SSL* connection) noexcept {
    of(connection).certificate_wanted_ = true;
  }
};

int on_client_hello(SSL* connection, int* alert, void* /*unused*/) {
  return TlsCallbacks::take_hello(connection, alert);
}

int on_protocol_choice(SSL* connection, const unsigned char** out, unsigned char* out_bytes,
                       const unsigned char* /*offered*/, unsigned int /*offered_bytes*/,
                       void* /*unused*/) {
  const auto chosen = TlsCallbacks::chosen_protocol(connection);
  if (chosen.empty()) return SSL_TLSEXT_ERR_NOACK;  // nor did the origin choose
  *out = reinterpret_cast<const unsigned char*>(chosen.data());
  *out_bytes = static_cast<unsigned char>(chosen.size());
  return SSL_TLSEXT_ERR_OK;
}

/// A copy is kept: OpenSSL makes one that ends without a close_notify unfit to be resumed, which
/// RFC 5246 §7.2.1 does not ask for.
int on_origin_ticket(SSL* connection, SSL_SESSION* session) {
  if (TlsTicket copy(SSL_SESSION_dup(session)); copy != nullptr)
    TlsCallbacks::keep_ticket(connection, std::move(copy));
  return 0;
}

int on_certificate_wanted(SSL* connection, X509** /*certificate*/, EVP_PKEY** /*key*/) {
  TlsCallbacks::want_certificate(connection);
  return 0;  // go on without: some origins only would like one
}

}  // namespace sekisho::decrypt
