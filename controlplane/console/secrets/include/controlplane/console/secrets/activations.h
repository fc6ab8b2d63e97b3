#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/activation/activation_code.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

inline constexpr std::int64_t kActivationMs = std::int64_t{7} * 24 * 3600 * 1000;

struct Activation {
  std::string code;  // to type on the box; only its hash is stored
  std::int64_t expires_at = 0;
};

/// Activation codes of gateways: columns of the table gateways. Each function is part of the
/// caller's transaction.
class Activations {
 public:
  /// `authority`: what the codes let new boxes recognise their console by.
  explicit Activations(const activation::Fingerprint& authority) : authority_(authority) {}

  /// A new code; the one before is worth nothing any more. The certificate in force stays so until
  /// the code is used.
  Activation create(Database::Session& session, const std::string& gateway, std::int64_t now) const;

  struct Redeemed {
    std::string gateway;
    std::string tenant;
  };
  /// Uses the code up. Nothing: it is mistyped, unknown, used, expired or another console's.
  std::optional<Redeemed> redeem(Database& database, Database::Session& session,
                                 std::string_view code, std::int64_t now) const;

 private:
  activation::Fingerprint authority_;
};

}  // namespace sekisho::console
