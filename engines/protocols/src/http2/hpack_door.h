#pragma once

#include <cstdint>
#include <span>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines::http2 {

/// HPACK (RFC 7541) of one direction, by libnghttp2 with the pool's memory. A header field of more
/// than 64 KiB and a table larger than kMaxTableBytes are errors; an error is final.
class HpackDecoder {
 public:
  static constexpr std::uint32_t kMaxTableBytes = 64 * 1024;
  static constexpr std::uint32_t kFirstTableBytes = 4096;  // RFC 9113 §6.5.2

  explicit HpackDecoder(MemoryPool& pool) noexcept;
  ~HpackDecoder();
  HpackDecoder(const HpackDecoder&) = delete;
  HpackDecoder& operator=(const HpackDecoder&) = delete;

  struct Field {
    std::span<const std::uint8_t> name, value;  // until the next call
  };
  enum class Step : std::uint8_t { field, need_more, failed };
  /// Decodes up to one field from the front of `bytes`, which it moves on.
  Step next(std::span<const std::uint8_t>& bytes, Field& field) noexcept;
  /// The header block is over. False: in the middle of a field.
  bool end_block() noexcept;
  /// The end that reads announced another table size.
  void set_table_size(std::uint32_t bytes) noexcept;

 private:
  struct Inflater;  // made with the first block

  bool ready() noexcept;

  MemoryPool* pool_;
  Pooled<Inflater> inflater_;
  std::uint32_t table_bytes_ = kFirstTableBytes;
  bool failed_ = false;
};

}  // namespace sekisho::engines::http2
