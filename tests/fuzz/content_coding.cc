// Packed bytes through up to three layers: a byte with the layers (two bits each), one with the
// size of the pieces, then the body. Checked: all memory comes back, a sink gets what it has room
// for and no more.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "content_coding/decoder.h"

namespace {

using namespace sekisho::engines;

class CountingSink : public UnpackedSink {
 public:
  std::span<std::uint8_t> room() noexcept override {
    if (left_ == 0) return {};
    given_ = std::min(left_, room_.size());
    return std::span(room_).first(given_);
  }
  void wrote(std::size_t count) noexcept override {
    if (count > given_) std::abort();
    left_ -= count;
  }

 private:
  std::array<std::uint8_t, 4096> room_{};
  std::size_t left_ = std::size_t{1} << 20, given_ = 0;
};

/// Room whose end is the end of what may be read: the unpacker of deflate is assembler, which
/// AddressSanitizer does not see.
class GuardedRoom {
 public:
  static constexpr std::size_t kBytes = std::size_t{1} << 20, kPage = 4096;
  GuardedRoom()
      : begin_(static_cast<std::uint8_t*>(mmap(nullptr, kBytes + kPage, PROT_READ | PROT_WRITE,
                                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (begin_ == MAP_FAILED || mprotect(begin_ + kBytes, kPage, PROT_NONE) != 0) std::abort();
  }
  std::span<const std::uint8_t> at_the_end(std::span<const std::uint8_t> bytes) const {
    auto* const at = begin_ + kBytes - bytes.size();
    std::copy(bytes.begin(), bytes.end(), at);
    return {at, bytes.size()};
  }

 private:
  std::uint8_t* begin_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3 || size > GuardedRoom::kBytes) return 0;
  static const GuardedRoom guarded;
  static const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  {
    constexpr std::array kCodings{Coding::gzip, Coding::deflate, Coding::brotli, Coding::lzma};
    CountingSink sink;
    ContentDecoder decoder(*pool);
    const auto layers = 1U + (data[0] >> 6) % 3;
    for (unsigned i = 0; i < layers; ++i) decoder.add_layer(kCodings[data[0] >> (2 * i) & 3]);
    const std::size_t piece = data[1] == 0 ? size : data[1];
    for (std::size_t at = 2; at < size; at += piece)
      decoder.consume(guarded.at_the_end({data + at, std::min(piece, size - at)}), sink);
    decoder.finish(sink);
  }
  if (pool->used_bytes() != 0) std::abort();
  return 0;
}
