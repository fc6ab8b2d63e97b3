#include "content_match.h"

namespace sekisho::engines::ips {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxFrames = 512;

struct Frame {
  std::uint8_t tag = 0;
  bool constructed = false;
  std::size_t header = 0;
  std::uint64_t length = 0;
};

bool read_frame(std::span<const std::uint8_t> bytes, Frame& frame) noexcept {
  if (bytes.size() < 2) return false;
  frame.tag = bytes[0] & 0x1f;
  frame.constructed = (bytes[0] & 0x20) != 0;
  if (frame.tag == 0x1f) return false;
  frame.header = 2;
  frame.length = bytes[1];
  if ((bytes[1] & 0x80) == 0) return true;
  const std::size_t count = bytes[1] & 0x7f;
  if (count == 0 || count > 8 || bytes.size() < 2 + count) return false;
  frame.length = 0;
  for (std::size_t i = 0; i < count; ++i) frame.length = frame.length << 8 | bytes[2 + i];
  frame.header += count;
  return true;
}

/// A bit string with more unused bits than a byte has, or unused bits of nothing.
bool is_bad_bitstring(const Frame& frame, std::span<const std::uint8_t> body) noexcept {
  return frame.tag == 3 && !frame.constructed && !body.empty() &&
         (body[0] > 7 || (frame.length == 1 && body[0] != 0));
}

/// A real number written out in decimal that is longer than a reader's buffer.
bool is_bad_double(const Frame& frame, std::span<const std::uint8_t> body) noexcept {
  constexpr std::uint64_t kLongestReal = 256;
  return frame.tag == 9 && !frame.constructed && !body.empty() && (body[0] & 0xc0) == 0 &&
         frame.length > kLongestReal;
}

}  // namespace

bool has_bad_asn1(const Element& element, std::span<const std::uint8_t> bytes) noexcept {
  int frames = 0;
  std::size_t at = 0;
  std::size_t ends[kMaxDepth] = {bytes.size()};
  int depth = 1;
  while (depth > 0 && ++frames <= kMaxFrames) {
    if (at >= ends[depth - 1]) {
      --depth;
      continue;
    }
    Frame frame;
    if (!read_frame(bytes.subspan(at), frame)) return false;
    const auto body = bytes.subspan(at + frame.header);
    if (element.extra != 0 && frame.length > element.extra) return true;
    if ((element.flags & kBitstringOverflow) != 0 && is_bad_bitstring(frame, body)) return true;
    if ((element.flags & kDoubleOverflow) != 0 && is_bad_double(frame, body)) return true;
    const auto length =
        frame.length < body.size() ? static_cast<std::size_t>(frame.length) : body.size();
    at += frame.header;
    if (frame.constructed && depth < kMaxDepth)
      ends[depth++] = at + length;
    else
      at += length;
  }
  return false;
}

}  // namespace sekisho::engines::ips
