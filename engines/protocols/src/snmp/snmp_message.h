#pragma once

#include <optional>
#include <string_view>

#include "asn1/ber.h"

namespace sekisho::engines::snmp {

using asn1::Bytes;

// The PDU's context tag, RFC 1157 §4.1, RFC 3416 §3.
inline constexpr std::uint8_t kTrapV1 = 4;
inline constexpr std::uint8_t kTrapV2 = 7;
inline constexpr std::uint8_t kHighestPdu = 8;

/// One message, lent.
struct Message {
  std::uint8_t version = 0;  // 1, 2, 3
  bool encrypted = false;    // RFC 3412: the PDU is not readable
  std::optional<Bytes> community, user;
  std::optional<std::uint8_t> pdu_type;
  std::int64_t error = 0;
  // of a trap of version 1
  std::optional<Bytes> enterprise, address;
  std::int64_t trap_type = 0;
  Bytes variables;  // VarBindList's contents
};
std::optional<Message> read_message(Bytes bytes) noexcept;

/// Takes the next variable's name off the front; false: there is none.
bool next_variable(Bytes& variables, Bytes& name, asn1::Value& value) noexcept;

std::string_view pdu_name(std::uint8_t type) noexcept;
std::string_view error_name(std::int64_t error) noexcept;
std::string_view trap_name(std::int64_t type) noexcept;

}  // namespace sekisho::engines::snmp
