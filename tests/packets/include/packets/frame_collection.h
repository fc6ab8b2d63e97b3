#pragma once

#include <string>
#include <vector>

#include "packets/packet_builder.h"

namespace sekisho::packets {

struct NamedFrame {
  std::string name;
  Bytes bytes;
};

/// One well-formed Ethernet frame of every shape that the decoder takes apart: for seeds, prefixes
/// and mutations. The order is fixed.
std::vector<NamedFrame> frame_collection();

}  // namespace sekisho::packets
