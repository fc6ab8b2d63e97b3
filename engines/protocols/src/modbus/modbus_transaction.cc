#include "modbus/modbus_transaction.h"

#include <algorithm>

namespace sekisho::engines::modbus {
namespace {

using Json = events::BoundedJsonWriter;
using rules::Field;

struct OddityName {
  std::uint8_t error;
  std::string_view name;
};
constexpr OddityName kOddities[] = {{kDataValue, "modbus.invalid_value"},
                                    {kDataLength, "modbus.invalid_length"},
                                    {kExceptionCode, "modbus.invalid_exception_code"},
                                    {kFunctionCode, "modbus.invalid_function_code"},
                                    {kProtocolId, "modbus.invalid_protocol_id"}};

/// Of a range that rules count from 1; nullopt: it is empty.
std::optional<std::uint64_t> first_of(const Range& range) noexcept {
  if (range.quantity == 0) return std::nullopt;
  return std::uint64_t{range.address} + 1;
}
std::optional<std::uint64_t> last_of(const Range& range) noexcept {
  if (range.quantity == 0) return std::nullopt;
  return std::uint64_t{range.address} + range.quantity;
}

std::optional<std::uint64_t> written(const Message& message, std::uint32_t index) noexcept {
  std::uint32_t address = 0;
  std::uint16_t value = 0;
  if (!message.written(index, address, value)) return std::nullopt;
  return std::uint64_t{address} << 16 | value;
}

void write_code(std::string_view key, const Message& message, std::string_view name,
                Json& json) noexcept {
  json.begin_object(key).member("raw", message.code).member("code", name);
  if (message.shape != Shape::exception) json.member("data", message.data);
  json.end_object();
}

void write_read(const Message& message, Json& json) noexcept {
  json.begin_object("read")
      .member("address", message.read.address)
      .member("quantity", message.read.quantity)
      .end_object();
}

void write_write(const Message& message, Json& json) noexcept {
  json.begin_object("write").member("address", message.write.address);
  if (message.shape == Shape::write_one)
    json.member("data", message.value);
  else if (message.shape == Shape::write_mask)
    json.member("and_mask", message.value).member("or_mask", message.or_mask);
  else
    json.member("quantity", message.write.quantity).member("data", message.data);
  json.end_object();
}

void write_body(const Message& message, Json& json) noexcept {
  switch (message.shape) {
    case Shape::exception:
      return write_code("exception", message, exception_name(message.code), json);
    case Shape::diagnostic:
      return write_code("diagnostic", message, diagnostic_name(message.code), json);
    case Shape::encapsulated:
      return write_code("mei", message, encapsulation_name(message.code), json);
    case Shape::read_request:
      return write_read(message, json);
    case Shape::read_response:
      json.begin_object("read").member("data", message.data).end_object();
      return;
    case Shape::read_write:
      write_read(message, json);
      return write_write(message, json);
    case Shape::write_one:
    case Shape::write_many:
    case Shape::write_mask:
      return write_write(message, json);
    case Shape::other:
      json.member("data", message.data);
      return;
    case Shape::none:
      return;
  }
}

void write_message(std::string_view key, const Message& message, Json& json) noexcept {
  json.begin_object(key)
      .member("transaction_id", message.transaction_id)
      .member("protocol_id", message.protocol_id)
      .member("unit_id", message.unit)
      .member("function_raw", message.function)
      .member("function_code", function_name(message.plain_function()))
      .member("access_type", FlagText::access(message.access).view())
      .member("category", FlagText::category(message.category).view())
      .member("error_flags", FlagText::errors(message.errors).view());
  write_body(message, json);
  json.end_object();
}

}  // namespace

void ModbusTransaction::take(Direction direction, Bytes bytes) noexcept {
  const auto kept = bytes.first(std::min(bytes.size(), kMaxMessage));
  auto& room = bytes_[index_of(direction)];
  std::copy(kept.begin(), kept.end(), room.begin());
  auto& message = messages_[index_of(direction)];
  message = read_message({room.data(), kept.size()}, direction == Direction::to_client);
  for (const auto& [error, name] : kOddities)
    if ((message->errors & error) != 0) add_oddity(name);
  if (message->response && request() && !fits_request(*message, *request()))
    add_oddity("modbus.value_mismatch");
}

std::optional<std::uint64_t> ModbusTransaction::number(rules::Field field, Direction direction,
                                                       std::uint32_t instance) const noexcept {
  if (direction != Direction::to_server || !request()) return std::nullopt;
  const auto& message = *request();
  switch (field) {
    case Field::modbus_unit:
      return message.unit;
    case Field::modbus_function:
      return message.function;
    case Field::modbus_subfunction:
      if (message.shape != Shape::diagnostic) return std::nullopt;
      return message.code;
    case Field::modbus_category:
      return message.category;
    case Field::modbus_access:
      return message.access;
    case Field::modbus_read_first:
      return first_of(message.read);
    case Field::modbus_read_last:
      return last_of(message.read);
    case Field::modbus_write_first:
      return first_of(message.write);
    case Field::modbus_write_last:
      return last_of(message.write);
    case Field::modbus_value:
      return written(message, instance);
    default:
      return std::nullopt;
  }
}

void ModbusTransaction::write_record(std::uint8_t, Json& json) const noexcept {
  json.begin_object("modbus").member("id", id() + 1);
  if (messages_[0]) write_message("request", *messages_[0], json);
  if (messages_[1]) write_message("response", *messages_[1], json);
  json.end_object();
}

}  // namespace sekisho::engines::modbus
