// What others learn of a worker: events, taps, jobs. None of it may hold a packet up.
#include "gateway.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

PacketBuilder udp(std::uint16_t source_port, std::uint16_t port) {
  return ethernet().ipv4(kClient, kServer).udp(source_port, port);
}

void pass_time(Gateway& gateway, unsigned seconds) {
  for (unsigned i = 0; i < seconds; ++i) {
    gateway.harness().advance_seconds(1);
    gateway.harness().poll();
  }
}

std::size_t drain(Tap& tap) {
  TapRecord record;
  std::size_t records = 0;
  for (; tap.front(record) != nullptr; tap.pop()) ++records;
  return records;
}

}  // namespace

TEST_CASE("a flow that falls silent ends with an event that counts both directions") {
  Gateway gateway;
  const auto query = udp(5000, 7).payload("question").build();
  const auto answer = ethernet().ipv4(kServer, kClient).udp(7, 5000).payload("yes").build();
  gateway.harness().shared().wall_offset_ns = 1'000'000'000'000;
  const auto start = gateway.harness().now_ns() + 1'000'000'000'000;
  CHECK(gateway.passes(kLanPort, query));
  CHECK(gateway.passes(kLanPort, query));
  gateway.harness().advance_seconds(2);
  CHECK(gateway.passes(kWanPort, answer));
  pass_time(gateway, 178);
  CHECK(gateway.num_flows() == 1);
  pass_time(gateway, 5);
  CHECK(gateway.num_flows() == 0);
  const auto ended = gateway.take_events(events::EventType::flow);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].tuple.source == *parse_ip_address(kClient));
  CHECK(ended[0].tuple.source_port == 5000);
  CHECK(ended[0].flow.reason == events::FlowEndReason::timeout);
  CHECK(ended[0].flow.state == events::FlowState::established);
  CHECK(ended[0].flow.packets_to_server == 2);
  CHECK(ended[0].flow.bytes_to_server == 2 * query.size());
  CHECK(ended[0].flow.packets_to_client == 1);
  CHECK(ended[0].flow.bytes_to_client == answer.size());
  CHECK(ended[0].flow.start_ns == start);
  CHECK(ended[0].flow.last_ns == start + 2'000'000'000);
}

TEST_CASE("a full event ring counts what it loses and no packet waits for it") {
  HarnessOptions options;
  options.event_records = 8;
  options.flow_capacity = 64;
  Gateway gateway("version: 1\nrules: [{name: all, action: allow, log: true}]\n", options);
  for (std::uint16_t port = 1; port <= 40; ++port) CHECK(gateway.lan_passes(udp(port, 7)));
  CHECK(gateway.worker().events().lost() == 32);
  CHECK(gateway.take_events(events::EventType::policy).size() == 8);
  CHECK(gateway.lan_passes(udp(41, 7)));
  CHECK(gateway.take_events(events::EventType::policy).size() == 1);
}

TEST_CASE("anomalies are all counted, and told at most 32 times a second") {
  Gateway gateway;
  const auto malformed = udp(5000, 7).length(4).build();
  for (int i = 0; i < 100; ++i) gateway.passes(kLanPort, malformed);
  CHECK(gateway.count("anomaly.udp_bad_length") == 100);
  CHECK(gateway.count("anomaly.unreported") == 68);
  const auto told = gateway.take_events(events::EventType::anomaly);
  REQUIRE(told.size() == 32);
  CHECK(told[0].anomaly.reason == static_cast<std::uint16_t>(DropReason::udp_bad_length));
  CHECK(told[0].anomaly.packet_bytes == malformed.size());
  gateway.harness().advance_seconds(1);
  gateway.passes(kLanPort, malformed);
  CHECK(gateway.take_events(events::EventType::anomaly).size() == 1);
}

TEST_CASE("a tap gets copies of what its filter wants, verdict and all, cut to its length") {
  Gateway gateway("version: 1\nrules: [{name: no dns, action: block, services: [udp/53]}]\n");
  Tap tap({.program = {}, .address = *parse_ip_address("192.0.2.77"), .mac = {}}, 20, 8);
  gateway.worker().set_tap(0, &tap);
  const auto wanted = ethernet().ipv4("192.0.2.77", kServer).udp(5000, 53).payload("x").build();
  CHECK(gateway.lan_passes(udp(5000, 7)));
  CHECK_FALSE(gateway.passes(kLanPort, wanted));
  TapRecord record;
  const auto* bytes = tap.front(record);
  REQUIRE(bytes != nullptr);
  CHECK(record.captured == 20);
  CHECK(record.frame_bytes == wanted.size());
  CHECK(std::equal(bytes, bytes + 20, wanted.begin()));
  CHECK(record.reason == DropReason::policy_block);
  CHECK(record.rule == 1);
  CHECK(record.to_server);
  CHECK(record.destination_port == 53);
  tap.pop();
  CHECK(tap.front(record) == nullptr);
  gateway.worker().set_tap(0, nullptr);
  CHECK_FALSE(gateway.passes(kLanPort, wanted));
  CHECK(tap.front(record) == nullptr);
}

TEST_CASE("a tap that nobody reads counts what it loses and no packet waits for it") {
  Gateway gateway;
  Tap tap({}, 64, 4);
  Tap other({}, 0, 64);
  gateway.worker().set_tap(0, &tap);
  gateway.worker().set_tap(Worker::kTaps - 1, &other);
  for (std::uint16_t port = 1; port <= 10; ++port) CHECK(gateway.lan_passes(udp(port, 7)));
  CHECK(tap.lost() == 6);
  CHECK(gateway.count("tap.lost") == 6);
  CHECK(drain(tap) == 4);
  CHECK(drain(other) == 10);
  CHECK(gateway.lan_passes(udp(11, 7)));
  CHECK(drain(tap) == 1);
  for (std::size_t i = 0; i < Worker::kTaps; ++i) gateway.worker().set_tap(i, nullptr);
}

TEST_CASE("a worker does one job at a time, a slice between two bursts") {
  class ThreeSlices final : public Job {
   public:
    bool run_slice(Worker& worker) noexcept override {
      flows = worker.flows().size();
      return ++slices == 3;
    }
    int slices = 0;
    std::uint32_t flows = 0;
  };
  Gateway gateway;
  CHECK(gateway.lan_passes(udp(1, 7)));
  ThreeSlices first, second;
  CHECK(gateway.worker().post(first));
  CHECK_FALSE(gateway.worker().post(second));
  for (int slice = 1; slice <= 3; ++slice) {
    CHECK_FALSE(first.done());
    gateway.harness().poll();
    CHECK(first.slices == slice);
  }
  CHECK(first.done());
  CHECK(first.flows == 1);
  gateway.harness().poll();
  CHECK(first.slices == 3);
  CHECK(gateway.worker().post(second));
  for (int i = 0; i < 3; ++i) gateway.harness().poll();
  CHECK(second.done());
}

TEST_CASE("at the end of a run every flow is told once") {
  Gateway gateway;
  for (std::uint16_t port = 1; port <= 20; ++port) CHECK(gateway.lan_passes(udp(port, 7)));
  auto& worker = gateway.worker();
  worker.end_flows(0, worker.flow_capacity(), events::FlowEndReason::shutdown);
  const auto told = gateway.take_events(events::EventType::flow);
  CHECK(told.size() == 20);
  for (const auto& event : told) CHECK(event.flow.reason == events::FlowEndReason::shutdown);
  CHECK(gateway.num_flows() == 0);
}
