#include "content_coding/codec.h"

#include <brotli/decode.h>
#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "content_coding/pool_allocator.h"

namespace sekisho::engines {
namespace {

class InflateCodec final : public Codec {
 public:
  explicit InflateCodec(MemoryPool& pool) noexcept : allocator_(pool) {
    stream_.zalloc = [](void* opaque, unsigned items, unsigned size) -> void* {
      return static_cast<PoolAllocator*>(opaque)->allocate(std::size_t{items} * size);
    };
    stream_.zfree = [](void* opaque, void* at) {
      static_cast<PoolAllocator*>(opaque)->release(at);
    };
    stream_.opaque = &allocator_;
    usable_ = inflateInit2(&stream_, -MAX_WBITS) == Z_OK;
  }
  ~InflateCodec() override {
    if (usable_) inflateEnd(&stream_);
  }

  Step step(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) noexcept override {
    if (!usable_) return {0, 0, Status::broken};
    constexpr std::size_t kMost = std::numeric_limits<unsigned>::max();
    const auto in_size = static_cast<unsigned>(std::min(in.size(), kMost));
    const auto out_size = static_cast<unsigned>(std::min(out.size(), kMost));
    stream_.next_in = const_cast<Bytef*>(in.data());
    stream_.avail_in = in_size;
    stream_.next_out = out.data();
    stream_.avail_out = out_size;
    const auto result = inflate(&stream_, Z_NO_FLUSH);
    Step step{in_size - stream_.avail_in, out_size - stream_.avail_out, Status::more};
    if (result == Z_STREAM_END)
      step.status = Status::ended;
    else if (result != Z_OK && result != Z_BUF_ERROR)
      step.status = Status::broken;
    return step;
  }

 private:
  PoolAllocator allocator_;
  z_stream stream_{};
  bool usable_ = false;
};

class BrotliCodec final : public Codec {
 public:
  explicit BrotliCodec(MemoryPool& pool) noexcept
      : allocator_(pool),
        state_(BrotliDecoderCreateInstance(
            [](void* opaque, std::size_t bytes) -> void* {
              return static_cast<PoolAllocator*>(opaque)->allocate(bytes);
            },
            [](void* opaque, void* at) { static_cast<PoolAllocator*>(opaque)->release(at); },
            &allocator_)) {}
  ~BrotliCodec() override {
    if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
  }

  Step step(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) noexcept override {
    if (state_ == nullptr) return {0, 0, Status::broken};
    auto in_left = in.size(), out_left = out.size();
    const auto* next_in = in.data();
    auto* next_out = out.data();
    const auto result =
        BrotliDecoderDecompressStream(state_, &in_left, &next_in, &out_left, &next_out, nullptr);
    Step step{in.size() - in_left, out.size() - out_left, Status::more};
    if (result == BROTLI_DECODER_RESULT_SUCCESS)
      step.status = Status::ended;
    else if (result == BROTLI_DECODER_RESULT_ERROR)
      step.status = Status::broken;
    return step;
  }

 private:
  PoolAllocator allocator_;
  BrotliDecoderState* state_;
};

class LzmaCodec final : public Codec {
 public:
  explicit LzmaCodec(MemoryPool& pool) noexcept : allocator_(pool) {
    door_.alloc = [](void* opaque, std::size_t items, std::size_t size) -> void* {
      return static_cast<PoolAllocator*>(opaque)->allocate(items * size);
    };
    door_.free = [](void* opaque, void* at) { static_cast<PoolAllocator*>(opaque)->release(at); };
    door_.opaque = &allocator_;
    stream_.allocator = &door_;
    usable_ = lzma_alone_decoder(&stream_, std::numeric_limits<std::uint64_t>::max()) == LZMA_OK;
  }
  ~LzmaCodec() override {
    if (usable_) lzma_end(&stream_);
  }

  Step step(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) noexcept override {
    if (!usable_) return {0, 0, Status::broken};
    Step head;
    for (; header_filled_ < kLzmaHeaderBytes && head.consumed < in.size(); ++head.consumed)
      header_[header_filled_++] = in[head.consumed];
    if (header_filled_ < kLzmaHeaderBytes) return head;
    if (!header_done_ && !run_header()) return {head.consumed, 0, Status::broken};
    auto step = run(in.subspan(head.consumed), out);
    step.consumed += head.consumed;
    return step;
  }

 private:
  /// The header with a dictionary that the pool can give.
  bool run_header() noexcept {
    header_done_ = true;
    const auto wanted = std::uint32_t{header_[1]} | std::uint32_t{header_[2]} << 8 |
                        std::uint32_t{header_[3]} << 16 | std::uint32_t{header_[4]} << 24;
    const auto given = std::min(wanted, kLzmaDictionaryBytes);
    for (unsigned i = 0; i < 4; ++i) header_[1 + i] = static_cast<std::uint8_t>(given >> (8 * i));
    std::array<std::uint8_t, 1> none;  // the library reads nothing without room
    const auto step = run(header_, none);
    return step.status != Status::broken && step.produced == 0;
  }

  Step run(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) noexcept {
    stream_.next_in = in.data();
    stream_.avail_in = in.size();
    stream_.next_out = out.data();
    stream_.avail_out = out.size();
    const auto result = lzma_code(&stream_, LZMA_RUN);
    Step step{in.size() - stream_.avail_in, out.size() - stream_.avail_out, Status::more};
    if (result == LZMA_STREAM_END)
      step.status = Status::ended;
    else if (result != LZMA_OK && result != LZMA_BUF_ERROR)
      step.status = Status::broken;
    return step;
  }

  PoolAllocator allocator_;
  lzma_allocator door_{};
  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::array<std::uint8_t, kLzmaHeaderBytes> header_{};
  std::size_t header_filled_ = 0;
  bool header_done_ = false;
  bool usable_ = false;
};

}  // namespace

Pooled<Codec> make_codec(MemoryPool& pool, CodecKind kind) noexcept {
  switch (kind) {
    case CodecKind::inflate:
      return make_pooled<InflateCodec, Codec>(pool, pool);
    case CodecKind::brotli:
      return make_pooled<BrotliCodec, Codec>(pool, pool);
    case CodecKind::lzma:
      return make_pooled<LzmaCodec, Codec>(pool, pool);
    case CodecKind::plain:
      break;
  }
  return Pooled<Codec>(nullptr, {&pool, 0});
}

}  // namespace sekisho::engines
