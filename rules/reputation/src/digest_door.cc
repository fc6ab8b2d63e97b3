// As in engines/protocols: the EVP interface makes a context on the heap for each digest; the block
// functions that OpenSSL 3 calls deprecated do not, and are the same code.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "rules/reputation/url_expressions.h"

namespace sekisho::rules {

UrlHash hash_of(const UrlExpression& expression) noexcept {
  UrlHash hash{};
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, expression.host.data(), expression.host.size());
  SHA256_Update(&context, expression.path.data(), expression.path.size());
  SHA256_Final(hash.data(), &context);
  return hash;
}

}  // namespace sekisho::rules
