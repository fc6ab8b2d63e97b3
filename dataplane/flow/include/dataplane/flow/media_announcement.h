#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "config/base/address.h"

namespace sekisho::dataplane {

/// UDP ports that the sender of a signalling message takes part in media at, all of its own
/// address. Ports below 1024 never are: no media needs them.
class MediaPorts {
 public:
  static constexpr std::size_t kMax = 16;  // of one message; further ones are left out

  void add(std::uint32_t port) noexcept;
  std::span<const std::uint16_t> all() const noexcept { return {ports_.data(), count_}; }

 private:
  std::array<std::uint16_t, kMax> ports_{};
  std::size_t count_ = 0;
};

/// Of a payload that begins with a SIP message (RFC 3261) with a session description (RFC 8866)
/// behind its header: the ports of media over RTP and of its RTCP (RFC 3605). Only media at
/// `sender`, who sent the payload, counts: what a description says of other hosts is not its
/// sender's to say. Lines must be whole: what a segment cuts announces nothing.
MediaPorts read_sip_media(std::span<const std::uint8_t> payload, const IpAddress& sender) noexcept;

/// Of a payload that begins with a message of RTSP 1.0 (RFC 2326 §12.39): the client's ports of a
/// request, the server's of a response. The addresses that Transport may name do not count: they
/// would be other hosts'. Interleaved media (RTP/AVP/TCP) is in the same flow and has no ports.
MediaPorts read_rtsp_media(std::span<const std::uint8_t> payload, bool to_server) noexcept;

}  // namespace sekisho::dataplane
