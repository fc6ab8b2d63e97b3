#include "engines/http2_floods/frame_walk.h"
#include "protocol_driver.h"

namespace {

/// The same records as drive() takes: floods must be the same however their bytes are cut.
void walk(std::span<const std::uint8_t> input) {
  using namespace sekisho::engines::http2;
  FrameWalk whole, cut;
  sekisho::ByteReader reader(input);
  std::uint8_t head = 0, low = 0;
  while (reader.u8(head) && reader.u8(low)) {
    if ((head & 0x60) != 0) continue;
    std::span<const std::uint8_t> bytes;
    const auto length = static_cast<std::size_t>(head & 0x1f) << 8 | low;
    if (!reader.take(length, bytes)) reader.take(reader.rest().size(), bytes);
    const auto sender = (head & 0x80) != 0 ? Sender::server : Sender::client;
    const auto flood = whole.consume(sender, bytes);
    for (const auto& byte : bytes) (void)cut.consume(sender, {&byte, 1});
    if (cut.consume(sender, {}) != flood) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto* spec : sekisho::engines::all_protocols())
    if (spec->protocol == sekisho::rules::Protocol::http2)
      sekisho::fuzz::drive(*spec, {data, size});
  walk({data, size});
  return 0;
}
