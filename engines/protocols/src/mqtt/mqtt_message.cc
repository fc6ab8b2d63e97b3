#include "mqtt/mqtt_message.h"

#include "message_frames.h"
#include "mqtt/mqtt_properties.h"

namespace sekisho::engines::mqtt {
namespace {

bool take_text(ByteReader& reader, Bytes& text) noexcept {
  std::uint16_t length = 0;
  return reader.be16(length) && reader.take(length, text);
}

/// A list of properties with its length before it, if the version has them.
bool take_properties(ByteReader& reader, const Message& message,
                     std::optional<Bytes>& properties) noexcept {
  if (message.version < kVersion5) return true;
  std::uint32_t length = 0;
  Bytes list;
  if (!take_variable(reader, length) || !reader.take(length, list)) return false;
  if (!are_properties(list)) return false;
  properties = list;
  return true;
}

bool take_packet_id(ByteReader& reader, Message& message) noexcept {
  message.has_packet_id = reader.be16(message.packet_id);
  return message.has_packet_id;
}

bool take_reason(ByteReader& reader, Message& message) noexcept {
  std::uint8_t code = 0;
  if (!reader.u8(code)) return false;
  message.reason_code = code;
  return true;
}

bool read_connect(ByteReader& reader, Message& message) noexcept {
  if (!take_text(reader, message.protocol_string) || !reader.u8(message.version) ||
      !reader.u8(message.connect_flags) || !reader.skip(2) ||
      !take_properties(reader, message, message.properties) ||
      !take_text(reader, message.client_id))
    return false;
  if (message.has_will() &&
      (!take_properties(reader, message, message.will_properties) ||
       !take_text(reader, message.will_topic) || !take_text(reader, message.will_message)))
    return false;
  if (message.has_username() && !take_text(reader, message.username)) return false;
  return !message.has_password() || take_text(reader, message.password);
}

bool read_connack(ByteReader& reader, Message& message) noexcept {
  std::uint8_t flags = 0;
  if (!reader.u8(flags)) return false;
  message.session_present = (flags & 1) != 0;
  return take_reason(reader, message) && take_properties(reader, message, message.properties);
}

bool read_publish(ByteReader& reader, Message& message, std::uint64_t missing) noexcept {
  if (!take_text(reader, message.topic)) return false;
  if (message.qos() > 0 && !take_packet_id(reader, message)) return false;
  if (!take_properties(reader, message, message.properties)) return false;
  message.payload = reader.rest();
  message.payload_length = message.payload.size() + missing;
  return true;
}

/// PUBACK, PUBREC, PUBREL, PUBCOMP: reason and properties may be left out (MQTT 5.0 §3.4.2.1).
bool read_acknowledgement(ByteReader& reader, Message& message) noexcept {
  if (!take_packet_id(reader, message)) return false;
  if (message.version < kVersion5) return true;
  message.reason_code = 0;
  if (reader.rest().empty()) return true;
  if (!take_reason(reader, message)) return false;
  return reader.rest().empty() || take_properties(reader, message, message.properties);
}

bool read_topics(ByteReader& reader, Message& message) noexcept {
  if (!take_packet_id(reader, message) || !take_properties(reader, message, message.properties))
    return false;
  message.topics = reader.rest();
  ByteReader list(message.topics);
  Bytes topic;
  std::uint8_t options = 0;
  while (next_topic(list, message.type == Type::subscribe, topic, options)) {
  }
  return list.rest().empty() || message.cut;
}

bool read_codes(ByteReader& reader, Message& message) noexcept {
  if (!take_packet_id(reader, message) || !take_properties(reader, message, message.properties))
    return false;
  message.codes = reader.rest();
  return true;
}

/// DISCONNECT, AUTH: nothing at all means success (MQTT 5.0 §3.14.2.1, §3.15.2.1).
bool read_reason(ByteReader& reader, Message& message) noexcept {
  if (message.version < kVersion5) return true;
  message.reason_code = 0;
  if (reader.rest().empty()) return true;
  if (!take_reason(reader, message)) return false;
  return reader.rest().empty() || take_properties(reader, message, message.properties);
}

bool read_body(ByteReader& reader, Message& message, std::uint64_t missing) noexcept {
  switch (message.type) {
    case Type::connect:
      return read_connect(reader, message);
    case Type::connack:
      return read_connack(reader, message);
    case Type::publish:
      return read_publish(reader, message, missing);
    case Type::puback:
    case Type::pubrec:
    case Type::pubrel:
    case Type::pubcomp:
      return read_acknowledgement(reader, message);
    case Type::subscribe:
    case Type::unsubscribe:
      return read_topics(reader, message);
    case Type::suback:
    case Type::unsuback:
      return read_codes(reader, message);
    case Type::disconnect:
    case Type::auth:
      return read_reason(reader, message);
    case Type::unassigned:
    case Type::pingreq:
    case Type::pingresp:
      break;
  }
  return true;
}

}  // namespace

std::uint64_t measure(Bytes bytes) noexcept {
  ByteReader reader(bytes);
  constexpr std::size_t kMaxHead = 5;
  std::uint32_t length = 0;
  if (!reader.skip(1)) return MessageFrames::kUnknown;
  if (!take_variable(reader, length))
    return bytes.size() < kMaxHead ? MessageFrames::kUnknown : MessageFrames::kBroken;
  return bytes.size() - reader.rest().size() + length;
}

std::optional<Message> read(Bytes bytes, std::uint64_t length, std::uint8_t version) noexcept {
  Message message;
  ByteReader reader(bytes);
  std::uint8_t first = 0;
  std::uint32_t remaining = 0;
  if (!reader.u8(first) || !take_variable(reader, remaining)) return std::nullopt;
  message.type = static_cast<Type>(first >> 4);
  message.header_flags = first & 0x0f;
  message.version = version;
  message.cut = bytes.size() < length;
  if (!read_body(reader, message, length - bytes.size()) && !message.cut) return std::nullopt;
  return message;
}

bool next_topic(ByteReader& reader, bool with_options, Bytes& topic,
                std::uint8_t& options) noexcept {
  ByteReader ahead = reader;
  if (!take_text(ahead, topic)) return false;
  if (with_options && !ahead.u8(options)) return false;
  reader = ahead;
  return true;
}

}  // namespace sekisho::engines::mqtt
