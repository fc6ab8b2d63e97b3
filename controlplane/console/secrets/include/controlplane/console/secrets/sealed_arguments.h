#pragma once

#include <string>
#include <string_view>

#include "config/base/result.h"
#include "controlplane/console/secrets/master_key.h"

namespace sekisho::console {

/// Whether a question to a gateway has arguments that nobody may read in the database: the private
/// key of an authority on its way to the box. They are sealed there until they are sent, a minute
/// and a half at most, and then forgotten.
bool has_sealed_arguments(std::string_view op) noexcept;

/// `id`: of the question, as what they cannot be opened in the place of another's.
std::string seal_arguments(const MasterKey& key, std::string_view id, std::string_view arguments);
Result<std::string> unseal_arguments(const MasterKey& key, std::string_view id,
                                     std::string_view sealed);

}  // namespace sekisho::console
