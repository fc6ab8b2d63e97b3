#include "bittorrent/bencode.h"

#include "config/base/byte_reader.h"
#include "lines.h"

namespace sekisho::engines {

std::optional<std::span<const std::uint8_t>> BencodeReader::string() noexcept {
  const auto colon = find_byte(rest_, ':');
  if (colon == kNotFound) return std::nullopt;
  const auto length = decimal(rest_.first(colon));
  if (!length || *length > rest_.size() - colon - 1) return std::nullopt;
  const auto text = rest_.subspan(colon + 1, static_cast<std::size_t>(*length));
  rest_ = rest_.subspan(colon + 1 + text.size());
  return text;
}

std::optional<std::int64_t> BencodeReader::integer() noexcept {
  if (peek() != 'i') return std::nullopt;
  const auto end = find_byte(rest_, 'e');
  if (end == kNotFound) return std::nullopt;
  auto digits = rest_.subspan(1, end - 1);
  const bool negative = !digits.empty() && digits[0] == '-';
  const auto number = decimal(negative ? digits.subspan(1) : digits);
  if (!number || *number > INT64_MAX) return std::nullopt;
  rest_ = rest_.subspan(end + 1);
  return negative ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
}

bool BencodeReader::take(std::uint8_t byte) noexcept {
  if (rest_.empty() || rest_[0] != byte) return false;
  rest_ = rest_.subspan(1);
  return true;
}

std::optional<std::span<const std::uint8_t>> BencodeReader::value() noexcept {
  const auto begin = rest_;
  unsigned depth = 0;
  do {
    if (take('d') || take('l')) {
      if (++depth > kMaxDepth) return std::nullopt;
    } else if (depth != 0 && take('e')) {
      --depth;
    } else if (peek() == 'i') {
      if (!integer()) return std::nullopt;
    } else if (!string()) {
      return std::nullopt;
    }
  } while (depth != 0);
  return begin.first(begin.size() - rest_.size());
}

std::optional<std::span<const std::uint8_t>> bencode_member(
    std::span<const std::uint8_t> dictionary, std::string_view key) noexcept {
  BencodeReader reader(dictionary);
  if (!reader.take('d')) return std::nullopt;
  while (reader.peek() != 'e') {
    const auto name = reader.string();
    const auto value = name ? reader.value() : std::nullopt;
    if (!value) return std::nullopt;
    if (as_text(*name) == key) return value;
  }
  return std::nullopt;
}

std::optional<std::span<const std::uint8_t>> bencode_string(
    std::span<const std::uint8_t> dictionary, std::string_view key) noexcept {
  const auto member = bencode_member(dictionary, key);
  return member ? BencodeReader(*member).string() : std::nullopt;
}

std::optional<std::int64_t> bencode_integer(std::span<const std::uint8_t> dictionary,
                                            std::string_view key) noexcept {
  const auto member = bencode_member(dictionary, key);
  return member ? BencodeReader(*member).integer() : std::nullopt;
}

}  // namespace sekisho::engines
