#include <algorithm>
#include <cstring>

#include "config/base/text_bytes.h"
#include "mqtt/mqtt_properties.h"
#include "mqtt/mqtt_transaction.h"

namespace sekisho::engines::mqtt {
namespace {

using Json = events::BoundedJsonWriter;
constexpr std::size_t kMaxShownTopics = 256;
constexpr std::size_t kMaxShownProperties = 64;

constexpr std::string_view kTypeNames[] = {"unassigned", "connect",  "connack",     "publish",
                                           "puback",     "pubrec",   "pubrel",      "pubcomp",
                                           "subscribe",  "suback",   "unsubscribe", "unsuback",
                                           "pingreq",    "pingresp", "disconnect",  "auth"};

/// The text, or its beginning and how many bytes more there were.
void write_text(std::string_view key, Bytes text, std::uint64_t length, std::uint32_t limit,
                Json& json) noexcept {
  if (length <= limit && text.size() == length) {
    json.member(key, text);
    return;
  }
  std::array<char, MqttTransaction::kMaxTextLimit + 64> room;
  const auto shown = std::min<std::size_t>({text.size(), limit, MqttTransaction::kMaxTextLimit});
  std::memcpy(room.data(), text.data(), shown);
  events::BoundedText rest(std::span<char>(room).subspan(shown));
  events::BoundedJsonWriter number(rest);
  rest.append("[truncated ");
  number.value(length - shown);
  rest.append(" additional bytes]");
  json.member(key, bytes_of(std::string_view(room.data(), shown + rest.view().size())));
}

void write_properties(const std::optional<Bytes>& properties, Json& json) noexcept {
  if (!properties || properties->empty()) return;
  json.begin_object("properties");
  ByteReader reader(*properties);
  Property property;
  for (std::size_t i = 0; i < kMaxShownProperties && next_property(reader, property); ++i) {
    if (property.kind == Property::Kind::number)
      json.member(property.name, property.number);
    else if (property.kind == Property::Kind::text)
      json.member(property.name, property.text);
    else
      json.member(as_text(property.key), property.text);
  }
  json.end_object();
}

void write_connect(const Message& m, std::uint32_t limit, Json& json) noexcept {
  const auto text = [&](std::string_view key, Bytes value) {
    write_text(key, value, value.size(), limit, json);
  };
  text("protocol_string", m.protocol_string);
  json.member("protocol_version", m.version);
  json.begin_object("flags")
      .member("username", m.has_username())
      .member("password", m.has_password())
      .member("will_retain", (m.connect_flags & 0x20) != 0)
      .member("will", m.has_will())
      .member("clean_session", (m.connect_flags & 0x02) != 0)
      .end_object();
  text("client_id", m.client_id);
  if (m.has_username()) text("username", m.username);
  if (m.has_password()) text("password", m.password);
  if (m.has_will()) {
    json.begin_object("will");
    text("topic", m.will_topic);
    text("message", m.will_message);
    write_properties(m.will_properties, json);
    json.end_object();
  }
}

/// The limit is that of all topics together.
void write_topics(const Message& m, std::uint32_t limit, Json& json) noexcept {
  json.begin_array("topics");
  ByteReader reader(m.topics);
  Bytes topic;
  std::uint8_t options = 0;
  const bool subscribe = m.type == Type::subscribe;
  for (std::size_t i = 0; i < kMaxShownTopics && limit > 0; ++i) {
    if (!next_topic(reader, subscribe, topic, options)) break;
    json.begin_object();
    write_text("topic", topic, topic.size(), limit, json);
    if (subscribe) json.member("qos", options & 3);
    json.end_object();
    limit -= std::min<std::uint32_t>(limit, static_cast<std::uint32_t>(topic.size()));
  }
  json.end_array();
}

/// As write_topics(), of plain texts.
void write_topic_names(const Message& m, std::uint32_t limit, Json& json) noexcept {
  json.begin_array("topics");
  ByteReader reader(m.topics);
  Bytes topic;
  std::uint8_t options = 0;
  for (std::size_t i = 0; i < kMaxShownTopics && limit > 0; ++i) {
    if (!next_topic(reader, false, topic, options)) break;
    json.value(topic.first(std::min<std::size_t>(topic.size(), limit)));
    limit -= std::min<std::uint32_t>(limit, static_cast<std::uint32_t>(topic.size()));
  }
  json.end_array();
}

void write_codes(std::string_view key, Bytes codes, Json& json) noexcept {
  json.begin_array(key);
  for (const auto code : codes.first(std::min(codes.size(), kMaxShownTopics))) json.value(code);
  json.end_array();
}

void write_values(const Message& m, std::uint32_t limit, Json& json) noexcept {
  if (m.has_packet_id) json.member("message_id", m.packet_id);
  switch (m.type) {
    case Type::connect:
      write_connect(m, limit, json);
      break;
    case Type::connack:
      json.member("session_present", m.session_present);
      if (m.reason_code) json.member("return_code", *m.reason_code);
      break;
    case Type::publish:
      write_text("topic", m.topic, m.topic.size(), limit, json);
      write_text("message", m.payload, m.payload_length, limit, json);
      break;
    case Type::subscribe:
      write_topics(m, limit, json);
      break;
    case Type::unsubscribe:
      write_topic_names(m, limit, json);
      break;
    case Type::suback:
      write_codes("qos_granted", m.codes, json);
      break;
    case Type::unsuback:
      if (m.version >= kVersion5) write_codes("reason_codes", m.codes, json);
      break;
    default:
      if (m.reason_code) json.member("reason_code", *m.reason_code);
      break;
  }
  write_properties(m.properties, json);
}

}  // namespace

void write_message(const Message& message, std::uint64_t length, std::uint32_t text_limit,
                   Json& json) noexcept {
  const auto limit =
      text_limit == 0 ? static_cast<std::uint32_t>(MqttTransaction::kMaxTextLimit) : text_limit;
  json.begin_object(kTypeNames[static_cast<std::size_t>(message.type)]);
  json.member("qos", message.qos());
  json.member("retain", message.retain());
  json.member("dup", message.dup());
  if (message.cut && message.type != Type::publish) {
    json.member("truncated", true).member("skipped_length", length);
  } else {
    write_values(message, limit, json);
  }
  json.end_object();
}

}  // namespace sekisho::engines::mqtt
