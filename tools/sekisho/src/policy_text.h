#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/policy/policy.h"
#include "tools/sekisho/command.h"

namespace sekisho::tools {

/// The text of a policy file, "-" being standard input; CommandError when it cannot be read or is
/// over the limit of the format.
std::string read_policy_file(Context& context, const std::string& path);

/// policy.show of version `serial`, or of the current one without.
nlohmann::json fetch_policy(Context& context, std::optional<std::uint64_t> serial);

/// The policy that a version number or else a file name stands for ("./7" is a file of that name),
/// or version `serial`, or the current one. Mistakes in it are a CommandError that lists them.
policy::Policy load_policy(Context& context, const std::string& version_or_file);
policy::Policy load_policy(Context& context, std::optional<std::uint64_t> serial);

/// A serial as typed, or CommandError.
std::uint64_t parse_serial(const std::string& text);

}  // namespace sekisho::tools
