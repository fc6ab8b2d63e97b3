#include "controlplane/console/secrets/activations.h"

#include "controlplane/console/secrets/random.h"

namespace sekisho::console {
namespace {

std::string hash_of_secret(const activation::Secret& secret) {
  return hash_of(std::string(secret.begin(), secret.end()));
}

}  // namespace

Activation Activations::create(Database::Session& session, const std::string& gateway,
                               std::int64_t now) const {
  activation::ActivationCode code;
  const std::string random = random_bytes(code.secret.size());
  for (std::size_t i = 0; i < code.secret.size(); ++i)
    code.secret[i] = static_cast<std::uint8_t>(random[i]);
  code.authority = authority_;
  const std::string hash = hash_of_secret(code.secret);
  const long long expires_at = now + kActivationMs;
  session << "UPDATE gateways SET activation_hash = :hash, activation_expires_at = :expires "
             "WHERE id = :gateway",
      soci::use(hash), soci::use(expires_at), soci::use(gateway);
  return {activation::to_text(code), expires_at};
}

std::optional<Activations::Redeemed> Activations::redeem(Database& database,
                                                         Database::Session& session,
                                                         std::string_view code,
                                                         std::int64_t now) const {
  const auto typed = activation::parse_activation_code(code);
  if (!typed || typed->authority != authority_) return std::nullopt;
  const std::string hash = hash_of_secret(typed->secret);
  Redeemed redeemed;
  long long expires_at = 0;
  session
      << "SELECT id, tenant, activation_expires_at FROM gateways WHERE activation_hash = :hash" +
             std::string(database.for_update()),
      soci::into(redeemed.gateway), soci::into(redeemed.tenant), soci::into(expires_at),
      soci::use(hash);
  if (!session.got_data() || expires_at <= now) return std::nullopt;
  session << "UPDATE gateways SET activation_hash = '', activation_expires_at = 0 "
             "WHERE id = :gateway",
      soci::use(redeemed.gateway);
  return redeemed;
}

}  // namespace sekisho::console
