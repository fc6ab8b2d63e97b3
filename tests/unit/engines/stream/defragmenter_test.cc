#include "engines/stream/defragmenter.h"

#include <catch2/catch.hpp>
#include <string>

#include "datagrams.h"

namespace sekisho::tests {
namespace {

using engines::MemoryPool;
using engines::stream::Defragmented;
using engines::stream::Defragmenter;
using engines::stream::FragmentConfig;
using engines::stream::OverlapPolicy;
using Kind = Defragmented::Kind;

class Box {
 public:
  explicit Box(const FragmentConfig& config = {})
      : pool_(*MemoryPool::create(1 << 22)), defragmenter_(*Defragmenter::create(config, *pool_)) {}
  Defragmented add(const FragmentFrame& fragment) {
    const FragmentPacket packet(fragment);
    const auto outcome = defragmenter_->add(packet.view());
    frame.assign(outcome.frame.begin(), outcome.frame.end());
    return outcome;
  }
  Kind kind_of(const FragmentFrame& fragment) { return add(fragment).kind; }
  Defragmenter& defragmenter() { return *defragmenter_; }
  MemoryPool& pool() { return *pool_; }
  std::string payload(bool v6) const { return frame.substr(kEthernetBytes + (v6 ? 40 : 20)); }

  std::string frame;  // of the last outcome

 private:
  std::unique_ptr<MemoryPool> pool_;
  std::unique_ptr<Defragmenter> defragmenter_;
};

bool has_oddity(const Defragmented& outcome, std::string_view name) {
  for (const auto oddity : outcome.oddities)
    if (oddity == name) return true;
  return false;
}

std::uint8_t byte_at(const std::string& frame, std::size_t at) {
  return static_cast<std::uint8_t>(frame[at]);
}

TEST_CASE("The last fragment to arrive completes the datagram, in any order") {
  for (const bool v6 : {false, true}) {
    Box box;
    CHECK(box.kind_of({.v6 = v6, .offset = 16, .bytes = "tail"}) == Kind::held);
    CHECK(box.kind_of({.v6 = v6, .offset = 8, .more = true, .bytes = "ijklmnop"}) == Kind::held);
    CHECK(box.kind_of({.v6 = v6, .offset = 0, .more = true, .bytes = "abcdefgh"}) ==
          Kind::complete);
    CHECK(box.payload(v6) == "abcdefghijklmnoptail");
    CHECK(box.defragmenter().datagrams() == 0);
    CHECK(box.defragmenter().bytes() == 0);
    CHECK(box.pool().used_bytes() == 0);
  }
}

TEST_CASE("The whole datagram's headers are right") {
  Box box;
  box.add({.more = true, .bytes = "abcdefgh"});
  const auto outcome = box.add({.offset = 8, .bytes = "ij"});
  REQUIRE(outcome.kind == Kind::complete);
  CHECK(outcome.ip_offset == kEthernetBytes);
  CHECK(byte_at(box.frame, 14 + 3) == 30);
  CHECK(byte_at(box.frame, 14 + 6) == 0);
  std::uint32_t sum = 0;
  for (std::size_t i = 14; i < 34; i += 2)
    sum += std::uint32_t{byte_at(box.frame, i)} << 8 | byte_at(box.frame, i + 1);
  CHECK((sum & 0xffff) + (sum >> 16) == 0xffff);

  box.add({.v6 = true, .more = true, .bytes = "abcdefgh", .protocol = 6});
  box.add({.v6 = true, .offset = 8, .bytes = "ij", .protocol = 99});
  CHECK(byte_at(box.frame, 14 + 5) == 10);
  CHECK(byte_at(box.frame, 14 + 6) == 6);  // as the first fragment says
}

TEST_CASE("Fragments belong together by addresses, identity, protocol and VLAN") {
  const FragmentFrame first{.more = true, .bytes = "abcdefgh"};
  const FragmentFrame last{.offset = 8, .bytes = "i"};
  auto other = last;
  SECTION("address") { other.host = 2; }
  SECTION("identity") { other.id = 2; }
  SECTION("protocol") { other.protocol = 6; }
  SECTION("VLAN") { other.vlan = 7; }
  SECTION("version") { other.v6 = true; }
  Box box;
  box.add(first);
  CHECK(box.kind_of(other) == Kind::held);
  CHECK(box.kind_of(last) == Kind::complete);
}

TEST_CASE("A datagram in one fragment is complete by itself") {
  Box box;
  box.add({.v6 = true, .more = true, .bytes = "abcdefgh"});
  CHECK(box.kind_of({.v6 = true, .bytes = "alone"}) == Kind::complete);
  CHECK(box.payload(true) == "alone");
  CHECK(box.kind_of({.v6 = true, .offset = 8, .bytes = "i"}) == Kind::complete);
  CHECK(box.payload(true) == "abcdefghi");
}

TEST_CASE("Copies of fragments pass; different bytes do not, and cost IPv6 the datagram") {
  for (const bool v6 : {false, true}) {
    Box box;
    const FragmentFrame first{.v6 = v6, .more = true, .bytes = "abcdefgh"};
    box.add(first);
    CHECK(box.kind_of(first) == Kind::held);
    auto evil = first;
    evil.bytes = "abcdEVIL";
    const auto outcome = box.add(evil);
    CHECK(outcome.drop == DropReason::fragment_differs);
    CHECK(has_oddity(outcome, v6 ? "ipv6.frag_overlap" : "ipv4.frag_overlap"));
    const auto last = box.add({.v6 = v6, .offset = 8, .bytes = "i"});
    CHECK(last.kind == (v6 ? Kind::dropped : Kind::complete));
    if (v6) CHECK(last.drop == DropReason::fragment_abandoned);
    CHECK(box.defragmenter().counters().duplicates == 1);
    CHECK(box.defragmenter().counters().overlaps == 1);
  }
}

TEST_CASE("A datagram has one end, and nothing behind it") {
  Box box;
  box.add({.offset = 16, .bytes = "end"});
  CHECK(box.add({.offset = 8, .bytes = "end"}).drop == DropReason::fragment_differs);
  CHECK(box.add({.offset = 24, .more = true, .bytes = "abcdefgh"}).drop ==
        DropReason::fragment_differs);
  box.add({.id = 2, .offset = 16, .more = true, .bytes = "abcdefgh"});
  CHECK(box.add({.id = 2, .offset = 8, .bytes = "end"}).drop == DropReason::fragment_differs);
}

TEST_CASE("A listener decides overlaps by its policy") {
  const auto [policy, text] = GENERATE(std::pair{OverlapPolicy::first, "aaaaaaaaAAAAAAAA"},
                                       std::pair{OverlapPolicy::bsd, "aaaaaaaaAAAAAAAA"},
                                       std::pair{OverlapPolicy::last, "aaaaaaaaBBBBBBBB"},
                                       std::pair{OverlapPolicy::linux, "aaaaaaaaBBBBBBBB"});
  Box box({.drop_differing = false, .overlap = policy});
  box.add({.offset = 8, .more = true, .bytes = "AAAAAAAA"});
  CHECK(box.kind_of({.offset = 8, .more = true, .bytes = "BBBBBBBB"}) == Kind::held);
  box.add({.offset = 16, .bytes = "z"});
  CHECK(box.kind_of({.more = true, .bytes = "aaaaaaaa"}) == Kind::complete);
  CHECK(box.payload(false) == std::string(text) + "z");
}

TEST_CASE("Fragments that nobody may send are dropped") {
  Box box;
  CHECK(box.add({.more = true, .bytes = ""}).drop == DropReason::ipv4_fragment_bad_length);
  CHECK(box.add({.more = true, .bytes = "abc"}).drop == DropReason::ipv4_fragment_bad_length);
  const auto odd = box.add({.v6 = true, .more = true, .bytes = "abc"});
  CHECK(odd.drop == DropReason::ipv6_fragment_bad_length);
  CHECK(has_oddity(odd, "ipv6.frag_invalid_length"));
  const std::string much(1400, 'x');
  const auto death = box.add({.offset = 65528, .bytes = much});
  CHECK(death.drop == DropReason::ipv4_fragment_too_large);
  CHECK(has_oddity(death, "ipv4.frag_pkt_too_large"));
  CHECK(
      has_oddity(box.add({.v6 = true, .offset = 65528, .bytes = much}), "ipv6.frag_pkt_too_large"));
}

TEST_CASE("Tiny fragments are put together like others") {
  Box box;
  const std::string text(800, 't');
  for (std::uint32_t i = 0; i < 99; ++i)
    CHECK(box.kind_of({.offset = 8 * i, .more = true, .bytes = "tttttttt"}) == Kind::held);
  CHECK(box.kind_of({.offset = 792, .bytes = "tttttttt"}) == Kind::complete);
  CHECK(box.payload(false) == text);
}

TEST_CASE("Time is over 60 seconds after the first fragment") {
  Box box;
  box.add({.more = true, .bytes = "abcdefgh"});
  CHECK(box.kind_of({.offset = 8, .bytes = "i", .time_s = 1061}) == Kind::held);
  CHECK(box.defragmenter().counters().timeouts == 1);
  box.defragmenter().expire(1'200'000'000'000, 10);
  CHECK(box.defragmenter().datagrams() == 0);
  CHECK(box.pool().used_bytes() == 0);
}

TEST_CASE("What comes again of a datagram that was withheld is dropped") {
  Box box;
  box.add({.more = true, .bytes = "abcdefgh"});
  REQUIRE(box.kind_of({.offset = 8, .bytes = "evil"}) == Kind::complete);
  box.defragmenter().refuse();
  CHECK(box.add({.offset = 8, .bytes = "evil"}).drop == DropReason::fragment_abandoned);
  CHECK(box.kind_of({.offset = 8, .bytes = "evil", .time_s = 1061}) == Kind::held);
}

TEST_CASE("Limits hold; inline nothing uninspected is completed because of them") {
  FragmentConfig config{.max_datagrams = 4, .max_bytes = 100, .max_fragments = 3};
  Box box(config);
  for (std::uint32_t id = 1; id <= 4; ++id)
    CHECK(box.kind_of({.id = id, .offset = 8, .more = true, .bytes = "abcdefghabcdefgh"}) ==
          Kind::held);
  CHECK(box.add({.id = 5, .offset = 8, .more = true, .bytes = "abcdefgh"}).drop ==
        DropReason::fragment_limit);
  // The oldest loses its copies, and with them its right to be completed.
  CHECK(box.kind_of({.id = 4,
                     .offset = 24,
                     .more = true,
                     .bytes = "abcdefghabcdefghabcdefghabcdefghabcdefgh"}) == Kind::held);
  CHECK(box.add({.id = 1, .more = true, .bytes = "abcdefgh"}).drop ==
        DropReason::fragment_abandoned);
  CHECK(box.defragmenter().counters().evicted == 1);
  CHECK(box.defragmenter().bytes() <= 100);

  config.drop_differing = false;
  Box listener(config);
  for (std::uint32_t id = 1; id <= 5; ++id)
    CHECK(listener.kind_of({.id = id, .offset = 8, .more = true, .bytes = "abcdefgh"}) ==
          Kind::held);
  CHECK(listener.defragmenter().datagrams() == 4);
}

TEST_CASE("A datagram has so many fragments at most") {
  Box box({.max_fragments = 3});
  for (std::uint32_t i = 1; i <= 3; ++i)
    box.add({.offset = 16 * i, .more = true, .bytes = "abcdefgh"});
  CHECK(box.add({.offset = 80, .more = true, .bytes = "abcdefgh"}).drop ==
        DropReason::fragment_limit);
}

TEST_CASE("Limits of nothing are refused") {
  const auto pool = *MemoryPool::create(1 << 20);
  CHECK_FALSE(static_cast<bool>(Defragmenter::create({.max_datagrams = 0}, *pool)));
  CHECK_FALSE(static_cast<bool>(Defragmenter::create({.timeout_s = 0}, *pool)));
}

}  // namespace
}  // namespace sekisho::tests
