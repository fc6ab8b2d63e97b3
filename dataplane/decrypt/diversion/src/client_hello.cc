#include "dataplane/decrypt/diversion/client_hello.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::decrypt {
namespace {

constexpr std::uint8_t kHandshakeRecord = 22, kClientHello = 1, kMajorVersion = 3;
constexpr std::size_t kRecordHeader = 5, kMessageHeader = 4;
constexpr std::size_t kLargestRecord = std::size_t{1} << 14;
constexpr std::size_t kLargestHello = std::size_t{1} << 16;  // no client sends half of it

/// As far as the bytes go: what differs from a record of a handshake.
bool is_other_record(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes[0] != kHandshakeRecord) return true;
  if (bytes.size() > 1 && bytes[1] != kMajorVersion) return true;
  if (bytes.size() < kRecordHeader) return false;
  const std::size_t length = load16(&bytes[3]);
  return length == 0 || length > kLargestRecord;
}

}  // namespace

HelloState client_hello_state(std::span<const std::uint8_t> bytes) noexcept {
  std::array<std::uint8_t, kMessageHeader> message{};
  std::size_t have = 0;  // bytes of the handshake message so far
  std::size_t wanted = kMessageHeader;
  while (!bytes.empty()) {
    if (is_other_record(bytes)) return HelloState::not_tls;
    if (bytes.size() < kRecordHeader) return HelloState::incomplete;
    const std::size_t length = load16(&bytes[3]);
    const auto record = bytes.subspan(kRecordHeader);
    const auto there = record.first(std::min(length, record.size()));
    for (std::size_t i = 0; i < there.size() && have + i < kMessageHeader; ++i)
      message[have + i] = there[i];
    have += there.size();
    if (have != 0 && message[0] != kClientHello) return HelloState::not_tls;
    if (have >= kMessageHeader) {
      wanted = kMessageHeader + (load32(message.data()) & 0xffffff);
      if (wanted > kLargestHello) return HelloState::not_tls;
      if (have >= wanted) return HelloState::complete;
    }
    bytes = record.subspan(there.size());
  }
  return HelloState::incomplete;
}

}  // namespace sekisho::decrypt
