#include "content_coding/start.h"

#include <algorithm>
#include <optional>

namespace sekisho::engines {
namespace {

constexpr std::size_t kGzipHeaderBytes = 10;
constexpr std::uint8_t kGzipHeaderCrc = 0x02, kGzipExtra = 0x04, kGzipName = 0x08,
                       kGzipComment = 0x10;
/// Without a magic number: bytes on which a trial is worth something.
constexpr std::size_t kTrialBytes = 32;

/// Length of the member header; nullopt: not all of it is here.
std::optional<std::size_t> gzip_header_bytes(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.size() < kGzipHeaderBytes) return std::nullopt;
  const auto flags = bytes[3];
  std::size_t at = kGzipHeaderBytes;
  if ((flags & kGzipExtra) != 0) {
    if (bytes.size() < at + 2) return std::nullopt;
    at += 2 + (std::size_t{bytes[at]} | std::size_t{bytes[at + 1]} << 8);
  }
  for (const auto text : {kGzipName, kGzipComment}) {
    if ((flags & text) == 0) continue;
    if (at >= bytes.size()) return std::nullopt;
    const auto end = std::find(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), 0);
    if (end == bytes.end()) return std::nullopt;
    at = static_cast<std::size_t>(end - bytes.begin()) + 1;
  }
  if ((flags & kGzipHeaderCrc) != 0) at += 2;
  if (at > bytes.size()) return std::nullopt;
  return at;
}

/// RFC 1950: deflate, a window of at most 32 KiB, check bits.
bool is_zlib_header(std::span<const std::uint8_t> bytes) noexcept {
  return bytes.size() >= 2 && (bytes[0] & 0x0f) == 8 && (bytes[0] >> 4) <= 7 &&
         (bytes[0] << 8 | bytes[1]) % 31 == 0;
}

void add_gzip(Readings& readings, std::span<const std::uint8_t> bytes, std::size_t offset,
              bool complete) noexcept {
  const auto header = gzip_header_bytes(bytes);
  const bool usual = bytes.size() > 3 && (bytes[3] & ~kGzipName) == 0;
  const bool enough = header && (usual || bytes.size() >= *header + kTrialBytes);
  if (!enough && !complete) {
    readings.wants_more = true;
    return;
  }
  if (header) readings.add(CodecKind::inflate, offset + *header);
  readings.certain = header && usual && offset == 0;
  // flags that the data does not follow
  if (bytes.size() > kGzipHeaderBytes) readings.add(CodecKind::inflate, offset + kGzipHeaderBytes);
}

std::size_t leading_white_space(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::size_t kMost = 8;
  std::size_t count = 0;
  while (count < std::min(kMost, bytes.size()) &&
         (bytes[count] == '\r' || bytes[count] == '\n' || bytes[count] == ' '))
    ++count;
  return count;
}

void add_deflate(Readings& readings, std::span<const std::uint8_t> start) noexcept {
  const auto white = leading_white_space(start);
  if (is_zlib_header(start)) readings.add(CodecKind::inflate, 2);
  readings.add(CodecKind::inflate, 0);
  if (start.size() > 2) readings.add(CodecKind::inflate, 2);  // a wrong zlib header
  if (white != 0) readings.add(CodecKind::inflate, white);
}

}  // namespace

bool is_gzip_magic(std::span<const std::uint8_t> bytes) noexcept {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

Readings readings_of(Coding coding, std::span<const std::uint8_t> start, bool complete) noexcept {
  Readings readings;
  const auto white = leading_white_space(start);
  for (const auto offset : {std::size_t{0}, white}) {
    if (readings.count != 0 || readings.wants_more || !is_gzip_magic(start.subspan(offset)))
      continue;
    add_gzip(readings, start.subspan(offset), offset, complete);
  }
  if (readings.count != 0 || readings.wants_more) return readings;
  if (start.size() < kTrialBytes && !complete) {
    readings.wants_more = true;
    return readings;
  }
  if (coding == Coding::unknown) {
    if (is_zlib_header(start)) readings.add(CodecKind::inflate, 2);
    return readings;
  }
  if (coding == Coding::brotli) readings.add(CodecKind::brotli, 0);
  if (coding == Coding::lzma) readings.add(CodecKind::lzma, 0);
  add_deflate(readings, start);
  return readings;
}

}  // namespace sekisho::engines
