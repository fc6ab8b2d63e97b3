// A TCP connection out of arbitrary bytes: five choose the configuration; then each record is one
// segment: flags, control, sequence and acknowledgement as distances (16 bits each) from the
// sender's and the peer's beginnings, window (8 bits), size (8 bits). Payloads are cut out of a
// known stream, now and then with another byte, so that most segments fit.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "engines/stream/tcp_reassembler.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::engines::stream;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// Windows must continue what was told before, and nothing follows an end.
class CheckingSink : public StreamSink {
 public:
  void stream_bytes(Direction direction, const BodyView& view) noexcept override {
    auto& end = ends_[index_of(direction)];
    const bool read_on = !end.depth || direction == Direction::to_server;
    require(!end.over && read_on, "bytes behind the end");
    require(view.fresh > 0 && view.fresh <= view.window.size(), "fresh bytes outside the window");
    require(view.window_offset + view.window.size() == end.offset + view.fresh, "wrong offset");
    std::uint8_t sum = 0;
    for (const auto byte : view.window) sum = static_cast<std::uint8_t>(sum + byte);
    sum_ = static_cast<std::uint8_t>(sum_ + sum);
    end.offset += view.fresh;
  }
  void stream_gap(Direction direction, std::uint64_t count) noexcept override {
    auto& end = ends_[index_of(direction)];
    require(!end.over && count > 0, "an empty gap, or behind the end");
    end.offset += count;
  }
  /// What the client says is read on.
  bool stream_depth_reached(Direction direction) noexcept override {
    auto& end = ends_[index_of(direction)];
    require(!end.depth && !end.over, "the depth twice");
    end.depth = true;
    return direction == Direction::to_server;
  }
  void stream_end(Direction direction, StreamEnd) noexcept override {
    auto& end = ends_[index_of(direction)];
    require(!end.over, "the end twice");
    end.over = true;
  }
  /// Another connection.
  void begin() { ends_[0] = ends_[1] = End{}; }

 private:
  struct End {
    std::uint64_t offset = 0;
    bool over = false;
    bool depth = false;
  };
  End ends_[2];
  volatile std::uint8_t sum_ = 0;  // every byte of a view is read
};

struct Input {
  const std::uint8_t* data;
  std::size_t size;
  std::uint8_t next() {
    if (size == 0) return 0;
    --size;
    return *data++;
  }
  std::uint32_t next16() {
    const std::uint32_t high = next();
    return high << 8 | next();
  }
};

TcpConfig config_of(Input& input) {
  const auto choice = input.next();
  TcpConfig config;
  config.delivery = (choice & 1) != 0 ? Delivery::on_acknowledgement : Delivery::on_arrival;
  config.midstream = (choice & 2) == 0;
  config.async_oneside = (choice & 4) != 0;
  config.forward_without_memory = (choice & 8) != 0;
  config.urgent = static_cast<UrgentPolicy>(choice >> 4 & 3);
  config.overlap = static_cast<OverlapPolicy>(input.next() % 8);
  config.depth[0] = input.next() * 64U;
  config.depth[1] = input.next() * 64U;
  const auto limits = input.next();
  config.max_window = 2048U << (limits & 3);
  config.usual_window = 2048;
  config.history = 16U * (limits >> 2 & 15);
  config.max_queued_segments = 1 + (limits >> 6) * 16U;
  return config;
}

std::uint8_t stream_byte(std::uint32_t place) {
  return static_cast<std::uint8_t>(place * 31 ^ place >> 7);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{data, size};
  const auto config = config_of(input);
  static const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  TcpWorker worker(config, *pool);
  CheckingSink sink;
  auto tcp = std::make_unique<TcpReassembler>(worker);
  const std::uint32_t begin[2] = {0xffffff00, 1000};
  for (int count = 0; input.size > 0 && count < 2000; ++count) {
    const auto control = input.next();
    const auto from = control & 1U;
    PacketView packet;
    packet.tcp_flags = input.next();
    packet.tcp_sequence = begin[from] + input.next16() - 8;
    packet.tcp_acknowledgement = begin[1 - from] + input.next16() - 8;
    packet.tcp_window = static_cast<std::uint16_t>(input.next() << 8);
    packet.ttl = (control & 2) != 0 ? 3 : 64;
    packet.bad_transport_checksum = (control & 0x0c) == 0x0c;
    packet.time_ns = static_cast<std::uint64_t>(count) * 1'000'000'000;
    std::vector<std::uint8_t> payload(input.next() * ((control & 0x10) != 0 ? 8U : 1U));
    for (std::size_t i = 0; i < payload.size(); ++i)
      payload[i] = stream_byte(packet.tcp_sequence + static_cast<std::uint32_t>(i));
    if ((control & 0x20) != 0 && !payload.empty()) payload[payload.size() / 2] ^= 1;
    std::vector<std::uint8_t> header((control & 0x40) != 0 ? 36 : 20);
    if (header.size() > 20) {
      for (std::size_t i = 18; i < header.size(); ++i) header[i] = input.next();
    }
    packet.payload = payload;
    packet.transport_header = header;
    const auto outcome = tcp->segment(static_cast<Direction>(from), packet, sink);
    require(outcome.drop < DropReason::count_, "no reason");
    if (outcome.reuse) {
      tcp->close(sink);
      sink.begin();
      tcp = std::make_unique<TcpReassembler>(worker);
    }
    if ((control & 0x80) != 0 && input.next() == 7) tcp->stop(static_cast<Direction>(from));
  }
  tcp->close(sink);
  require(pool->used_bytes() == 0, "memory is kept after the end");
  return 0;
}
