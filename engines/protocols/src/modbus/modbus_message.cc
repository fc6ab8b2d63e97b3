#include "modbus/modbus_message.h"

#include "config/base/byte_reader.h"

namespace sekisho::engines::modbus {
namespace {

constexpr std::uint16_t kMaxReadBits = 2000, kMaxReadRegisters = 125;
constexpr std::uint8_t kMaxReadBytes = 250;
constexpr std::uint16_t kOn = 0xff00;  // of a single coil; off is 0
constexpr std::uint8_t kCanOpen = 13, kDeviceId = 14;

std::uint8_t access_of(std::uint8_t function) noexcept {
  switch (function) {
    case kReadCoils:
      return kRead | kCoils;
    case kReadDiscreteInputs:
      return kRead | kDiscretes;
    case kReadHoldingRegisters:
      return kRead | kHolding;
    case kReadInputRegisters:
      return kRead | kInput;
    case kWriteSingleCoil:
      return kWrite | kSingle | kCoils;
    case kWriteSingleRegister:
      return kWrite | kSingle | kHolding;
    case kWriteCoils:
      return kWrite | kMultiple | kCoils;
    case kWriteRegisters:
      return kWrite | kMultiple | kHolding;
    case kMaskWrite:
      return kWrite | kHolding;
    case kReadWriteRegisters:
      return kRead | kWrite | kMultiple | kHolding;
    default:
      return 0;
  }
}

/// Modbus V1.1b3 §5, figure 9, for codes without a name.
std::uint8_t category_of_code(std::uint8_t function) noexcept {
  struct Until {
    std::uint8_t end;
    std::uint8_t category;
  };
  static constexpr Until kRanges[] = {
      {1, 0},          {9, kUnassigned},   {15, kReserved}, {41, kUnassigned},
      {43, kReserved}, {65, kUnassigned},  {73, kUser},     {90, kUnassigned},
      {92, kReserved}, {100, kUnassigned}, {111, kUser},    {125, kUnassigned},
      {128, kReserved}};
  for (const auto& [end, category] : kRanges)
    if (function < end) return category;
  return 0;
}

std::uint8_t category_of(const Message& message) noexcept {
  const auto function = message.plain_function();
  if (function_name(function) == "Unknown") return category_of_code(function);
  if (function == kDiagnostic) {
    if (message.shape != Shape::diagnostic) return 0;
    return diagnostic_name(message.code) == "Reserved" ? kReserved : kAssigned;
  }
  if (function == kEncapsulated) {
    if (message.shape != Shape::encapsulated) return 0;
    return encapsulation_name(message.code) == "Unknown" ? kReserved : kAssigned;
  }
  return kAssigned;
}

bool of_bits(std::uint8_t access) noexcept { return (access & (kDiscretes | kCoils)) != 0; }

std::size_t bytes_of_bits(std::size_t bits) noexcept { return (bits + 7) / 8; }

/// Reads what is behind the function code.
class Body {
 public:
  Body(Bytes body, Message& message) noexcept : reader_(body), message_(message) {}

  void read() noexcept {
    const auto function = message_.plain_function();
    if (message_.response && message_.function >= kExceptionBit) {
      exception();
    } else if (function == kDiagnostic) {
      diagnostic();
    } else if (function == kEncapsulated) {
      encapsulated();
    } else if (message_.response) {
      response(function);
    } else {
      request(function);
    }
    message_.category = category_of(message_);
  }

 private:
  void wrong(std::uint8_t error) noexcept {
    message_.errors = static_cast<std::uint8_t>(message_.errors | error);
  }
  std::size_t left() const noexcept { return reader_.rest().size(); }
  bool has(std::uint8_t access) const noexcept { return (message_.access & access) != 0; }

  /// True: `next` was there; otherwise the message is too short.
  bool take(std::uint16_t& next) noexcept {
    if (reader_.be16(next)) return true;
    wrong(kDataLength);
    return false;
  }
  void take_rest(Shape shape) noexcept {
    message_.shape = shape;
    message_.data = reader_.rest();
  }

  void exception() noexcept {
    std::uint8_t code = 0;
    if (!reader_.u8(code)) return wrong(kDataLength);
    message_.shape = Shape::exception;
    message_.code = code;
    if (exception_name(code) == "Unknown") wrong(kExceptionCode);
  }

  void diagnostic() noexcept {
    if (!message_.response && left() != 4) wrong(kDataLength);
    if (!take(message_.code)) return;
    take_rest(Shape::diagnostic);
    const auto& data = message_.data;
    if (message_.response || data.size() != 2) return;
    constexpr std::uint16_t kEcho = 0, kRestart = 1, kDelimiter = 3, kListenOnly = 4;
    const auto name = diagnostic_name(message_.code);
    if (message_.code == kEcho || message_.code == kListenOnly || name == "Reserved") return;
    const bool right = message_.code == kRestart
                           ? data[1] == 0 && (data[0] == 0 || data[0] == 0xff)
                           : data[1] == 0 && (message_.code == kDelimiter || data[0] == 0);
    if (!right) wrong(kDataValue);
  }

  void encapsulated() noexcept {
    std::uint8_t type = 0;
    if (!reader_.u8(type)) return wrong(kDataLength);
    message_.code = type;
    take_rest(Shape::encapsulated);
  }

  void request(std::uint8_t function) noexcept {
    if (message_.function == 0 || message_.function >= kExceptionBit) wrong(kFunctionCode);
    if (has(kRead)) return read_request();
    if (has(kWrite)) return write_request();
    const bool without_data = function == kReadExceptionStatus || function == kGetEventCounter ||
                              function == kGetEventLog || function == kReportServer;
    const bool file = function == kReadFile || function == kWriteFile;
    if ((without_data && left() > 0) || (file && left() == 0) ||
        (function == kReadFifo && left() != 2))
      wrong(kDataLength);
    take_rest(Shape::other);
  }

  void read_request() noexcept {
    if (!take(message_.read.address) || !take(message_.read.quantity)) return;
    const auto most = of_bits(message_.access) ? kMaxReadBits : kMaxReadRegisters;
    if (message_.read.quantity == 0 || message_.read.quantity > most) wrong(kDataValue);
    message_.shape = Shape::read_request;
    if (has(kWrite))
      write_many();
    else if (left() > 0)
      wrong(kDataLength);
  }

  void write_request() noexcept {
    if (has(kMultiple)) return write_many();
    write_one();
    const bool coil = has(kSingle) && has(kCoils);
    if (coil && message_.value != kOn && message_.value != 0) wrong(kDataValue);
  }

  void write_one() noexcept {
    if (!take(message_.write.address) || !take(message_.value)) return;
    message_.write.quantity = 1;
    message_.shape = Shape::write_one;
    if (has(kSingle | kMultiple)) return;
    if (take(message_.or_mask)) message_.shape = Shape::write_mask;
  }

  void write_many() noexcept {
    std::uint8_t count = 0;
    if (!take(message_.write.address) || !take(message_.write.quantity)) return;
    if (!reader_.u8(count)) return wrong(kDataLength);
    const std::size_t quantity = message_.write.quantity;
    if (quantity == 0 || left() != count) wrong(kDataLength);
    const bool bits = has(kCoils);
    if (quantity > (bits ? kMaxReadBits : kMaxReadRegisters) ||
        count != (bits ? bytes_of_bits(quantity) : 2 * quantity))
      wrong(kDataValue);
    take_rest(has(kRead) ? Shape::read_write : Shape::write_many);
  }

  void response(std::uint8_t function) noexcept {
    if (has(kRead)) return read_response();
    if (has(kWrite)) {
      write_one();
      if (has(kMultiple) && message_.value == 0) wrong(kDataValue);
      return;
    }
    if ((function == kReadExceptionStatus && left() != 1) ||
        (function == kGetEventCounter && left() != 4))
      wrong(kDataLength);
    take_rest(Shape::other);
  }

  void read_response() noexcept {
    std::uint8_t count = 0;
    if (!reader_.u8(count)) return wrong(kDataLength);
    if (count == 0 || count > kMaxReadBytes || left() != count) wrong(kDataValue);
    take_rest(Shape::read_response);
  }

  ByteReader reader_;
  Message& message_;
};

/// A request's length behind the function code as its own fields tell it; 0: they do not.
std::size_t request_length(std::uint8_t function, Bytes body) noexcept {
  const auto counted = [&](std::size_t at) { return body.size() > at ? at + 1 + body[at] : 0; };
  switch (function) {
    case kReadCoils:
    case kReadDiscreteInputs:
    case kReadHoldingRegisters:
    case kReadInputRegisters:
    case kWriteSingleCoil:
    case kWriteSingleRegister:
      return 4;
    case kWriteCoils:
    case kWriteRegisters:
      return counted(4);
    case kMaskWrite:
      return 6;
    case kReadWriteRegisters:
      return counted(8);
    case kEncapsulated:
      return body.size() == 3 && body[0] == kDeviceId ? 3 : 0;
    default:
      return 0;
  }
}

std::size_t response_length(std::uint8_t function, Bytes body) noexcept {
  if (function >= kExceptionBit) {
    const bool known = !body.empty() && exception_name(body[0]) != "Unknown" &&
                       function_name(function & 0x7f) != "Unknown";
    return known ? 1 : 0;
  }
  switch (function) {
    case kReadCoils:
    case kReadDiscreteInputs:
    case kReadHoldingRegisters:
    case kReadInputRegisters:
    case kReadWriteRegisters:
      return body.empty() || body[0] == 0 ? 0 : 1u + body[0];
    case kWriteSingleCoil:
    case kWriteSingleRegister:
    case kWriteCoils:
    case kWriteRegisters:
      return 4;
    case kMaskWrite:
      return 6;
    case kEncapsulated:
      return body.size() > 6 && (body[0] == kDeviceId || body[0] == kCanOpen) ? body.size() : 0;
    default:
      return 0;
  }
}

}  // namespace

bool Message::written(std::uint32_t index, std::uint32_t& address,
                      std::uint16_t& number) const noexcept {
  if (index >= write.quantity) return false;
  address = std::uint32_t{write.address} + 1 + index;
  if (shape == Shape::write_one) {
    number = value;
    return true;
  }
  if (shape != Shape::write_many && shape != Shape::read_write) return false;
  if ((access & kCoils) != 0) {
    if (index / 8 >= data.size()) return false;
    number = data[index / 8] >> (index % 8) & 1;
    return true;
  }
  const std::size_t at = 2 * std::size_t{index};
  if (at + 2 > data.size()) return false;
  number = static_cast<std::uint16_t>(data[at] << 8 | data[at + 1]);
  return true;
}

Message read_message(Bytes message, bool response) noexcept {
  Message out;
  ByteReader reader(message);
  out.response = response;
  if (!reader.be16(out.transaction_id) || !reader.be16(out.protocol_id) ||
      !reader.be16(out.length) || !reader.u8(out.unit) || !reader.u8(out.function))
    return out;
  if (out.protocol_id != 0) out.errors |= kProtocolId;
  if (out.length > kMaxLength) out.errors |= kDataLength;
  out.access = access_of(out.plain_function());
  Body(reader.rest(), out).read();
  return out;
}

bool fits_request(const Message& response, const Message& request) noexcept {
  if (response.shape == Shape::exception) return true;
  switch (request.shape) {
    case Shape::read_request:
    case Shape::read_write: {
      const std::size_t quantity = request.read.quantity;
      const auto bytes = of_bits(request.access) ? bytes_of_bits(quantity) : 2 * quantity;
      return response.data.size() == bytes;
    }
    case Shape::write_one:
    case Shape::write_mask:
      return response.write.address == request.write.address && response.value == request.value &&
             response.or_mask == request.or_mask;
    case Shape::write_many:
      return response.write.address == request.write.address &&
             response.value == request.write.quantity;
    case Shape::diagnostic:
    case Shape::encapsulated:
      return response.code == request.code;
    default:
      return true;
  }
}

Likely looks_like(Bytes message) noexcept {
  ByteReader reader(message);
  std::uint16_t transaction = 0, protocol = 0, length = 0;
  std::uint8_t unit = 0, function = 0;
  if (!reader.be16(transaction) || !reader.be16(protocol) || !reader.be16(length) ||
      !reader.u8(unit) || !reader.u8(function) || protocol != 0 || length < kMinLength ||
      length > kMaxLength)
    return {};
  Bytes body;
  const std::size_t size = length - std::size_t{kMinLength};
  if (!reader.take(size, body) || size == 0) return {};
  return {request_length(function, body) == size, response_length(function, body) == size};
}

}  // namespace sekisho::engines::modbus
