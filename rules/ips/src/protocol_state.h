#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/ips/field.h"

namespace sekisho::rules {

/// How far a transaction must be.
struct ProtocolState {
  FieldDirection direction = FieldDirection::to_server;
  std::uint8_t stage = 0;  // as FieldInfo::stage counts; kEndStage: that direction is complete
};
inline constexpr std::uint8_t kEndStage = 250;

/// A hook by its name ("client_hello_done" of "tls"); nullopt: the protocol has no such state.
std::optional<ProtocolState> state_named(std::string_view protocol, std::string_view name) noexcept;

}  // namespace sekisho::rules
