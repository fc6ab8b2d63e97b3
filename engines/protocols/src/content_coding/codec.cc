#include "content_coding/codec.h"

#include <brotli/decode.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>

#include <algorithm>
#include <array>
#include <limits>

#include "content_coding/pool_allocator.h"

namespace sekisho::engines {
namespace {

/// ISA-L unpacks two to three times faster than zlib, and hands out up to 64 KiB later than it
/// decodes.
class InflateCodec final : public Codec {
 public:
  explicit InflateCodec(MemoryPool&) noexcept { isal_inflate_init(&state_); }

  Step step(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) noexcept override {
    if (broken_) return hand_out_rest(out);
    constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
    const auto in_size = static_cast<std::uint32_t>(std::min(in.size(), kMost));
    const auto out_size = static_cast<std::uint32_t>(std::min(out.size(), kMost));
    state_.next_in = const_cast<std::uint8_t*>(in.data());
    state_.avail_in = in_size;
    state_.next_out = out.data();
    state_.avail_out = out_size;
    const auto result = isal_inflate(&state_);
    // at a symbol that does not exist in the last bytes, 2.30 counts one more than there was
    const auto left = state_.next_in <= in.data() + in_size ? state_.avail_in : 0;
    Step step{.consumed = in_size - std::min(left, in_size),
              .produced = out_size - state_.avail_out};
    if (result < 0 || result == ISAL_NEED_DICT) {
      broken_ = true;
      if (waiting().empty()) step.status = Status::broken;
    } else if (state_.block_state == ISAL_BLOCK_FINISH) {
      step.status = Status::ended;
      give_back(step);
    }
    return step;
  }

 private:
  /// What was decoded and found no room yet.
  std::span<const std::uint8_t> waiting() const noexcept {
    const auto begin = static_cast<std::size_t>(state_.tmp_out_processed);
    return std::span(state_.tmp_out_buffer)
        .subspan(begin, static_cast<std::size_t>(state_.tmp_out_valid) - begin);
  }
  Step hand_out_rest(std::span<std::uint8_t> out) noexcept {
    const auto rest = waiting();
    const auto count = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), count, out.begin());
    state_.tmp_out_processed += static_cast<std::int32_t>(count);
    return {.produced = count, .status = count == rest.size() ? Status::broken : Status::more};
  }
  /// Whole bytes that were read ahead lie behind the end.
  void give_back(Step& step) noexcept {
    const auto ahead = static_cast<std::size_t>(state_.read_in_length / 8);
    const auto given = std::min(ahead, step.consumed);
    step.consumed -= given;
    step.ahead = ahead - given;
  }

  inflate_state state_;  // 87 KB; its begin is all that init() sets, and all that is read before it
                         // is written
  bool broken_ = false;
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
