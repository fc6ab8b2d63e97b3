#include "extension_headers.h"

#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

/// Options of a hop-by-hop or destination options header (RFC 8200 §4.2).
DropReason read_options(const std::uint8_t* option, const std::uint8_t* end,
                        ExtensionChain& chain) noexcept {
  constexpr std::uint8_t kPad1 = 0, kJumbo = 0xc2, kHomeAddress = 0xc9;
  while (option < end) {
    if (*option == kPad1) {
      ++option;
      continue;
    }
    if (end - option < 2 || end - option < 2 + option[1])
      return DropReason::ipv6_extension_truncated;
    if (*option == kJumbo) return DropReason::ipv6_bad_payload_length;  // no link here carries one
    if (*option == kHomeAddress) chain.end_addresses_known = false;
    option += 2 + option[1];
  }
  return DropReason::none;
}

/// Size of the extension header at `header`, of which at least 8 bytes are there; 0: `type` is an
/// upper layer.
std::size_t header_bytes(std::uint8_t type, const std::uint8_t* header) noexcept {
  switch (type) {
    case kProtocolHopByHop:
    case kProtocolRouting:
    case kProtocolDestinationOptions:
    case kProtocolMobility:
    case kProtocolHip:
    case kProtocolShim6:
      return (header[1] + std::size_t{1}) * 8;
    case kProtocolAuthentication:
      return (header[1] + std::size_t{2}) * 4;
    case kProtocolFragment:
      return 8;
    default:
      return 0;
  }
}

bool is_extension(std::uint8_t type) noexcept {
  constexpr std::uint8_t kSomeHeader[8] = {};
  return header_bytes(type, kSomeHeader) != 0;
}

void read_fragment_header(const std::uint8_t* header, std::size_t behind,
                          ExtensionChain& chain) noexcept {
  const auto field = load_be16(header + 2);
  if ((field & 0xfff9) == 0) return;  // atomic: a whole packet
  chain.fragment = true;
  chain.more_fragments = (field & 1) != 0;
  chain.fragment_offset = field & 0xfff8;
  chain.fragment_id = load_be32(header + 4);
  chain.fragment_at = behind;
}

/// What the header's own contents say; the header is whole.
DropReason read_contents(std::uint8_t type, const std::uint8_t* header, std::size_t bytes,
                         ExtensionChain& chain) noexcept {
  if (type == kProtocolHopByHop || type == kProtocolDestinationOptions)
    return read_options(header + 2, header + bytes, chain);
  if (type == kProtocolRouting && header[3] != 0) chain.end_addresses_known = false;
  return DropReason::none;
}

}  // namespace

ExtensionChain read_extension_headers(const std::uint8_t* frame, std::size_t at, std::size_t end,
                                      std::uint8_t next) noexcept {
  ExtensionChain chain;
  bool fragment_seen = false;
  std::uint8_t signalling = 0;  // mobility, HIP and shim6 are a protocol when nothing follows
  std::size_t signalling_at = 0;
  for (unsigned count = 0; is_extension(next); ++count) {
    if (count == kMaxExtensionHeaders || (next == kProtocolFragment && fragment_seen)) {
      chain.problem = DropReason::ipv6_too_many_extensions;
      return chain;
    }
    const std::size_t bytes = end - at < 8 ? 8 : header_bytes(next, frame + at);
    if (bytes > end - at) {
      chain.problem = DropReason::ipv6_extension_truncated;
      return chain;
    }
    chain.problem = read_contents(next, frame + at, bytes, chain);
    if (chain.problem != DropReason::none) return chain;
    const bool carries =
        next == kProtocolMobility || next == kProtocolHip || next == kProtocolShim6;
    signalling = carries ? next : std::uint8_t{0};
    signalling_at = at;
    if (next == kProtocolFragment) {
      fragment_seen = true;
      read_fragment_header(frame + at, at + bytes, chain);
    }
    next = frame[at];
    at += bytes;
    if (chain.fragment_offset != 0) break;  // what follows is the middle of something
  }
  const bool signals = next == kProtocolNoNextHeader && signalling != 0;
  chain.protocol = signals ? signalling : next;
  chain.at = signals ? signalling_at : at;
  return chain;
}

}  // namespace sekisho::dataplane
