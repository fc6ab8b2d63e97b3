#include "pointers.h"

#include <openssl/x509v3.h>

#include <algorithm>

namespace sekisho::engines::origin {
namespace {

/// HTTP URLs among general names.
void add_urls(const GENERAL_NAMES* names, std::vector<std::string>& out) {
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* const name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI || out.size() == Pointers::kMaxUrls) continue;
    const auto* const text = name->d.uniformResourceIdentifier;
    std::string url(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                    static_cast<std::size_t>(ASN1_STRING_length(text)));
    if (url.starts_with("http://")) out.push_back(std::move(url));
  }
}

/// HTTP URLs of an AIA extension's entries of a kind.
std::vector<std::string> access_urls(const X509& certificate, int method) {
  using Access = std::unique_ptr<AUTHORITY_INFO_ACCESS, Freed<AUTHORITY_INFO_ACCESS_free>>;
  const Access access(static_cast<AUTHORITY_INFO_ACCESS*>(
      X509_get_ext_d2i(&certificate, NID_info_access, nullptr, nullptr)));
  std::vector<std::string> urls;
  using Names = std::unique_ptr<GENERAL_NAMES, decltype([](GENERAL_NAMES* names) {
                                  sk_GENERAL_NAME_free(names);  // what is in it is the extension's
                                })>;
  const Names of_kind(sk_GENERAL_NAME_new_null());
  if (of_kind == nullptr) return urls;
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    auto* const one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(one->method) == method) sk_GENERAL_NAME_push(of_kind.get(), one->location);
  }
  add_urls(of_kind.get(), urls);
  return urls;
}

std::vector<std::string> list_urls(const X509& certificate) {
  using Points = std::unique_ptr<CRL_DIST_POINTS, Freed<CRL_DIST_POINTS_free>>;
  const Points points(static_cast<CRL_DIST_POINTS*>(
      X509_get_ext_d2i(&certificate, NID_crl_distribution_points, nullptr, nullptr)));
  std::vector<std::string> urls;
  for (int i = 0; i < sk_DIST_POINT_num(points.get()); ++i) {
    const auto* const point = sk_DIST_POINT_value(points.get(), i)->distpoint;
    if (point != nullptr && point->type == 0) add_urls(point->name.fullname, urls);
  }
  return urls;
}

}  // namespace

Pointers pointers_of(const X509& certificate) {
  return {.issuers = access_urls(certificate, NID_ad_ca_issuers),
          .ocsp = access_urls(certificate, NID_ad_OCSP),
          .lists = list_urls(certificate)};
}

bool is_whole_for(const X509_CRL& list, const X509& certificate) {
  for (int at = X509_CRL_get_ext_by_critical(&list, 1, -1); at >= 0;
       at = X509_CRL_get_ext_by_critical(&list, 1, at))
    if (OBJ_obj2nid(X509_EXTENSION_get_object(X509_CRL_get_ext(&list, at))) !=
        NID_issuing_distribution_point)
      return false;
  using Part = std::unique_ptr<ISSUING_DIST_POINT, Freed<ISSUING_DIST_POINT_free>>;
  const Part part(static_cast<ISSUING_DIST_POINT*>(
      X509_CRL_get_ext_d2i(&list, NID_issuing_distribution_point, nullptr, nullptr)));
  if (part == nullptr)
    return X509_CRL_get_ext_by_NID(&list, NID_issuing_distribution_point, -1) < 0;
  if (part->indirectCRL > 0 || part->onlyattr > 0 || part->onlyCA > 0 ||
      part->onlysomereasons != nullptr)
    return false;
  if (part->distpoint == nullptr) return true;
  if (part->distpoint->type != 0) return false;
  std::vector<std::string> of_list;
  add_urls(part->distpoint->name.fullname, of_list);
  const auto of_certificate = list_urls(certificate);
  return std::find_first_of(of_list.begin(), of_list.end(), of_certificate.begin(),
                            of_certificate.end()) != of_list.end();
}

}  // namespace sekisho::engines::origin
