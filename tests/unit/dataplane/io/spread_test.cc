#include "dataplane/io/spread.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "packets/packet_builder.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::owner_of;

constexpr std::size_t kWorkers = 6;
constexpr std::size_t kReceivedBy = 5;  // queue that the NIC chose, where that is of no account

std::string host(std::size_t i) {
  return "10.0." + std::to_string(i / 200) + "." + std::to_string(1 + i % 200);
}

}  // namespace

TEST_CASE("what the NIC hashed stays where the NIC put it") {
  const auto frame = ethernet().ipv4("192.0.2.1", "198.51.100.2").tcp(1, 80).build();
  for (std::size_t worker = 0; worker < kWorkers; ++worker)
    CHECK(owner_of(frame, true, worker, kWorkers) == worker);
}

TEST_CASE("what is not IP stays where it is") {
  const auto frame = ethernet().ethertype(0x0806).payload_bytes(46).build();
  CHECK(owner_of(frame, false, kReceivedBy, kWorkers) == kReceivedBy);
}

// The owners are Toeplitz' function computed bit by bit in another language.
TEST_CASE("a frame without a hash goes where the NIC would have put it") {
  const auto owner = [](std::string_view a, std::string_view b) {
    return owner_of(ethernet().ipv4(a, b).udp(1, 2).build(), false, 0, kWorkers);
  };
  CHECK(owner("192.0.2.1", "198.51.100.2") == 2);  // 0xd502d502
  CHECK(owner("10.1.2.3", "172.16.9.77") == 3);    // 0x2adb2adb
  CHECK(owner("203.0.113.200", "10.0.0.1") == 5);  // 0xcc2fcc2f
  const auto v6 = ethernet().ipv6("2001:db8::17", "2001:db8:1::4").udp(1, 2).build();
  CHECK(owner_of(v6, false, 1, kWorkers) == 0);  // 0x483c483c
}

TEST_CASE("frames that no NIC parses go to the worker of their addresses, both directions") {
  std::set<std::size_t> seen;
  for (std::size_t i = 0; i < 400; ++i) {
    const auto a = host(i), b = host(1000 + i * 7);
    const auto there = ethernet().ipv4(a, b).tcp(1025, 80).build();
    const auto back = ethernet().vlan(7).ipv4(b, a).udp(80, 1025).build();
    const auto owner = owner_of(there, false, kReceivedBy, kWorkers);
    CHECK(owner_of(back, false, kReceivedBy, kWorkers) == owner);
    const auto original = ipv4(a, b).tcp(1025, 80).build();
    const auto error = ethernet().ipv4("203.0.113.9", a).icmp_error(3, 4, original).build();
    CHECK(owner_of(error, true, kReceivedBy, kWorkers) == owner);
    seen.insert(owner);
  }
  CHECK(seen.size() == kWorkers);
}

TEST_CASE("IPv6 errors too go to the worker of the packet they are about") {
  for (std::size_t i = 1; i < 100; ++i) {
    const auto a = "2001:db8::" + std::to_string(i), b = "2001:db8:1::" + std::to_string(i * 3);
    const auto owner =
        owner_of(ethernet().ipv6(b, a).udp(1, 2).build(), false, kReceivedBy, kWorkers);
    const auto original = ipv6(a, b).udp(2, 1).payload_bytes(64).build();
    const auto error = ethernet().ipv6("2001:db8::ffff", a).icmp_error(2, 0, original).build();
    CHECK(owner_of(error, true, kReceivedBy, kWorkers) == owner);
  }
}
