#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "config/bundle/keys.h"
#include "controlplane/console/secrets/master_key.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

struct TenantKeyName {
  std::uint64_t sequence = 0;
  bundle::PublicKey key;
};

struct TenantKey {
  std::uint64_t sequence = 0;
  bundle::SigningKey key;
};

/// The Ed25519 keys that tenants' bundles are signed with: table signing_keys. Each function is
/// part of the caller's transaction. not_found: the tenant has no key.
class TenantKeys {
 public:
  explicit TenantKeys(const MasterKey& master_key) : master_key_(master_key) {}

  const MasterKey& master_key() const noexcept { return master_key_; }

  /// The first key of a new tenant, sequence 0.
  TenantKeyName create(Database::Session& session, const std::string& tenant) const;

  /// The newest key without its secret.
  Result<TenantKeyName> name(Database::Session& session, const std::string& tenant) const;

  /// The newest key, to sign with.
  Result<TenantKey> signing_key(Database::Session& session, const std::string& tenant) const;

  /// A new key; the old one signs the statement that says so and is destroyed. Inside
  /// Database::write, after which the tenant's gateways want to be notified.
  Result<TenantKeyName> rotate(Database& database, Database::Session& session,
                               const std::string& tenant) const;

  /// The statements that take a gateway from the key of `sequence` to the newest, in order.
  std::vector<std::string> chain_after(Database::Session& session, const std::string& tenant,
                                       std::uint64_t sequence) const;

 private:
  const MasterKey& master_key_;
};

}  // namespace sekisho::console
