#include "mqtt/mqtt_properties.h"

namespace sekisho::engines::mqtt {
namespace {

enum class Form : std::uint8_t { byte, two_bytes, four_bytes, variable, text, pair };
struct KnownProperty {
  std::uint8_t code;
  Form form;
  std::string_view name;
};
constexpr KnownProperty kKnown[] = {
    {1, Form::byte, "payload_format_indicator"},
    {2, Form::four_bytes, "message_expiry_interval"},
    {3, Form::text, "content_type"},
    {8, Form::text, "response_topic"},
    {9, Form::text, "correlation_data"},
    {11, Form::variable, "subscription_identifier"},
    {17, Form::four_bytes, "session_expiry_interval"},
    {18, Form::text, "assigned_client_identifier"},
    {19, Form::two_bytes, "server_keep_alive"},
    {21, Form::text, "authentication_method"},
    {22, Form::text, "authentication_data"},
    {23, Form::byte, "request_problem_information"},
    {24, Form::four_bytes, "will_delay_interval"},
    {25, Form::byte, "request_response_information"},
    {26, Form::text, "response_information"},
    {28, Form::text, "server_reference"},
    {31, Form::text, "reason_string"},
    {33, Form::two_bytes, "receive_maximum"},
    {34, Form::two_bytes, "topic_alias_maximum"},
    {35, Form::two_bytes, "topic_alias"},
    {36, Form::byte, "maximum_qos"},
    {37, Form::byte, "retain_available"},
    {38, Form::pair, "user_property"},
    {39, Form::four_bytes, "maximum_packet_size"},
    {40, Form::byte, "wildcard_subscription_available"},
    {41, Form::byte, "subscription_identifier_available"},
    {42, Form::byte, "shared_subscription_available"},
};

const KnownProperty* find(std::uint8_t code) noexcept {
  for (const auto& known : kKnown)
    if (known.code == code) return &known;
  return nullptr;
}

bool take_text(ByteReader& reader, std::span<const std::uint8_t>& text) noexcept {
  std::uint16_t length = 0;
  return reader.be16(length) && reader.take(length, text);
}

bool take_value(ByteReader& reader, Form form, Property& property) noexcept {
  std::uint8_t byte = 0;
  std::uint16_t two = 0;
  property.kind = Property::Kind::number;
  switch (form) {
    case Form::byte:
      if (!reader.u8(byte)) return false;
      property.number = byte;
      return true;
    case Form::two_bytes:
      if (!reader.be16(two)) return false;
      property.number = two;
      return true;
    case Form::four_bytes:
      return reader.be32(property.number);
    case Form::variable:
      return take_variable(reader, property.number);
    case Form::text:
      property.kind = Property::Kind::text;
      return take_text(reader, property.text);
    case Form::pair:
      property.kind = Property::Kind::pair;
      return take_text(reader, property.key) && take_text(reader, property.text);
  }
  return false;
}

}  // namespace

bool take_variable(ByteReader& reader, std::uint32_t& number) noexcept {
  constexpr unsigned kMaxBytes = 4;
  ByteReader ahead = reader;
  number = 0;
  for (unsigned i = 0; i < kMaxBytes; ++i) {
    std::uint8_t byte = 0;
    if (!ahead.u8(byte)) return false;
    number |= static_cast<std::uint32_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    reader = ahead;
    return true;
  }
  return false;
}

bool next_property(ByteReader& reader, Property& property) noexcept {
  ByteReader ahead = reader;
  std::uint8_t code = 0;
  if (!ahead.u8(code)) return false;
  const auto* known = find(code);
  if (known == nullptr || !take_value(ahead, known->form, property)) return false;
  property.name = known->name;
  reader = ahead;
  return true;
}

bool are_properties(std::span<const std::uint8_t> list) noexcept {
  ByteReader reader(list);
  Property property;
  while (next_property(reader, property)) {
  }
  return reader.rest().empty();
}

}  // namespace sekisho::engines::mqtt
