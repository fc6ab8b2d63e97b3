#include "protocol_driver.h"
#include "quic_packets.h"

namespace {

using namespace sekisho;

/// Frames that no fuzzer could seal: "head byte, length, frames" becomes a datagram with an Initial
/// packet, as protocol_driver.h reads it.
std::vector<std::uint8_t> sealed(std::span<const std::uint8_t> input) {
  const std::string id = "fuzzfuzz";
  std::vector<std::uint8_t> out;
  ByteReader reader(input);
  std::uint8_t head = 0, low = 0;
  for (std::uint32_t number = 0; reader.u8(head) && reader.u8(low); ++number) {
    std::span<const std::uint8_t> frames;
    const auto length = static_cast<std::size_t>(head & 0x0f) << 8 | low;
    if (!reader.take(length, frames)) reader.take(reader.rest().size(), frames);
    const auto packet = tests::seal({.version = (head & 0x10) != 0 ? 0x51303530u : 1u,
                                     .destination = id,
                                     .key_id = id,
                                     .from_server = (head & 0x80) != 0,
                                     .number = number,
                                     .frames = std::string(as_text(frames))},
                                    20);
    out.push_back(static_cast<std::uint8_t>((head & 0x80) | packet.size() >> 8));
    out.push_back(static_cast<std::uint8_t>(packet.size()));
    out.insert(out.end(), packet.begin(), packet.end());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> input(data + 1, size - 1);
  for (const auto* spec : engines::all_protocols())
    if (spec->protocol == rules::Protocol::quic)
      fuzz::drive(*spec, (data[0] & 1) != 0
                             ? sealed(input)
                             : std::vector<std::uint8_t>(input.begin(), input.end()));
  return 0;
}
