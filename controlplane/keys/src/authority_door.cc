#include "controlplane/keys/authority.h"

#include <algorithm>
#include <utility>

#include "authority_parts.h"
#include "config/base/hex.h"

namespace sekisho::controlplane {
namespace {

constexpr std::int64_t kYears25 = kDay * 36'525 / 100 * 25;
constexpr std::int64_t kThisProgramWasWritten = 1'790'812'800;  // 2026-10-01
constexpr std::size_t kMaxCertificateBytes = 4'096;
constexpr std::size_t kMaxImported = 5;  // certificates, with the issuers
constexpr std::string_view kFirstLine = "sekisho inspection authority 1\n";

Status add_subject(X509_NAME* name, int nid, std::string_view what, const std::string& value) {
  const bool has_control = std::any_of(value.begin(), value.end(),
                                       [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (value.empty() || has_control || !x509::add_entry(name, nid, value))
    return wrong(std::string(what) +
                 ": must be 1 to 64 characters of UTF-8 without control "
                 "characters");
  return ok();
}

/// Takes "`label`: VALUE\n" off the front of `text`.
bool take_line(std::string_view& text, std::string_view label, std::string_view& value) {
  const auto end = text.find('\n');
  if (end == text.npos || !text.starts_with(label)) return false;
  value = text.substr(label.size(), end - label.size());
  text.remove_prefix(end + 1);
  return true;
}

/// What servers send with each handshake, and what a message to them must hold.
Status check_size(X509* certificate) {
  if (x509::to_der(certificate).size() > kMaxCertificateBytes)
    return wrong("certificate: it has more than " + std::to_string(kMaxCertificateBytes) +
                 " bytes");
  return ok();
}

std::string hex_of(const keys::Fingerprint& digest) { return to_hex(std::span(digest)); }

}  // namespace

Authority::Authority(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  parts_->fingerprint = x509::sha256(x509::to_der(parts_->certificate.get()));
}
Authority::Authority(Authority&&) noexcept = default;
Authority& Authority::operator=(Authority&&) noexcept = default;
Authority::~Authority() = default;

Result<Authority> Authority::make(const NewAuthority& plan, std::int64_t now) {
  auto parts = std::make_unique<Parts>();
  parts->certificate.reset(X509_new());
  X509* const certificate = parts->certificate.get();
  x509::check(certificate != nullptr && X509_set_version(certificate, X509_VERSION_3) == 1);
  X509_NAME* const subject = X509_get_subject_name(certificate);
  if (!plan.organization.empty())
    if (auto s = add_subject(subject, NID_organizationName, "organization", plan.organization); !s)
      return std::move(s).error();
  if (auto s = add_subject(subject, NID_commonName, "common name", plan.common_name); !s)
    return std::move(s).error();
  parts->key = x509::new_key(plan.key_type);
  x509::check(X509_set_issuer_name(certificate, subject) == 1 &&
              X509_set_pubkey(certificate, parts->key.get()) == 1);
  x509::set_random_serial(certificate);
  const auto begin = std::max(now, kThisProgramWasWritten);
  x509::set_validity(certificate, begin - kDay, begin + kYears25);
  x509::add_extension(certificate, certificate, NID_basic_constraints,
                      "critical,CA:TRUE,pathlen:0");
  x509::add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  x509::add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  x509::sign(certificate, parts->key.get());
  return Authority(std::move(parts));
}

Result<Authority> Authority::import(std::string_view certificate_pem, std::string_view key_pem,
                                    std::int64_t now) {
  auto certificates = x509::certificates_from_pem(certificate_pem);
  if (certificates.empty()) {
    if (certificate_pem.find("PRIVATE KEY-----") != certificate_pem.npos)
      return wrong("certificate: it holds a private key; are the two files the wrong way round?");
    return wrong("certificate: it holds no certificate in PEM");
  }
  if (certificates.size() > kMaxImported)
    return wrong("certificate: it holds more than " + std::to_string(kMaxImported) +
                 " certificates");
  for (const auto& one : certificates)
    if (auto s = check_size(one.get()); !s) return std::move(s).error();
  auto key = x509::key_from_pem(key_pem);
  if (!key && key_pem.find("ENCRYPTED") != key_pem.npos)
    return wrong("private key: it has a pass phrase; take that off first");
  if (!key) return wrong("private key: it holds no private key in PEM");
  auto parts = std::make_unique<Parts>();
  parts->origin = keys::Origin::imported;
  parts->certificate = std::move(certificates.front());
  parts->key = std::move(key);
  for (std::size_t i = 1; i < certificates.size(); ++i)
    parts->issuers.push_back(std::move(certificates[i]));
  if (auto s = check_imported(parts->certificate.get(), parts->issuers, parts->key.get(), now); !s)
    return std::move(s).error();
  return Authority(std::move(parts));
}

Result<Authority> Authority::parse(std::string_view file) {
  std::string_view origin, digest;
  if (!file.starts_with(kFirstLine)) return wrong("it does not begin as such a file does");
  file.remove_prefix(kFirstLine.size());
  if (!take_line(file, "origin: ", origin) || !take_line(file, "sha256: ", digest) ||
      (origin != name_of(keys::Origin::generated) && origin != name_of(keys::Origin::imported)))
    return wrong("its head is damaged");
  if (hex_of(x509::sha256(file)) != digest) return wrong("its content is not what was written");
  auto certificates = x509::certificates_from_pem(file);
  auto parts = std::make_unique<Parts>();
  parts->key = x509::key_from_pem(file);
  if (certificates.empty() || !parts->key ||
      X509_check_private_key(certificates.front().get(), parts->key.get()) != 1)
    return wrong("its key and its certificate are not a pair");
  parts->origin =
      origin == name_of(keys::Origin::imported) ? keys::Origin::imported : keys::Origin::generated;
  parts->certificate = std::move(certificates.front());
  for (std::size_t i = 1; i < certificates.size(); ++i)
    parts->issuers.push_back(std::move(certificates[i]));
  return Authority(std::move(parts));
}

std::string Authority::serialize() const {
  std::string body = certificate_pem();
  for (const auto& issuer : parts_->issuers) body += x509::to_pem(issuer.get());
  body += x509::to_pem(parts_->key.get());
  std::string file(kFirstLine);
  file.append("origin: ").append(name_of(parts_->origin)).append("\nsha256: ");
  file.append(hex_of(x509::sha256(body))).append("\n").append(body);
  OPENSSL_cleanse(body.data(), body.size());
  return file;
}

Result<std::string> Authority::sign(const keys::SignRequest& request, std::int64_t now) const {
  return sign_leaf(request, parts_->certificate.get(), parts_->key.get(), now);
}

keys::DescribeReply Authority::describe() const {
  X509* const certificate = parts_->certificate.get();
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const X509_NAME* const issuer = X509_get_issuer_name(certificate);
  keys::DescribeReply reply;
  reply.certificate = x509::to_der(certificate);
  reply.certificate_pem = certificate_pem();
  // Who is signed by itself is installed at the client, and sent by no server.
  if (X509_NAME_cmp(subject, issuer) != 0) reply.chain.push_back(reply.certificate);
  for (const auto& above : parts_->issuers)
    if (X509_NAME_cmp(X509_get_subject_name(above.get()), X509_get_issuer_name(above.get())) != 0)
      reply.chain.push_back(x509::to_der(above.get()));
  reply.fingerprint = parts_->fingerprint;
  reply.origin = parts_->origin;
  reply.subject = x509::describe(subject);
  reply.issuer = x509::describe(issuer);
  reply.organization = x509::entry_of(subject, NID_organizationName);
  reply.common_name = x509::entry_of(subject, NID_commonName);
  reply.key = x509::describe(parts_->key.get());
  reply.not_before = x509::time_of(X509_get0_notBefore(certificate));
  reply.not_after = x509::time_of(X509_get0_notAfter(certificate));
  return reply;
}

const keys::Fingerprint& Authority::fingerprint() const noexcept { return parts_->fingerprint; }

std::string Authority::certificate_pem() const { return x509::to_pem(parts_->certificate.get()); }

}  // namespace sekisho::controlplane
