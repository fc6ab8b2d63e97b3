#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "config/base/byte_reader.h"

namespace sekisho::engines::mqtt {

using Bytes = std::span<const std::uint8_t>;

/// Control packet types (OASIS MQTT 5.0 §2.1.2).
enum class Type : std::uint8_t {
  unassigned,
  connect,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};

inline constexpr std::uint8_t kVersion5 = 5;

/// The whole length of the packet that begins with `bytes`, as MessageFrames::feed() asks for it.
std::uint64_t measure(Bytes bytes) noexcept;

/// One control packet; its values lie in the bytes it was read from.
struct Message {
  Type type = Type::unassigned;
  std::uint8_t header_flags = 0;  // the low four bits of the first byte
  std::uint8_t version = 0;       // of the protocol
  bool cut = false;               // bytes of it were not at hand

  std::uint16_t packet_id = 0;
  bool has_packet_id = false;
  std::optional<std::uint8_t> reason_code;
  std::optional<Bytes> properties;  // version 5

  // CONNECT
  Bytes protocol_string, client_id, will_topic, will_message, username, password;
  std::optional<Bytes> will_properties;
  std::uint8_t connect_flags = 0;
  bool session_present = false;  // CONNACK

  Bytes topic, payload;  // PUBLISH
  std::uint64_t payload_length = 0;
  Bytes topics;  // SUBSCRIBE, UNSUBSCRIBE: the raw list
  Bytes codes;   // SUBACK, UNSUBACK: one a topic

  std::uint8_t qos() const noexcept { return header_flags >> 1 & 3; }
  bool dup() const noexcept { return (header_flags & 8) != 0; }
  bool retain() const noexcept { return (header_flags & 1) != 0; }
  bool has_will() const noexcept { return (connect_flags & 0x04) != 0; }
  bool has_password() const noexcept { return (connect_flags & 0x40) != 0; }
  bool has_username() const noexcept { return (connect_flags & 0x80) != 0; }
};

/// Reads a packet of `length` bytes of which `bytes` are at hand. `version`: that of the CONNECT.
/// nullopt: malformed.
std::optional<Message> read(Bytes bytes, std::uint64_t length, std::uint8_t version) noexcept;

/// The next topic of a SUBSCRIBE (with its options) or UNSUBSCRIBE; false: none.
bool next_topic(ByteReader& reader, bool with_options, Bytes& topic,
                std::uint8_t& options) noexcept;

}  // namespace sekisho::engines::mqtt
