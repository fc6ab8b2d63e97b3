#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::dataplane {

/// What the frames of an answer take besides the response itself, at most.
inline constexpr std::size_t kHttp2AnswerOverhead = 256;

/// A whole HTTP/1.1 response as the last that a server says in HTTP/2 (RFC 9113): its head and body
/// as the response on `stream`, then GOAWAY. `begins`: nothing of the server's was sent before, so
/// that its settings come first. Header fields are literals that no table keeps (RFC 7541 §6.2.2),
/// as what the server's encoder did before is its own. Bytes written to `out`; 0: `response` is
/// none, `stream` is none, or it does not fit. Pinned core.
std::size_t write_http2_answer(std::string_view response, std::uint32_t stream, bool begins,
                               std::span<std::uint8_t> out) noexcept;

}  // namespace sekisho::dataplane
