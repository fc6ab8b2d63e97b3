#pragma once

#include <cstdint>
#include <span>

namespace sekisho::engines::stream {

/// Options of one segment that matter here (RFC 9293 §3.2, RFC 7323, RFC 2385, RFC 5925,
/// RFC 7413).
struct TcpOptions {
  std::uint32_t timestamp = 0;
  std::uint8_t window_scale = 0;  // at most 14
  bool has_timestamp = false;
  bool has_window_scale = false;
  bool authenticates = false;
  bool fast_open = false;  // with or without a cookie
};

/// `header`: the TCP header with its options. What is cut or has an impossible length ends them.
TcpOptions read_tcp_options(std::span<const std::uint8_t> header) noexcept;

}  // namespace sekisho::engines::stream
