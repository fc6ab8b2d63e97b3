#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

#include "console_support/device.h"

namespace sekisho::tests {
namespace {

EVP_PKEY* make_key(DeviceKey kind) {
  switch (kind) {
    case DeviceKey::p256:
      return EVP_EC_gen("P-256");
    case DeviceKey::p384:
      return EVP_EC_gen("P-384");
    case DeviceKey::secp256k1:
      return EVP_EC_gen("secp256k1");
    case DeviceKey::rsa2048:
      return EVP_RSA_gen(2048);
  }
  return nullptr;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

}  // namespace

Device make_device(DeviceKey kind, const std::string& name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(make_key(kind), &EVP_PKEY_free);
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), &X509_REQ_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> pem(BIO_new(BIO_s_mem()), &BIO_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> der(BIO_new(BIO_s_mem()), &BIO_free);
  const bool made =
      key && request && pem && der && X509_REQ_set_version(request.get(), 0) == 1 &&
      X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.data()),
                                 static_cast<int>(name.size()), -1, 0) == 1 &&
      X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0 &&
      PEM_write_bio_PKCS8PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
          1 &&
      i2d_X509_REQ_bio(der.get(), request.get()) == 1;
  if (!made) throw std::runtime_error("a device's key could not be made");
  return {text_of(pem.get()), text_of(der.get())};
}

}  // namespace sekisho::tests
