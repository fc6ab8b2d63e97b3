#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace sekisho::engines::smb {

using Bytes = std::span<const std::uint8_t>;

inline constexpr std::size_t kHeaderBytes1 = 32;  // MS-CIFS §2.2.3.1
inline constexpr std::size_t kHeaderBytes2 = 64;  // MS-SMB2 §2.2.1

/// SMB1's commands that are looked into, MS-CIFS §2.2.2.1.
enum Command1 : std::uint8_t {
  kClose1 = 0x04,
  kRename1 = 0x07,
  kRead1 = 0x0a,
  kWrite1 = 0x0b,
  kTransaction1 = 0x25,
  kOpenAndX1 = 0x2d,
  kReadAndX1 = 0x2e,
  kWriteAndX1 = 0x2f,
  kWriteAndClose1 = 0x2c,
  kTransaction21 = 0x32,
  kNegotiate1 = 0x72,
  kSessionSetup1 = 0x73,
  kLogoff1 = 0x74,
  kTreeConnect1 = 0x75,
  kCreate1 = 0xa2,
};

/// SMB2's, MS-SMB2 §2.2.1.
enum Command2 : std::uint16_t {
  kNegotiate2 = 0,
  kSessionSetup2 = 1,
  kTreeConnect2 = 3,
  kTreeDisconnect2 = 4,
  kCreate2 = 5,
  kClose2 = 6,
  kRead2 = 8,
  kWrite2 = 9,
  kIoctl2 = 11,
  kGetInfo2 = 16,
  kSetInfo2 = 17,
};

inline constexpr std::uint32_t kSuccess = 0;
inline constexpr std::uint32_t kPending = 0x00000103;
inline constexpr std::uint32_t kBufferOverflow = 0x80000005;
inline constexpr std::uint32_t kEndOfFile = 0xc0000011;
inline constexpr std::uint32_t kMoreProcessing = 0xc0000016;

/// What both versions' headers say.
struct Header {
  std::uint8_t version = 0;  // 1 or 2
  bool answer = false;
  bool related = false;  // SMB2: acts on what the one before in the message was about
  bool asynchronous = false;
  bool unicode = true;
  bool status_is_dos = false;
  std::uint16_t command = 0;
  std::uint32_t status = 0;
  std::uint64_t message_id = 0;  // SMB1: process and multiplex id
  std::uint64_t session_id = 0;
  std::uint32_t tree_id = 0;
};

/// `record` begins at "\xffSMB" or "\xfeSMB"; nullopt: it does not, or ends within the header.
std::optional<Header> read_header(Bytes record) noexcept;

/// Bytes of the record that begins with `head`, within a message of which `left` bytes remain; 0:
/// more of the head is needed to tell.
std::uint64_t record_bytes(Bytes head, std::uint64_t left) noexcept;
/// How many of them must be together for the record to be understood; what follows is data that
/// can be passed on piece by piece. 0: more of the head is needed to tell.
std::uint64_t wanted_bytes(Bytes head, std::uint64_t record_bytes) noexcept;

bool is_magic(Bytes bytes) noexcept;  // "\xffSMB", "\xfeSMB", and encrypted or compressed ones

/// Of the transport (RFC 1002 §4.3.1, MS-SMB2 §2.1).
inline constexpr std::size_t kFrameHeadBytes = 4;

}  // namespace sekisho::engines::smb
