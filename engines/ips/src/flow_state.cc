#include "flow_state.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "config/base/text_bytes.h"
#include "hash128.h"

namespace sekisho::engines::ips {
namespace {

/// Pool blocks are aligned for any record here.
template <class T>
std::span<T> records(PooledBytes& bytes) noexcept {
  return {reinterpret_cast<T*>(bytes.writable().data()), bytes.size() / sizeof(T)};
}
template <class T>
std::span<const T> records(const PooledBytes& bytes) noexcept {
  return {reinterpret_cast<const T*>(bytes.view().data()), bytes.size() / sizeof(T)};
}
template <class T>
bool add(PooledBytes& bytes, const T& record) noexcept {
  return bytes.append({reinterpret_cast<const std::uint8_t*>(&record), sizeof(T)});
}
template <class T>
void remove(PooledBytes& bytes, std::size_t index) noexcept {
  auto all = records<T>(bytes);
  all[index] = all.back();
  bytes.truncate(bytes.size() - sizeof(T));
}

}  // namespace

std::uint32_t name_key(std::string_view name) noexcept {
  return static_cast<std::uint32_t>(hash128(bytes_of(name)).low);
}

FlowState::FlowState(MemoryPool& pool) noexcept
    : bits_(pool, kMaxBits * sizeof(std::uint32_t)),
      integers_(pool, kMaxIntegers * sizeof(Integer)),
      texts_(pool, kMaxTextBytes),
      memories_{{pool, kMaxStreamMemories * sizeof(StreamMemory)},
                {pool, kMaxStreamMemories * sizeof(StreamMemory)}} {}

bool FlowState::has_bit(std::uint32_t bit) const noexcept {
  const auto bits = records<std::uint32_t>(bits_);
  return std::find(bits.begin(), bits.end(), bit) != bits.end();
}

bool FlowState::set_bit(std::uint32_t bit) noexcept { return has_bit(bit) || add(bits_, bit); }

void FlowState::unset_bit(std::uint32_t bit) noexcept {
  const auto bits = records<std::uint32_t>(bits_);
  const auto found = std::find(bits.begin(), bits.end(), bit);
  if (found != bits.end())
    remove<std::uint32_t>(bits_, static_cast<std::size_t>(found - bits.begin()));
}

bool FlowState::integer(std::uint32_t name, std::int64_t& value) const noexcept {
  for (const auto& one : records<Integer>(integers_)) {
    if (one.name != name) continue;
    value = one.value;
    return true;
  }
  return false;
}

bool FlowState::set_integer(std::uint32_t name, std::int64_t value) noexcept {
  for (auto& one : records<Integer>(integers_)) {
    if (one.name != name) continue;
    one.value = value;
    return true;
  }
  return add(integers_, Integer{name, 0, value});
}

template <class Look>
bool FlowState::any_text(std::uint32_t name, Look look) const noexcept {
  for (auto rest = texts_.view(); rest.size() >= kTextHeadBytes;) {
    std::uint32_t of = 0;
    std::memcpy(&of, rest.data(), sizeof(of));
    const auto value = rest.subspan(kTextHeadBytes, rest[sizeof(of)]);
    if (of == name && look(value)) return true;
    rest = rest.subspan(kTextHeadBytes + value.size());
  }
  return false;
}

bool FlowState::add_text(std::uint32_t name, std::span<const std::uint8_t> value) noexcept {
  value = value.first(std::min(value.size(), kMaxValueBytes));
  const auto is_it = [value](std::span<const std::uint8_t> known) {
    return std::equal(known.begin(), known.end(), value.begin(), value.end());
  };
  if (any_text(name, is_it)) return true;
  std::array<std::uint8_t, kTextHeadBytes + kMaxValueBytes> record{};
  std::memcpy(record.data(), &name, sizeof(name));
  record[sizeof(name)] = static_cast<std::uint8_t>(value.size());
  std::copy(value.begin(), value.end(), record.begin() + kTextHeadBytes);
  return texts_.append(std::span(record).first(kTextHeadBytes + value.size()));
}

bool FlowState::has_text(std::uint32_t name, std::span<const std::uint8_t> wanted) const noexcept {
  return any_text(name, [wanted](std::span<const std::uint8_t> value) {
    return as_text(value).find(as_text(wanted)) != std::string_view::npos;
  });
}

std::span<StreamMemory> FlowState::stream_memories(Direction direction,
                                                   std::uint64_t serial) noexcept {
  if (serial_ != serial) {
    for (auto& memories : memories_) memories.clear();
    serial_ = serial;
  }
  return records<StreamMemory>(memories_[index_of(direction)]);
}

bool FlowState::remember(Direction direction, const StreamMemory& memory,
                         std::uint64_t serial) noexcept {
  for (auto& one : stream_memories(direction, serial)) {
    if (one.rule != memory.rule) continue;
    one = memory;
    return true;
  }
  return add(memories_[index_of(direction)], memory);
}

void FlowState::forget(Direction direction, std::size_t index) noexcept {
  remove<StreamMemory>(memories_[index_of(direction)], index);
}

}  // namespace sekisho::engines::ips
