#include "controlplane/fetch/investigation.h"

#include <algorithm>

namespace sekisho::controlplane {
namespace {

using engines::origin::Fault;
using engines::origin::Revocation;
using engines::origin::Validation;

constexpr std::chrono::hours kKeepIssuer{24};
constexpr std::chrono::minutes kKeepAnswer{10};
constexpr std::chrono::minutes kKeepList{60};

Validation judge(const inquiry::Inquiry& inquiry, const std::vector<std::string>& issuers,
                 const engines::origin::TrustStore& trusted, std::int64_t now) {
  const std::vector<std::string_view> chain(inquiry.chain.begin(), inquiry.chain.end());
  const std::vector<std::string_view> more(issuers.begin(), issuers.end());
  return Validation({.chain = chain, .more = more, .host = inquiry.host, .now = now}, trusted);
}

/// Of the certificate `below`, from where it points to.
Documents::Document issuer_of(const std::string& below, Documents& documents) {
  auto urls = engines::origin::pointers_of(below).issuers;
  urls.resize(std::min(urls.size(), kMostUrls));
  for (const auto& url : urls)
    if (auto issuer = documents.get(
            {.url = url, .most_bytes = Validation::kMaxCertificateBytes, .keep = kKeepIssuer}))
      return issuer;
  return nullptr;
}

void ask_about(Validation& judged, Documents& documents) {
  auto pointers = judged.pointers();
  pointers.ocsp.resize(std::min(pointers.ocsp.size(), kMostUrls));
  pointers.lists.resize(std::min(pointers.lists.size(), kMostUrls));
  for (const auto& url : pointers.ocsp) {
    const auto answer = documents.get({.url = url,
                                       .body = judged.ocsp_request(),
                                       .most_bytes = Validation::kMaxAnswerBytes,
                                       .keep = kKeepAnswer});
    if (answer != nullptr && judged.use_answer(*answer) != Revocation::unknown) return;
  }
  for (const auto& url : pointers.lists) {
    const auto list = documents.get({.url = url, .most_bytes = kMostListBytes, .keep = kKeepList});
    if (list != nullptr && judged.use_list(*list) != Revocation::unknown) return;
  }
}

}  // namespace

inquiry::Finding investigate(const inquiry::Inquiry& inquiry,
                             const engines::origin::TrustStore& trusted, Documents& documents,
                             std::int64_t now) {
  inquiry::Finding finding{
      .id = inquiry.id, .state = inquiry::State::unknown, .until = now + kUnknownSeconds};
  auto judged = judge(inquiry, finding.issuers, trusted, now);
  const bool has_room = inquiry.chain.size() + kMostIssuers <= Validation::kMaxCertificates;
  while (judged.fault() == Fault::unknown_issuer && has_room &&
         finding.issuers.size() < kMostIssuers) {
    const auto& below = finding.issuers.empty() ? inquiry.chain.back() : finding.issuers.back();
    const auto issuer = issuer_of(below, documents);
    if (issuer == nullptr) break;
    finding.issuers.push_back(*issuer);
    judged = judge(inquiry, finding.issuers, trusted, now);
  }
  if (judged.fault() != Fault::none) {
    finding.issuers.clear();
    return finding;
  }
  ask_about(judged, documents);
  if (judged.revocation() == Revocation::unknown) return finding;
  finding.state =
      judged.revocation() == Revocation::revoked ? inquiry::State::revoked : inquiry::State::good;
  finding.until = judged.valid_until();
  return finding;
}

}  // namespace sekisho::controlplane
