#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "config/base/byte_reader.h"

namespace sekisho::engines::dns {

inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kMaxNameBytes = 255;  // RFC 1035 §2.3.4
inline constexpr std::uint16_t kResponseFlag = 0x8000, kOpcodeBits = 0x7800,
                               kTruncatedFlag = 0x0200, kAuthenticFlag = 0x0020;

struct Header {
  std::uint16_t id = 0, flags = 0;
  std::uint16_t counts[4] = {};  // questions, answers, authorities, additionals
};

/// A resource record in its message.
struct Record {
  std::size_t type_at = 0;  // offset in the message of its type
  std::uint16_t type = 0, klass = 0;
  std::uint32_t ttl = 0;
  std::size_t data_at = 0;
  std::span<const std::uint8_t> data;
  bool is_of_root = false;
};

bool read_header(ByteReader& reader, Header& header) noexcept;
/// Past a name in place, compressed or not (§4.1.4).
bool skip_name(ByteReader& reader) noexcept;
/// Likewise, but a pointer is refused.
bool skip_plain_name(ByteReader& reader) noexcept;
/// The next record of `message`, which `reader` stands in.
std::optional<Record> read_record(std::span<const std::uint8_t> message,
                                  ByteReader& reader) noexcept;

}  // namespace sekisho::engines::dns
