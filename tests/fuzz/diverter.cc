// What the decrypting process tells a worker: the bodies of its messages, and a ring of them read
// by a Diverter whose one connection it was asked to open.
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "dataplane/decrypt/channel/session_messages.h"
#include "dataplane/decrypt/diversion/diverter.h"
#include "packets/packet_builder.h"

namespace {

using namespace sekisho;
using namespace sekisho::decrypt;
using packets::Bytes;

constexpr std::size_t kRing = 4096;

void check(bool holds) {
  if (!holds) std::abort();
}

void read_bodies(std::span<const std::uint8_t> bytes) {
  if (const auto session = read_opened(bytes)) {
    check(session->alpn_bytes <= session->alpn.size());
    const auto again = bytes_of(*session);
    check(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  if (const auto failure = read_failure(bytes)) check(!name_of(*failure).empty());
  if (const auto cleared = read_cleared(bytes)) {
    const auto again = cleared_bytes(*cleared);
    check(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  if (bytes.size() < 2) return;
  const auto flags = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
  if (const auto wish = read_handover_flags(flags)) check(handover_flags(*wish) == flags);
}

struct alignas(64) Memory {
  std::array<std::byte, sizeof(RingPlaces) + kRing> bytes{};
};

/// Counts what becomes of the one frame that is held.
class Sink final : public DiversionSink {
 public:
  void tell(std::uint32_t number, const DiversionNews& news) noexcept override {
    check(number == 0 && !is_over);
    is_over |=
        news.kind == DiversionNews::Kind::passed || news.kind == DiversionNews::Kind::blocked;
  }
  void forward(void*) noexcept override { ++let_go; }
  void discard(void*) noexcept override { ++let_go; }
  void emit(std::uint8_t port, std::span<const std::uint8_t> link_header,
            std::span<const std::uint8_t>) noexcept override {
    check(port < 2 && link_header.size() == 14);
  }
  unsigned let_go = 0;
  bool is_over = false;
};

DivertedFrame frame_of(Bytes& bytes, Side from) {
  return {.handle = &bytes,
          .bytes = bytes,
          .ip_offset = 14,
          .ip_bytes = static_cast<std::uint16_t>(bytes.size() - 14),
          .port = static_cast<std::uint8_t>(from == Side::client ? 0 : 1),
          .from = from,
          .checksum_is_good = true};
}

Bytes segment(Side from, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
              const Bytes& payload = {}) {
  const bool up = from == Side::client;
  auto builder = packets::ethernet();
  builder.ipv4(up ? "192.0.2.1" : "198.51.100.2", up ? "198.51.100.2" : "192.0.2.1");
  builder.tcp(up ? 40'000 : 443, up ? 443 : 40'000, flags, seq, ack, 500);
  if (!payload.empty()) builder.payload(payload);
  return builder.build();
}

/// The ring begins as `bytes` say; the connection's flow id is 1 << 32.
void read_ring(std::span<const std::uint8_t> bytes) {
  const auto to = std::make_unique<Memory>(), from = std::make_unique<Memory>();
  std::memcpy(from->bytes.data(), bytes.data(), std::min(bytes.size(), from->bytes.size()));
  Diverter diverter({.most_connections = 2, .most_holding = 2});
  diverter.attach(RingWriter(to->bytes), RingReader(from->bytes), -1);
  Sink sink;
  auto syn = segment(Side::client, kSyn, 1'000, 0);
  auto syn_ack = segment(Side::server, kSyn | kAck, 9'000, 1'001);
  auto ack = segment(Side::client, kAck, 1'001, 9'001);
  auto hello = segment(Side::client, kAck, 1'001, 9'001, {22, 3, 1, 0, 5, 1, 0, 0, 1, 7});
  const auto number = diverter.watch(frame_of(syn, Side::client), 1);
  check(number == 0);
  (void)diverter.take(number, frame_of(syn_ack, Side::server), sink, 1);
  (void)diverter.take(number, frame_of(ack, Side::client), sink, 1);
  check(diverter.take(number, frame_of(hello, Side::client), sink, 1) == Diverter::Fate::held);
  diverter.decide(number, true, sink, 1);
  for (std::uint32_t now = 2; now < 6; ++now) (void)diverter.poll(sink, now, 64);
  diverter.end(number, sink);
  check(sink.let_go == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  read_bodies(bytes);
  if (!bytes.empty()) read_ring(bytes);
  return 0;
}
