#include "tcp_options.h"

#include <algorithm>
#include <cstddef>

namespace sekisho::engines::stream {
namespace {

constexpr std::size_t kPlainHeader = 20;
constexpr std::uint8_t kMaxWindowScale = 14;  // RFC 7323 §2.3

enum Kind : std::uint8_t {
  kEnd = 0,
  kNothing = 1,
  kWindowScale = 3,
  kTimestamps = 8,
  kMd5Signature = 19,
  kAuthentication = 29,
  kFastOpen = 34,
  kExperiment = 254,  // Fast Open before it had a number, with these two bytes (RFC 6994)
};

std::uint32_t load_be32(const std::uint8_t* p) noexcept {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

}  // namespace

TcpOptions read_tcp_options(std::span<const std::uint8_t> header) noexcept {
  TcpOptions options;
  std::size_t at = kPlainHeader;
  while (at < header.size() && header[at] != kEnd) {
    if (header[at] == kNothing) {
      ++at;
      continue;
    }
    if (at + 1 == header.size()) break;
    const std::uint8_t* const option = header.data() + at;
    const std::size_t length = option[1];
    if (length < 2 || length > header.size() - at) break;
    if (option[0] == kWindowScale && length == 3) {
      options.has_window_scale = true;
      options.window_scale = std::min(option[2], kMaxWindowScale);
    } else if (option[0] == kTimestamps && length == 10) {
      options.has_timestamp = true;
      options.timestamp = load_be32(option + 2);
    } else if (option[0] == kMd5Signature || option[0] == kAuthentication) {
      options.authenticates = true;
    } else if (option[0] == kFastOpen || (option[0] == kExperiment && length >= 4 &&
                                          option[2] == 0xf9 && option[3] == 0x89)) {
      options.fast_open = true;
    }
    at += length;
  }
  return options;
}

}  // namespace sekisho::engines::stream
