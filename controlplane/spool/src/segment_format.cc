#include "segment_format.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace sekisho::controlplane {
namespace {

// Text cannot hold these: EVE escapes control characters.
constexpr std::array<std::uint8_t, 8> kSegmentMagic{0x01, 'S', 'E', 'K', 'S', 'P', 'L', 0x02};
constexpr std::array<std::uint8_t, 4> kBatchMagic{0x01, 'S', 'B', 0x02};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 8 + 4 + 16 + 8 + 4;  // up to the marks
constexpr std::size_t kMarkBytes = 8 + 4 + 8;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::uint32_t kNoRing = 0xffffffff;  // the batch has no mark

void put(std::vector<std::uint8_t>& out, ByteSpan bytes) {
  // Not insert(): g++ 12 warns of an overflow that there is none of.
  const std::size_t at = out.size();
  out.resize(at + bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_mark(std::vector<std::uint8_t>& out, const RingMark& mark) {
  put_be64(out, mark.identity);
  put_be32(out, mark.ring);
  put_be64(out, mark.position);
}

bool read_mark(ByteReader& reader, RingMark& mark) {
  return read_be64(reader, mark.identity) && reader.be32(mark.ring) &&
         read_be64(reader, mark.position);
}

bool take_magic(ByteReader& reader, ByteSpan magic) {
  ByteSpan found;
  return reader.take(magic.size(), found) &&
         std::equal(found.begin(), found.end(), magic.begin(), magic.end());
}

/// The header alone; its body may be short or damaged.
std::optional<BatchHeader> decode_batch_header(std::uint32_t seed, ByteSpan bytes) {
  if (bytes.size() < kBatchHeaderBytes) return std::nullopt;
  ByteReader reader(bytes.first(kBatchHeaderBytes));
  BatchHeader header;
  RingMark mark;
  std::uint32_t own_checksum = 0;
  if (!take_magic(reader, kBatchMagic) || !read_be64(reader, header.first_sequence) ||
      !reader.be32(header.lines) || !reader.be32(header.body_bytes) ||
      !reader.be32(header.body_checksum) || !read_mark(reader, mark) || !reader.skip(4) ||
      !reader.be32(own_checksum) ||
      own_checksum != checksum(bytes.first(kBatchHeaderBytes - kChecksumBytes), seed))
    return std::nullopt;
  if (mark.ring != kNoRing) header.mark = mark;
  return header;
}

/// Whether the body is exactly the lines that the header counts.
bool has_lines(ByteSpan body, std::uint32_t count) {
  ByteReader reader(body);
  std::string_view line;
  for (std::uint32_t i = 0; i < count; ++i)
    if (!next_line(reader, line)) return false;
  return reader.rest().empty();
}

}  // namespace

void put_be32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_be64(std::vector<std::uint8_t>& out, std::uint64_t value) {
  put_be32(out, static_cast<std::uint32_t>(value >> 32));
  put_be32(out, static_cast<std::uint32_t>(value));
}

bool read_be64(ByteReader& reader, std::uint64_t& out) {
  std::uint32_t high = 0, low = 0;
  if (!reader.be32(high) || !reader.be32(low)) return false;
  out = std::uint64_t{high} << 32 | low;
  return true;
}

std::uint32_t batch_seed(const EpochBytes& epoch) { return checksum(epoch); }

std::uint32_t checksum(ByteSpan bytes, std::uint32_t seed) {
  return static_cast<std::uint32_t>(crc32_z(seed, bytes.data(), bytes.size()));
}

std::vector<std::uint8_t> encode_header(const SegmentHeader& header) {
  std::vector<std::uint8_t> out;
  put(out, kSegmentMagic);
  put_be32(out, kVersion);
  put(out, header.epoch);
  put_be64(out, header.first_sequence);
  put_be32(out, static_cast<std::uint32_t>(header.marks.size()));
  for (const RingMark& mark : header.marks) put_mark(out, mark);
  put_be32(out, checksum(out));
  return out;
}

std::size_t max_header_bytes() {
  return kHeaderBytes + kMaxRingMarks * kMarkBytes + kChecksumBytes;
}

std::optional<DecodedHeader> decode_header(ByteSpan file) {
  ByteReader reader(file);
  SegmentHeader header;
  std::uint32_t version = 0, marks = 0, own_checksum = 0;
  ByteSpan epoch;
  if (!take_magic(reader, kSegmentMagic) || !reader.be32(version) || version != kVersion ||
      !reader.take(header.epoch.size(), epoch) || !read_be64(reader, header.first_sequence) ||
      !reader.be32(marks) || marks > kMaxRingMarks)
    return std::nullopt;
  std::copy(epoch.begin(), epoch.end(), header.epoch.begin());
  header.marks.resize(marks);
  for (RingMark& mark : header.marks)
    if (!read_mark(reader, mark)) return std::nullopt;
  const std::size_t bytes = kHeaderBytes + marks * kMarkBytes;
  if (!reader.be32(own_checksum) || own_checksum != checksum(file.first(bytes)))
    return std::nullopt;
  return DecodedHeader{std::move(header), bytes + kChecksumBytes};
}

void encode_batch(std::uint32_t seed, std::uint64_t first_sequence,
                  std::span<const std::string_view> lines, const std::optional<RingMark>& mark,
                  std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t>& body = out;
  body.assign(kBatchHeaderBytes, 0);
  for (const std::string_view line : lines) {
    put_be32(body, static_cast<std::uint32_t>(line.size()));
    body.insert(body.end(), line.begin(), line.end());
  }
  const ByteSpan written = ByteSpan(body).subspan(kBatchHeaderBytes);
  std::vector<std::uint8_t> header;
  put(header, kBatchMagic);
  put_be64(header, first_sequence);
  put_be32(header, static_cast<std::uint32_t>(lines.size()));
  put_be32(header, static_cast<std::uint32_t>(written.size()));
  put_be32(header, checksum(written));
  put_mark(header, mark.value_or(RingMark{0, kNoRing, 0}));
  put_be32(header, 0);  // reserved
  put_be32(header, checksum(header, seed));
  std::copy(header.begin(), header.end(), out.begin());
}

std::optional<BatchHeader> decode_batch(std::uint32_t seed, ByteSpan bytes, ByteSpan& body) {
  const auto header = decode_batch_header(seed, bytes);
  if (!header || bytes.size() - kBatchHeaderBytes < header->body_bytes) return std::nullopt;
  body = bytes.subspan(kBatchHeaderBytes, header->body_bytes);
  if (checksum(body) != header->body_checksum || !has_lines(body, header->lines))
    return std::nullopt;
  return header;
}

bool next_line(ByteReader& body, std::string_view& line) {
  std::uint32_t length = 0;
  ByteSpan bytes;
  if (!body.be32(length) || !body.take(length, bytes)) return false;
  line = as_text(bytes);
  return true;
}

std::vector<FoundBatch> find_batches(std::uint32_t seed, ByteSpan file, std::size_t offset,
                                     std::uint64_t first_sequence, std::uint64_t end_sequence) {
  std::vector<FoundBatch> found;
  std::uint64_t expected = first_sequence;
  while (offset < file.size()) {
    ByteSpan body;
    const auto header = decode_batch(seed, file.subspan(offset), body);
    if (header && header->first_sequence >= expected && header->first_sequence <= end_sequence &&
        header->lines <= end_sequence - header->first_sequence) {
      found.push_back({offset, *header});
      expected = header->first_sequence + header->lines;
      offset += kBatchHeaderBytes + header->body_bytes;
      continue;
    }
    const ByteSpan rest = file.subspan(offset + 1);
    const auto next = std::search(rest.begin(), rest.end(), kBatchMagic.begin(), kBatchMagic.end());
    offset += 1 + static_cast<std::size_t>(next - rest.begin());
  }
  return found;
}

}  // namespace sekisho::controlplane
