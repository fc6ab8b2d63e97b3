#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cstdlib>

#include "config/base/hex.h"
#include "config/content/description.h"
#include "config/content/packing.h"

namespace sekisho::content {
namespace {

constexpr int kLevel = 6;

/// Ends an inflation, however it went.
class Inflation {
 public:
  explicit Inflation(std::string_view packed) {
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    if (inflateInit(&stream_) != Z_OK) std::abort();  // no memory
  }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  ~Inflation() { inflateEnd(&stream_); }

  z_stream& operator*() noexcept { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

std::string pack(std::string_view bytes) {
  auto size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                kLevel) != Z_OK)
    std::abort();  // no memory: the room was enough
  out.resize(size);
  return out;
}

std::optional<std::string> unpack(std::string_view packed, std::size_t most) {
  Inflation inflation(packed);
  auto& stream = *inflation;
  std::string out;
  std::array<char, 64 << 10> buffer;
  for (int result = Z_OK; result != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) std::abort();
    const auto got = buffer.size() - stream.avail_out;
    if ((result != Z_OK && result != Z_STREAM_END) || out.size() + got > most) return std::nullopt;
    out.append(buffer.data(), got);
  }
  if (stream.avail_in != 0) return std::nullopt;
  return out;
}

std::string digest_of(std::string_view list) {
  std::array<unsigned char, 32> digest{};
  unsigned int length = 0;
  if (EVP_Digest(list.data(), list.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
    std::abort();
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace sekisho::content
