#include "dataplane/decrypt/virtual_link/coalescer.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "dataplane/decrypt/segment/wire_number.h"
#include "segments.h"

using namespace sekisho;
using namespace sekisho::decrypt;

namespace {

struct Piece {
  VirtualHeader header;
  Bytes packet;
};

class Collected {
 public:
  void operator()(std::span<const iovec> parts) {
    Piece piece;
    REQUIRE(parts.front().iov_len == kVirtualHeaderBytes);
    std::memcpy(&piece.header, parts.front().iov_base, kVirtualHeaderBytes);
    for (const auto& part : parts.subspan(1)) {
      const auto* bytes = static_cast<const std::uint8_t*>(part.iov_base);
      piece.packet.insert(piece.packet.end(), bytes, bytes + part.iov_len);
    }
    pieces.push_back(piece);
  }
  std::vector<Piece> pieces;
};

std::vector<Piece> coalesced(std::span<const Bytes> packets, bool good = false) {
  Coalescer coalescer;
  Collected collected;
  for (const auto& packet : packets) coalescer.add(packet, good, collected);
  coalescer.flush(collected);
  return collected.pieces;
}

/// Segments of one size that follow each other, the last `last_payload` long.
std::vector<Bytes> row(bool is_ipv4, std::size_t count, std::size_t last_payload = 100) {
  std::vector<Bytes> packets;
  for (std::size_t i = 0; i < count; ++i) {
    SegmentOf s{.is_ipv4 = is_ipv4};
    s.seq += static_cast<std::uint32_t>(i * 100);
    s.identification = static_cast<std::uint16_t>(s.identification + i);
    s.payload = i + 1 == count ? last_payload : 100;
    s.first_byte = static_cast<std::uint8_t>(i);
    packets.push_back(packet_of(s));
  }
  return packets;
}

}  // namespace

TEST_CASE("segments that follow each other become one super-segment", "[decrypt]") {
  const bool is_ipv4 = GENERATE(true, false);
  const auto packets = row(is_ipv4, 10, 40);
  const auto pieces = coalesced(packets);
  REQUIRE(pieces.size() == 1);
  const auto& [header, packet] = pieces.front();
  const unsigned ip = is_ipv4 ? 20 : 40;
  CHECK(header.flags == VirtualHeader::kNeedsChecksum);
  CHECK(header.gso_type == (is_ipv4 ? VirtualHeader::kTcp4 : VirtualHeader::kTcp6));
  CHECK(header.header_bytes == ip + 32);
  CHECK(header.segment_bytes == 100);
  CHECK(header.checksum_start == ip);
  CHECK(header.checksum_offset == 16);
  TcpPacket at;
  REQUIRE(read_tcp_packet(packet, at) == PacketProblem::none);
  CHECK(at.seq == 1000);
  CHECK(at.payload_bytes == 940);
  Bytes payload;
  for (const auto& one : packets) payload.insert(payload.end(), one.begin() + ip + 32, one.end());
  CHECK(Bytes(packet.begin() + at.payload_offset, packet.end()) == payload);
}

TEST_CASE("what the kernel could see of a single segment keeps it single", "[decrypt]") {
  const SegmentOf first{};
  SegmentOf second{.seq = 1100};
  SECTION("a gap") { second.seq = 1101; }
  SECTION("another acknowledgement") { second.ack = 5001; }
  SECTION("another window") { second.window = 501; }
  SECTION("other timestamps") { second.options.back() = 9; }
  SECTION("no options") { second.options = {}; }
  SECTION("a longer payload") { second.payload = 101; }
  SECTION("another time to live") { second.ttl = 59; }
  SECTION("an urgent pointer") { second.flags = kAck | kUrg; }
  SECTION("a reset") { second.flags = kAck | kRst; }
  SECTION("congestion told") { second.flags = kAck | kCwr; }
  SECTION("no payload") { second.payload = 0; }
  SECTION("another connection") { second.source_port = 40'001; }
  const std::vector<Bytes> packets{packet_of(first), packet_of(second)};
  const auto pieces = coalesced(packets);
  REQUIRE(pieces.size() == 2);
  for (const auto& piece : pieces) {
    CHECK(piece.header.flags == VirtualHeader::kChecksumIsGood);
    CHECK(piece.header.gso_type == VirtualHeader::kNoSegments);
    CHECK((piece.packet == packets[0] || piece.packet == packets[1]));
  }
}

TEST_CASE("packets of a connection keep their order", "[decrypt]") {
  const std::vector<Bytes> packets{packet_of({.seq = 1000}), packet_of({.seq = 1100}),
                                   packet_of({.seq = 1200, .payload = 0}),
                                   packet_of({.seq = 1200, .flags = kAck | kFin}),
                                   packet_of({.seq = 1301, .payload = 0, .flags = kAck | kRst})};
  const auto pieces = coalesced(packets);
  REQUIRE(pieces.size() == 4);
  CHECK(pieces[0].header.gso_type == VirtualHeader::kTcp4);
  CHECK(pieces[1].packet == packets[2]);
  CHECK(pieces[2].packet == packets[3]);
  CHECK(pieces[3].packet == packets[4]);
}

TEST_CASE("a segment with PSH or FIN ends the row, and its flags stand on the whole", "[decrypt]") {
  const std::uint8_t flag = GENERATE(kPsh, kFin);
  const std::vector<Bytes> packets{
      packet_of({.seq = 1000}),
      packet_of({.seq = 1100, .flags = static_cast<std::uint8_t>(kAck | flag)}),
      packet_of({.seq = 1200})};
  const auto pieces = coalesced(packets);
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0].packet[20 + 13] == (kAck | flag));
  CHECK(pieces[1].packet == packets[2]);
}

TEST_CASE("rows of more connections than are open at a time all arrive", "[decrypt]") {
  std::vector<Bytes> packets;
  for (unsigned i = 0; i < 40; ++i)
    for (unsigned k = 0; k < 2; ++k)
      packets.push_back(packet_of(
          {.seq = 1000 + 100 * k, .source_port = static_cast<std::uint16_t>(40'000 + i)}));
  const auto pieces = coalesced(packets);
  CHECK(pieces.size() == 40);
  for (const auto& piece : pieces) CHECK(piece.packet.size() == 52 + 200);
}

TEST_CASE("a super-segment has at most 64 KB", "[decrypt]") {
  std::vector<Bytes> packets;
  for (unsigned i = 0; i < 60; ++i)
    packets.push_back(packet_of({.seq = 1000 + 1448 * i, .payload = 1448}));
  for (const auto& piece : coalesced(packets)) {
    CHECK(piece.packet.size() <= 0xffff);
    CHECK(load16(&piece.packet[2]) == piece.packet.size());
  }
}

TEST_CASE("a damaged packet is not believed", "[decrypt]") {
  auto damaged = packet_of({});
  damaged.back() ^= 1;
  Coalescer coalescer;
  Collected collected;
  coalescer.add(damaged, false, collected);
  coalescer.flush(collected);
  CHECK(collected.pieces.empty());
  CHECK(coalescer.counts().bad_checksum == 1);
  coalescer.add(damaged, true, collected);  // whoever received it says that it is right
  coalescer.flush(collected);
  CHECK(collected.pieces.size() == 1);
}
