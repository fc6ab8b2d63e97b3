// Snapshot files whose container is whole and whose contents are not: the loader of the packet
// process and everything that runs on what it lets through. An input is patches to the sections of
// a real snapshot; the container around them is made anew.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "config/snapshot/snapshot.h"
#include "dataplane/loader/policy_snapshot.h"
#include "worker_harness/worker_harness.h"

namespace {

using namespace sekisho;
using dataplane::PolicySnapshot;

constexpr std::string_view kPolicy = R"(
version: 1
time_zone: Europe/Paris
objects: {schedules: [{name: night, entries: [{from: "22:00", to: "06:00"}]}]}
rules:
  - {name: dns, action: allow, services: [udp/53, tcp/53], source: {addresses: 10.0.0.0/8}}
  - {name: sites, action: block, destination: {fqdns: "*.example.com, example.com"}}
  - {name: games, action: block, content: {applications: [ssh, dns]}}
  - {name: bets, action: block, content: {url_categories: [gambling, "group:adult"]}}
  - {name: night, action: block, schedule: night, source: {macs: "02:00:00:00:00:01"}}
  - {name: ping, action: monitor, services: [icmp/8, icmpv6/128]}
  - {name: rest, action: allow}
)";

struct Section {
  std::string name;
  std::vector<std::byte> content;
};

/// One change; the container is made anew around all of them.
struct Patch {
  std::uint8_t section;
  std::uint8_t kind;  // overwrite, cut off behind, leave out
  std::uint16_t offset;
  std::uint32_t value;
};
static_assert(sizeof(Patch) == 8);

std::vector<Section> sections_of(std::span<const std::byte> file) {
  const auto view = snapshot::SnapshotView::open(file);
  std::vector<Section> sections;
  std::vector<std::string_view> names{snapshot::kMetaSection, snapshot::kSourceSection};
  for (const auto* spec : engines::all_engines()) names.push_back(spec->name);
  for (const auto name : names)
    if (const auto content = view->section(name))
      sections.push_back({std::string(name), {content->begin(), content->end()}});
  return sections;
}

void alter(const Patch& patch, std::vector<Section>& sections) {
  if (sections.empty()) return;
  const std::size_t at = patch.section % sections.size();
  auto& content = sections[at].content;
  switch (patch.kind % 8) {
    case 6:
      content.resize(content.empty() ? 0 : patch.offset % content.size());
      break;
    case 7:
      sections.erase(sections.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    default:
      if (content.empty()) return;
      const std::size_t from = patch.offset % content.size();
      const auto width = std::min<std::size_t>(1 + patch.kind % 4, content.size() - from);
      std::memcpy(&content[from], &patch.value, width);
  }
}

engines::Facts facts_number(unsigned i) {
  constexpr std::array<std::uint8_t, 4> kProtocols{1, 6, 17, 58};
  engines::Facts facts;
  facts.source = IpAddress::from_v4(0x0a000000 + i);
  facts.destination = IpAddress::from_v4(0xc6336400 + i % 7);
  facts.protocol = kProtocols[i % kProtocols.size()];
  facts.destination_port = static_cast<std::uint16_t>(i % 5 == 0 ? 53 : i * 1000);
  facts.icmp_type = static_cast<std::uint8_t>(i * 8);
  facts.source_mac = {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(i % 3)}};
  facts.application_known = static_cast<engines::Knowledge>(i % 3);
  facts.application = static_cast<engines::ApplicationId>(i);
  facts.url.known = static_cast<engines::Knowledge>(i / 3 % 3);
  facts.url.categories[0] = static_cast<engines::UrlCategoryId>(i * 50);
  facts.url.num_categories = 1;
  facts.url.list = static_cast<engines::ListOutcome>(i / 5 % 3);
  return facts;
}

void use(const PolicySnapshot& policy) {
  const auto& firewall = policy.firewall();
  if (policy.hits().size() != firewall.block_list() + std::size_t{1}) std::abort();
  engines::firewall::LearnedAddresses learned(8);
  std::array<engines::firewall::FqdnId, 8> ids{};
  const auto found = firewall.match_fqdn("www.example.com", ids);
  for (std::size_t i = 0; i < found; ++i)
    learned.learn(facts_number(1).destination, ids[i], 100, 1);
  for (unsigned i = 0; i < 24; ++i) {
    auto facts = facts_number(i);
    std::array<std::uint8_t, 8> state{};
    constexpr std::string_view kPayload = "SSH-2.0-OpenSSH_9.2\r\n";
    std::array<std::uint8_t, kPayload.size()> payload{};
    std::copy(kPayload.begin(), kPayload.end(), payload.begin());
    for (const auto& engine : policy.worker(i % 2).engines) {
      engines::Inspection inspection;
      inspection.payload = payload;
      inspection.facts = &facts;
      inspection.flow_state = state.data();
      engine->inspect({&inspection, 1});
    }
    const engines::firewall::Conditions conditions{firewall.active_schedules(i * 400), &learned,
                                                   50};
    const auto judged = firewall.judge(facts, conditions);
    if (judged.rule > firewall.block_list()) std::abort();
    ++policy.worker(i % 2).hits[judged.rule].packets;
    if (i % 8 == 0) (void)firewall.explain(facts, conditions);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto original = sections_of(tests::compile_snapshot(kPolicy));
  auto sections = original;
  for (std::size_t at = 0; at + sizeof(Patch) <= size && at < 16 * sizeof(Patch);
       at += sizeof(Patch)) {
    Patch patch;
    std::memcpy(&patch, data + at, sizeof patch);
    alter(patch, sections);
  }
  snapshot::SnapshotWriter writer;
  for (const auto& section : sections) writer.add(section.name, section.content);
  const auto loaded = PolicySnapshot::load(writer.finish(), 1, 2);
  if (loaded)
    use(**loaded);
  else if (loaded.error().message.empty() || size == 0)
    std::abort();
  return 0;
}
