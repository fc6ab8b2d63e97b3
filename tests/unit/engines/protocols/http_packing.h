#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

namespace sekisho::tests {

enum class Wrapper : int { none = -15, zlib = 15, gzip = 31 };

/// `text` as zlib packs it.
inline std::string packed(std::string_view text, Wrapper wrapper) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, static_cast<int>(wrapper), 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A gzip member with these flags and what stands between header and data.
inline std::string gzip_member(std::string_view text, char flags, std::string_view fields = {},
                               std::string_view trailer = "checksum") {
  std::string out("\x1f\x8b\x08", 3);
  out += flags;
  out += std::string("\0\0\0\0\0\3", 6);
  out += fields;
  out += packed(text, Wrapper::none);
  out += trailer;
  return out;
}

}  // namespace sekisho::tests
