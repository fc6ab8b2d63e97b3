#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "config/activation/activation_code.h"
#include "config/base/result.h"
#include "controlplane/console/secrets/master_key.h"
#include "controlplane/console/store/database.h"

struct evp_pkey_st;
struct x509_st;

namespace sekisho::console {

inline constexpr std::int64_t kCertificateMs = std::int64_t{90} * 24 * 3600 * 1000;

/// A name that every console's certificate is made out to, and no gateway's: by it gateways
/// recognise their console at whatever address it has today.
inline constexpr std::string_view kConsoleName = "sekisho-console";

struct ServerCertificate {
  std::string key_pem;
  std::string chain_pem;  // the certificate, then the authority's: new boxes recognise that one
  std::int64_t expires_at = 0;
};

struct GatewayCertificate {
  std::string chain_pem;  // the certificate, then the authority's
  std::string serial;     // lower-case hexadecimal
  std::int64_t expires_at = 0;
};

/// What a client certificate says; whether it is the authority's TLS has checked before.
struct PeerCertificate {
  std::string gateway;
  std::string tenant;
  std::string serial;  // as in GatewayCertificate
  std::int64_t expires_at = 0;
};
Result<PeerCertificate> read_peer_certificate(std::string_view pem);

/// Signs (EC P-256) the certificates of gateways and of the consoles themselves. Any thread.
class Authority {
 public:
  /// The database's authority; the first console makes it. Error::Code::signature: it is sealed
  /// with another master key.
  static Result<std::unique_ptr<Authority>> open(Database& database, const MasterKey& master_key);
  ~Authority();

  const std::string& certificate_pem() const noexcept { return certificate_pem_; }
  const activation::Fingerprint& fingerprint() const noexcept { return fingerprint_; }

  /// A new key and a certificate of kCertificateMs for this console. `names`: host names and
  /// addresses by which gateways and browsers reach it, at least one.
  Result<ServerCertificate> issue_server(const std::vector<std::string>& names,
                                         std::int64_t now) const;

  /// For the key of a PKCS #10 request (DER) that is signed with it: EC P-256, P-384 or P-521.
  /// Whatever names the request asks for are ignored.
  Result<GatewayCertificate> issue_gateway(std::string_view request, const std::string& gateway,
                                           const std::string& tenant, std::int64_t now) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const noexcept;
  };
  struct FreeCertificate {
    void operator()(x509_st* certificate) const noexcept;
  };
  Authority() = default;
  Status load(std::string_view certificate_pem, std::string_view key_pem);

  std::unique_ptr<evp_pkey_st, FreeKey> key_;
  std::unique_ptr<x509_st, FreeCertificate> certificate_;
  std::string certificate_pem_;
  activation::Fingerprint fingerprint_{};
};

/// This console's certificate, in memory only: issued at the first call, again when a third of its
/// time is left. Any thread.
class ServerIdentity {
 public:
  ServerIdentity(const Authority& authority, std::vector<std::string> names);

  const Authority& authority() const noexcept { return authority_; }

  /// Null: it could not be issued (a name that cannot stand in a certificate). Stays valid for as
  /// long as it is held; another pointer means another certificate.
  std::shared_ptr<const ServerCertificate> current(std::int64_t now);

 private:
  const Authority& authority_;
  const std::vector<std::string> names_;
  std::mutex mutex_;
  std::shared_ptr<const ServerCertificate> current_;
};

}  // namespace sekisho::console
