#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/bundle/keys.h"
#include "config/bundle/refusal.h"

namespace sekisho::bundle {

/// The key that a gateway trusts, and the number of the statement that made it so.
struct Pinned {
  PublicKey key;
  std::uint64_t sequence = 0;  // 0: pinned at enrolment
  bool operator==(const Pinned&) const = default;
};

/// The statement "from now on `tenant` signs with `new_key`", signed by the key that gateways trust
/// so far. `sequence`: from 1, one more for each rotation of the tenant. See README.md.
Result<std::string> sign_rotation(std::string_view tenant, std::uint64_t sequence,
                                  const PublicKey& new_key, const SigningKey& old_key);

/// What to pin from now on.
Verified<Pinned> accept_rotation(std::string_view bytes, std::string_view tenant,
                                 const Pinned& pinned);

}  // namespace sekisho::bundle
