#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "dataplane/parse/decode.h"
#include "packets/packet_builder.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::spread_hash;

constexpr std::string_view kA4 = "192.0.2.1", kB4 = "198.51.100.2", kRouter4 = "203.0.113.1";
constexpr std::string_view kA6 = "2001:db8::1", kB6 = "2001:db8:1::2", kRouter6 = "2001:db8::99";

}  // namespace

TEST_CASE("all that passes between two hosts has one hash") {
  for (const bool v6 : {false, true}) {
    const auto a = v6 ? kA6 : kA4, b = v6 ? kB6 : kB4, router = v6 ? kRouter6 : kRouter4;
    const auto between = [v6](std::string_view from, std::string_view to, bool tagged = false) {
      auto frame = ethernet();
      if (tagged) frame.vlan(9);
      return v6 ? frame.ipv6(from, to) : frame.ipv4(from, to);
    };
    const auto expected = spread_hash(between(a, b).tcp(1025, 80).build());
    CHECK(expected != 0);
    CHECK(spread_hash(between(b, a).tcp(80, 1025).build()) == expected);
    CHECK(spread_hash(between(a, b, true).udp(5, 6).build()) == expected);
    for (const auto& frame : between(b, a).udp(5, 6).payload_bytes(100).build_fragments(1, 32))
      CHECK(spread_hash(frame) == expected);

    const auto original = (v6 ? ipv6(a, b) : ipv4(a, b)).udp(5, 6).payload_bytes(100).build();
    const auto error = between(router, a).icmp_error(v6 ? 1 : 3, 1, original);
    CHECK(spread_hash(error.build()) == expected);
    // Later fragments of an error cannot see what it is about, so no fragment looks.
    const auto alone = spread_hash(between(router, a).udp(1, 2).build());
    for (const auto& frame : error.build_fragments(1, 64)) CHECK(spread_hash(frame) == alone);
    CHECK(alone != expected);
  }
}

TEST_CASE("a tunnel is spread by its outer addresses") {
  const auto outer = spread_hash(ethernet().ipv6(kA6, kB6).udp(1, 2).build());
  CHECK(spread_hash(ethernet().ipv6(kA6, kB6).ipv4(kA4, kB4).tcp(1, 2).build()) == outer);
}

TEST_CASE("what is not IP, or holds no whole header, has hash 0") {
  CHECK(spread_hash({}) == 0);
  CHECK(spread_hash(ethernet().ethertype(0x0806).payload_bytes(46).build()) == 0);
  CHECK(spread_hash(ethernet().ipv4(kA4, kB4).truncate(33).build()) == 0);
  CHECK(spread_hash(ethernet().ipv6(kA6, kB6).truncate(53).build()) == 0);
}

TEST_CASE("neighbouring hosts spread evenly over workers") {
  for (const unsigned workers : {2U, 3U, 4U, 8U}) {
    std::vector<int> share(workers);
    constexpr int kClients = 250, kServers = 8;
    for (int client = 1; client <= kClients; ++client)
      for (int server = 1; server <= kServers; ++server)
        ++share[spread_hash(ethernet()
                                .ipv4("192.0.2." + std::to_string(client),
                                      "198.51.100." + std::to_string(server))
                                .udp(1, 2)
                                .build()) %
                workers];
    const double fair = double{kClients} * kServers / workers;
    for (const auto packets : share) {
      CAPTURE(workers, packets);
      CHECK(packets > fair * 0.8);
      CHECK(packets < fair * 1.2);
    }
  }
}
