// The loader of compiled rule tables and everything that runs on what it lets through. An input is
// the number of a policy and patches to its artifact, or, after a byte of 0xff, an artifact itself.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "engines/firewall/firewall.h"

namespace {

using namespace sekisho;
using engines::Artifact;
using engines::Facts;
using engines::firewall::Firewall;

/// The header ends with an offset and a count for each section.
constexpr std::size_t kFirstExtent = 48;
constexpr std::size_t kNumSections = 24;
constexpr std::size_t kHeaderBytes = kFirstExtent + kNumSections * 16;

struct Patch {
  std::uint8_t section;  // kNumSections and above: the header
  std::uint8_t width;    // 1-8 bytes
  std::uint8_t reserved[2];
  std::uint32_t offset;  // within it
  std::uint64_t value;
};
static_assert(sizeof(Patch) == 16);

policy::Rule rule(unsigned i) {
  policy::Rule rule;
  rule.name = std::to_string(i);
  const std::string net = std::to_string(i % 200);
  if (i % 3 != 0) rule.source.addresses = {*parse_address_range("10.0." + net + ".0/28")};
  if (i % 5 == 0) rule.source.macs = {{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(i)}}};
  if (i % 4 == 0) rule.destination.addresses = {*parse_address_range("2001:db8:" + net + "::/48")};
  if (i % 4 == 1) rule.destination.addresses = {*parse_address_range("10.7.7." + net)};
  if (i % 7 == 0) rule.destination.fqdns = {"*.n" + net + ".test", "n" + net + ".test"};
  if (i % 2 == 0) rule.services = {{6, static_cast<std::uint16_t>(i), 500}, {1, 8, 8}};
  if (i % 6 == 0) rule.content.applications = {"dns", "dhcp"};
  if (i % 10 == 0) rule.content.applications = {"youtube/upload", "category:streaming/view"};
  if (i % 9 == 0) rule.content.url_categories = {"news", "group:adult"};
  if (i % 11 == 0) rule.schedule = "s";
  if (i % 2 == 1) rule.from = policy::Side::lan;
  rule.action = i % 3 == 1 ? policy::Action::block : policy::Action::allow;
  return rule;
}

Artifact artifact_of(unsigned num_rules) {
  policy::Policy policy;
  policy.schedules.emplace_back().name = "s";
  policy.schedules.back().entries = {{0x1f, std::chrono::hours(9), std::chrono::hours(17)}};
  for (unsigned i = 0; i < num_rules; ++i) policy.rules.push_back(rule(i));
  engines::Diagnostics warnings;
  auto output = engines::firewall::kSpec.compile({policy}, warnings);
  if (!std::holds_alternative<Artifact>(output)) std::abort();
  return std::get<Artifact>(std::move(output));
}

const Artifact& base_artifact(std::uint8_t number) {
  static const std::array<Artifact, 4> artifacts{artifact_of(0), artifact_of(3), artifact_of(60),
                                                 artifact_of(400)};
  return artifacts[number % artifacts.size()];
}

/// Changes `artifact` and says where, so that the change can be undone.
std::pair<std::size_t, std::size_t> apply(const Patch& patch, const Artifact& base,
                                          Artifact& artifact) {
  std::uint64_t offset = 0;
  std::uint64_t end = kHeaderBytes;
  if (patch.section < kNumSections) {
    std::memcpy(&offset, &base[kFirstExtent + patch.section * std::size_t{16}], 8);
    end = base.size();
    if (patch.section + 1u < kNumSections)
      std::memcpy(&end, &base[kFirstExtent + (patch.section + std::size_t{1}) * 16], 8);
  }
  if (offset >= end) return {0, 0};
  const std::size_t at = offset + patch.offset % (end - offset);
  const std::size_t width = std::min<std::size_t>(1 + patch.width % 8, artifact.size() - at);
  std::memcpy(&artifact[at], &patch.value, width);
  return {at, width};
}

void use(std::span<const std::byte> artifact) {
  const auto loaded = Firewall::load(artifact);
  if (!loaded) return;
  const Firewall& firewall = **loaded;
  std::array<engines::firewall::FqdnId, 8> ids{};
  engines::firewall::LearnedAddresses learned(8);
  const std::size_t count = firewall.match_fqdn("a.n7.test", ids);
  const std::array<IpAddress, 4> addresses{*parse_ip_address("10.0.7.3"),
                                           *parse_ip_address("10.7.7.9"),
                                           *parse_ip_address("2001:db8:8::1"), IpAddress{}};
  for (std::size_t i = 0; i < count; ++i) learned.learn(addresses[1], ids[i], 100, 10);
  for (unsigned i = 0; i < 32; ++i) {
    Facts facts;
    facts.source = addresses[i % 4];
    facts.source.bytes[14] = static_cast<std::uint8_t>(facts.source.bytes[14] + i);
    facts.destination = addresses[i / 4 % 4];
    facts.protocol = static_cast<std::uint8_t>(i % 3 == 0 ? 1 : i % 3 == 1 ? 6 : 17);
    facts.destination_port = static_cast<std::uint16_t>(i * 2000);
    facts.icmp_type = static_cast<std::uint8_t>(i * 8);
    facts.source_mac = {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(i)}};
    facts.application_known = static_cast<engines::Knowledge>(i % 3);
    facts.application = static_cast<std::uint16_t>(1000 + i % 8);  // of the catalogue: streaming
    facts.function = static_cast<std::uint8_t>(i % 10);
    facts.url.known = static_cast<engines::Knowledge>(i / 2 % 3);
    facts.url.categories = {330, 40, 1023, 0xffff};
    facts.url.num_categories = static_cast<std::uint8_t>(i % 5);
    const engines::firewall::Conditions conditions{firewall.active_schedules(i * 400), &learned,
                                                   50};
    const auto judged = firewall.judge(facts, conditions);
    if (judged.rule > firewall.num_rules()) std::abort();
    if (i % 8 == 0) (void)firewall.explain(facts, conditions);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] == 0xff) {
    Artifact artifact(size - 1);  // aligned for every type
    if (size > 1) std::memcpy(artifact.data(), data + 1, size - 1);
    use(artifact);
    return 0;
  }
  const Artifact& base = base_artifact(data[0]);
  static std::array<Artifact, 4> copies;
  Artifact& artifact = copies[data[0] % 4];
  if (artifact.empty()) artifact = base;
  std::vector<std::pair<std::size_t, std::size_t>> changed;
  for (std::size_t at = 1; at + sizeof(Patch) <= size && changed.size() < 16; at += sizeof(Patch)) {
    Patch patch;
    std::memcpy(&patch, data + at, sizeof patch);
    changed.push_back(apply(patch, base, artifact));
  }
  use(artifact);
  for (const auto& [at, width] : changed)
    if (width != 0) std::memcpy(&artifact[at], &base[at], width);
  return 0;
}
