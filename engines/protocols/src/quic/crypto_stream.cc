#include "quic/crypto_stream.h"

#include <algorithm>
#include <cstring>

namespace sekisho::engines::quic {

bool CryptoStream::add(std::uint64_t offset, std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.empty()) return true;
  if (offset > kMaxBytes || bytes.size() > kMaxBytes - offset) return false;
  const auto begin = static_cast<std::size_t>(offset);
  const auto end = begin + bytes.size();
  if (end > bytes_.size()) {
    const auto missing = end - bytes_.size();
    const auto room = bytes_.prepare(missing);
    if (room.size() < missing) return false;
    std::memset(room.data(), 0, missing);
    bytes_.commit(missing);
  }
  if (!note({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)})) return false;
  std::memcpy(bytes_.writable().data() + begin, bytes.data(), bytes.size());
  return true;
}

/// Merges `added` into the ranges; false: there would be too many.
bool CryptoStream::note(Range added) noexcept {
  auto* const begin = ranges_.data();
  auto* const end = begin + num_ranges_;
  auto* const first =
      std::find_if(begin, end, [&](const Range& range) { return range.end >= added.begin; });
  auto* const last =
      std::find_if(first, end, [&](const Range& range) { return range.begin > added.end; });
  if (first == last) {
    if (num_ranges_ == kMaxRanges) return false;
    std::move_backward(first, end, end + 1);
    *first = added;
    ++num_ranges_;
    return true;
  }
  first->begin = std::min(first->begin, added.begin);
  first->end = std::max((last - 1)->end, added.end);
  std::move(last, end, first + 1);
  num_ranges_ -= static_cast<std::size_t>(last - first) - 1;
  return true;
}

std::span<const std::uint8_t> CryptoStream::contiguous() const noexcept {
  if (num_ranges_ == 0 || ranges_[0].begin != 0) return {};
  return bytes_.view().first(ranges_[0].end);
}

std::span<const std::uint8_t> CryptoStream::message(std::uint8_t& type) const noexcept {
  constexpr std::size_t kHeaderBytes = 4;
  const auto bytes = contiguous();
  if (bytes.size() < kHeaderBytes) return {};
  type = bytes[0];
  const auto size = static_cast<std::size_t>(bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
  if (bytes.size() - kHeaderBytes < size) return {};
  return bytes.subspan(kHeaderBytes, size);
}

void CryptoStream::reset() noexcept {
  bytes_.reset();
  num_ranges_ = 0;
}

}  // namespace sekisho::engines::quic
