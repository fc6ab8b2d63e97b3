#include "dataplane/captures/capture_writer.h"

#include <thread>

#include "folder.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

engines::ips::RuleInfo bad_rule() {
  engines::ips::RuleInfo rule;
  rule.signature = 7;
  rule.revision = 2;
  rule.message = "bad";
  return rule;
}

/// One worker's part.
struct Recorder {
  Counters counters;
  AlertCapture captures{counters};
  engines::ips::RuleInfo rule = bad_rule();

  std::string begin(FlowCapture& flow, std::uint64_t flow_id) {
    return std::string(captures.begin(flow, {.flow_id = flow_id, .time_ns = kSecond, .rule = &rule},
                                      {.seconds_after = 10, .packets_before = 64}, kSecond));
  }
  void add(FlowCapture& flow, std::uint64_t flow_id, const Bytes& bytes) {
    captures.add(flow, flow_id, {.time_ns = kSecond, .frame_bytes = 60, .bytes = bytes}, kSecond);
  }
};

}  // namespace

TEST_CASE("what several workers capture at once is written, each flow to its own file") {
  const Folder folder;
  auto files = CaptureFiles::open(folder.captures(), std::uint64_t{64} << 20);
  REQUIRE(files);
  const auto one = std::make_unique<Recorder>(), two = std::make_unique<Recorder>();
  std::vector<std::string> names;
  constexpr std::uint8_t kFlows = 20, kPackets = 50;
  {
    const CaptureWriter writer(**files, {&one->captures.queue(), &two->captures.queue()});
    std::array<FlowCapture, kFlows> flows{};
    for (std::uint8_t i = 0; i < kFlows; ++i)
      names.push_back((i % 2 == 0 ? one : two)->begin(flows[i], i + 1U));
    for (std::uint8_t packet = 0; packet < kPackets; ++packet)
      for (std::uint8_t i = 0; i < kFlows; ++i)
        (i % 2 == 0 ? one : two)->add(flows[i], i + 1U, Bytes(60, i));
    for (std::uint8_t i = 0; i + 1 < kFlows; ++i)
      (i % 2 == 0 ? one : two)->captures.end(flows[i], i + 1U, CaptureEnd::flow);
  }
  CHECK((*files)->totals().running == 0);
  const auto list = (*files)->list();
  REQUIRE(list.size() == kFlows);
  for (std::uint8_t i = 0; i < kFlows; ++i) {
    const auto packets = packets_of(folder.file(names[i]));
    CHECK(packets == std::vector<Bytes>(kPackets, Bytes(60, i)));
  }
  CHECK(list[0].message == "bad");
  for (const auto& known : list)  // one ran when the writer had to go
    CHECK(known.ended == (known.flow_id == kFlows ? "stopped" : "flow"));
}

TEST_CASE("a capture that the disk does not take costs its packets and nothing else") {
  const Folder folder;
  auto files = CaptureFiles::open(folder.captures(), std::uint64_t{64} << 20);
  REQUIRE(files);
  const auto recorder = std::make_unique<Recorder>();
  std::filesystem::remove_all(folder.captures());
  {
    const CaptureWriter writer(**files, {&recorder->captures.queue()});
    FlowCapture flow;
    recorder->begin(flow, 1);
    recorder->add(flow, 1, Bytes(60));
    recorder->captures.end(flow, 1, CaptureEnd::flow);
  }
  CHECK((*files)->list().empty());
  CHECK((*files)->totals().failed == 1);
  std::filesystem::create_directories(folder.captures());
}
