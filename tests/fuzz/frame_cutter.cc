#include "engines/protocols/frame_cutter.h"

#include <array>

#include "protocol_driver.h"

namespace {

using namespace sekisho;

/// Looks at every byte of every frame.
class FrameEvents final : public fuzz::CheckingEvents {
 public:
  bool wants_frames() const noexcept override { return true; }
  void frame(rules::Field, engines::Direction,
             std::span<const std::uint8_t> bytes) noexcept override {
    for (const auto byte : bytes) sum_ = static_cast<std::uint8_t>(sum_ + byte);
  }

 private:
  volatile std::uint8_t sum_ = 0;
};

}  // namespace

/// The first byte selects the protocol, bit 7 datagrams; then records of a head byte (bit 7: to
/// the client; bit 6: a gap; bits 0-5: length) and bytes, each in memory of its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rules::Protocol;
  static constexpr std::array kChoices{Protocol::tls,       Protocol::smb,    Protocol::nfs,
                                       Protocol::mqtt,      Protocol::modbus, Protocol::ldap,
                                       Protocol::websocket, Protocol::enip,   Protocol::telnet};
  if (size == 0) return 0;
  static const auto pool = *engines::MemoryPool::create(std::size_t{1} << 20);
  {
    FrameEvents events;
    const auto cutter = engines::make_frame_cutter(kChoices[(data[0] & 0x7f) % kChoices.size()],
                                                   (data[0] & 0x80) == 0, *pool);
    if (cutter == nullptr) std::abort();
    ByteReader reader({data + 1, size - 1});
    std::uint8_t head = 0;
    while (reader.u8(head)) {
      const auto direction =
          (head & 0x80) != 0 ? engines::Direction::to_client : engines::Direction::to_server;
      const std::size_t length = head & 0x3f;
      if ((head & 0x40) != 0) {
        (void)cutter->gap(direction, length);
        continue;
      }
      std::span<const std::uint8_t> bytes = reader.rest();
      bytes = bytes.first(std::min(length, bytes.size()));
      (void)reader.skip(bytes.size());
      const std::vector<std::uint8_t> alone(bytes.begin(), bytes.end());
      cutter->consume(direction, alone, events);
    }
    cutter->end(engines::Direction::to_server, events);
    cutter->end(engines::Direction::to_client, events);
  }
  if (pool->used_bytes() != 0) std::abort();
  return 0;
}
