// Cost of reassembling one in-order segment, in nanoseconds: many connections, each with segments
// of one size that are in the cache (where the NIC has put them), acknowledged as they would be;
// the fastest of several rounds, so that other work on the machine does not count. The sink reads
// nothing. Ends with one JSON object.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "engines/stream/tcp_reassembler.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::engines::stream;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kConnections = 64;
constexpr std::uint32_t kSegments = 200;  // of each, in turn
constexpr int kRounds = 9;

class CountingSink : public StreamSink {
 public:
  void stream_bytes(Direction, const BodyView& view) noexcept override { bytes += view.fresh; }
  void stream_gap(Direction, std::uint64_t) noexcept override {}
  bool stream_depth_reached(Direction) noexcept override { return false; }
  void stream_end(Direction, StreamEnd) noexcept override {}
  std::uint64_t bytes = 0;
};

struct Shape {
  const char* name;
  std::size_t payload;
  Delivery delivery;
  bool swapped;  // every two segments change places
};

/// One view for all, as a worker has one per place of its burst.
struct Sender {
  PacketView packet;
  CountingSink sink;
  void operator()(TcpReassembler& tcp, Direction from, std::uint32_t sequence,
                  std::uint32_t acknowledgement, std::span<const std::uint8_t> payload,
                  std::uint8_t flags = 0x10) {
    packet.tcp_flags = flags;
    packet.tcp_sequence = sequence;
    packet.tcp_acknowledgement = acknowledgement;
    packet.payload = payload;
    tcp.segment(from, packet, sink);
  }
};

/// Nanoseconds a segment, acknowledgements included.
double round(const Shape& shape, MemoryPool& pool) {
  TcpWorker worker({.delivery = shape.delivery, .depth = {0, 0}}, pool);
  Sender send;
  const std::vector<std::uint8_t> payload(shape.payload, 'x');
  const std::vector<std::uint8_t> header{0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
                                         0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
  send.packet.transport_header = header;
  send.packet.tcp_window = 65535;
  std::vector<std::unique_ptr<TcpReassembler>> connections;
  for (std::size_t i = 0; i < kConnections; ++i) {
    auto& tcp = *connections.emplace_back(std::make_unique<TcpReassembler>(worker));
    send(tcp, Direction::to_server, 99, 0, {}, 0x02);
    send(tcp, Direction::to_client, 499, 100, {}, 0x12);
    send(tcp, Direction::to_server, 100, 500, {});
  }
  const auto size = static_cast<std::uint32_t>(shape.payload);
  const auto begin = Clock::now();
  for (std::uint32_t segment = 0; segment < kSegments; ++segment) {
    const std::uint32_t place = shape.swapped ? segment ^ 1 : segment;
    for (auto& tcp : connections) {
      send(*tcp, Direction::to_server, 100 + place * size, 500, payload);
      if (segment % 2 == 1) send(*tcp, Direction::to_client, 500, 100 + (segment + 1) * size, {});
    }
  }
  const std::chrono::duration<double, std::nano> took = Clock::now() - begin;
  if (send.sink.bytes != std::uint64_t{size} * kSegments * kConnections) {
    std::fprintf(stderr, "%s: bytes are missing\n", shape.name);
    std::exit(1);
  }
  return took.count() / (double{kSegments} * kConnections);
}

}  // namespace

int main() {
  const Shape shapes[] = {
      {"arrival_64", 64, Delivery::on_arrival, false},
      {"arrival_1400", 1400, Delivery::on_arrival, false},
      {"arrival_1400_swapped", 1400, Delivery::on_arrival, true},
      {"acknowledgement_64", 64, Delivery::on_acknowledgement, false},
      {"acknowledgement_1400", 1400, Delivery::on_acknowledgement, false},
  };
  const auto pool = *MemoryPool::create(std::size_t{256} << 20);
  std::string json;
  for (const Shape& shape : shapes) {
    double best = round(shape, *pool);
    for (int i = 1; i < kRounds; ++i) best = std::min(best, round(shape, *pool));
    std::printf("%-22s %6.1f ns\n", shape.name, best);
    json += (json.empty() ? "{\"" : ", \"") + std::string(shape.name) +
            "_ns\": " + std::to_string(best);
  }
  std::printf("%s, \"connection_bytes\": %zu}\n", json.c_str(), sizeof(TcpReassembler));
}
