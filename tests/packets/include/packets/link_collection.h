#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "packets/packet_builder.h"

namespace sekisho::packets {

struct LinkFrame {
  std::string name;
  std::uint16_t link;  // libpcap's DLT_ number
  bool is_ipv4;
  std::size_t ip_offset;
  Bytes bytes;
};

/// For every link type that the decoder knows, and every way in which it can carry IP: a frame with
/// UDP on IPv4 and one with UDP on IPv6 (ports 1025 and 53, one byte of payload), checksums
/// included. The order is fixed.
std::vector<LinkFrame> link_collection();

}  // namespace sekisho::packets
