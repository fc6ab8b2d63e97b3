// Fragments out of arbitrary bytes: one chooses the configuration; then each record is a size (16
// bits), a control byte, and that many bytes of an IP packet behind 14 of a link layer.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "engines/stream/defragmenter.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::engines::stream;

constexpr std::size_t kLink = 14;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// A whole datagram says how long it is, and is no fragment.
void check_whole(const Defragmented& whole) {
  require(whole.ip_offset == kLink && whole.frame.size() > kLink + 20, "headers are missing");
  const auto ip = whole.frame.subspan(kLink);
  if (ip[0] >> 4 == 4) {
    require(std::size_t{ip[2]} << 8 == (ip.size() & 0xff00) && ip[3] == (ip.size() & 0xff),
            "wrong length");
    require(ip[6] == 0 && ip[7] == 0, "still a fragment");
  } else {
    require((std::size_t{ip[4]} << 8 | ip[5]) == ip.size() - 40, "wrong length");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  const auto choice = *data++;
  --size;
  FragmentConfig config;
  config.drop_differing = (choice & 1) != 0;
  config.overlap = static_cast<OverlapPolicy>(choice >> 1 & 7);
  config.max_datagrams = 8;
  config.max_bytes = (choice & 16) != 0 ? 2000 : 1 << 20;
  config.max_fragments = (choice & 32) != 0 ? 4 : 1024;
  const auto defragmenter = *Defragmenter::create(config, *pool);
  for (std::uint64_t count = 1; size >= 3; ++count) {
    const auto control = data[2];
    const std::size_t length = std::min<std::size_t>(size - 3, std::size_t{data[0]} << 8 | data[1]);
    std::vector<std::uint8_t> frame(kLink + length);
    if (length != 0) std::memcpy(frame.data() + kLink, data + 3, length);
    data += 3 + length;
    size -= 3 + length;
    PacketView packet;
    packet.frame = frame;
    packet.ip_header = packet.frame.subspan(kLink, std::min<std::size_t>(length, 20));
    packet.source = IpAddress::from_v4(control & 1);
    packet.ttl = control;
    packet.time_ns = count * ((control & 2) != 0 ? 30'000'000'000 : 1'000'000);
    const auto outcome = defragmenter->add(packet);
    if (outcome.kind == Defragmented::Kind::complete) {
      check_whole(outcome);
      if ((control & 4) != 0) defragmenter->refuse();
    }
    require((outcome.kind == Defragmented::Kind::dropped) == (outcome.drop != DropReason::none),
            "dropped without a reason");
    require(defragmenter->bytes() <= config.max_bytes + 1024 * 8, "more bytes than allowed");
  }
  defragmenter->expire(UINT64_MAX, 100);
  require(pool->used_bytes() == 0 && defragmenter->bytes() == 0, "memory is kept after the end");
  return 0;
}
