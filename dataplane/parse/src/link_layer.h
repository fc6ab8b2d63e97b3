#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "config/events/drop_reason.h"
#include "dataplane/parse/decode.h"

namespace sekisho::dataplane {

/// Where a frame's network layer begins. Only when `problem` is none is the rest complete.
struct LinkResult {
  DropReason problem = DropReason::none;
  bool is_ip = false;
  bool is_ipv4 = false;         // by the link layer's word
  std::uint16_t ethertype = 0;  // behind tags; of PPP and address-family links the equivalent
  std::uint16_t vlan = 0;
  std::uint16_t inner_vlan = 0;
  std::uint16_t third_vlan = 0;
  std::size_t at = 0;  // first byte of the IP header; not IP: of what the ethertype speaks of, or 0
  std::size_t end = 0;  // first byte that is not the link's payload
};

inline constexpr unsigned kMaxVlanTags = 8;

/// Walks everything in front of the IP header.
LinkResult read_link(LinkType link, std::span<const std::uint8_t> frame) noexcept;

}  // namespace sekisho::dataplane
