#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sekisho::tools {

inline constexpr std::string_view kMasked = "[masked]";

/// Whether a setting, member or header of this name holds a secret: "password", "api_key",
/// "clientSecret", "Authorization", "パスワード", ...
bool is_secret_name(std::string_view name);

/// Text (YAML, JSON, logs) without secrets: values behind secret names, PEM blocks, private keys
/// and tokens by their look, passwords in URLs. Masks rather too much than too little.
std::string mask_text(std::string_view text);

/// `value` with the members of secret names and the strings that hold secrets masked. At most 64
/// levels deep, as replies are.
nlohmann::json mask_json(nlohmann::json value);

}  // namespace sekisho::tools
