#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::engines::modbus {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kHead = 6;                         // transaction, protocol, length
constexpr std::uint16_t kMinLength = 2;                  // unit and function are counted
constexpr std::uint16_t kMaxLength = 254;                // a PDU of 253 bytes and the unit
constexpr std::size_t kMaxMessage = kHead + kMaxLength;  // Modbus/TCP guide §4.2
constexpr std::uint8_t kExceptionBit = 0x80;

/// Function codes that have a layout of their own (Modbus V1.1b3 §6).
enum Function : std::uint8_t {
  kReadCoils = 1,
  kReadDiscreteInputs = 2,
  kReadHoldingRegisters = 3,
  kReadInputRegisters = 4,
  kWriteSingleCoil = 5,
  kWriteSingleRegister = 6,
  kReadExceptionStatus = 7,
  kDiagnostic = 8,
  kGetEventCounter = 11,
  kGetEventLog = 12,
  kWriteCoils = 15,
  kWriteRegisters = 16,
  kReportServer = 17,
  kReadFile = 20,
  kWriteFile = 21,
  kMaskWrite = 22,
  kReadWriteRegisters = 23,
  kReadFifo = 24,
  kEncapsulated = 43,
};

enum Access : std::uint8_t {
  kRead = 1,
  kWrite = 2,
  kDiscretes = 4,
  kCoils = 8,
  kInput = 16,
  kHolding = 32,
  kSingle = 64,
  kMultiple = 128,
};
enum Category : std::uint8_t { kAssigned = 1, kUnassigned = 2, kUser = 4, kReserved = 8 };
enum Error : std::uint8_t {
  kDataValue = 1,
  kDataLength = 2,
  kExceptionCode = 4,
  kFunctionCode = 8,
  kProtocolId = 16,
};

/// What the bytes behind the function code are.
enum class Shape : std::uint8_t {
  none,
  exception,
  diagnostic,
  encapsulated,
  read_request,
  read_response,
  write_one,   // an address and a value or, in the answer to many, a quantity
  write_many,  // a request
  write_mask,
  read_write,  // a request
  other,
};

/// Addresses as on the wire; a rule counts them from 1.
struct Range {
  std::uint16_t address = 0, quantity = 0;
};

/// One application data unit. `data` lies in the bytes that were read.
struct Message {
  std::uint16_t transaction_id = 0, protocol_id = 0, length = 0;
  std::uint8_t unit = 0, function = 0;  // as on the wire: an exception's with its high bit
  std::uint8_t access = 0, category = 0, errors = 0;
  Shape shape = Shape::none;
  bool response = false;
  std::uint16_t code = 0;  // exception, diagnostic subfunction, type of encapsulation
  Range read, write;
  std::uint16_t value = 0;  // write_one; write_mask: what is cleared (AND)
  std::uint16_t or_mask = 0;
  Bytes data;

  std::uint8_t plain_function() const noexcept {
    return static_cast<std::uint8_t>(function & ~kExceptionBit);
  }
  /// Number `index` of those written: its address from 1, and the value. False: no such.
  bool written(std::uint32_t index, std::uint32_t& address, std::uint16_t& number) const noexcept;
};

/// `message` has kHead + kMinLength bytes at least; bytes beyond its end count as too short.
Message read_message(Bytes message, bool response) noexcept;

/// Whether the answer says as much as `request` asked for, and writes what it was told to.
bool fits_request(const Message& response, const Message& request) noexcept;

/// Bytes that look like a message of known function and exact length.
struct Likely {
  bool request = false, response = false;
};
Likely looks_like(Bytes message) noexcept;

std::string_view function_name(std::uint8_t function) noexcept;
std::string_view diagnostic_name(std::uint16_t subfunction) noexcept;
std::string_view encapsulation_name(std::uint16_t type) noexcept;
std::string_view exception_name(std::uint16_t code) noexcept;

/// Names of set bits: "READ | COILS"; "NONE" when there is none.
class FlagText {
 public:
  static FlagText access(std::uint8_t bits) noexcept;
  static FlagText category(std::uint8_t bits) noexcept;
  static FlagText errors(std::uint8_t bits) noexcept;
  std::string_view view() const noexcept { return {room_.data(), size_}; }

 private:
  void add(std::string_view name) noexcept;
  std::array<char, 128> room_;  // all names of any of them fit
  std::size_t size_ = 0;
};

}  // namespace sekisho::engines::modbus
