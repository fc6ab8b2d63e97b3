// Cycles per judgement of a new flow at 10 to 10,000 office rules, and the time to compile them.
#include <x86intrin.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "engines/firewall/firewall.h"

namespace {

using namespace sekisho;
using engines::Facts;
using engines::firewall::Conditions;
using engines::firewall::Firewall;

constexpr std::size_t kFlows = 16'384;
constexpr int kRounds = 30;
constexpr std::array<std::uint16_t, 12> kPorts{443,  80,  53,   22,  25,   993,
                                               3389, 445, 8443, 123, 5060, 1433};

struct Office {
  std::mt19937_64 random{42};

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  std::uint32_t inside() { return 0x0a000000 | below(64) << 16 | below(1 << 16); }
  std::uint32_t outside() { return 0x14000000 + below(0x80000000); }

  AddressRange block(std::uint32_t address) {
    const std::uint32_t size = chance(60) ? 1 : chance(70) ? 1 + below(32) : 256;
    const std::uint32_t first = size == 256 ? address & ~255u : address;
    return {IpAddress::from_v4(first), IpAddress::from_v4(first + size - 1)};
  }
  policy::ServiceEntry service() {
    const auto port = chance(80) ? kPorts[below(kPorts.size())]
                                 : static_cast<std::uint16_t>(1024 + below(60'000));
    return {static_cast<std::uint8_t>(chance(80) ? 6 : 17), port, port};
  }

  policy::Rule individual() {
    policy::Rule rule;
    const bool inbound = chance(10);
    if (!chance(10)) rule.source.addresses.push_back(block(inbound ? outside() : inside()));
    if (!chance(20) || rule.source.everything())
      rule.destination.addresses.push_back(block(inbound || chance(40) ? inside() : outside()));
    for (std::uint32_t i = below(4); i > 0; --i) rule.services.push_back(service());
    if (chance(70)) rule.from = inbound ? policy::Side::wan : policy::Side::lan;
    rule.action = chance(30) ? policy::Action::block : policy::Action::allow;
    return rule;
  }

  /// Individual rules, then what the whole LAN may do, then nothing.
  policy::Policy policy(std::size_t num_rules) {
    policy::Policy policy;
    for (std::size_t i = 4; i < num_rules; ++i) policy.rules.push_back(individual());
    for (const std::uint16_t port : std::array<std::uint16_t, 3>{443, 80, 53}) {
      policy::Rule rule;
      rule.source.addresses.push_back(*parse_address_range("10.0.0.0/8"));
      rule.services.push_back({static_cast<std::uint8_t>(port == 53 ? 17 : 6), port, port});
      policy.rules.push_back(rule);
    }
    policy.rules.emplace_back().action = policy::Action::block;
    for (std::size_t i = 0; i < policy.rules.size(); ++i)
      policy.rules[i].name = "rule " + std::to_string(i + 1);
    return policy;
  }

  /// Half aimed at a rule, half from anywhere inside to anywhere outside.
  Facts flow(const policy::Policy& policy) {
    Facts facts;
    facts.source = IpAddress::from_v4(inside());
    facts.destination = IpAddress::from_v4(outside());
    facts.protocol = chance(80) ? 6 : 17;
    facts.destination_port = kPorts[below(kPorts.size())];
    if (chance(50)) return facts;
    const policy::Rule& rule = policy.rules[below(static_cast<std::uint32_t>(policy.rules.size()))];
    if (!rule.source.addresses.empty()) facts.source = rule.source.addresses[0].first;
    if (!rule.destination.addresses.empty())
      facts.destination = rule.destination.addresses[0].first;
    if (!rule.services.empty()) {
      facts.protocol = rule.services[0].protocol;
      facts.destination_port = rule.services[0].first;
    }
    facts.ingress = rule.from.value_or(policy::Side::lan);
    return facts;
  }
};

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

struct Cycles {
  double alone;     // each judgement waits for the one before
  double in_a_row;  // they overlap as the core likes
};

/// The median of kRounds over all flows.
Cycles measure(const Firewall& firewall, const std::vector<Facts>& flows) {
  const Conditions conditions;
  std::vector<double> alone;
  std::vector<double> in_a_row;
  std::uint64_t sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::uint64_t start = __rdtsc();
    std::size_t next = 0;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      const auto rule = firewall.judge(flows[next], conditions).rule;
      next = (i + 1) ^ (rule >> 31);  // rule numbers are small: i + 1, but not before it is known
      next &= flows.size() - 1;
    }
    alone.push_back(static_cast<double>(__rdtsc() - start));
    start = __rdtsc();
    for (const Facts& facts : flows) sum += firewall.judge(facts, conditions).rule;
    in_a_row.push_back(static_cast<double>(__rdtsc() - start));
  }
  if (sum == 0) std::abort();
  const auto median = [&flows](std::vector<double>& values) {
    std::nth_element(values.begin(), values.begin() + kRounds / 2, values.end());
    return values[kRounds / 2] / static_cast<double>(flows.size());
  };
  return {median(alone), median(in_a_row)};
}

}  // namespace

int main() {
  std::printf("%8s %12s %12s %12s %10s %14s\n", "rules", "cycles", "in a row", "compile ms",
              "load ms", "artifact bytes");
  double first = 0;
  double last = 0;
  double compile_ms = 0;
  for (const std::size_t rules : {10U, 100U, 1'000U, 10'000U}) {
    Office office;
    const policy::Policy policy = office.policy(rules);
    engines::Diagnostics warnings;
    auto start = std::chrono::steady_clock::now();
    auto compiled = engines::firewall::kSpec.compile({policy}, warnings);
    compile_ms = milliseconds_since(start);
    const auto* artifact = std::get_if<engines::Artifact>(&compiled);
    if (artifact == nullptr) return 1;
    start = std::chrono::steady_clock::now();
    const auto firewall = Firewall::load(*artifact);
    const double load_ms = milliseconds_since(start);
    if (!firewall) return 1;
    std::vector<Facts> flows;
    for (std::size_t i = 0; i < kFlows; ++i) flows.push_back(office.flow(policy));
    const Cycles cycles = measure(**firewall, flows);
    std::printf("%8zu %12.0f %12.0f %12.1f %10.1f %14zu\n", rules, cycles.alone, cycles.in_a_row,
                compile_ms, load_ms, artifact->size());
    last = cycles.alone;
    if (first == 0) first = last;
  }
  std::printf(
      "{\"judge_cycles_10\": %.0f, \"judge_cycles_10000\": %.0f, \"judge_ratio\": %.2f, "
      "\"compile_ms_10000\": %.1f}\n",
      first, last, last / first, compile_ms);
  return 0;
}
