#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engines/firewall/learned_addresses.h"
#include "tables.h"

namespace sekisho::engines::firewall {

inline constexpr std::size_t kMaxNameBytes = 253;  // RFC 1035 §2.3.4, as text

/// A hash of a name that is read from its end, so that one pass gives the hash of every suffix.
class SuffixHash {
 public:
  void prepend(char c) noexcept {
    state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;  // FNV-1a
  }
  std::uint64_t value() const noexcept { return mix(state_); }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

inline std::uint64_t suffix_hash(std::string_view text) noexcept {
  SuffixHash hash;
  for (std::size_t i = text.size(); i > 0; --i) hash.prepend(text[i - 1]);
  return hash.value();
}

/// How a user or group stands beside patterns of host names.
inline constexpr char kUserMark = '\x01';
inline std::string user_pattern(std::string_view user_or_group) {
  return kUserMark + std::string(user_or_group);
}
inline bool is_user_pattern(std::string_view pattern) noexcept {
  return pattern.starts_with(kUserMark);
}

/// The stable id of a pattern as the policy writes it ("*.example.com"), never 0.
inline FqdnId fqdn_id(std::string_view pattern) noexcept {
  const std::uint64_t hash = suffix_hash(pattern);
  const auto id = static_cast<FqdnId>(hash ^ hash >> 32);
  return id != 0 ? id : 1;
}

}  // namespace sekisho::engines::firewall
