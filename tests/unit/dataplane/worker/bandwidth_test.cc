// Who used how much: flows are added up once, for whom is behind the inside end.
#include <atomic>
#include <thread>

#include "dataplane/worker/bandwidth_table.h"
#include "engines/firewall/learned_addresses.h"
#include "gateway.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::uint64_t kWalkSeconds = 10;

std::vector<BandwidthTable::Entry> taken_from(Worker& worker) {
  auto table = std::make_unique<BandwidthTable>(1);
  worker.exchange_bandwidth(table);
  std::vector<BandwidthTable::Entry> rows;
  for (const auto& entry : table->entries())
    if (entry.traffic.bytes() != 0) rows.push_back(entry);
  return rows;
}

/// A whole walk over the table, and its beginning.
void walk(Gateway& gateway) {
  for (std::uint64_t second = 0; second < 2 * kWalkSeconds + 2; ++second) {
    gateway.harness().advance_seconds(1);
    gateway.harness().poll_all();
  }
}

std::uint64_t size_of(const PacketBuilder& frame) { return frame.build().size(); }

IpAddress address(std::string_view text) { return *parse_ip_address(text); }

BandwidthKey key(std::uint32_t n) {
  return {.address = IpAddress::from_v4(0x0a000000U + n), .application = 1};
}

}  // namespace

TEST_CASE("a running flow's bytes are in the account of its inside end, each once") {
  Gateway gateway;
  const bool from_outside = GENERATE(false, true);
  const auto [client, server] =
      GENERATE(std::pair{kClient, kServer}, std::pair{kClient6, kServer6});
  CAPTURE(from_outside, client);
  const auto outer = [](std::string_view a, std::string_view b) {
    return a.find(':') == a.npos ? ethernet().ipv4(a, b) : ethernet().ipv6(a, b);
  };
  const auto query = outer(client, server).udp(4000, 7).payload("to and");
  const auto answer = outer(server, client).udp(7, 4000).payload("fro, and more");
  const auto near = from_outside ? kWanPort : kLanPort, far = from_outside ? kLanPort : kWanPort;
  REQUIRE(gateway.passes(near, query.build()));
  REQUIRE(gateway.passes(far, answer.build()));
  REQUIRE(gateway.passes(far, answer.build()));
  walk(gateway);
  auto rows = taken_from(gateway.worker());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].key.address == address(from_outside ? server : client));
  const auto& traffic = rows[0].traffic;
  CHECK((from_outside ? traffic.bytes_in : traffic.bytes_out) == size_of(query));
  CHECK((from_outside ? traffic.bytes_out : traffic.bytes_in) == 2 * size_of(answer));
  CHECK((from_outside ? traffic.packets_in : traffic.packets_out) == 1);
  CHECK((from_outside ? traffic.packets_out : traffic.packets_in) == 2);
  walk(gateway);
  CHECK(taken_from(gateway.worker()).empty());
  REQUIRE(gateway.passes(near, query.build()));
  gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
  rows = taken_from(gateway.worker());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].traffic.bytes() == size_of(query));
}

TEST_CASE("a flow that makes room for another is in the account") {
  HarnessOptions options;
  options.flow_capacity = 8;
  Gateway gateway(kAllowAll, options);
  std::uint64_t sent = 0;
  for (std::uint16_t port = 1; port <= 100; ++port) {
    const auto frame = ethernet().ipv4(kClient, kServer).udp(port, 7).payload("x");
    gateway.lan_passes(frame);
    sent += size_of(frame);
  }
  gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
  const auto rows = taken_from(gateway.worker());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].traffic.bytes_out == sent);
  CHECK(rows[0].traffic.packets_out == 100);
}

TEST_CASE("records and accounts name the user, from the policy or identified, as it was then") {
  Gateway gateway(
      "version: 1\n"
      "users:\n"
      "  - {name: taro, groups: [sales], addresses: [192.0.2.0/30]}\n"
      "  - {name: hanako, macs: '02:00:00:00:00:01'}\n"
      "rules: [{name: everything, action: allow}]\n");
  const auto taro = engines::firewall::user_id("taro"), jiro = engines::firewall::user_id("jiro");
  auto& shared = gateway.harness().shared();
  const auto frame = ethernet().ipv4(kClient, kServer).udp(4000, 7).payload("x");
  REQUIRE(gateway.lan_passes(frame));
  REQUIRE(gateway.take_events(events::EventType::policy).back().user == taro);
  shared.users.learn(address(kClient), jiro, 0xffffffff, 0);
  shared.identifies_users = true;
  shared.learned_generation.fetch_add(1);
  REQUIRE(gateway.lan_passes(frame));
  REQUIRE(gateway.lan_passes(frame));
  gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
  CHECK(gateway.take_events(events::EventType::flow).back().user == jiro);
  std::map<std::uint32_t, std::uint64_t> packets;
  for (const auto& row : taken_from(gateway.worker()))
    packets[row.key.user] += row.traffic.packets_out;
  CHECK(packets == std::map<std::uint32_t, std::uint64_t>{{taro, 2}, {jiro, 1}});
  REQUIRE(gateway.wan_passes(ethernet().ipv4(kServer, kClient).udp(9, 9).payload("x")));
  CHECK(gateway.take_events(events::EventType::policy).back().user == 0);
}

TEST_CASE("a full table keeps the biggest, and every byte") {
  BandwidthTable table(7);
  std::uint64_t sum = 0, num = 0;
  for (std::uint32_t n = 0; n < 50'000; ++n) {
    table.add(key(n), {.bytes_out = 10 + n % 7, .packets_in = 1});
    sum += 10 + n % 7;
    ++num;
    if (n % 1000 != 0) continue;
    table.add(key(1'000'000 + n % 4000), {.bytes_in = 1'000'000});
    sum += 1'000'000;
  }
  std::uint64_t bytes = table.rest().bytes(), packets = table.rest().packets_in, big = 0;
  for (const auto& entry : table.entries()) {
    bytes += entry.traffic.bytes();
    packets += entry.traffic.packets_in;
    big += entry.traffic.bytes() >= 1'000'000;
  }
  CHECK(bytes == sum);
  CHECK(packets == num);
  CHECK(big == 4);
  CHECK(table.displaced() > 0);
  table.clear();
  CHECK(table.rest().bytes() == 0);
  for (const auto& entry : table.entries()) REQUIRE(entry.traffic.bytes() == 0);
}

namespace {

class Exchange final : public Job {
 public:
  explicit Exchange(std::unique_ptr<BandwidthTable>& table) : table_(table) {}
  bool run_slice(Worker& worker) noexcept override {
    worker.exchange_bandwidth(table_);
    return true;
  }

 private:
  std::unique_ptr<BandwidthTable>& table_;
};

}  // namespace

TEST_CASE("accounts are taken from a worker that runs, and none of its bytes is lost") {
  tests::RecordingIo io(tests::packet_pool());
  tests::WorkerHarness harness(io);
  harness.publish(kAllowAll);
  auto& worker = harness.worker();
  constexpr int kFrames = 20'000;
  std::uint64_t sent = 0, counted = 0;
  std::atomic<bool> sent_all{false};
  harness.shared().policies.offline(0);
  std::jthread runner([&](const std::stop_token& stop) {
    harness.shared().policies.online(0);
    for (int n = 0; n < kFrames; ++n) {
      const auto frame = ethernet()
                             .ipv4("192.0.2." + std::to_string(n % 200), kServer)
                             .udp(static_cast<std::uint16_t>(n % 512 + 1), 7)
                             .build();
      sent += frame.size();
      io.give(kLanPort, frame);
      harness.advance_ns(5'000'000);
      harness.poll();
      io.take_sent(kWanPort);
      io.take_discarded();
    }
    worker.end_flows(0, 4096, events::FlowEndReason::shutdown);
    sent_all.store(true, std::memory_order_release);
    while (!stop.stop_requested()) harness.poll();
    harness.shared().policies.offline(0);
  });
  auto table = std::make_unique<BandwidthTable>(3);
  for (bool last = false; !last;) {
    last = sent_all.load(std::memory_order_acquire);
    Exchange job(table);
    while (!worker.post(job)) std::this_thread::yield();
    while (!job.done()) std::this_thread::yield();
    for (const auto& entry : table->entries()) counted += entry.traffic.bytes();
    counted += table->rest().bytes();
    table->clear();
  }
  runner.request_stop();
  runner.join();
  harness.shared().policies.online(0);
  CHECK(counted == sent);
}
