#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct z_stream_s;

namespace sekisho::bundle {

/// One zlib stream (RFC 1950) of all `parts` in order. Always the same settings, so that one
/// version of zlib always gives the same bytes. Each part is smaller than 4 GiB.
std::string compress(const std::vector<std::string_view>& parts);

/// Reads a zlib stream part by part, each of a length known beforehand.
class Decompressor {
 public:
  /// `stream` must outlive this and be smaller than 4 GiB.
  explicit Decompressor(std::string_view stream);
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor();

  /// Fills all of `out`, smaller than 4 GiB. What is wrong, or an empty string.
  std::string fill(std::string& out);
  /// The stream has to end here, with its checksum, and nothing behind it.
  std::string finish();

 private:
  std::string damage() const;
  std::unique_ptr<z_stream_s> stream_;
  bool ended_ = false;
};

/// No zlib stream of `stream_bytes` unpacks to more: deflate spends at least two bits on 258 bytes.
constexpr std::size_t max_unpacked_bytes(std::size_t stream_bytes) noexcept {
  return stream_bytes * 1032;
}

}  // namespace sekisho::bundle
