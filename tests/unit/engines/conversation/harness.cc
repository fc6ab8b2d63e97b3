#include "harness.h"

#include <catch2/catch.hpp>
#include <utility>

#include "engines/ips/ips.h"
#include "rules/ips/parse.h"

namespace sekisho::tests {
namespace {

using engines::Direction;
using engines::index_of;

constexpr std::uint8_t kSyn = 2, kAck = 16;
const auto kClient = IpAddress::from_v4(0x0a000001), kServer = IpAddress::from_v4(0x0a000002);

}  // namespace

void RecordKeeper::record(const engines::RecordOrigin&, std::string_view event_type,
                          std::string_view members) noexcept {
  records_.push_back({std::string(event_type), "{" + std::string(members) + "}"});
}

std::vector<nlohmann::json> RecordKeeper::of_type(std::string_view type) const {
  std::vector<nlohmann::json> found;
  for (const auto& record : records_)
    if (record.type == type) found.push_back(nlohmann::json::parse(record.text));
  return found;
}

engines::InspectorConfig ConversationHarness::listener() {
  engines::InspectorConfig config;
  config.tcp.delivery = engines::stream::Delivery::on_acknowledgement;
  config.memory_bytes = std::size_t{8} << 20;
  config.record_protocols = config.file_digests = true;
  config.settles = config.enforce = false;
  return config;
}

ConversationHarness::ConversationHarness(const std::string& rules,
                                         const engines::InspectorConfig& config, bool asymmetric) {
  auto made = engines::Inspector::create(config, records);
  REQUIRE(made);
  inspector_ = *std::move(made);
  change_rules(rules);
  conversation_ = inspector_->open({.flow_id = 7,
                                    .client = kClient,
                                    .server = kServer,
                                    .client_port = 1025,
                                    .server_port = 80,
                                    .ip_protocol = 6,
                                    .asymmetric = asymmetric});
  REQUIRE(conversation_ != nullptr);
}

ConversationHarness::~ConversationHarness() { close(); }

void ConversationHarness::change_rules(const std::string& rules) {
  std::unique_ptr<engines::ips::Detector> detector;
  std::unique_ptr<const engines::ips::Ruleset> ruleset;
  AlignedBytes artifact;
  if (!rules.empty()) {
    rules::RuleSet set;
    rules::parse_rules(rules, "test.rules", rules::RuleContext::defaults(), set);
    REQUIRE(set.refused.empty());
    const auto bytes = engines::ips::compile(set, {});
    REQUIRE(bytes);
    artifact = AlignedBytes(*bytes);
    auto loaded = engines::ips::Ruleset::load(artifact.view());
    REQUIRE(loaded);
    ruleset = *std::move(loaded);
    auto made = inspector_->make_detector(*ruleset, hosts_);
    REQUIRE(made);
    detector = *std::move(made);
  }
  inspector_->use(detector.get());
  detector_ = std::move(detector);
  ruleset_ = std::move(ruleset);
  artifact_ = std::move(artifact);
}

std::size_t ConversationHarness::pool_bytes_used() const { return inspector_->pool().used_bytes(); }

void ConversationHarness::segment(Direction direction, std::uint32_t sequence,
                                  std::uint32_t acknowledgement, std::uint8_t flags,
                                  std::string_view payload) {
  const bool to_server = direction == Direction::to_server;
  const std::vector<std::uint8_t> frame(54), header(20), bytes(payload.begin(), payload.end());
  engines::PacketView packet;
  packet.frame = frame;
  packet.ip_header = std::span(frame).subspan(14, 20);
  packet.transport_header = header;
  packet.payload = bytes;
  packet.source = to_server ? kClient : kServer;
  packet.destination = to_server ? kServer : kClient;
  packet.source_port = to_server ? 1025 : 80;
  packet.destination_port = to_server ? 80 : 1025;
  packet.ip_protocol = 6;
  packet.ttl = 64;
  packet.tcp_sequence = sequence;
  packet.tcp_acknowledgement = acknowledgement;
  packet.tcp_flags = flags;
  packet.tcp_window = 65535;
  packet.time_ns = now_ns;
  ++packets_[index_of(direction)];
  outcome = inspector_->inspect(*conversation_, direction, packet,
                                {.packets = {packets_[0], packets_[1]},
                                 .bytes = {flow_bytes[0], flow_bytes[1]},
                                 .treatment = treatment});
}

void ConversationHarness::open() {
  segment(Direction::to_server, 100, 0, kSyn);
  segment(Direction::to_client, 500, 101, kSyn | kAck);
  client(101, 501);
}

void ConversationHarness::client(std::uint32_t sequence, std::uint32_t acknowledgement,
                                 std::string_view payload) {
  segment(Direction::to_server, sequence, acknowledgement, kAck, payload);
}

void ConversationHarness::server(std::uint32_t sequence, std::uint32_t acknowledgement,
                                 std::string_view payload) {
  segment(Direction::to_client, sequence, acknowledgement, kAck, payload);
}

engines::FlowFacts ConversationHarness::close() {
  return inspector_->close(std::exchange(conversation_, nullptr), engines::ips::Treatment{},
                           now_ns);
}

}  // namespace sekisho::tests
