#include "http2/header_list.h"

#include <algorithm>
#include <cstring>

namespace sekisho::engines::http2 {
namespace {

constexpr std::size_t kSeparatorBytes = 2;  // ": "
constexpr std::size_t kLineEndBytes = 2;

bool equals_ignoring_case(Bytes name, std::string_view lower) noexcept {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(), [](auto a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + 32 : a) == static_cast<std::uint8_t>(b);
  });
}

}  // namespace

bool HeaderList::add(Bytes name, Bytes value) noexcept {
  const auto bytes = name.size() + kSeparatorBytes + value.size() + kLineEndBytes;
  if (size() == kMaxFields || bytes > kMaxText - text_.size()) return false;
  const Entry entry{static_cast<std::uint32_t>(text_.size()),
                    static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())};
  const auto room = text_.prepare(bytes);
  if (room.empty()) return false;
  auto* out = room.data();
  out = std::copy(name.begin(), name.end(), out);
  *out++ = ':';
  *out++ = ' ';
  out = std::copy(value.begin(), value.end(), out);
  *out++ = '\r';
  *out = '\n';
  std::uint8_t raw[sizeof entry];
  std::memcpy(raw, &entry, sizeof entry);
  if (!entries_.append(raw)) return false;
  text_.commit(bytes);
  return true;
}

HeaderList::Entry HeaderList::entry(std::size_t index) const noexcept {
  Entry entry{};
  std::memcpy(&entry, entries_.view().data() + index * sizeof entry, sizeof entry);
  return entry;
}

Bytes HeaderList::name(std::size_t index) const noexcept {
  const auto e = entry(index);
  return text_.view().subspan(e.at, e.name_bytes);
}

Bytes HeaderList::value(std::size_t index) const noexcept {
  const auto e = entry(index);
  return text_.view().subspan(e.at + e.name_bytes + kSeparatorBytes, e.value_bytes);
}

Bytes HeaderList::line(std::size_t index) const noexcept {
  const auto e = entry(index);
  return text_.view().subspan(e.at, e.name_bytes + kSeparatorBytes + e.value_bytes);
}

std::optional<Bytes> HeaderList::find(std::string_view wanted) const noexcept {
  for (std::size_t i = 0; i < size(); ++i)
    if (equals_ignoring_case(name(i), wanted)) return value(i);
  return std::nullopt;
}

}  // namespace sekisho::engines::http2
