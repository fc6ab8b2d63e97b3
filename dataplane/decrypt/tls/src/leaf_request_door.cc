#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "dataplane/decrypt/tls/leaf_store.h"

namespace sekisho::decrypt {
namespace {

constexpr std::int64_t kDay = 86'400;
/// Browsers refuse more than 398 days (CA/Browser Forum, 6.3.2); a client's clock may be behind.
constexpr std::int64_t kMostSeconds = 397 * kDay, kBehindSeconds = 2 * kDay;

std::string text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// As DNS writes names: what else stands in a certificate is nobody's name.
bool is_name(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  const auto is_of_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= keys::kMaxNameBytes && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), is_of_name);
}

void copy_names(const X509* origin, keys::SignRequest& request) {
  auto* const names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(origin, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    if (request.dns_names.size() + request.addresses.size() == keys::kMaxNames) break;
    const auto* const name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      auto text = text_of(name->d.dNSName);
      if (is_name(text)) request.dns_names.push_back(std::move(text));
    } else if (name->type == GEN_IPADD) {
      auto bytes = text_of(name->d.iPAddress);
      if (bytes.size() == 4 || bytes.size() == 16) request.addresses.push_back(std::move(bytes));
    }
  }
  GENERAL_NAMES_free(names);
}

void copy_common_name(const X509* origin, keys::SignRequest& request) {
  const auto* const subject = X509_get_subject_name(origin);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return;
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return;
  std::string name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  if (name.size() <= keys::kMaxSubjectBytes && is_name(name)) request.common_name = std::move(name);
}

std::int64_t unix_seconds(const ASN1_TIME* time, std::int64_t otherwise) {
  std::tm fields{};
  return ASN1_TIME_to_tm(time, &fields) == 1 ? timegm(&fields) : otherwise;
}

void add_host(std::string_view host, const X509* origin, keys::SignRequest& request) {
  if (host.empty() || request.dns_names.size() + request.addresses.size() == keys::kMaxNames)
    return;
  const std::string text(host);
  if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(text.c_str())) {
    const auto bytes = text_of(address);
    ASN1_OCTET_STRING_free(address);
    if (X509_check_ip_asc(const_cast<X509*>(origin), text.c_str(), 0) != 1)
      request.addresses.push_back(bytes);
  } else if (is_name(text) && X509_check_host(const_cast<X509*>(origin), text.data(), text.size(),
                                              X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) != 1) {
    request.dns_names.push_back(text);
  }
}

}  // namespace

void OpensslFree::operator()(x509_st* part) const noexcept { X509_free(part); }
void OpensslFree::operator()(stack_st_X509* part) const noexcept {
  sk_X509_pop_free(part, X509_free);
}

Result<keys::SignRequest> request_for(std::string_view origin_der, keys::Issuer issuer,
                                      std::string_view host, std::int64_t now) {
  const auto* at = reinterpret_cast<const unsigned char*>(origin_der.data());
  const Certificate origin(d2i_X509(nullptr, &at, static_cast<long>(origin_der.size())));
  if (origin == nullptr)
    return Error{Error::Code::invalid_input, "the origin's certificate cannot be read"};
  keys::SignRequest request;
  request.issuer = issuer;
  copy_common_name(origin.get(), request);
  copy_names(origin.get(), request);
  add_host(host, origin.get(), request);
  const auto from = unix_seconds(X509_get0_notBefore(origin.get()), now);
  const auto until = unix_seconds(X509_get0_notAfter(origin.get()), now);
  if (issuer == keys::Issuer::trusted && (until < now || from > now)) {
    request.not_before = now - kBehindSeconds;  // the administrator trusts it all the same
    request.not_after = request.not_before + kMostSeconds;
    return request;
  }
  // What is wrong with the dates stays wrong; what is long becomes short around now.
  request.not_before = until < now ? from : std::max(from, now - kBehindSeconds);
  request.not_after = std::min(until, request.not_before + kMostSeconds);
  return request;
}

}  // namespace sekisho::decrypt
