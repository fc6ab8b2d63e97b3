#include "smb/smb_text.h"

#include <algorithm>
#include <array>

#include "config/base/byte_reader.h"
#include "little_endian.h"

namespace sekisho::engines::smb {
namespace {

void append_code_point(std::uint32_t code, PooledBytes& out) noexcept {
  std::uint8_t text[4];
  std::size_t count = 0;
  const auto tail = [&](unsigned shift) {
    text[count++] = static_cast<std::uint8_t>(0x80 | (code >> shift & 0x3f));
  };
  if (code < 0x80) {
    text[count++] = static_cast<std::uint8_t>(code);
  } else if (code < 0x800) {
    text[count++] = static_cast<std::uint8_t>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    text[count++] = static_cast<std::uint8_t>(0xe0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    text[count++] = static_cast<std::uint8_t>(0xf0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
  out.append({text, count});
}

struct Named {
  std::uint32_t number;
  std::string_view name;
};
constexpr Named kStatuses[] = {{0x00000000, "STATUS_SUCCESS"},
                               {0x00000103, "STATUS_PENDING"},
                               {0x0000010b, "STATUS_NOTIFY_CLEANUP"},
                               {0x0000010c, "STATUS_NOTIFY_ENUM_DIR"},
                               {0x80000005, "STATUS_BUFFER_OVERFLOW"},
                               {0x80000006, "STATUS_NO_MORE_FILES"},
                               {0x8000002d, "STATUS_STOPPED_ON_SYMLINK"},
                               {0xc0000001, "STATUS_UNSUCCESSFUL"},
                               {0xc0000002, "STATUS_NOT_IMPLEMENTED"},
                               {0xc0000003, "STATUS_INVALID_INFO_CLASS"},
                               {0xc0000008, "STATUS_INVALID_HANDLE"},
                               {0xc000000d, "STATUS_INVALID_PARAMETER"},
                               {0xc000000e, "STATUS_NO_SUCH_DEVICE"},
                               {0xc000000f, "STATUS_NO_SUCH_FILE"},
                               {0xc0000010, "STATUS_INVALID_DEVICE_REQUEST"},
                               {0xc0000011, "STATUS_END_OF_FILE"},
                               {0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED"},
                               {0xc0000022, "STATUS_ACCESS_DENIED"},
                               {0xc0000023, "STATUS_BUFFER_TOO_SMALL"},
                               {0xc0000033, "STATUS_OBJECT_NAME_INVALID"},
                               {0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND"},
                               {0xc0000035, "STATUS_OBJECT_NAME_COLLISION"},
                               {0xc000003a, "STATUS_OBJECT_PATH_NOT_FOUND"},
                               {0xc000003b, "STATUS_OBJECT_PATH_SYNTAX_BAD"},
                               {0xc0000043, "STATUS_SHARING_VIOLATION"},
                               {0xc0000054, "STATUS_FILE_LOCK_CONFLICT"},
                               {0xc0000056, "STATUS_DELETE_PENDING"},
                               {0xc0000061, "STATUS_PRIVILEGE_NOT_HELD"},
                               {0xc0000064, "STATUS_NO_SUCH_USER"},
                               {0xc000006a, "STATUS_WRONG_PASSWORD"},
                               {0xc000006d, "STATUS_LOGON_FAILURE"},
                               {0xc000006e, "STATUS_ACCOUNT_RESTRICTION"},
                               {0xc0000071, "STATUS_PASSWORD_EXPIRED"},
                               {0xc0000072, "STATUS_ACCOUNT_DISABLED"},
                               {0xc000007f, "STATUS_DISK_FULL"},
                               {0xc000009a, "STATUS_INSUFFICIENT_RESOURCES"},
                               {0xc00000ac, "STATUS_PIPE_NOT_AVAILABLE"},
                               {0xc00000ae, "STATUS_PIPE_BUSY"},
                               {0xc00000b0, "STATUS_PIPE_DISCONNECTED"},
                               {0xc00000ba, "STATUS_FILE_IS_A_DIRECTORY"},
                               {0xc00000bb, "STATUS_NOT_SUPPORTED"},
                               {0xc00000c9, "STATUS_NETWORK_NAME_DELETED"},
                               {0xc00000cc, "STATUS_BAD_NETWORK_NAME"},
                               {0xc0000101, "STATUS_DIRECTORY_NOT_EMPTY"},
                               {0xc0000103, "STATUS_NOT_A_DIRECTORY"},
                               {0xc0000120, "STATUS_CANCELLED"},
                               {0xc0000121, "STATUS_CANNOT_DELETE"},
                               {0xc0000128, "STATUS_FILE_CLOSED"},
                               {0xc000014b, "STATUS_PIPE_BROKEN"},
                               {0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED"},
                               {0xc0000193, "STATUS_ACCOUNT_EXPIRED"},
                               {0xc000019c, "STATUS_FS_DRIVER_REQUIRED"},
                               {0xc0000203, "STATUS_USER_SESSION_DELETED"},
                               {0xc0000225, "STATUS_NOT_FOUND"},
                               {0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
                               {0xc0000257, "STATUS_PATH_NOT_COVERED"},
                               {0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED"}};
// MS-CIFS §2.2.2.1.
constexpr Named kCommands1[] = {{0x00, "SMB1_COMMAND_CREATE_DIRECTORY"},
                                {0x01, "SMB1_COMMAND_DELETE_DIRECTORY"},
                                {0x02, "SMB1_COMMAND_OPEN"},
                                {0x03, "SMB1_COMMAND_CREATE"},
                                {0x04, "SMB1_COMMAND_CLOSE"},
                                {0x05, "SMB1_COMMAND_FLUSH"},
                                {0x06, "SMB1_COMMAND_DELETE"},
                                {0x07, "SMB1_COMMAND_RENAME"},
                                {0x08, "SMB1_COMMAND_QUERY_INFORMATION"},
                                {0x09, "SMB1_COMMAND_SET_INFORMATION"},
                                {0x0a, "SMB1_COMMAND_READ"},
                                {0x0b, "SMB1_COMMAND_WRITE"},
                                {0x0c, "SMB1_COMMAND_LOCK_BYTE_RANGE"},
                                {0x0d, "SMB1_COMMAND_UNLOCK_BYTE_RANGE"},
                                {0x0e, "SMB1_COMMAND_CREATE_TEMPORARY"},
                                {0x0f, "SMB1_COMMAND_CREATE_NEW"},
                                {0x10, "SMB1_COMMAND_CHECK_DIRECTORY"},
                                {0x11, "SMB1_COMMAND_PROCESS_EXIT"},
                                {0x12, "SMB1_COMMAND_SEEK"},
                                {0x13, "SMB1_COMMAND_LOCK_AND_READ"},
                                {0x14, "SMB1_COMMAND_WRITE_AND_UNLOCK"},
                                {0x24, "SMB1_COMMAND_LOCKING_ANDX"},
                                {0x25, "SMB1_COMMAND_TRANS"},
                                {0x2b, "SMB1_COMMAND_ECHO"},
                                {0x2c, "SMB1_COMMAND_WRITE_AND_CLOSE"},
                                {0x2d, "SMB1_COMMAND_OPEN_ANDX"},
                                {0x2e, "SMB1_COMMAND_READ_ANDX"},
                                {0x2f, "SMB1_COMMAND_WRITE_ANDX"},
                                {0x32, "SMB1_COMMAND_TRANS2"},
                                {0x33, "SMB1_COMMAND_TRANS2_SECONDARY"},
                                {0x34, "SMB1_COMMAND_FIND_CLOSE2"},
                                {0x71, "SMB1_COMMAND_TREE_DISCONNECT"},
                                {0x72, "SMB1_COMMAND_NEGOTIATE_PROTOCOL"},
                                {0x73, "SMB1_COMMAND_SESSION_SETUP_ANDX"},
                                {0x74, "SMB1_COMMAND_LOGOFF_ANDX"},
                                {0x75, "SMB1_COMMAND_TREE_CONNECT_ANDX"},
                                {0x80, "SMB1_COMMAND_QUERY_INFO_DISK"},
                                {0xa0, "SMB1_COMMAND_NT_TRANS"},
                                {0xa1, "SMB1_COMMAND_NT_TRANS_SECONDARY"},
                                {0xa2, "SMB1_COMMAND_NT_CREATE_ANDX"},
                                {0xa4, "SMB1_COMMAND_NT_CANCEL"},
                                {0xa5, "SMB1_COMMAND_NT_RENAME"}};
// MS-FSCC §2.3, MS-SMB2 §2.2.31.
constexpr Named kControls[] = {{0x00060194, "FSCTL_DFS_GET_REFERRALS"},
                               {0x000601b0, "FSCTL_DFS_GET_REFERRALS_EX"},
                               {0x0009009c, "FSCTL_GET_OBJECT_ID"},
                               {0x000900a4, "FSCTL_SET_REPARSE_POINT"},
                               {0x000900a8, "FSCTL_GET_REPARSE_POINT"},
                               {0x000900c0, "FSCTL_CREATE_OR_GET_OBJECT_ID"},
                               {0x000900c4, "FSCTL_SET_SPARSE"},
                               {0x000980c8, "FSCTL_SET_ZERO_DATA"},
                               {0x000940cf, "FSCTL_QUERY_ALLOCATED_RANGES"},
                               {0x0011400c, "FSCTL_PIPE_PEEK"},
                               {0x00110018, "FSCTL_PIPE_WAIT"},
                               {0x0011c017, "FSCTL_PIPE_TRANSCEIVE"},
                               {0x00140078, "FSCTL_SRV_REQUEST_RESUME_KEY"},
                               {0x00140204, "FSCTL_VALIDATE_NEGOTIATE_INFO"},
                               {0x001401d4, "FSCTL_LMR_REQUEST_RESILIENCY"},
                               {0x001401fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO"},
                               {0x00144064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS"},
                               {0x001440f2, "FSCTL_SRV_COPYCHUNK"},
                               {0x001441bb, "FSCTL_SRV_READ_HASH"},
                               {0x001480f2, "FSCTL_SRV_COPYCHUNK_WRITE"}};
// MS-SMB2 §2.2.4.
constexpr Named kDialects[] = {{0x0202, "2.02"}, {0x0210, "2.10"}, {0x0222, "2.22"},
                               {0x0224, "2.24"}, {0x02ff, "2.??"}, {0x0300, "3.00"},
                               {0x0302, "3.02"}, {0x0310, "3.10"}, {0x0311, "3.11"}};

}  // namespace

void assign_utf16(Bytes text, PooledBytes& out) noexcept {
  out.clear();
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    std::uint32_t code = le16_at(text, i);
    if (code == 0) return;
    if (code >= 0xd800 && code < 0xdc00 && i + 3 < text.size()) {
      const std::uint32_t low = le16_at(text, i + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
        i += 2;
      }
    }
    append_code_point(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, out);
  }
}

Bytes take_text(Bytes& bytes, bool unicode, std::size_t offset) noexcept {
  if (!unicode) {
    const auto end = std::find(bytes.begin(), bytes.end(), std::uint8_t{0});
    const auto text = bytes.first(static_cast<std::size_t>(end - bytes.begin()));
    bytes = slice(bytes, text.size() + 1);
    return text;
  }
  bytes = slice(bytes, offset % 2);
  std::size_t length = 0;
  while (length + 1 < bytes.size() && (bytes[length] != 0 || bytes[length + 1] != 0)) length += 2;
  const auto text = bytes.first(std::min(length, bytes.size()));
  bytes = slice(bytes, length + 2);
  return text;
}

void assign_text(Bytes text, bool unicode, PooledBytes& out) noexcept {
  if (unicode) return assign_utf16(text, out);
  out.clear();
  const auto end = std::find(text.begin(), text.end(), std::uint8_t{0});
  out.append_some(text.first(static_cast<std::size_t>(end - text.begin())));
}

Authentication find_authentication(Bytes blob) noexcept {
  constexpr std::string_view kSignature("NTLMSSP\0", 8);
  constexpr std::uint32_t kAuthenticate = 3, kUnicode = 1, kHasVersion = 0x02000000;
  constexpr std::size_t kFlagsAt = 60, kVersionAt = 64, kVersionBytes = 8;
  Authentication found;
  const auto at = as_text(blob).find(kSignature);
  if (at == std::string_view::npos) return found;
  const auto message = blob.subspan(at);
  if (le32_at(message, 8) != kAuthenticate) return found;
  const auto part = [&](std::size_t place) {
    const auto whole = slice(message, le32_at(message, place + 4), le16_at(message, place));
    found.malformed |= whole.size() < le16_at(message, place);
    return whole;
  };
  found.found = true;
  found.domain = part(28);
  found.user = part(36);
  found.host = part(44);
  const auto flags = le32_at(message, kFlagsAt);
  found.unicode = (flags & kUnicode) != 0;
  const auto version = slice(message, kVersionAt, kVersionBytes);
  if ((flags & kHasVersion) != 0 && version.size() == kVersionBytes) found.version = version;
  return found;
}

Bytes find_ticket_request(Bytes blob) noexcept {
  // the mechanism's identifier 1.2.840.113554.1.2.2, then the token's
  constexpr std::string_view kToken("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00", 11);
  const auto at = as_text(blob).find(kToken);
  return at == std::string_view::npos ? Bytes{} : blob.subspan(at + kToken.size());
}

std::string_view control_name(std::uint32_t code) noexcept {
  for (const auto& one : kControls)
    if (one.number == code) return one.name;
  return {};
}

std::string_view dialect_name(std::uint16_t dialect) noexcept {
  for (const auto& one : kDialects)
    if (one.number == dialect) return one.name;
  return "unknown";
}

std::string_view status_name(std::uint32_t status) noexcept {
  for (const auto& one : kStatuses)
    if (one.number == status) return one.name;
  return {};
}

std::string_view command_name(std::uint8_t version, std::uint16_t command) noexcept {
  // MS-SMB2 §2.2.1.
  static constexpr std::array<std::string_view, 19> kCommands2{"SMB2_COMMAND_NEGOTIATE_PROTOCOL",
                                                               "SMB2_COMMAND_SESSION_SETUP",
                                                               "SMB2_COMMAND_SESSION_LOGOFF",
                                                               "SMB2_COMMAND_TREE_CONNECT",
                                                               "SMB2_COMMAND_TREE_DISCONNECT",
                                                               "SMB2_COMMAND_CREATE",
                                                               "SMB2_COMMAND_CLOSE",
                                                               "SMB2_COMMAND_FLUSH",
                                                               "SMB2_COMMAND_READ",
                                                               "SMB2_COMMAND_WRITE",
                                                               "SMB2_COMMAND_LOCK",
                                                               "SMB2_COMMAND_IOCTL",
                                                               "SMB2_COMMAND_CANCEL",
                                                               "SMB2_COMMAND_KEEPALIVE",
                                                               "SMB2_COMMAND_FIND",
                                                               "SMB2_COMMAND_CHANGE_NOTIFY",
                                                               "SMB2_COMMAND_GET_INFO",
                                                               "SMB2_COMMAND_SET_INFO",
                                                               "SMB2_COMMAND_OPLOCK_BREAK"};
  if (version == 2) return command < kCommands2.size() ? kCommands2[command] : "UNKNOWN";
  for (const auto& one : kCommands1)
    if (one.number == command) return one.name;
  return "UNKNOWN";
}

std::uint64_t unix_seconds(std::uint64_t file_time) noexcept {
  constexpr std::uint64_t kPerSecond = 10'000'000, kFrom1601To1970 = 11'644'473'600;
  const auto seconds = file_time / kPerSecond;
  return seconds < kFrom1601To1970 ? 0 : seconds - kFrom1601To1970;
}

}  // namespace sekisho::engines::smb
