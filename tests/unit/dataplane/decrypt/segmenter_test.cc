#include "dataplane/decrypt/virtual_link/segmenter.h"

#include <catch2/catch.hpp>

#include "dataplane/decrypt/segment/wire_number.h"
#include "dataplane/parse/decode.h"
#include "segments.h"

using namespace sekisho;
using namespace sekisho::decrypt;

namespace {

constexpr std::size_t kMtu = 1500;

std::vector<Bytes> segments_of(const VirtualHeader& header, const Bytes& packet) {
  Segmenter segmenter;
  REQUIRE(segmenter.begin(header, packet, kMtu) == LinkProblem::none);
  std::vector<Bytes> made;
  for (;;) {
    Bytes room(kMtu);
    const auto bytes = segmenter.next(room);
    if (bytes == 0) return made;
    room.resize(bytes);
    made.push_back(room);
  }
}

VirtualHeader super(bool is_ipv4, std::uint16_t segment_bytes) {
  return {.flags = VirtualHeader::kNeedsChecksum,
          .gso_type = is_ipv4 ? VirtualHeader::kTcp4 : VirtualHeader::kTcp6,
          .header_bytes = static_cast<std::uint16_t>((is_ipv4 ? 20 : 40) + 32),
          .segment_bytes = segment_bytes,
          .checksum_start = static_cast<std::uint16_t>(is_ipv4 ? 20 : 40),
          .checksum_offset = 16};
}

}  // namespace

TEST_CASE("a super-segment is cut into what the builder of packets would have made", "[decrypt]") {
  constexpr std::uint16_t kFull = 1'428;  // what fits behind an IPv6 header
  const bool is_ipv4 = GENERATE(true, false);
  const std::uint8_t last = kAck | kPsh | kFin;
  const auto whole = packet_of({.is_ipv4 = is_ipv4, .payload = 2 * kFull + 9, .flags = last});
  const auto made = segments_of(super(is_ipv4, kFull), whole);
  REQUIRE(made.size() == 3);
  for (unsigned i = 0; i < 3; ++i) {
    const SegmentOf expected{.is_ipv4 = is_ipv4,
                             .seq = 1000 + kFull * i,
                             .payload = i == 2 ? 9 : std::size_t{kFull},
                             .flags = i == 2 ? last : std::uint8_t{kAck},
                             .identification = static_cast<std::uint16_t>(7 + i),
                             .first_byte = static_cast<std::uint8_t>(i * kFull * 7)};
    CHECK(made[i] == packet_of(expected));
  }
}

TEST_CASE("congestion that was answered is told once", "[decrypt]") {
  const auto whole = packet_of({.payload = 300, .flags = kAck | kCwr});
  const auto made = segments_of(super(true, 100), whole);
  REQUIRE(made.size() == 3);
  CHECK(made[0][33] == (kAck | kCwr));
  CHECK(made[1][33] == kAck);
  CHECK(made[2][33] == kAck);
}

TEST_CASE("a single packet gets the checksum that it lacks, and no other change", "[decrypt]") {
  const auto right = packet_of({});
  auto partial = right;
  store16(&partial[20 + 16], 0x1234);  // the pseudo-header's sum, or anything
  auto header = super(true, 0);
  header.gso_type = VirtualHeader::kNoSegments;
  CHECK(segments_of(header, partial) == std::vector<Bytes>{right});
  CHECK(segments_of({}, right) == std::vector<Bytes>{right});
  const auto empty = packet_of({.payload = 0, .flags = kAck | kFin});
  CHECK(segments_of({}, empty) == std::vector<Bytes>{empty});
}

TEST_CASE("what contradicts itself is not for the wire", "[decrypt]") {
  Segmenter segmenter;
  const auto packet = packet_of({.payload = 3000});
  auto header = super(true, 1448);
  auto expected = LinkProblem::bad_header;
  auto sent = packet;
  SECTION("another family") { header.gso_type = VirtualHeader::kTcp6; }
  SECTION("another protocol") { header.gso_type = 3; }
  SECTION("segments of nothing") { header.segment_bytes = 0; }
  SECTION("a checksum elsewhere") { header.checksum_offset = 6; }
  SECTION("a segment that is too long") {
    header.segment_bytes = 1449;
    expected = LinkProblem::too_long;
  }
  SECTION("cut short") {
    sent.resize(51);
    expected = LinkProblem::malformed;
  }
  SECTION("not TCP") {
    sent[9] = 17;
    expected = LinkProblem::not_tcp;
  }
  CHECK(segmenter.begin(header, sent, kMtu) == expected);
  Bytes room(kMtu);
  CHECK(segmenter.next(room) == 0);
}
