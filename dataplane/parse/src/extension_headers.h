#pragma once

#include <cstddef>
#include <cstdint>

#include "config/events/drop_reason.h"

namespace sekisho::dataplane {

inline constexpr unsigned kMaxExtensionHeaders = 16;

/// What a chain of IPv6 extension headers leads to.
struct ExtensionChain {
  DropReason problem = DropReason::none;
  std::uint8_t protocol = 0;  // upper layer; of a later fragment its Fragment header's word
  bool fragment = false;      // with a Fragment header that is not atomic (RFC 6946)
  bool more_fragments = false;
  bool end_addresses_known = true;  // false: Mobile IPv6 or a routing header not yet used up
  std::uint32_t fragment_id = 0;
  std::uint32_t fragment_offset = 0;  // bytes
  std::size_t fragment_at = 0;        // first byte of the fragment's payload
  std::size_t at = 0;                 // first byte of the upper layer
};

/// Walks the chain from `at` whose first header is of type `next` (RFC 8200 §4, RFC 4302, 6275,
/// 7401, 5533). ESP, No Next Header and a fragment that is not the first end it. Reads within
/// [at, end).
ExtensionChain read_extension_headers(const std::uint8_t* frame, std::size_t at, std::size_t end,
                                      std::uint8_t next) noexcept;

}  // namespace sekisho::dataplane
