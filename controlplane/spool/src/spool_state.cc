#include "spool_state.h"

#include <algorithm>
#include <charconv>

namespace sekisho::controlplane {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic{'S', 'E', 'K', 'S', 'P', 'S', 'T', '1'};
constexpr std::string_view kSegmentSuffix = ".segment";
constexpr std::size_t kSequenceDigits = 20;
constexpr std::size_t kCheckedBytes = kStateBytes - 4;

}  // namespace

std::vector<std::uint8_t> encode_state(const SpoolState& state) {
  std::vector<std::uint8_t> out;
  out.reserve(kStateBytes);
  out.insert(out.end(), kMagic.begin(), kMagic.end());
  out.insert(out.end(), state.epoch.begin(), state.epoch.end());
  for (const auto number : {state.acknowledged, state.lost, state.oldest, state.newest})
    put_be64(out, number);
  put_be32(out, 0);  // reserved
  put_be32(out, checksum(out));
  return out;
}

std::optional<SpoolState> decode_state(ByteSpan file) {
  if (file.size() != kStateBytes) return std::nullopt;
  ByteReader reader(file);
  ByteSpan magic, epoch;
  SpoolState state;
  std::uint32_t own_checksum = 0;
  if (!reader.take(kMagic.size(), magic) ||
      !std::equal(magic.begin(), magic.end(), kMagic.begin()) ||
      !reader.take(state.epoch.size(), epoch) || !read_be64(reader, state.acknowledged) ||
      !read_be64(reader, state.lost) || !read_be64(reader, state.oldest) ||
      !read_be64(reader, state.newest) || !reader.skip(4) || !reader.be32(own_checksum) ||
      own_checksum != checksum(file.first(kCheckedBytes)))
    return std::nullopt;
  std::copy(epoch.begin(), epoch.end(), state.epoch.begin());
  return state;
}

std::string segment_name(std::uint64_t first_sequence) {
  std::string digits = std::to_string(first_sequence);
  digits.insert(0, kSequenceDigits - digits.size(), '0');
  return digits.append(kSegmentSuffix);
}

std::optional<std::uint64_t> sequence_of(std::string_view name) {
  if (name.size() != kSequenceDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix))
    return std::nullopt;
  std::uint64_t sequence = 0;
  const char* const end = name.data() + kSequenceDigits;
  const auto [stop, error] = std::from_chars(name.data(), end, sequence);
  if (error != std::errc() || stop != end || sequence == 0) return std::nullopt;
  return sequence;
}

}  // namespace sekisho::controlplane
