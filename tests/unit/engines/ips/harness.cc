#include "harness.h"

#include <catch2/catch.hpp>

namespace sekisho::engines::ips::testing {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

constexpr std::uint8_t kHeader[20] = {0x45};

}  // namespace

std::optional<std::span<const std::uint8_t>> FakeTransaction::bytes(rules::Field field, Direction,
                                                                    std::uint32_t instance,
                                                                    FieldScratch) const noexcept {
  const auto found = texts.find(field);
  if (found == texts.end() || instance >= found->second.size()) return std::nullopt;
  return bytes_of(found->second[instance]);
}

std::optional<std::uint64_t> FakeTransaction::number(rules::Field field, Direction,
                                                     std::uint32_t instance) const noexcept {
  const auto found = numbers.find(field);
  if (found == numbers.end() || instance >= found->second.size()) return std::nullopt;
  return found->second[instance];
}

std::optional<BodyView> FakeTransaction::body(rules::Field field, Direction) const noexcept {
  const auto found = bodies.find(field);
  if (found == bodies.end()) return std::nullopt;
  return found->second;
}

Harness::Harness(const std::string& text, const CompileOptions& options) {
  rules::parse_rules(text, "test.rules", rules::RuleContext::defaults(), rules);
  auto bytes = compile(rules, options);
  for (const auto& refused : rules.refused) INFO(refused.message);
  REQUIRE(bytes);
  artifact = std::make_unique<AlignedBytes>(*bytes);
  auto loaded = Ruleset::load(artifact->view());
  if (!loaded) FAIL(loaded.error().message);
  ruleset = std::move(*loaded);
  auto made = MemoryPool::create(1 << 22);
  REQUIRE(made);
  pool = std::move(*made);
  auto detecting = Detector::create(*ruleset, hosts, *pool);
  REQUIRE(detecting);
  detector = *std::move(detecting);
  flow.client = IpAddress::from_v4(0x0a000001);
  flow.server = IpAddress::from_v4(0x08080808);
  flow.client_port = 40000;
  flow.server_port = 80;
  flow.ip_protocol = 17;
  flow.established = true;
  view.ip_header = kHeader;
  view.time_ns = 1'700'000'000'000'000'000;
}

Harness::~Harness() { detector->flow_ended(flow); }

void Harness::use_tcp() {
  flow.ip_protocol = 6;
  flow.has_stream = true;
}

void Harness::new_flow() {
  detector->flow_ended(flow);
  flow.marks = 0;
  flow.packets[0] = flow.packets[1] = 0;
  ++flow.flow_id;
  windows[0].clear();
  windows[1].clear();
}

std::vector<std::uint32_t> Harness::datagram(std::string_view payload, Direction direction) {
  const bool to_server = direction == Direction::to_server;
  view.payload = bytes_of(payload);
  view.ip_protocol = flow.ip_protocol;
  view.source = to_server ? flow.client : flow.server;
  view.destination = to_server ? flow.server : flow.client;
  view.source_port = to_server ? flow.client_port : flow.server_port;
  view.destination_port = to_server ? flow.server_port : flow.client_port;
  ++flow.packets[index_of(direction)];
  detector->begin_packet(view);
  detector->packet(&flow, direction, view, *this);
  detector->end_packet(&flow, direction, view, !flow.has_stream, *this);
  return told();
}

std::vector<std::uint32_t> Harness::stream(std::string_view fresh, Direction direction) {
  auto before = datagram(fresh, direction);
  auto& window = windows[index_of(direction)];
  window += fresh;
  BodyView bytes{bytes_of(window), 0, fresh.size(), false};
  detector->stream(flow, direction, bytes, view, *this);
  const auto after = told();
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

std::vector<std::uint32_t> Harness::stage(FakeTransaction& transaction, Direction direction,
                                          std::uint8_t stage) {
  transaction.set_stage(direction, stage);
  detector->stage_reached(flow, transaction, direction, view, *this);
  return told();
}

std::vector<std::uint32_t> Harness::body(FakeTransaction& transaction, rules::Field field,
                                         Direction direction, const BodyView& body_view) {
  transaction.bodies[field] = body_view;
  detector->body_grew(flow, transaction, field, direction, view, *this);
  return told();
}

std::vector<std::uint32_t> Harness::file(FakeTransaction& transaction, const FileView& file,
                                         const FileFacts& facts) {
  detector->file_grew(flow, transaction, file, view, *this, facts);
  return told();
}

std::vector<std::uint32_t> Harness::told() {
  detector->decide();
  std::vector<std::uint32_t> signatures;
  actions.clear();
  whole_flows.clear();
  for (const auto& alert : alerts) {
    actions.push_back(alert.action);
    whole_flows.push_back(alert.whole_flow);
    if (alert.logged) signatures.push_back(alert.signature);
  }
  alerts.clear();
  return signatures;
}

void Harness::on_alert(const Alert& alert) noexcept {
  alerts.push_back({alert.rule->signature, alert.action, alert.logged, alert.whole_flow});
  for (const auto& note : alert.notes)
    noted.push_back(std::string(note.name) + "=" + std::string(note.value));
}

}  // namespace sekisho::engines::ips::testing
