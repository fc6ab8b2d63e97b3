#include "http2/hpack_door.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>

namespace sekisho::engines::http2 {
namespace {

/// Before each block: its size, which the pool wants back, and the alignment kept.
struct alignas(16) BlockHead {
  std::size_t bytes;
};

void* allocate(std::size_t bytes, void* pool) noexcept {
  if (bytes > MemoryPool::kLargestBlock - sizeof(BlockHead)) return nullptr;
  const auto whole = bytes + sizeof(BlockHead);
  auto* head = static_cast<BlockHead*>(static_cast<MemoryPool*>(pool)->allocate(whole));
  if (head == nullptr) return nullptr;
  head->bytes = whole;
  return head + 1;
}

void release(void* block, void* pool) noexcept {
  if (block == nullptr) return;
  auto* head = static_cast<BlockHead*>(block) - 1;
  static_cast<MemoryPool*>(pool)->release(head, head->bytes);
}

void* allocate_zeroed(std::size_t count, std::size_t size, void* pool) noexcept {
  if (size != 0 && count > MemoryPool::kLargestBlock / size) return nullptr;
  void* block = allocate(count * size, pool);
  if (block != nullptr) std::memset(block, 0, count * size);
  return block;
}

void* reallocate(void* block, std::size_t bytes, void* pool) noexcept {
  void* larger = allocate(bytes, pool);
  if (larger == nullptr || block == nullptr) return larger;
  const auto old = (static_cast<BlockHead*>(block) - 1)->bytes - sizeof(BlockHead);
  std::memcpy(larger, block, std::min(old, bytes));
  release(block, pool);
  return larger;
}

}  // namespace

/// The library keeps a pointer to its memory functions.
struct HpackDecoder::Inflater {
  explicit Inflater(MemoryPool& pool) noexcept
      : memory{&pool, allocate, release, allocate_zeroed, reallocate} {
    if (nghttp2_hd_inflate_new2(&handle, &memory) != 0) handle = nullptr;
  }
  ~Inflater() {
    if (handle != nullptr) nghttp2_hd_inflate_del(handle);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  nghttp2_mem memory;
  nghttp2_hd_inflater* handle = nullptr;
};

HpackDecoder::HpackDecoder(MemoryPool& pool) noexcept : pool_(&pool), inflater_(nullptr, {}) {}
HpackDecoder::~HpackDecoder() = default;

bool HpackDecoder::ready() noexcept {
  if (failed_ || inflater_ != nullptr) return !failed_;
  inflater_ = make_pooled<Inflater>(*pool_, *pool_);
  failed_ = inflater_ == nullptr || inflater_->handle == nullptr ||
            nghttp2_hd_inflate_change_table_size(inflater_->handle, table_bytes_) != 0;
  return !failed_;
}

HpackDecoder::Step HpackDecoder::next(std::span<const std::uint8_t>& bytes, Field& field) noexcept {
  if (!ready()) return Step::failed;
  nghttp2_nv pair{};
  int flags = 0;
  const auto used =
      nghttp2_hd_inflate_hd2(inflater_->handle, &pair, &flags, bytes.data(), bytes.size(), 0);
  if (used < 0) {
    failed_ = true;
    return Step::failed;
  }
  bytes = bytes.subspan(static_cast<std::size_t>(used));
  if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) return Step::need_more;
  field = {{pair.name, pair.namelen}, {pair.value, pair.valuelen}};
  return Step::field;
}

bool HpackDecoder::end_block() noexcept {
  if (!ready()) return false;
  nghttp2_nv pair{};
  int flags = 0;
  const std::uint8_t nothing = 0;
  if (nghttp2_hd_inflate_hd2(inflater_->handle, &pair, &flags, &nothing, 0, 1) < 0 ||
      (flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
    failed_ = true;
    return false;
  }
  nghttp2_hd_inflate_end_headers(inflater_->handle);
  return true;
}

void HpackDecoder::set_table_size(std::uint32_t bytes) noexcept {
  table_bytes_ = std::min(bytes, kMaxTableBytes);
  // Refused in the middle of a block, where a new size cannot be in force yet.
  if (inflater_ != nullptr && !failed_)
    (void)nghttp2_hd_inflate_change_table_size(inflater_->handle, table_bytes_);
}

}  // namespace sekisho::engines::http2
