#include "controlplane/console/secrets/tenant_keys.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "config/base/hex.h"
#include "config/bundle/rotation.h"
#include "controlplane/console/store/clock.h"

namespace sekisho::console {
namespace {

std::string name_of_key(const std::string& tenant, std::uint64_t sequence) {
  return "signing key " + std::to_string(sequence) + " of tenant " + tenant;
}

void insert(Database::Session& session, const std::string& tenant, std::uint64_t sequence,
            const bundle::SigningKey& key, const std::string& rotation,
            const MasterKey& master_key) {
  const auto secret = key.secret();
  const auto number = static_cast<long long>(sequence);
  const std::string public_key = key.public_key().to_hex();
  const std::string sealed =
      master_key.seal({secret.bytes.data(), secret.bytes.size()}, name_of_key(tenant, sequence));
  const long long now = unix_ms();
  session << "INSERT INTO signing_keys (tenant, sequence, public_key, sealed_secret, rotation, "
             "created_at) VALUES (:tenant, :sequence, :key, :secret, :rotation, :now)",
      soci::use(tenant), soci::use(number), soci::use(public_key), soci::use(sealed),
      soci::use(rotation), soci::use(now);
}

Error no_key(const std::string& tenant) {
  return {Error::Code::not_found, "tenant " + tenant + " has no signing key"};
}

}  // namespace

TenantKeyName TenantKeys::create(Database::Session& session, const std::string& tenant) const {
  const auto key = bundle::SigningKey::generate();
  insert(session, tenant, 0, key, "", master_key_);
  return {0, key.public_key()};
}

Result<TenantKeyName> TenantKeys::name(Database::Session& session,
                                       const std::string& tenant) const {
  long long sequence = 0;
  std::string text;
  session << "SELECT sequence, public_key FROM signing_keys WHERE tenant = :tenant "
             "ORDER BY sequence DESC LIMIT 1",
      soci::into(sequence), soci::into(text), soci::use(tenant);
  if (!session.got_data()) return no_key(tenant);
  auto key = bundle::PublicKey::from_hex(text);
  if (!key) return std::move(key).error().within("signing key of tenant " + tenant);
  return TenantKeyName{static_cast<std::uint64_t>(sequence), *key};
}

Result<TenantKey> TenantKeys::signing_key(Database::Session& session,
                                          const std::string& tenant) const {
  long long sequence = 0;
  std::string sealed;
  session << "SELECT sequence, sealed_secret FROM signing_keys WHERE tenant = :tenant "
             "ORDER BY sequence DESC LIMIT 1",
      soci::into(sequence), soci::into(sealed), soci::use(tenant);
  if (!session.got_data()) return no_key(tenant);
  const auto number = static_cast<std::uint64_t>(sequence);
  const auto opened = master_key_.unseal(sealed, name_of_key(tenant, number));
  if (!opened) return Error{opened.error()};
  bundle::Secret secret;
  if (opened->size() != secret.bytes.size())
    return Error{Error::Code::signature, name_of_key(tenant, number) + ": has another length"};
  std::copy(opened->begin(), opened->end(), secret.bytes.begin());
  return TenantKey{number, bundle::SigningKey::from_secret(secret)};
}

Result<TenantKeyName> TenantKeys::rotate(Database& database, Database::Session& session,
                                         const std::string& tenant) const {
  // Two rotations at once: the second waits here and then follows the first.
  std::string locked;
  session << "SELECT id FROM tenants WHERE id = :tenant" + std::string(database.for_update()),
      soci::into(locked), soci::use(tenant);
  const auto old = signing_key(session, tenant);
  if (!old) return Error{old.error()};
  const auto fresh = bundle::SigningKey::generate();
  const std::uint64_t sequence = old->sequence + 1;
  const auto statement = bundle::sign_rotation(tenant, sequence, fresh.public_key(), old->key);
  if (!statement) return Error{statement.error()};
  insert(session, tenant, sequence, fresh, to_hex(*statement), master_key_);
  const auto number = static_cast<long long>(sequence);
  session << "UPDATE signing_keys SET sealed_secret = '' WHERE tenant = :tenant AND "
             "sequence < :sequence",
      soci::use(tenant), soci::use(number);
  return TenantKeyName{sequence, fresh.public_key()};
}

std::vector<std::string> TenantKeys::chain_after(Database::Session& session,
                                                 const std::string& tenant,
                                                 std::uint64_t sequence) const {
  std::string statement;
  std::vector<std::string> chain;
  const auto after = static_cast<long long>(sequence);
  soci::statement select =
      (session.prepare << "SELECT rotation FROM signing_keys WHERE tenant = :tenant AND "
                          "sequence > :after ORDER BY sequence",
       soci::into(statement), soci::use(tenant), soci::use(after));
  select.execute();
  while (select.fetch()) {
    auto bytes = from_hex(statement);
    if (!bytes)
      throw std::runtime_error("signing_keys.rotation of tenant " + tenant + " is no hex");
    chain.push_back(std::move(*bytes));
  }
  return chain;
}

}  // namespace sekisho::console
