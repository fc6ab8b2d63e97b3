#include "dataplane/control/capture_filter.h"

#include <catch2/catch.hpp>

#include "dataplane/worker/tap.h"
#include "packets/packet_builder.h"

using namespace sekisho;
using namespace sekisho::dataplane;

TEST_CASE("a capture filter takes exactly the frames that it names") {
  auto program = compile_capture_filter("host 192.0.2.1 and tcp port 80");
  REQUIRE(program);
  const TapFilter filter{.program = *std::move(program), .address = {}, .mac = {}};
  const auto wants = [&](std::string_view source, std::uint16_t port) {
    const auto frame = packets::ethernet().ipv4(source, "198.51.100.2").tcp(40'000, port).build();
    return filter.wants(frame, {});
  };
  CHECK(wants("192.0.2.1", 80));
  CHECK_FALSE(wants("192.0.2.1", 81));
  CHECK_FALSE(wants("192.0.2.2", 80));
}

TEST_CASE("no expression is a filter that every frame passes") {
  const auto program = compile_capture_filter("");
  REQUIRE(program);
  CHECK(program->empty());
}

TEST_CASE(
    "an expression with a mistake, a zero byte or too many bytes is refused with the reason") {
  CHECK_THAT(compile_capture_filter("port eighty and").error().message,
             Catch::StartsWith("filter: "));
  CHECK(compile_capture_filter(std::string("ip\0 6", 5)).error().message ==
        "filter: contains a zero byte");
  CHECK(compile_capture_filter(std::string(kMaxFilterBytes + 1, ' ')).error().message ==
        "filter: longer than 1024 bytes");
}

TEST_CASE("a name where an address belongs is refused: nobody is asked about it") {
  for (const auto* named : {"host www.example.com", "tcp and src net office and port 80",
                            "host 192.0.2.1 or server-3", "dst 3com.example", "gateway gw"}) {
    CAPTURE(named);
    const auto program = compile_capture_filter(named);
    REQUIRE_FALSE(program);
    CHECK_THAT(program.error().message, Catch::EndsWith("names are not looked up"));
  }
}

TEST_CASE("words of the filter language behind an address are no names") {
  for (const auto* good :
       {"host 192.0.2.1 and greater 100", "vlan 5 and net 10.0.0.0/8 and tcp",
        "host 192.0.2.1 and tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
        "ether src 02:00:00:00:00:01 and ip proto 1", "src 192.0.2.1 and dst port http",
        "host 192.0.2.1 and icmp[icmptype] = icmp-echo", "host 192.0.2.1 and ip[6] & 0x20 != 0",
        "net 192.0.2.0 mask 255.255.255.0 and not multicast"}) {
    CAPTURE(good);
    CHECK(compile_capture_filter(good));
  }
}
