// The detector on hostile bytes: the input's first byte chooses rules, the rest comes as datagrams,
// stream segments, and values of a transaction.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "config/base/aligned_bytes.h"
#include "engines/ips/ips.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;

constexpr std::array kRules = {
    R"(alert ip any any -> any any (content:"ab"; content:"c"; distance:0; within:9; sid:1;))",
    R"(alert ip any any -> any any (content:"a"; byte_jump:2,0,relative; content:"b"; distance:-3; sid:2;))",
    R"(alert ip any any -> any any (byte_extract:4,0,v; content:"a"; offset:v; byte_test:1,>,v,0,relative; sid:3;))",
    R"(alert ip any any -> any any (content:"a"; pcre:"/(b+)+c/R"; isdataat:!2,relative; sid:4;))",
    R"(alert ip any any -> any any (byte_math:bytes 4,offset 0,oper *,rvalue 9,result r; byte_jump:0,0,from_end,post_offset r; sid:5;))",
    R"(alert ip any any -> any any (content:"="; base64_decode:relative; base64_data; content:!"x"; sid:6;))",
    R"(alert ip any any -> any any (asn1:bitstring_overflow, double_overflow, oversize_length 100; sid:7;))",
    R"(alert http any any -> any any (http.uri; url_decode; to_lowercase; content:"a"; endswith; sid:8;))",
    R"(alert http any any -> any any (http.uri; strip_whitespace; xor:"0d0a"; content:"b"; sid:9;))",
    R"(alert http any any -> any any (http.response_body; content:"ab"; content:"cd"; distance:1; bsize:>4; sid:10;))",
    R"(alert ip any any -> any any (byte_test:8,>,5,0,string,hex; flowbits:toggle,q; sid:11;))",
    R"(alert http any any -> any any (http.uri; pcrexform:"(a.*)b"; to_md5; content:!"|00|"; sid:12;))",
};

class Sink final : public ips::AlertSink {
 public:
  void on_alert(const ips::Alert& alert) noexcept override { total += alert.rule->signature; }
  std::uint64_t total = 0;
};

class Values final : public Transaction {
 public:
  Values() : Transaction(0) {}
  std::optional<std::span<const std::uint8_t>> bytes(rules::Field, Direction,
                                                     std::uint32_t instance,
                                                     FieldScratch) const noexcept override {
    if (instance > 0) return std::nullopt;
    return value;
  }
  std::optional<BodyView> body(rules::Field, Direction) const noexcept override { return grown; }
  std::span<const std::uint8_t> value;
  BodyView grown;
};

struct Compiled {
  AlignedBytes bytes;
  std::unique_ptr<const ips::Ruleset> ruleset;
};

/// One of 16 subsets, compiled when first wanted.
const ips::Ruleset* rules_of(unsigned choice) {
  static std::array<Compiled, 16> all;
  auto& one = all[choice];
  if (one.ruleset) return one.ruleset.get();
  std::string text;
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (choice == 0 || (i * 7 + choice) % 3 != 0) text += std::string(kRules[i]) + "\n";
  rules::RuleSet set;
  rules::parse_rules(text, "fuzz", rules::RuleContext::defaults(), set);
  auto compiled = ips::compile(set, {});
  if (!compiled) std::abort();
  one.bytes = AlignedBytes(*compiled);
  auto loaded = ips::Ruleset::load(one.bytes.view());
  if (!loaded) std::abort();
  one.ruleset = std::move(*loaded);
  return one.ruleset.get();
}

void look_at_transaction(ips::Detector& detector, ips::FlowView& flow, const PacketView& packet,
                         std::span<const std::uint8_t> bytes, Sink& sink) {
  Values transaction;
  transaction.value = bytes;
  for (const std::uint8_t stage : {std::uint8_t{1}, std::uint8_t{2}, kStageEnd}) {
    transaction.set_stage(Direction::to_server, stage);
    detector.stage_reached(flow, transaction, Direction::to_server, packet, sink);
  }
  transaction.set_stage(Direction::to_client, 2);
  const auto half = bytes.size() / 2;
  transaction.grown = {bytes.first(half), 0, half, false};
  detector.body_grew(flow, transaction, rules::Field::http_response_body, Direction::to_client,
                     packet, sink);
  transaction.grown = {bytes, 0, bytes.size() - half, true};
  detector.body_grew(flow, transaction, rules::Field::http_response_body, Direction::to_client,
                     packet, sink);
  detector.ended(flow, transaction);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static const auto pool = MemoryPool::create(1 << 22);
  static ips::HostState hosts(1024);
  const auto made = ips::Detector::create(*rules_of(data[0] & 15), hosts, **pool);
  if (!made) std::abort();
  auto& detector = **made;
  const std::vector<std::uint8_t> bytes(data + 2, data + size);
  Sink sink;
  ips::FlowView flow;
  flow.ip_protocol = 6;
  flow.has_stream = true;
  flow.established = true;
  flow.protocol = Protocol::http1;
  PacketView packet;
  packet.ip_header = bytes;
  packet.ip_protocol = 6;
  const std::size_t step = 1 + data[1] % 64;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto count = std::min(step, bytes.size() - at);
    packet.payload = {bytes.data() + at, count};
    detector.begin_packet(packet);
    detector.packet(&flow, Direction::to_server, packet, sink);
    const std::size_t begin = at > 100 ? at - 100 : 0;
    detector.stream(flow, Direction::to_server,
                    {{bytes.data() + begin, at + count - begin}, begin, count, false}, packet,
                    sink);
    detector.end_packet(&flow, Direction::to_server, packet, false, sink);
  }
  flow.has_stream = false;
  packet.payload = bytes;
  detector.begin_packet(packet);
  detector.packet(&flow, Direction::to_client, packet, sink);
  detector.end_packet(&flow, Direction::to_client, packet, true, sink);
  look_at_transaction(detector, flow, packet, bytes, sink);
  detector.flow_ended(flow);
  if ((*pool)->used_bytes() != 0) std::abort();
  return 0;
}
