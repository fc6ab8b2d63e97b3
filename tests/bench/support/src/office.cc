#include "bench_support/office.h"

#include <array>
#include <stdexcept>
#include <unordered_set>

namespace sekisho::tests {
namespace {

constexpr std::array<std::uint16_t, 12> kPorts{443,  80,  53,   22,  25,   993,
                                               3389, 445, 8443, 123, 5060, 1433};
constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::size_t kGeneralRules = 4;

std::string dotted(std::uint32_t address) {
  return std::to_string(address >> 24) + '.' + std::to_string(address >> 16 & 255) + '.' +
         std::to_string(address >> 8 & 255) + '.' + std::to_string(address & 255);
}

struct TupleHash {
  std::size_t operator()(const Tuple& t) const noexcept {
    const std::uint64_t ends = std::uint64_t{t.source} << 32 | t.destination;
    const std::uint64_t ports = std::uint64_t{t.source_port} << 16 | t.destination_port;
    return (ends * 0x9e3779b97f4a7c15 ^ ports) * 0xd1342543de82ef95 >> 7;
  }
};

engines::Facts facts_of(const Tuple& flow) {
  engines::Facts facts;
  facts.source = IpAddress::from_v4(flow.source);
  facts.destination = IpAddress::from_v4(flow.destination);
  facts.source_port = flow.source_port;
  facts.destination_port = flow.destination_port;
  facts.protocol = flow.protocol;
  facts.ingress = flow.from_wan ? policy::Side::wan : policy::Side::lan;
  return facts;
}

}  // namespace

Office::Office(std::size_t num_rules, bool with_names) {
  for (std::size_t i = kGeneralRules; i < num_rules; ++i) rules_.push_back(individual(with_names));
  end_with_general_rules();
}

Office::Block Office::block_around(std::uint32_t address) {
  if (chance(55)) return {address, address, dotted(address)};
  if (chance(45)) {
    const std::uint32_t last = address + 1 + below(31);
    return {address, last, dotted(address) + '-' + dotted(last)};
  }
  const std::uint32_t bits = chance(60) ? 8 : 4 + below(9);
  const std::uint32_t size = 1u << bits;
  const std::uint32_t first = address & ~(size - 1);
  return {first, first + size - 1, dotted(first) + '/' + std::to_string(32 - bits)};
}

Office::Service Office::service() {
  const std::uint8_t protocol = chance(75) ? kTcp : kUdp;
  if (chance(10)) {
    const auto first = static_cast<std::uint16_t>(1024 + below(60'000));
    return {protocol, first, static_cast<std::uint16_t>(first + 1 + below(1000))};
  }
  const auto port =
      chance(80) ? kPorts[below(kPorts.size())] : static_cast<std::uint16_t>(1024 + below(60'000));
  return {protocol, port, port};
}

Office::Rule Office::individual(bool with_names) {
  Rule rule;
  const bool inbound = chance(10);
  const bool any_source = chance(10);
  if (!any_source) rule.source = block_around(inbound ? outside() : inside());
  if (!chance(20) || any_source)
    rule.destination = block_around(inbound || chance(40) ? inside() : outside());
  for (std::uint32_t i = below(4); i > 0; --i) rule.services.push_back(service());
  if (chance(70)) rule.side = inbound ? 2 : 1;
  rule.block = chance(30);
  if (!with_names) return rule;
  if (chance(3)) {
    rule.destination = {};
    rule.fqdn = "host" + std::to_string(rules_.size()) + ".example.com";
  } else if (chance(2)) {
    rule.source = {};
    const auto n = static_cast<unsigned>(rules_.size());
    std::array<char, 18> text;
    std::snprintf(text.data(), text.size(), "02:01:00:%02x:%02x:01", n >> 8 & 255, n & 255);
    rule.mac = text.data();
  }
  return rule;
}

void Office::end_with_general_rules() {
  for (const auto& service :
       {Service{kTcp, 443, 443}, Service{kTcp, 80, 80}, Service{kUdp, 53, 53}}) {
    Rule rule;
    rule.source = {0x0a000000, 0x0affffff, "10.0.0.0/8"};
    rule.services.push_back(service);
    rules_.push_back(rule);
  }
  rules_.emplace_back().block = true;
}

std::string Office::line_of(const Rule& rule, std::size_t number) {
  std::string text = "  - {name: rule " + std::to_string(number);
  if (rule.side != 0) text += rule.side == 1 ? ", from: lan" : ", from: wan";
  if (!rule.source.text.empty()) text += ", source: {addresses: [" + rule.source.text + "]}";
  if (!rule.mac.empty()) text += ", source: {macs: ['" + rule.mac + "']}";
  if (!rule.destination.text.empty())
    text += ", destination: {addresses: [" + rule.destination.text + "]}";
  if (!rule.fqdn.empty()) text += ", destination: {fqdns: [" + rule.fqdn + "]}";
  std::string services;
  for (const auto& service : rule.services) {
    services += services.empty() ? "" : ", ";
    services += (service.protocol == kTcp ? "tcp/" : "udp/") + std::to_string(service.first);
    if (service.last != service.first) services += '-' + std::to_string(service.last);
  }
  if (!services.empty()) text += ", services: [" + services + ']';
  return text + (rule.block ? ", action: block}\n" : ", action: allow}\n");
}

std::string Office::yaml(std::string_view more_rules) const {
  std::string text = "version: 1\nrules:\n";
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (i + kGeneralRules == rules_.size()) text += more_rules;
    text += line_of(rules_[i], i + 1);
  }
  return text;
}

std::uint32_t Office::any_of(const Block& block) {
  return block.first + below(block.last - block.first + 1);
}

Tuple Office::general(std::uint8_t protocol) {
  Tuple flow;
  flow.source = inside();
  flow.destination = outside();
  flow.protocol = protocol;
  flow.destination_port = kPorts[below(kPorts.size())];
  return flow;
}

Tuple Office::aimed(std::uint8_t protocol) {
  Tuple flow = general(protocol);
  const Rule& rule = rules_[below(static_cast<std::uint32_t>(rules_.size()))];
  if (rule.source.last != 0) flow.source = any_of(rule.source);
  if (rule.destination.last != 0) flow.destination = any_of(rule.destination);
  for (const auto& service : rule.services) {
    if (service.protocol != protocol) continue;
    flow.destination_port =
        static_cast<std::uint16_t>(service.first + below(service.last - service.first + 1u));
    break;
  }
  flow.from_wan = rule.side == 2;
  return flow;
}

std::vector<Tuple> Office::passing_flows(const engines::firewall::Firewall& firewall,
                                         std::uint8_t protocol, std::size_t count) {
  constexpr std::size_t kTriesPerFlow = 1000;
  std::vector<Tuple> flows;
  flows.reserve(count);
  std::unordered_set<Tuple, TupleHash> seen(count * 2);
  for (std::size_t tries = 0; flows.size() < count; ++tries) {
    if (tries > count * kTriesPerFlow) throw std::runtime_error("the policy passes too little");
    // Turns by what is kept, not by what is tried: half and half in the end.
    Tuple flow = flows.size() % 2 == 0 ? general(protocol) : aimed(protocol);
    flow.source_port = static_cast<std::uint16_t>(1024 + below(64'000));
    const bool same_ends = flow.source == flow.destination;
    if (same_ends || firewall.judge(facts_of(flow), {}).verdict != engines::Verdict::pass) continue;
    const Tuple reverse{flow.destination, flow.source,   flow.destination_port,
                        flow.source_port, flow.protocol, flow.from_wan};
    Tuple backwards = reverse;
    backwards.from_wan = !reverse.from_wan;
    if (seen.contains(reverse) || seen.contains(backwards)) continue;
    Tuple other_side = flow;
    other_side.from_wan = !flow.from_wan;
    if (!seen.contains(other_side) && seen.insert(flow).second) flows.push_back(flow);
  }
  return flows;
}

}  // namespace sekisho::tests
