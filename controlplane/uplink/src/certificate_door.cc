#include <openssl/pem.h>

#include <ctime>

#include "controlplane/uplink/certificate.h"
#include "openssl_handles.h"

namespace sekisho::controlplane {
namespace {

KeyHandle read_key(std::string_view pem) {
  const BioHandle bio = bio_of(pem);
  return KeyHandle(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr);
}

std::vector<CertificateHandle> read_chain(std::string_view pem) {
  constexpr std::size_t kMaxCertificates = 10;
  std::vector<CertificateHandle> chain;
  const BioHandle bio = bio_of(pem);
  while (bio && chain.size() < kMaxCertificates) {
    CertificateHandle next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    chain.push_back(std::move(next));
  }
  ERR_clear_error();  // the end of the text is an error to the library
  return chain;
}

CertificateHandle from_der(std::string_view der) {
  if (der.size() > static_cast<std::size_t>(std::numeric_limits<long>::max())) return nullptr;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return CertificateHandle(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

std::string name_part(const X509* certificate, int part) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, part, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string found(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return found;
}

std::int64_t unix_seconds(const ASN1_TIME* time) {
  tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

}  // namespace

Result<std::string> make_device_key() {
  const KeyHandle key(EVP_EC_gen("P-256"));
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (!key || !out ||
      PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1)
    return openssl_error("device key", Error::Code::resource);
  return text_of(out.get());
}

Result<std::string> make_certificate_request(std::string_view key_pem, std::string_view name) {
  const KeyHandle key = read_key(key_pem);
  const RequestHandle request(X509_REQ_new());
  if (!key || !request) return openssl_error("device key");
  const std::string text(name);
  X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  const bool made = X509_REQ_set_version(request.get(), 0) == 1 &&
                    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                               reinterpret_cast<const unsigned char*>(text.c_str()),
                                               -1, -1, 0) == 1 &&
                    X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
                    X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0;
  unsigned char* der = nullptr;
  const int size = made ? i2d_X509_REQ(request.get(), &der) : -1;
  if (size < 0) return openssl_error("certificate request");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

Result<CertificateFacts> facts_of(std::string_view chain_pem) {
  const auto chain = read_chain(chain_pem);
  if (chain.empty()) return Error{Error::Code::invalid_input, "no certificate in PEM"};
  const X509* own = chain.front().get();
  return CertificateFacts{name_part(own, NID_commonName), name_part(own, NID_organizationName),
                          unix_seconds(X509_get0_notBefore(own)),
                          unix_seconds(X509_get0_notAfter(own))};
}

Status check_chain(std::string_view chain_pem, std::string_view key_pem,
                   std::string_view authority_pem, std::int64_t now) {
  const auto chain = read_chain(chain_pem);
  const auto authority = read_chain(authority_pem);
  const KeyHandle key = read_key(key_pem);
  if (chain.empty() || authority.empty() || !key)
    return Error{Error::Code::invalid_input, "no certificate in PEM"};
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return Error{Error::Code::invalid_input, "the certificate is of another key"};
  }
  const StoreHandle store(X509_STORE_new());
  const StoreContextHandle context(X509_STORE_CTX_new());
  STACK_OF(X509)* between = sk_X509_new_null();
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> owned(
      between, [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between, chain[i].get());
  if (!store || !context || X509_STORE_add_cert(store.get(), authority.front().get()) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between) != 1)
    return openssl_error("certificate", Error::Code::resource);
  X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(now));
  if (X509_verify_cert(context.get()) == 1) return ok();
  const int why = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  return Error{Error::Code::signature,
               "the certificate is not good: " + std::string(X509_verify_cert_error_string(why))};
}

Result<std::string> find_authority(const std::vector<std::string>& chain_der,
                                   const activation::Fingerprint& fingerprint) {
  for (const std::string& der : chain_der) {
    if (activation::fingerprint_of(
            {reinterpret_cast<const std::uint8_t*>(der.data()), der.size()}) != fingerprint)
      continue;
    const CertificateHandle certificate = from_der(der);
    if (!certificate || X509_check_ca(certificate.get()) == 0) continue;
    const BioHandle out(BIO_new(BIO_s_mem()));
    if (!out || PEM_write_bio_X509(out.get(), certificate.get()) != 1)
      return openssl_error("certificate", Error::Code::resource);
    return text_of(out.get());
  }
  return Error{Error::Code::not_found, "no certificate of the server is the one"};
}

bool is_made_out_to(std::string_view certificate_der, std::string_view name) {
  const CertificateHandle certificate = from_der(certificate_der);
  return certificate &&
         X509_check_host(certificate.get(), name.data(), name.size(), 0, nullptr) == 1;
}

}  // namespace sekisho::controlplane
