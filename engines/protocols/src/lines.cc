#include "lines.h"

#include <algorithm>
#include <cstring>

namespace sekisho::engines {

std::optional<LineAssembler::Line> LineAssembler::next(
    std::span<const std::uint8_t>& bytes) noexcept {
  if (given_) reset();
  while (true) {
    const auto end = find_byte(bytes, '\n');
    const bool ends = end != kNotFound;
    const auto piece = bytes.first(ends ? end : bytes.size());
    bytes = bytes.subspan(ends ? end + 1 : bytes.size());
    if (skipping_) {
      if (!ends) return std::nullopt;
      skipping_ = false;
      continue;
    }
    Line line{piece, false};
    if (!ends || within_) {
      within_ |= !piece.empty() || !ends;
      truncated_ |= partial_.append_some(piece) < piece.size();
      if (!ends) {
        within_ = !partial_.empty() || truncated_;
        return std::nullopt;
      }
      line = {partial_.view(), truncated_ || partial_.size() == partial_.max_size()};
      given_ = true;
    } else if (piece.size() >= partial_.max_size()) {
      line = {piece.first(partial_.max_size()), true};
    }
    if (!line.truncated && !line.text.empty() && line.text.back() == '\r')
      line.text = line.text.first(line.text.size() - 1);
    return line;
  }
}

void LineAssembler::reset() noexcept {
  partial_.reset();
  within_ = truncated_ = skipping_ = given_ = false;
}

void LineAssembler::lose_place() noexcept {
  reset();
  skipping_ = true;
}

char lower(std::uint8_t byte) noexcept {
  return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

bool equals_nocase(std::span<const std::uint8_t> bytes, std::string_view lower_text) noexcept {
  return bytes.size() == lower_text.size() && starts_nocase(bytes, lower_text);
}

bool starts_nocase(std::span<const std::uint8_t> bytes, std::string_view lower_text) noexcept {
  if (bytes.size() < lower_text.size()) return false;
  for (std::size_t i = 0; i < lower_text.size(); ++i)
    if (lower(bytes[i]) != lower_text[i]) return false;
  return true;
}

std::size_t find_nocase(std::span<const std::uint8_t> bytes, std::string_view lower_text) noexcept {
  for (std::size_t i = 0; i + lower_text.size() <= bytes.size(); ++i)
    if (starts_nocase(bytes.subspan(i), lower_text)) return i;
  return kNotFound;
}

std::size_t find_byte(std::span<const std::uint8_t> bytes, std::uint8_t byte,
                      std::size_t from) noexcept {
  if (from >= bytes.size()) return kNotFound;
  const void* found = std::memchr(bytes.data() + from, byte, bytes.size() - from);
  if (found == nullptr) return kNotFound;
  return static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
}

std::span<const std::uint8_t> trim(std::span<const std::uint8_t> bytes) noexcept {
  const auto is_blank = [](std::uint8_t byte) { return byte == ' ' || byte == '\t'; };
  while (!bytes.empty() && is_blank(bytes.front())) bytes = bytes.subspan(1);
  while (!bytes.empty() && is_blank(bytes.back())) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

std::span<const std::uint8_t> take_word(std::span<const std::uint8_t>& bytes) noexcept {
  bytes = trim(bytes);
  const auto end = std::find_if(bytes.begin(), bytes.end(),
                                [](std::uint8_t byte) { return byte == ' ' || byte == '\t'; });
  const auto word = bytes.first(static_cast<std::size_t>(end - bytes.begin()));
  bytes = trim(bytes.subspan(word.size()));
  return word;
}

std::span<const std::uint8_t> take_until(std::span<const std::uint8_t>& bytes,
                                         std::uint8_t separator) noexcept {
  const auto at = find_byte(bytes, separator);
  const auto before = bytes.first(at == kNotFound ? bytes.size() : at);
  bytes = bytes.subspan(at == kNotFound ? bytes.size() : at + 1);
  return before;
}

std::optional<std::uint64_t> decimal(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::size_t kMaxDigits = 19;  // below 2^64 whatever they are
  while (bytes.size() > 1 && bytes.front() == '0') bytes = bytes.subspan(1);
  if (bytes.empty() || bytes.size() > kMaxDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const auto byte : bytes) {
    if (byte < '0' || byte > '9') return std::nullopt;
    value = value * 10 + (byte - '0');
  }
  return value;
}

}  // namespace sekisho::engines
