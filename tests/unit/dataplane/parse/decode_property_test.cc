#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "dataplane/parse/decode.h"
#include "packets/decode/invariants.h"
#include "packets/frame_collection.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::DecodeOptions;
using dataplane::LinkType;
using dataplane::PacketInfo;
using dataplane::PacketKind;

/// A copy in a heap block of exactly its size, decoded both ways.
struct Both {
  PacketInfo shortcut, general;
  Both(std::span<const std::uint8_t> frame, const DecodeOptions& options) {
    const Bytes exact(frame.begin(), frame.end());
    dataplane::decode_ethernet(exact, options, shortcut);
    dataplane::decode(LinkType::ethernet, exact, options, general);
  }
};

void change_bytes(Bytes& frame, std::mt19937& random) {
  constexpr std::uint8_t kTelling[] = {0,  1,  4,  5,    6,    8,    17,  41,
                                       44, 47, 60, 0x45, 0x60, 0x7f, 0xff};
  const auto changes = random() % 4;
  for (unsigned i = 0; i < changes; ++i) {
    // Mostly headers, where it matters.
    const std::size_t at = random() % std::min<std::size_t>(frame.size(), random() % 2 ? 64 : 1500);
    switch (random() % 3) {
      case 0:
        frame[at] = static_cast<std::uint8_t>(random());
        break;
      case 1:
        frame[at] ^= static_cast<std::uint8_t>(1U << random() % 8);
        break;
      default:
        frame[at] = kTelling[random() % sizeof kTelling];
    }
  }
  if (random() % 8 == 0) frame.resize(random() % frame.size() + 1);
  if (random() % 8 == 0) frame.resize(frame.size() + random() % 32);
}

}  // namespace

TEST_CASE("the collection's frames are well formed, checksums included") {
  for (const auto& [name, bytes] : frame_collection()) {
    CAPTURE(name);
    const Both both(bytes, {.check_transport_checksum = true});
    CHECK(name_of(both.general.problem) == "none");
  }
}

TEST_CASE("the shortcut for common frames gives what the general path gives") {
  std::mt19937 random(20261121);
  const auto collection = frame_collection();
  constexpr int kCases = 400'000;
  int flows = 0;
  for (int i = 0; i < kCases; ++i) {
    // Half of them start as what the shortcut is for.
    auto frame = collection[random() % (random() % 2 ? 8 : collection.size())].bytes;
    change_bytes(frame, random);
    const DecodeOptions options{.check_ipv4_checksum = random() % 4 == 0,
                                .check_transport_checksum = random() % 8 == 0};
    const Both both(frame, options);
    flows += both.general.kind == PacketKind::flow;
    const auto broken = broken_invariant(both.general, frame.size());
    if (broken.empty() && same_packet(both.shortcut, both.general)) continue;
    CAPTURE(i, broken, frame);
    FAIL("the paths disagree or a promise is broken");
  }
  CHECK(flows > kCases / 4);
  CHECK(flows < kCases);
}

TEST_CASE("every prefix of a frame is decoded within its bounds") {
  for (const auto& [name, bytes] : frame_collection()) {
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      CAPTURE(name, size);
      const Both both{std::span(bytes).first(size), {}};
      REQUIRE(broken_invariant(both.general, size) == "");
      REQUIRE(same_packet(both.shortcut, both.general));
      const Bytes exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const bool not_ip = both.general.kind == PacketKind::not_ip;
      const bool has_hash = dataplane::spread_hash(exact) != 0;
      REQUIRE((!not_ip || !has_hash));
      // IP whose length field reaches beyond the prefix can only be malformed.
      if (both.general.kind == PacketKind::flow) REQUIRE(has_hash);
    }
  }
}

TEST_CASE("a prefix that cuts the IP datagram is never taken for a whole packet") {
  for (const auto& [name, bytes] : frame_collection()) {
    const Both whole(bytes, {});
    if (whole.general.kind == PacketKind::not_ip || name == "udp4_padded") continue;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(name, size);
      const Both both{std::span(bytes).first(size), {}};
      // A SNAP header cut short no longer says that IP follows.
      if (name == "snap_udp4" && size < 22) continue;
      REQUIRE(both.general.kind == PacketKind::malformed);
    }
  }
}
