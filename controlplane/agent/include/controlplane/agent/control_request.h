#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// One request to control.sock; fields that its op does not use stay empty.
struct ControlRequest {
  std::string op;
  std::string yaml;
  bool has_yaml = false;
  std::string comment;
  std::uint32_t serial = 0;  // 0: not given
  std::string console;       // "HOST:PORT"
  std::string code;          // for activation
  std::string name;          // of a rule file
  std::string text;          // of a rule file
  std::string url;
  std::string by;  // of bandwidth: address, user, application, category
  std::string address, user, application, category;
  std::uint64_t seconds = 0, limit = 0;  // 0: not given
  bool again = false;
  std::string certificate, key;                     // PEM; the latter is a secret
  std::string organization, common_name, key_type;  // of a certificate authority
};

inline constexpr std::size_t kMaxCommentBytes = 1024;
inline constexpr std::size_t kMaxConsoleBytes = 1'100;  // of the addresses, and of the code
inline constexpr std::size_t kMaxNameBytes = 128;
inline constexpr std::size_t kMaxAskedUrlBytes = 8192;
inline constexpr std::size_t kMaxAskedPemBytes = std::size_t{32} << 10;
inline constexpr std::size_t kMaxSelectorBytes = 512;  // of an address, a user, ...
inline constexpr std::uint64_t kMaxAskedNumber = std::uint64_t{366} * 24 * 3600;

/// Reads a request: one flat JSON object with known fields of the right types and nothing else. No
/// document tree is built, so hostile nesting costs nothing.
Result<ControlRequest> parse_control_request(std::string_view json);

}  // namespace sekisho::controlplane
