#include "engines/protocols/frame_cutter.h"

#include "frames/frame_shapes.h"
#include "frames/telnet_cutter.h"
#include "message_frames.h"

namespace sekisho::engines {
namespace {

using frames::Shape;

constexpr std::size_t kMaxMessage = std::size_t{64} * 1024;  // of a longer one its beginning

/// Messages that say their length, over TCP one behind the other, over UDP one a datagram.
class ShapeCutter final : public FrameCutter {
 public:
  ShapeCutter(const Shape& shape, bool tcp, MemoryPool& pool) noexcept
      : shape_(shape), tcp_(tcp), messages_{{pool, kMaxMessage}, {pool, kMaxMessage}} {}

  void consume(Direction direction, std::span<const std::uint8_t> bytes,
               ProtocolEvents& events) noexcept override {
    if (lost_[index_of(direction)] || bytes.empty()) return;
    const frames::Teller teller(direction, tcp_, memory_, events);
    if (!tcp_) return shape_.tell(teller, bytes);
    lost_[index_of(direction)] = !messages_[index_of(direction)].feed(
        bytes, shape_.measure, [&](std::span<const std::uint8_t> message, std::uint64_t) {
          shape_.tell(teller, message);
          return true;
        });
  }

  bool gap(Direction direction, std::uint64_t count) noexcept override {
    if (tcp_ && !messages_[index_of(direction)].gap(count)) lost_[index_of(direction)] = true;
    return !lost_[0] || !lost_[1];
  }

  void end(Direction direction, ProtocolEvents& events) noexcept override {
    if (lost_[index_of(direction)]) return;
    const frames::Teller teller(direction, tcp_, memory_, events);
    messages_[index_of(direction)].finish([&](std::span<const std::uint8_t> message,
                                              std::uint64_t) { shape_.tell(teller, message); });
  }

 private:
  const Shape& shape_;
  const bool tcp_;
  MessageFrames messages_[2];
  std::uint32_t memory_ = 0;
  bool lost_[2] = {};  // where the next message begins
};

}  // namespace

Pooled<FrameCutter> make_frame_cutter(Protocol protocol, bool tcp, MemoryPool& pool) noexcept {
  if (protocol == Protocol::telnet)
    return make_pooled<frames::TelnetCutter, FrameCutter>(pool, pool);
  if (const auto* shape = frames::shape_of(protocol))
    return make_pooled<ShapeCutter, FrameCutter>(pool, *shape, tcp, pool);
  return Pooled<FrameCutter>(nullptr, {&pool, 0});
}

}  // namespace sekisho::engines
