#include "rules/applications/well_known_ports.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>

namespace sekisho::rules {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

bool foreign(std::string_view name, std::uint8_t ip_protocol, std::uint16_t port) {
  const auto* application = find_application(name);
  REQUIRE(application != nullptr);
  return is_foreign(*application, ip_protocol, port);
}

}  // namespace

TEST_CASE("Who is at home on a port is a protocol of the catalogue") {
  std::size_t known = 0;
  for (const auto ip_protocol : {kTcp, kUdp})
    for (std::uint32_t port = 0; port < 65536; ++port)
      for (const auto name : protocols_at_home(ip_protocol, static_cast<std::uint16_t>(port))) {
        CAPTURE(port, std::string(name));
        const auto* application = find_application(name);
        REQUIRE(application != nullptr);
        CHECK(can_carry(*application));
        ++known;
      }
  CHECK(known > 50);
}

TEST_CASE("A protocol on another one's port is foreign there") {
  for (const auto* name : {"ssh", "bittorrent", "openvpn", "http", "socks"}) {
    CAPTURE(name);
    CHECK(foreign(name, kTcp, 443));
    CHECK(foreign(name, kTcp, 53));
  }
  CHECK(foreign("tls", kTcp, 80));
  CHECK(foreign("ssh", kTcp, 80));
  CHECK(foreign("wireguard", kUdp, 53));
  CHECK(foreign("bittorrent-dht", kUdp, 443));
}

TEST_CASE("A protocol at home, and any where nobody is, is not foreign") {
  CHECK_FALSE(foreign("tls", kTcp, 443));
  CHECK_FALSE(foreign("quic", kUdp, 443));
  CHECK_FALSE(foreign("stun", kTcp, 443));
  CHECK_FALSE(foreign("stun", kTcp, 80));
  CHECK_FALSE(foreign("http", kTcp, 80));
  CHECK_FALSE(foreign("http2", kTcp, 80));
  CHECK_FALSE(foreign("webdav", kTcp, 80));
  CHECK_FALSE(foreign("imap", kTcp, 993));
  CHECK_FALSE(foreign("tls", kTcp, 993));
  CHECK_FALSE(foreign("ssh", kTcp, 22));
  for (const auto port : std::to_array<std::uint16_t>({0, 8080, 8443, 2222, 1194, 65535})) {
    CAPTURE(port);
    CHECK_FALSE(foreign("ssh", kTcp, port));
    CHECK_FALSE(foreign("tls", kUdp, port));
  }
  CHECK_FALSE(foreign("dns", kUdp, 53));
  CHECK_FALSE(foreign("ssh", 132, 80));  // of SCTP nothing is known
}

TEST_CASE("An application that chooses its ports itself is nowhere foreign") {
  CHECK_FALSE(foreign("youtube", kTcp, 53));
  CHECK_FALSE(foreign("line", kTcp, 443));
}

}  // namespace sekisho::rules
