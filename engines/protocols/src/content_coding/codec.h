#pragma once

#include <cstdint>
#include <span>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

/// One unpacking library's stream. Allocates from the pool only.
class Codec {
 public:
  enum class Status : std::uint8_t { more, ended, broken };
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    Status status = Status::more;
    std::size_t ahead = 0;  // when it ended: last bytes of steps before that lie behind the end
  };

  virtual ~Codec() = default;
  /// Unpacks as much of `in` as `out` has room for.
  virtual Step step(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) noexcept = 0;
};

enum class CodecKind : std::uint8_t { plain, inflate, brotli, lzma };

/// Bytes of an .lzma header: properties, dictionary size, unpacked size.
inline constexpr std::size_t kLzmaHeaderBytes = 13;
/// Dictionary given to LZMA whatever the header wants (libraries reserve all of it at once).
inline constexpr std::uint32_t kLzmaDictionaryBytes = 960 * 1024;

/// `kind` not plain: inflate takes deflate data without a wrapper (RFC 1951), brotli RFC 7932, lzma
/// the .lzma format. Null: the pool refused.
Pooled<Codec> make_codec(MemoryPool& pool, CodecKind kind) noexcept;

}  // namespace sekisho::engines
