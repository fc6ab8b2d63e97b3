#pragma once

#include <openssl/ssl.h>

namespace sekisho::decrypt {

// OpenSSL's callbacks; a connection's session is its application data (SSL_get_app_data).
int on_client_hello(SSL* connection, int* alert, void* unused);
int on_protocol_choice(SSL* connection, const unsigned char** out, unsigned char* out_bytes,
                       const unsigned char* offered, unsigned int offered_bytes, void* unused);
int on_origin_ticket(SSL* connection, SSL_SESSION* session);
int on_certificate_wanted(SSL* connection, X509** certificate, EVP_PKEY** key);

}  // namespace sekisho::decrypt
