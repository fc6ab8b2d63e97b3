#include "worker_harness/worker_harness.h"

#include <catch2/catch.hpp>

using namespace sekisho;
using namespace sekisho::packets;
using namespace sekisho::tests;

namespace {

constexpr std::string_view kBlockDns = R"(
version: 1
rules:
  - {name: no DNS, action: block, services: [udp/53]}
  - {name: rest, action: allow}
)";
constexpr std::string_view kAllowAll = R"(
version: 1
rules:
  - {name: rest, action: allow}
)";

using Frames = std::vector<Bytes>;

Bytes query() {
  return ethernet().ipv4("192.0.2.1", "198.51.100.2").udp(5000, 53).payload("?").build();
}
Bytes request() { return ethernet().ipv4("192.0.2.1", "198.51.100.2").tcp(5000, 80, kSyn).build(); }

}  // namespace

TEST_CASE("a harness forwards by its policy and tells what the worker did") {
  RecordingIo io(packet_pool());
  WorkerHarness harness(io);
  io.give(kLanPort, request());
  harness.poll_all();
  CHECK(harness.counters()["drop.no_policy"] == 1);
  CHECK(io.take_discarded() == Frames{request()});

  harness.publish(kBlockDns);
  io.give(kLanPort, request());
  io.give(kLanPort, query());
  harness.poll_all();
  CHECK(io.take_sent(kWanPort) == Frames{request()});
  CHECK(io.take_sent(kLanPort).empty());
  CHECK(io.take_discarded() == Frames{query()});
  CHECK(harness.policy()->hits()[1].packets == 1);
  CHECK_FALSE(harness.take_events().empty());

  harness.publish(kAllowAll);
  io.give(kLanPort, query());
  harness.poll_all();
  CHECK(io.take_sent(kWanPort) == Frames{query()});
}

TEST_CASE("a harness refuses a policy with mistakes and a frame that fits no buffer") {
  RecordingIo io(packet_pool());
  CHECK_THROWS_WITH(compile_snapshot("version: 1\nrules: [{name: x, action: maybe}]\n"),
                    Catch::Contains("policy:2"));
  CHECK_THROWS_AS(io.give(kLanPort, Bytes(4000)), std::length_error);
}

TEST_CASE("a full transmit queue gives frames back to the worker") {
  RecordingIo io(packet_pool());
  WorkerHarness harness(io);
  harness.publish(kAllowAll);
  io.limit_transmit(1);
  io.give(kLanPort, request());
  io.give(kLanPort, query());
  harness.poll_all();
  CHECK(io.take_sent(kWanPort).size() == 1);
  CHECK(io.take_discarded().size() == 1);
  CHECK(harness.counters()["drop.transmit_queue_full"] == 1);
}
