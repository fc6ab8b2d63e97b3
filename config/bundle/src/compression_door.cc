#include "compression_door.h"

#include <zlib.h>

#include <array>
#include <cstdlib>

namespace sekisho::bundle {
namespace {

constexpr int kLevel = 6;
constexpr int kWindowBits = 15;  // 32 KiB, with zlib's header and checksum
constexpr int kMemoryLevel = 8;

// Fails only where memory has run out; the supervisor restarts the process.
void require(bool works) noexcept {
  if (!works) std::abort();
}

const Bytef* data_of(std::string_view bytes) noexcept {
  return reinterpret_cast<const Bytef*>(bytes.data());
}

void give(z_stream& stream, std::string_view input) noexcept {
  stream.next_in = const_cast<Bytef*>(data_of(input));  // zlib 1.2 reads it only
  stream.avail_in = static_cast<uInt>(input.size());
}

/// Until all input is taken and, with Z_FINISH, the end is written.
void drain(z_stream& stream, int flush, std::string& out) {
  std::array<char, 64 << 10> buffer;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    require(deflate(&stream, flush) != Z_STREAM_ERROR);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  } while (stream.avail_out == 0);
}

}  // namespace

std::string compress(const std::vector<std::string_view>& parts) {
  z_stream stream{};
  require(deflateInit2(&stream, kLevel, Z_DEFLATED, kWindowBits, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  for (const auto part : parts) {
    give(stream, part);
    drain(stream, Z_NO_FLUSH, out);
  }
  drain(stream, Z_FINISH, out);
  deflateEnd(&stream);
  return out;
}

Decompressor::Decompressor(std::string_view stream) : stream_(std::make_unique<z_stream>()) {
  give(*stream_, stream);
  require(inflateInit(stream_.get()) == Z_OK);
}

Decompressor::~Decompressor() { inflateEnd(stream_.get()); }

std::string Decompressor::damage() const {
  return std::string("the compressed data is damaged: ") +
         (stream_->msg == nullptr ? "a dictionary is needed" : stream_->msg);
}

std::string Decompressor::fill(std::string& out) {
  stream_->next_out = reinterpret_cast<Bytef*>(out.data());
  stream_->avail_out = static_cast<uInt>(out.size());
  while (stream_->avail_out > 0 && !ended_) {
    const int result = inflate(stream_.get(), Z_NO_FLUSH);
    require(result != Z_MEM_ERROR && result != Z_STREAM_ERROR);
    if (result == Z_BUF_ERROR) return "the compressed data breaks off";
    if (result != Z_OK && result != Z_STREAM_END) return damage();
    ended_ = result == Z_STREAM_END;
  }
  return stream_->avail_out == 0 ? "" : "the compressed data holds less than the manifest declares";
}

std::string Decompressor::finish() {
  if (!ended_) {
    std::string one_too_many(1, '\0');
    auto problem = fill(one_too_many);
    if (problem.empty()) return "the compressed data holds more than the manifest declares";
    if (!ended_) return problem;
  }
  if (stream_->avail_in > 0)
    return std::to_string(stream_->avail_in) + " bytes behind the compressed data";
  return "";
}

}  // namespace sekisho::bundle
