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
