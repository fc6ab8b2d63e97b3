#include "controlplane/console/secrets/authority.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "controlplane/console/store/clock.h"
#include "x509_door.h"

namespace sekisho::console {
namespace {

constexpr std::int64_t kAuthorityMs = std::int64_t{30} * 365 * 24 * 3600 * 1000;
constexpr std::int64_t kClockSkewMs = 3'600'000;  // a box's clock may be late
constexpr std::size_t kMaxNames = 100;
constexpr std::string_view kSealedAs = "key of the certificate authority";

struct Row {
  std::string certificate;
  std::string sealed_key;
};

Row make_row(const MasterKey& master_key) {
  const Key key = new_p256_key();
  const std::int64_t now = unix_ms();
  const Certificate certificate =
      sign({.common_name = "Sekisho console authority",
            .organization = "",
            .from = now - kClockSkewMs,
            .to = now + kAuthorityMs,
            .extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                           {NID_key_usage, "critical,keyCertSign"},
                           {NID_subject_key_identifier, "hash"}}},
           key.get(), nullptr, key.get());
  return {to_pem(certificate.get()), master_key.seal(to_pem(key.get()), kSealedAs)};
}

/// Consoles that start at once: one row is the first, and all take that one.
Row load_or_make(Database& database, const MasterKey& master_key) {
  const Row fresh = make_row(master_key);
  const std::int64_t now = unix_ms();
  return database.write([&](Database::Session& session) {
    session << "INSERT INTO authority (id, certificate, sealed_key, created_at) VALUES "
               "(1, :certificate, :key, :now) ON CONFLICT (id) DO NOTHING",
        soci::use(fresh.certificate), soci::use(fresh.sealed_key), soci::use(now);
    Row row;
    session << "SELECT certificate, sealed_key FROM authority WHERE id = 1",
        soci::into(row.certificate), soci::into(row.sealed_key);
    return row;
  });
}

bool is_address(const std::string& name) {
  std::array<char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

/// Names go into a list with commas: nothing else than a host name's characters gets there.
bool is_host_name(const std::string& name) {
  return !name.empty() && name.size() <= 253 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
         });
}

Result<std::string> alternative_names(const std::vector<std::string>& names) {
  if (names.empty() || names.size() > kMaxNames)
    return Error{
        Error::Code::invalid_input,
        "the console's certificate needs 1 to 100 names, not " + std::to_string(names.size())};
  std::string list = "DNS:" + std::string(kConsoleName);
  for (const auto& name : names) {
    const bool address = is_address(name);
    if (!address && !is_host_name(name))
      return Error{Error::Code::invalid_input,
                   "'" + name + "' is neither a host name nor an address"};
    list += std::string(address ? ",IP:" : ",DNS:") + name;
  }
  return list;
}

std::vector<Extension> leaf_extensions(const std::string& usage) {
  return {{NID_basic_constraints, "critical,CA:FALSE"},
          {NID_key_usage, "critical,digitalSignature"},
          {NID_ext_key_usage, usage},
          {NID_subject_key_identifier, "hash"},
          {NID_authority_key_identifier, "keyid"}};
}

}  // namespace

Result<PeerCertificate> read_peer_certificate(std::string_view pem) {
  const Certificate certificate = certificate_from_pem(pem);
  if (!certificate) return Error{Error::Code::invalid_input, "client certificate: unreadable"};
  PeerCertificate peer{common_name_of(certificate.get()), organization_of(certificate.get()),
                       serial_of(certificate.get()), end_of(certificate.get())};
  if (peer.gateway.empty() || peer.tenant.empty())
    return Error{Error::Code::invalid_input, "client certificate: names no gateway and tenant"};
  return peer;
}

void Authority::FreeKey::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }
void Authority::FreeCertificate::operator()(x509_st* certificate) const noexcept {
  X509_free(certificate);
}
Authority::~Authority() = default;

Result<std::unique_ptr<Authority>> Authority::open(Database& database,
                                                   const MasterKey& master_key) {
  try {
    const Row row = load_or_make(database, master_key);
    const auto key = master_key.unseal(row.sealed_key, kSealedAs);
    if (!key) return Error{key.error()};
    std::unique_ptr<Authority> authority(new Authority);
    if (auto loaded = authority->load(row.certificate, *key); !loaded)
      return std::move(loaded).error();
    return authority;
  } catch (const soci::soci_error& problem) {
    return Error{Error::Code::io, std::string("certificate authority: ") + problem.what()};
  }
}

Status Authority::load(std::string_view certificate_pem, std::string_view key_pem) {
  certificate_.reset(certificate_from_pem(certificate_pem).release());
  key_.reset(key_from_pem(key_pem).release());
  if (!certificate_ || !key_ || X509_check_private_key(certificate_.get(), key_.get()) != 1)
    return Error{Error::Code::invalid_input,
                 "certificate authority: its certificate or key in the database is damaged"};
  certificate_pem_ = certificate_pem;
  const std::string der = to_der(certificate_.get());
  const std::vector<std::uint8_t> bytes(der.begin(), der.end());
  fingerprint_ = activation::fingerprint_of(bytes);
  return ok();
}

Result<ServerCertificate> Authority::issue_server(const std::vector<std::string>& names,
                                                  std::int64_t now) const {
  const auto list = alternative_names(names);
  if (!list) return Error{list.error()};
  const Key key = new_p256_key();
  CertificatePlan plan{.common_name = "Sekisho console",
                       .organization = "",
                       .from = now - kClockSkewMs,
                       .to = now + kCertificateMs,
                       .extensions = leaf_extensions("serverAuth")};
  plan.extensions.push_back({NID_subject_alt_name, *list});
  const Certificate certificate = sign(plan, key.get(), certificate_.get(), key_.get());
  if (!certificate)
    return Error{Error::Code::invalid_input, "names '" + *list + "' do not fit a certificate"};
  return ServerCertificate{to_pem(key.get()), to_pem(certificate.get()) + certificate_pem_,
                           end_of(certificate.get())};
}

Result<GatewayCertificate> Authority::issue_gateway(std::string_view request,
                                                    const std::string& gateway,
                                                    const std::string& tenant,
                                                    std::int64_t now) const {
  auto key = key_of_request(request);
  if (!key) return std::move(key).error();
  const Certificate certificate = sign({.common_name = gateway,
                                        .organization = tenant,
                                        .from = now - kClockSkewMs,
                                        .to = now + kCertificateMs,
                                        .extensions = leaf_extensions("clientAuth")},
                                       key->get(), certificate_.get(), key_.get());
  if (!certificate) return Error{Error::Code::invalid_input, "certificate: could not be made"};
  return GatewayCertificate{to_pem(certificate.get()) + certificate_pem_,
                            serial_of(certificate.get()), end_of(certificate.get())};
}

ServerIdentity::ServerIdentity(const Authority& authority, std::vector<std::string> names)
    : authority_(authority), names_(std::move(names)) {}

std::shared_ptr<const ServerCertificate> ServerIdentity::current(std::int64_t now) {
  const std::scoped_lock lock(mutex_);
  if (current_ && current_->expires_at - now > kCertificateMs / 3) return current_;
  if (auto issued = authority_.issue_server(names_, now))
    current_ = std::make_shared<const ServerCertificate>(std::move(*issued));
  return current_;
}

}  // namespace sekisho::console
