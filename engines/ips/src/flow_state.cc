#include "flow_state.h"

#include <algorithm>

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

FlowState::FlowState(MemoryPool& pool) noexcept
    : bits_(pool, kMaxBits * sizeof(std::uint32_t)),
      integers_(pool, kMaxIntegers * sizeof(Integer)),
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
