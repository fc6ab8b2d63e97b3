#pragma once

#include <nghttp2/nghttp2.h>

#include <string>
#include <utility>
#include <vector>

#include "hello_builder.h"

namespace sekisho::tests {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

inline const std::string kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string frame(int type, int flags, std::uint32_t stream, const std::string& payload) {
  return bytes_of({static_cast<int>(payload.size() >> 16)}) + be16(payload.size()) +
         bytes_of({type, flags}) + be16(stream >> 16) + be16(stream) + payload;
}

/// HPACK by libnghttp2, with its dynamic table and Huffman code.
class HeaderPacker {
 public:
  HeaderPacker() { nghttp2_hd_deflate_new(&deflater_, 4096); }
  ~HeaderPacker() { nghttp2_hd_deflate_del(deflater_); }
  HeaderPacker(const HeaderPacker&) = delete;
  HeaderPacker& operator=(const HeaderPacker&) = delete;

  std::string pack(const HeaderFields& fields) {
    std::vector<nghttp2_nv> pairs;
    for (const auto& [name, value] : fields)
      pairs.push_back({raw(name), raw(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    std::string out(nghttp2_hd_deflate_bound(deflater_, pairs.data(), pairs.size()), '\0');
    const auto size =
        nghttp2_hd_deflate_hd(deflater_, raw(out), out.size(), pairs.data(), pairs.size());
    out.resize(static_cast<std::size_t>(size));
    return out;
  }

 private:
  static std::uint8_t* raw(const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  }
  nghttp2_hd_deflater* deflater_ = nullptr;
};

}  // namespace sekisho::tests
