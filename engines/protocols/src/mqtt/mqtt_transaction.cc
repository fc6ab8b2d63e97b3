#include "mqtt/mqtt_transaction.h"

namespace sekisho::engines::mqtt {
namespace {

std::optional<Bytes> when(bool there, Bytes bytes) noexcept {
  return there ? std::optional<Bytes>(bytes) : std::nullopt;
}

}  // namespace

void MqttTransaction::add(const Packet& packet) noexcept {
  if (num_packets_ < kMaxPackets) packets_[num_packets_++] = packet;
  message_ = read(packet.bytes, packet.length, version_);
}

std::optional<Bytes> MqttTransaction::topic(std::uint32_t instance) const noexcept {
  ByteReader reader(message_->topics);
  Bytes topic;
  std::uint8_t options = 0;
  while (next_topic(reader, message_->type == Type::subscribe, topic, options))
    if (instance-- == 0) return topic;
  return std::nullopt;
}

std::optional<Bytes> MqttTransaction::bytes(rules::Field field, Direction direction,
                                            std::uint32_t instance, FieldScratch) const noexcept {
  using enum rules::Field;
  if (!message_ || stage(direction) == 0) return std::nullopt;
  const auto& m = *message_;
  if (field == mqtt_subscribe_topic)
    return m.type == Type::subscribe ? topic(instance) : std::nullopt;
  if (field == mqtt_unsubscribe_topic)
    return m.type == Type::unsubscribe ? topic(instance) : std::nullopt;
  if (instance > 0) return std::nullopt;
  const bool connect = m.type == Type::connect;
  switch (field) {
    case mqtt_connect_clientid:
      return when(connect, m.client_id);
    case mqtt_connect_username:
      return when(connect && m.has_username(), m.username);
    case mqtt_connect_password:
      return when(connect && m.has_password(), m.password);
    case mqtt_connect_protocol_string:
      return when(connect, m.protocol_string);
    case mqtt_connect_willtopic:
      return when(connect && m.has_will(), m.will_topic);
    case mqtt_connect_willmessage:
      return when(connect && m.has_will(), m.will_message);
    case mqtt_publish_topic:
      return when(m.type == Type::publish, m.topic);
    case mqtt_publish_message:
      return when(m.type == Type::publish, m.payload);
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> MqttTransaction::number(rules::Field field, Direction direction,
                                                     std::uint32_t instance) const noexcept {
  if (!message_ || stage(direction) == 0) return std::nullopt;
  if (field == rules::Field::mqtt_reason_code && !message_->codes.empty())
    return instance < message_->codes.size()
               ? std::optional<std::uint64_t>(message_->codes[instance])
               : std::nullopt;
  return instance == 0 ? single_number(field) : std::nullopt;
}

std::optional<std::uint64_t> MqttTransaction::single_number(rules::Field field) const noexcept {
  using enum rules::Field;
  const auto& m = *message_;
  switch (field) {
    case mqtt_type:
      return static_cast<std::uint64_t>(m.type);
    case mqtt_flags:
    case mqtt_qos:
      // a rule for them is about the exchange: reserved bits of its answers say nothing
      if (num_packets_ > 1) return std::nullopt;
      return field == mqtt_flags ? m.header_flags : m.qos();
    case mqtt_reason_code:
      return m.reason_code;
    case mqtt_protocol_version:
      return m.version == 0 ? std::nullopt : std::optional<std::uint64_t>(m.version);
    case mqtt_connack_session_present:
      return m.type == Type::connack ? std::optional<std::uint64_t>(m.session_present ? 1 : 0)
                                     : std::nullopt;
    case mqtt_connect_flags:
      return m.type == Type::connect ? std::optional<std::uint64_t>(m.connect_flags) : std::nullopt;
    default:
      return std::nullopt;
  }
}

void MqttTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("mqtt");
  for (std::size_t i = 0; i < num_packets_; ++i)
    if (const auto message = read(packets_[i].bytes, packets_[i].length, version_))
      write_message(*message, packets_[i].length, text_limit_, json);
  json.end_object();
}

}  // namespace sekisho::engines::mqtt
