#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/byte_reader.h"
#include "controlplane/spool/spool.h"

namespace sekisho::controlplane {

using EpochBytes = std::array<std::uint8_t, 16>;

void put_be32(std::vector<std::uint8_t>& out, std::uint32_t value);
void put_be64(std::vector<std::uint8_t>& out, std::uint64_t value);
bool read_be64(ByteReader& reader, std::uint64_t& out);
/// CRC-32 of zlib (IEEE 802.3).
std::uint32_t checksum(ByteSpan bytes, std::uint32_t seed = 0);

/// The beginning of a segment file. It carries the marks, so that older segments may go.
struct SegmentHeader {
  EpochBytes epoch{};
  std::uint64_t first_sequence = 0;
  std::vector<RingMark> marks;
};

std::vector<std::uint8_t> encode_header(const SegmentHeader& header);

/// A segment's header and its length; none when it is not whole.
struct DecodedHeader {
  SegmentHeader header;
  std::size_t bytes = 0;
};
std::optional<DecodedHeader> decode_header(ByteSpan file);
/// decode_header() needs at most this many bytes of the file.
std::size_t max_header_bytes();

/// A batch: kBatchHeaderBytes, then the lines. It counts when both its checksums fit; nothing else
/// commits it.
struct BatchHeader {
  std::uint64_t first_sequence = 0;
  std::uint32_t lines = 0;
  std::uint32_t body_bytes = 0;
  std::uint32_t body_checksum = 0;
  std::optional<RingMark> mark;
};
inline constexpr std::size_t kBatchHeaderBytes = 52;
inline constexpr std::size_t kLineOverhead = 4;  // its length

/// A batch's checksum begins with its epoch, so that one of another epoch, in a block that the file
/// system gave twice, is none.
std::uint32_t batch_seed(const EpochBytes& epoch);
/// The lines must keep to the limits of append().
void encode_batch(std::uint32_t seed, std::uint64_t first_sequence,
                  std::span<const std::string_view> lines, const std::optional<RingMark>& mark,
                  std::vector<std::uint8_t>& out);
/// The header at the front of `bytes` when the batch that it begins is whole; `body` is what
/// follows it.
std::optional<BatchHeader> decode_batch(std::uint32_t seed, ByteSpan bytes, ByteSpan& body);
/// The next line of a body; false at its end.
bool next_line(ByteReader& body, std::string_view& line);

/// A batch in its file.
struct FoundBatch {
  std::uint64_t offset = 0;
  BatchHeader header;
};
/// The whole batches of a file from `offset` on whose sequences rise from `first_sequence` and end
/// at or before `end_sequence`. Bytes that are none are stepped over.
std::vector<FoundBatch> find_batches(std::uint32_t seed, ByteSpan file, std::size_t offset,
                                     std::uint64_t first_sequence, std::uint64_t end_sequence);

}  // namespace sekisho::controlplane
