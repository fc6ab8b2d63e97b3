#include "dataplane/worker/alert_capture.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace sekisho;
using namespace sekisho::dataplane;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
using Kind = CaptureRecord::Kind;

engines::ips::RuleInfo bad_rule() {
  engines::ips::RuleInfo rule;
  rule.signature = 7;
  rule.revision = 2;
  rule.message = "bad";
  return rule;
}

/// One recorder with its reader.
struct Captures {
  Counters counters;
  std::unique_ptr<AlertCapture> recorder = std::make_unique<AlertCapture>(counters);
  engines::ips::RuleInfo rule = bad_rule();

  std::string begin(FlowCapture& flow, std::uint64_t flow_id, std::uint64_t now_ns = kSecond,
                    const engines::ips::CaptureSettings& wanted = {.seconds_after = 10,
                                                                   .packets_before = 4}) {
    return std::string(recorder->begin(
        flow, {.flow_id = flow_id, .time_ns = 1'795'412'345'123'456'789, .rule = &rule}, wanted,
        now_ns));
  }
  bool add(FlowCapture& flow, std::uint64_t flow_id, const std::vector<std::uint8_t>& bytes,
           std::uint64_t now_ns = kSecond) {
    return recorder->add(flow, flow_id, wire(bytes), now_ns);
  }
  static WirePacket wire(const std::vector<std::uint8_t>& bytes) {
    return {.time_ns = 5, .frame_bytes = static_cast<std::uint32_t>(bytes.size()), .bytes = bytes};
  }
  struct Taken {
    CaptureRecord record;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<Taken> take(std::size_t most = ~std::size_t{0}) {
    std::vector<Taken> list;
    CaptureRecord record;
    auto& queue = recorder->queue();
    for (const std::uint8_t* bytes = nullptr;
         list.size() < most && (bytes = queue.front(record)) != nullptr; queue.pop())
      list.push_back({record, {bytes, bytes + record.captured}});
    return list;
  }
};

}  // namespace

TEST_CASE("a capture is named by time, flow, generator and signature") {
  CHECK(name_of_capture(1'795'412'345'000'456'789, 4'398'046'511'105, 1, 2'019'401).view() ==
        "1795412345.000456-4398046511105-1-2019401.pcap");
  constexpr auto kMost = ~std::uint64_t{0};
  CHECK(name_of_capture(kMost, kMost, ~std::uint32_t{0}, ~std::uint32_t{0}).view() ==
        "18446744073.709551-18446744073709551615-4294967295-4294967295.pcap");
}

TEST_CASE("a capture has the packets before the alert, those after it, and an end") {
  Captures captures;
  FlowCapture flow, other;
  const std::vector<std::uint8_t> before{1}, after{2};
  for (int i = 0; i < 6; ++i) captures.recorder->keep(flow, 9, Captures::wire(before));
  captures.recorder->keep(other, 10, Captures::wire(before));
  CHECK_FALSE(captures.recorder->is_running());
  CHECK(captures.begin(flow, 9) == "1795412345.123456-9-1-7.pcap");
  CHECK(captures.recorder->is_running());
  CHECK(captures.add(flow, 9, after));
  CHECK_FALSE(captures.add(other, 10, after));
  captures.recorder->end(flow, 9, CaptureEnd::flow);
  CHECK_FALSE(captures.recorder->is_running());
  CHECK_FALSE(captures.add(flow, 9, after));
  const auto taken = captures.take();
  REQUIRE(taken.size() == 7);
  CHECK(taken[0].record.kind == Kind::begin);
  CHECK(taken[0].record.signature == 7);
  CHECK(std::string(taken[0].bytes.begin(), taken[0].bytes.end()) == "bad");
  for (std::size_t i = 1; i <= 5; ++i) {
    CHECK(taken[i].record.kind == Kind::packet);
    CHECK(taken[i].bytes == (i <= 4 ? before : after));
  }
  CHECK(taken[6].record.kind == Kind::end);
  CHECK(taken[6].record.end == CaptureEnd::flow);
  CHECK(taken[6].record.lost == 0);
}

TEST_CASE("another alert prolongs the capture that runs") {
  Captures captures;
  FlowCapture flow;
  const auto name = captures.begin(flow, 9, kSecond);
  CHECK(captures.begin(flow, 9, 6 * kSecond) == name);
  CHECK(captures.add(flow, 9, {1}, 15 * kSecond));
  CHECK_FALSE(captures.add(flow, 9, {1}, 16 * kSecond));
  CHECK(captures.counters.captures_begun == 1);
  CHECK(captures.take().back().record.end == CaptureEnd::time);
}

TEST_CASE("time ends a capture though its flow is silent") {
  Captures captures;
  FlowCapture flow;
  captures.begin(flow, 9, kSecond);
  for (std::size_t i = 0; i < AlertCapture::kMostRunning; ++i)
    captures.recorder->keep_house(11 * kSecond - 1);
  CHECK(captures.take().size() == 1);
  for (std::size_t i = 0; i < AlertCapture::kMostRunning; ++i)
    captures.recorder->keep_house(11 * kSecond);
  const auto taken = captures.take();
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].record.end == CaptureEnd::time);
}

TEST_CASE("a capture ends when it has its bytes") {
  Captures captures;
  FlowCapture flow;
  captures.begin(flow, 9);
  const std::vector<std::uint8_t> full(1500);
  std::size_t packets = 0;
  std::vector<Captures::Taken> taken;
  while (captures.add(flow, 9, full)) {
    ++packets;
    taken = captures.take();
  }
  CHECK(packets == AlertCapture::kMostBytes / full.size());
  CHECK(captures.take().back().record.end == CaptureEnd::size);
}

TEST_CASE("a capture that a tag asks for ends when it has its packets or bytes") {
  Captures captures;
  FlowCapture flow;
  const std::vector<std::uint8_t> bytes(100, 7);
  captures.begin(flow, 1, kSecond, {.seconds_after = 60, .packets_after = 2});
  CHECK(captures.add(flow, 1, bytes));
  captures.begin(flow, 1, kSecond, {.seconds_after = 60, .packets_after = 2});  // once more
  CHECK(captures.add(flow, 1, bytes));
  CHECK(captures.add(flow, 1, bytes));
  CHECK_FALSE(captures.add(flow, 1, bytes));
  const auto taken = captures.take();
  REQUIRE(taken.size() == 5);
  CHECK(taken.back().record.kind == Kind::end);
  CHECK(taken.back().record.end == CaptureEnd::size);
  FlowCapture other;
  captures.begin(other, 2, kSecond, {.seconds_after = 60, .bytes_after = 250});
  CHECK(captures.add(other, 2, bytes));
  CHECK(captures.add(other, 2, bytes));
  CHECK_FALSE(captures.add(other, 2, bytes));
}

TEST_CASE("so many captures run at a time and begin in a second, and no more") {
  Captures captures;
  std::vector<FlowCapture> flows(AlertCapture::kMostRunning + 1);
  std::uint64_t begun = 0;
  for (std::size_t i = 0; i < flows.size(); ++i)
    begun += captures.begin(flows[i], i + 1, kSecond).empty() ? 0 : 1;
  CHECK(begun == AlertCapture::kMostASecond);
  for (std::size_t i = begun; i < flows.size(); ++i)
    begun += captures.begin(flows[i], i + 1, 2 * kSecond).empty() ? 0 : 1;
  CHECK(begun == AlertCapture::kMostRunning);
  CHECK(captures.begin(flows.back(), flows.size(), 3 * kSecond).empty());
  CHECK(captures.counters.captures_begun == AlertCapture::kMostRunning);
  // In the first second all but so many, in the second the last one, and that again.
  CHECK(captures.counters.captures_refused == flows.size() - AlertCapture::kMostASecond + 2);
  captures.recorder->end(flows[0], 1, CaptureEnd::flow);
  CHECK_FALSE(captures.begin(flows.back(), flows.size(), 3 * kSecond).empty());
}

TEST_CASE("a writer that does not follow costs packets, counted, and no end") {
  Captures captures;
  FlowCapture flow, late;
  captures.begin(flow, 9);
  constexpr std::size_t kPackets = AlertCapture::kQueueSlots + 9;
  for (std::size_t i = 0; i < kPackets; ++i) CHECK(captures.add(flow, 9, {1}));
  CHECK(captures.begin(late, 10).empty());
  captures.recorder->end(flow, 9, CaptureEnd::flow);
  CHECK(captures.recorder->is_running());  // the writer does not know yet
  CHECK_FALSE(captures.add(flow, 9, {1}));
  CHECK(captures.counters.capture_packets_lost == 10);
  CHECK(captures.take().size() == AlertCapture::kQueueSlots);
  for (std::size_t i = 0; i < AlertCapture::kMostRunning; ++i)
    captures.recorder->keep_house(kSecond);
  CHECK_FALSE(captures.recorder->is_running());
  const auto taken = captures.take();
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].record.kind == Kind::end);
  CHECK(taken[0].record.end == CaptureEnd::flow);
  CHECK(taken[0].record.lost == 10);
}

TEST_CASE("packets that were overwritten before the alert are counted as lost") {
  Captures captures;
  FlowCapture flow, other;
  const std::vector<std::uint8_t> bytes{1};
  for (int i = 0; i < 3; ++i) captures.recorder->keep(flow, 9, Captures::wire(bytes));
  for (std::size_t i = 0; i < AlertCapture::kHistorySlots; ++i)
    captures.recorder->keep(other, 10, Captures::wire(bytes));
  captures.begin(flow, 9);
  captures.recorder->end(flow, 9, CaptureEnd::flow);
  const auto taken = captures.take();
  REQUIRE(taken.size() == 2);
  CHECK(taken[1].record.lost == 3);
}
