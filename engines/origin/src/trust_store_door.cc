#include <openssl/err.h>
#include <openssl/pem.h>

#include <string>

#include "openssl_parts.h"

namespace sekisho::engines::origin {

TrustStore::TrustStore(std::unique_ptr<Store> store, std::size_t size) noexcept
    : store_(std::move(store)), size_(size) {}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

Result<TrustStore> TrustStore::from_pem(std::string_view pem) {
  const Bio bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CertificateStore store(X509_STORE_new());
  if (bytes == nullptr || store == nullptr) return Error{Error::Code::resource, "no memory"};
  std::size_t read = 0;
  for (;;) {
    ERR_clear_error();
    const Certificate one(PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) break;
    ++read;
    if (X509_STORE_add_cert(store.get(), one.get()) != 1)
      return Error{Error::Code::resource, "authority " + std::to_string(read) + ": no memory"};
  }
  const auto last = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
    return Error{Error::Code::invalid_input,
                 "authority " + std::to_string(read + 1) + " cannot be read"};
  if (read == 0) return Error{Error::Code::invalid_input, "there is no certificate"};
  const auto* const kept = X509_STORE_get0_objects(store.get());
  const auto size = static_cast<std::size_t>(sk_X509_OBJECT_num(kept));
  return TrustStore(std::make_unique<Store>(Store{std::move(store)}), size);
}

}  // namespace sekisho::engines::origin
