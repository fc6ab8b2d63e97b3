#include "quic/google_hello.h"

#include <algorithm>

#include "config/base/byte_reader.h"

namespace sekisho::engines::quic {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kTagBytes = 8;

std::uint32_t le32(Bytes bytes) noexcept {
  return std::uint32_t{bytes[3]} << 24 | std::uint32_t{bytes[2]} << 16 |
         std::uint32_t{bytes[1]} << 8 | bytes[0];
}

constexpr std::size_t kNumberBytes[] = {1, 2, 4, 6};

/// Passes an ACK frame: 01NTLLMM, largest acknowledged, delay, blocks, time stamps.
bool skip_ack(ByteReader& reader, std::uint8_t type) noexcept {
  const std::size_t largest = kNumberBytes[type >> 2 & 3];
  const std::size_t block = kNumberBytes[type & 3];
  std::uint8_t blocks = 0, stamps = 0;
  if (!reader.skip(largest + 2)) return false;
  if ((type & 0x20) != 0 && !reader.u8(blocks)) return false;
  if (!reader.skip(block + blocks * (block + 1)) || !reader.u8(stamps)) return false;
  return stamps == 0 || reader.skip(5 + (stamps - 1u) * 3);
}

/// The data of a STREAM frame: 1FDOOOSS, stream, offset, length, data.
bool take_stream(ByteReader& reader, std::uint8_t type, bool little_endian, Bytes& data) noexcept {
  const std::size_t stream_bytes = (type & 3u) + 1;
  const unsigned offset_code = type >> 2 & 7;
  const std::size_t offset_bytes = offset_code == 0 ? 0 : offset_code + 1;
  if (!reader.skip(stream_bytes + offset_bytes)) return false;
  if ((type & 0x20) == 0) return reader.take(reader.rest().size(), data);
  std::uint16_t length = 0;
  if (!reader.be16(length)) return false;
  if (little_endian) length = static_cast<std::uint16_t>(length << 8 | length >> 8);
  return reader.take(std::min<std::size_t>(length, reader.rest().size()), data);
}

}  // namespace

std::optional<GoogleHello> parse_google_hello(Bytes message) noexcept {
  ByteReader reader(message);
  Bytes name, count;
  if (!reader.take(4, name) || as_text(name) != "CHLO" || !reader.take(4, count))
    return std::nullopt;
  const auto num_tags = static_cast<std::size_t>(count[1] << 8 | count[0]);
  GoogleHello hello;
  if (num_tags > kMaxGoogleTags || !reader.take(num_tags * kTagBytes, hello.tags))
    return std::nullopt;
  const Bytes values = reader.rest();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < num_tags; ++i) {
    const Bytes tag = hello.tags.subspan(i * kTagBytes, kTagBytes);
    const std::size_t end = le32(tag.subspan(4));
    if (end < begin || end > values.size()) break;
    const Bytes value = values.subspan(begin, end - begin);
    const auto text = as_text(tag.first(4));
    if (text == std::string_view("SNI\0", 4)) hello.server_name = value;
    if (text == "UAID") hello.user_agent = value;
    begin = end;
  }
  return hello;
}

std::optional<GoogleHello> find_google_hello(Bytes frames, std::size_t packet_number_bytes,
                                             bool little_endian) noexcept {
  constexpr std::uint8_t kPadding = 0, kStopWaiting = 6, kPing = 7;
  ByteReader reader(frames);
  std::uint8_t type = 0;
  while (reader.u8(type)) {
    if (type == kPadding || type == kPing) continue;
    if ((type & 0x80) != 0) {
      Bytes data;
      if (!take_stream(reader, type, little_endian, data)) return std::nullopt;
      if (const auto hello = parse_google_hello(data)) return hello;
    } else if ((type & 0x40) != 0) {
      if (!skip_ack(reader, type)) return std::nullopt;
    } else if (type == kStopWaiting) {
      if (!reader.skip(packet_number_bytes)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace sekisho::engines::quic
