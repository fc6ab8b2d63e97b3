#pragma once

#include <optional>
#include <string_view>

#include "asn1/ber.h"

namespace sekisho::engines::krb5 {

using asn1::Bytes;

// RFC 4120 §7.5.7.
enum MessageType : std::uint8_t {
  kAsRequest = 10,
  kAsReply = 11,
  kTgsRequest = 12,
  kTgsReply = 13,
  kApRequest = 14,
  kApReply = 15,
  kError = 30,
};

/// What is readable of one message (RFC 4120 §5), lent.
struct Message {
  std::uint8_t type = 0;
  Bytes realm;
  Bytes client, server;  // PrincipalName's contents; empty: none
  std::optional<std::int64_t> error;
  std::optional<std::int64_t> encryption, ticket_encryption;  // RFC 3961 §8
};
std::optional<Message> read_message(Bytes bytes) noexcept;

/// A component of a PrincipalName; nullopt: there is none.
std::optional<Bytes> component_of(Bytes principal, std::uint32_t instance) noexcept;

/// "KRB_AS_REQ"; empty: not known.
std::string_view name_of(std::uint8_t type) noexcept;
std::string_view error_name(std::int64_t code) noexcept;
std::string_view encryption_name(std::int64_t type) noexcept;
/// All but AES and Camellia: RFC 8429 and those before it.
bool is_weak(std::int64_t encryption) noexcept;

}  // namespace sekisho::engines::krb5
