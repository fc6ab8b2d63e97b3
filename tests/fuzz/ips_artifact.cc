// The loader of compiled rules and the detector on what it lets through. An input is a list of
// patches to an artifact: 4 bytes where, 1 byte what.
#include <cstdint>
#include <cstring>
#include <vector>

#include "config/base/aligned_bytes.h"
#include "engines/ips/ips.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;

constexpr const char* kRules = R"(
alert udp any any -> any any (content:"abc"; byte_jump:1,0; content:"d"; distance:0; sid:1;)
alert udp any any -> any any (content:"abcd"; pcre:"/x(y)+/R"; dsize:>3; sid:2;)
alert http any any -> any any (http.uri; to_lowercase; content:"/evil"; flowbits:set,a; sid:3;)
alert udp any any -> any [1:100,200] (flowbits:isset,a; threshold:type limit,track by_src,count 1,seconds 9; content:"zz"; sid:4;)
drop ip [1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6,7.7.7.7,10.0.0.1] any -> any any (sid:5;)
alert udp any any -> any any (content:"a"; base64_decode; base64_data; content:"b"; sid:6;)
)";

class Sink final : public ips::AlertSink {
 public:
  void on_alert(const ips::Alert& alert) noexcept override { total += alert.rule->signature; }
  std::uint64_t total = 0;
};

const std::vector<std::byte>& good() {
  static const auto bytes = [] {
    rules::RuleSet set;
    rules::parse_rules(kRules, "fuzz", rules::RuleContext::defaults(), set);
    auto compiled = ips::compile(set, {});
    return compiled ? *compiled : std::vector<std::byte>{};
  }();
  return bytes;
}

void run(const ips::Ruleset& ruleset) {
  static const auto pool = MemoryPool::create(1 << 22);
  static ips::HostState hosts(1024);
  const auto made = ips::Detector::create(ruleset, hosts, **pool);
  if (!made) return;
  auto& detector = **made;
  Sink sink;
  ips::FlowView flow;
  flow.client = IpAddress::from_v4(0x0a000001);
  flow.ip_protocol = 17;
  PacketView packet;
  static constexpr std::uint8_t kPayload[] = "abcd zz YWJj xyy";
  packet.payload = kPayload;
  packet.ip_header = kPayload;
  packet.ip_protocol = 17;
  packet.source = flow.client;
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    detector.begin_packet(packet);
    detector.packet(&flow, direction, packet, sink);
    detector.end_packet(&flow, direction, packet, true, sink);
  }
  detector.flow_ended(flow);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto& bytes = good();
  const AlignedBytes copy(bytes);
  for (std::size_t at = 0; at + 5 <= size; at += 5) {
    std::uint32_t place = 0;
    std::memcpy(&place, data + at, sizeof(place));
    copy.view()[place % bytes.size()] = static_cast<std::byte>(data[at + 4]);
  }
  const auto ruleset = ips::Ruleset::load(copy.view());
  if (ruleset) run(**ruleset);
  return 0;
}
