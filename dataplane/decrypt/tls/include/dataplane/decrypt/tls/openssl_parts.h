#pragma once

#include <memory>

// OpenSSL's own names, so that its headers stay behind this folder's sources.
struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;
struct stack_st_X509;
struct x509_st;

namespace sekisho::decrypt {

struct OpensslFree {
  void operator()(evp_pkey_st* part) const noexcept;
  void operator()(ssl_ctx_st* part) const noexcept;
  void operator()(ssl_session_st* part) const noexcept;
  void operator()(ssl_st* part) const noexcept;
  void operator()(stack_st_X509* part) const noexcept;  // and what is in it
  void operator()(x509_st* part) const noexcept;
};
using PrivateKey = std::unique_ptr<evp_pkey_st, OpensslFree>;
using TlsContext = std::unique_ptr<ssl_ctx_st, OpensslFree>;
using TlsConnection = std::unique_ptr<ssl_st, OpensslFree>;
using TlsTicket = std::unique_ptr<ssl_session_st, OpensslFree>;
using Certificates = std::unique_ptr<stack_st_X509, OpensslFree>;
using Certificate = std::unique_ptr<x509_st, OpensslFree>;

}  // namespace sekisho::decrypt
