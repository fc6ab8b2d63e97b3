#include "http2/http2_parser.h"
#include "specs.h"

namespace sekisho::engines {
namespace http2 {

Likeness probe(const ProbeInput& input) noexcept {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  constexpr std::size_t kEnough = 14;  // "PRI * HTTP/2.0"
  const auto bytes = input.bytes;
  if (input.direction == Direction::to_server) {
    const auto begin = as_text(bytes).substr(0, kEnough);
    if (begin != kPreface.substr(0, begin.size())) return Likeness::no;
    return begin.size() == kEnough ? Likeness::yes : Likeness::maybe;
  }
  // A server begins with its settings, which are a few.
  constexpr std::uint32_t kMostSettings = 20 * kSettingBytes;
  const std::uint8_t settings = static_cast<std::uint8_t>(FrameType::settings);
  const std::uint8_t begin[kFrameHeaderBytes] = {0, 0, 0, settings, 0, 0, 0, 0, 0};
  constexpr std::size_t kLengthAt = 2;
  for (std::size_t i = 0; i < bytes.size() && i < kFrameHeaderBytes; ++i)
    if (i != kLengthAt && bytes[i] != begin[i]) return Likeness::no;
  if (bytes.size() < kFrameHeaderBytes) return Likeness::maybe;
  const auto length = bytes[kLengthAt];
  return length % kSettingBytes == 0 && length <= kMostSettings ? Likeness::yes : Likeness::no;
}

}  // namespace http2

const ProtocolSpec kHttp2{.protocol = Protocol::http2,
                          .tcp = true,
                          .udp = false,
                          .probe = http2::probe,
                          .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                            return make_pooled<http2::Http2Parser, Parser>(pool, pool, options);
                          }};

}  // namespace sekisho::engines
