#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "enip/cip.h"

/// EtherNet/IP encapsulation: CIP volume 2, chapter 2. Integers are little-endian.
namespace sekisho::engines::enip {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kHeadBytes = 24;

enum Command : std::uint16_t {
  kNop = 0x00,
  kListServices = 0x04,
  kListIdentity = 0x63,
  kListInterfaces = 0x64,
  kRegisterSession = 0x65,
  kUnregisterSession = 0x66,
  kSendRRData = 0x6f,
  kSendUnitData = 0x70,
  kIndicateStatus = 0x72,
  kCancel = 0x73,
};

struct Header {
  std::uint16_t command = 0, length = 0;
  std::uint32_t session = 0, status = 0;
  std::uint64_t context = 0;
  std::uint32_t options = 0;
};
/// `bytes` has kHeadBytes at least.
Header read_header(Bytes bytes) noexcept;
bool is_command(std::uint16_t command) noexcept;
bool is_status(std::uint32_t status) noexcept;
std::string_view command_name(std::uint16_t command) noexcept;  // "" when unknown
std::string_view status_name(std::uint32_t status) noexcept;

struct RegisterSession {
  std::uint16_t protocol_version = 0, options = 0;
};
struct ListedService {
  std::uint16_t protocol_version = 0, capabilities = 0;
  Bytes name;
};
struct Identity {
  std::uint16_t protocol_version = 0, vendor = 0, device_type = 0, product_code = 0;
  std::uint8_t major = 0, minor = 0;
  std::uint16_t status = 0;
  std::uint32_t serial = 0;
  Bytes product_name;
  std::uint8_t state = 0;
};

/// What follows the header. Its bytes lie in the message.
struct Message {
  Header header;
  std::optional<RegisterSession> register_session;
  std::optional<ListedService> service;  // the first one
  std::optional<Identity> identity;      // the first one
  std::optional<cip::Service> cip;
  std::optional<std::uint16_t> sequence;  // of connected data
  bool malformed = false;
};
Message read_message(Bytes bytes) noexcept;

}  // namespace sekisho::engines::enip
