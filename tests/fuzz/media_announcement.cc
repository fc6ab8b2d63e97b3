// The first byte chooses SIP or RTSP, the direction and the address family; the rest is a payload
// of signalling. Whatever it says, only so many unprivileged ports are announced, each once.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dataplane/flow/media_announcement.h"

using sekisho::IpAddress;
using sekisho::dataplane::MediaPorts;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::uint8_t kRtsp = 1, kToServer = 2, kV6 = 4;
  IpAddress sender = IpAddress::from_v4(0xc0a80105);  // 192.168.1.5
  if ((data[0] & kV6) != 0)
    sender.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};
  const std::vector<std::uint8_t> payload(data + 1, data + size);
  const bool is_rtsp = (data[0] & kRtsp) != 0;
  const MediaPorts ports =
      is_rtsp ? sekisho::dataplane::read_rtsp_media(payload, (data[0] & kToServer) != 0)
              : sekisho::dataplane::read_sip_media(payload, sender);
  const auto all = ports.all();
  if (all.size() > MediaPorts::kMax) std::abort();
  for (const auto port : all)
    if (port < 1024 || std::count(all.begin(), all.end(), port) != 1) std::abort();
  return 0;
}
