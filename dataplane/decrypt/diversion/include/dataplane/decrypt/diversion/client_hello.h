#pragma once

#include <cstdint>
#include <span>

namespace sekisho::decrypt {

/// What the first bytes of a client are.
enum class HelloState : std::uint8_t {
  incomplete,  // the beginning of a ClientHello, as far as they go
  complete,    // they hold a whole one
  not_tls,     // something else
};

/// Records of type handshake (RFC 8446 §5.1) that begin with a ClientHello (§4.1.2), which may be
/// spread over several of them.
HelloState client_hello_state(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace sekisho::decrypt
