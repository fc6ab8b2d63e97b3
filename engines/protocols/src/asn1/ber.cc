#include "asn1/ber.h"

#include <algorithm>
#include <charconv>

namespace sekisho::engines::asn1 {
namespace {

constexpr std::uint8_t kLongTag = 0x1f;
constexpr std::size_t kMaxTagBytes = 5;  // of a tag number in the long form
constexpr std::uint64_t kUndecided = UINT64_MAX;

/// Bytes of the identifier; 0 or kUndecided as value_bytes().
std::uint64_t tag_bytes(Bytes head) noexcept {
  if ((head[0] & kLongTag) != kLongTag) return 1;
  for (std::size_t i = 1; i <= kMaxTagBytes; ++i) {
    if (i == head.size()) return kUndecided;
    if ((head[i] & 0x80) == 0) return i + 1;
  }
  return 0;
}

/// Bytes of identifier and length; 0 or kUndecided as value_bytes().
std::uint64_t head_bytes(Bytes head, std::uint64_t& length) noexcept {
  const auto before = tag_bytes(head);
  if (before == 0 || before == kUndecided) return before;
  const auto at = static_cast<std::size_t>(before);
  if (head.size() <= at) return kUndecided;
  length = head[at];
  if (length < 0x80) return at + 1;
  const std::size_t count = head[at] & 0x7f;
  if (count == 0 || count > 4) return 0;
  if (head.size() < at + 1 + count) return kUndecided;
  length = 0;
  for (std::size_t i = 0; i < count; ++i) length = length << 8 | head[at + 1 + i];
  return at + 1 + count;
}

/// A small number in the long form counts as in the short one; larger ones stay kLongTag.
std::uint8_t tag_of(Bytes head) noexcept {
  const bool is_small = (head[0] & kLongTag) == kLongTag && head.size() > 1 && head[1] < kLongTag;
  return is_small ? static_cast<std::uint8_t>((head[0] & ~kLongTag) | head[1]) : head[0];
}

}  // namespace

std::uint64_t value_bytes(Bytes head) noexcept {
  std::uint64_t length = 0;
  const auto before = head_bytes(head, length);
  return before == 0 || before == kUndecided ? before : before + length;
}

bool Reader::next(Value& value) noexcept {
  if (rest_.empty()) return false;
  std::uint64_t length = 0;
  const auto before = head_bytes(rest_, length);
  if (before == 0 || before == kUndecided || length > rest_.size() - before) return false;
  value.tag = tag_of(rest_);
  value.body = rest_.subspan(static_cast<std::size_t>(before), static_cast<std::size_t>(length));
  rest_ = rest_.subspan(static_cast<std::size_t>(before + length));
  return true;
}

bool Reader::next(std::uint8_t tag, Bytes& body) noexcept {
  Value value;
  if (rest_.empty() || rest_[0] != tag || !next(value)) return false;
  body = value.body;
  return true;
}

bool Reader::next_if(std::uint8_t tag, Bytes& body) noexcept { return next(tag, body); }

bool Reader::integer(std::uint8_t tag, std::int64_t& out) noexcept {
  Bytes body;
  if (!next(tag, body)) return false;
  const auto number = integer_of(body);
  if (number) out = *number;
  return number.has_value();
}

std::optional<std::int64_t> integer_of(Bytes body) noexcept {
  if (body.size() == 9 && body[0] == 0) body = body.subspan(1);
  if (body.empty() || body.size() > 8) return std::nullopt;
  std::uint64_t value = (body[0] & 0x80) != 0 ? UINT64_MAX : 0;
  for (const auto byte : body) value = value << 8 | byte;
  return static_cast<std::int64_t>(value);
}

std::span<const char> oid_text(Bytes body, std::span<char> room) noexcept {
  char* out = room.data();
  char* const end = out + room.size();
  const auto add = [&](std::uint64_t number) {
    if (out != room.data() && out != end) *out++ = '.';
    out = std::to_chars(out, end, number).ptr;
  };
  std::uint64_t number = 0;
  bool first = true;
  for (const auto byte : body) {
    number = number << 7 | (byte & 0x7f);
    if ((byte & 0x80) != 0) continue;
    if (first) {  // the first two arcs share a number: X.690 §8.19.4
      const auto arc = std::min<std::uint64_t>(number / 40, 2);
      add(arc);
      number -= arc * 40;
      first = false;
    }
    add(number);
    number = 0;
  }
  return room.first(static_cast<std::size_t>(out - room.data()));
}

}  // namespace sekisho::engines::asn1
