// A flow's protocol and ports, then its payloads, into the application recogniser. Checked: nothing
// is read outside a payload, an application is only named where the catalogue says it can be, and
// a decision comes within the promised number of payloads. An input whose protocol is 255 is
// patches (2 bytes where, 1 byte what) to compiled own applications instead, which are loaded and
// asked.
#include <array>
#include <cstdlib>
#include <vector>

#include "config/base/byte_reader.h"
#include "engines/appid/appid.h"
#include "rules/applications/catalogue.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;

constexpr unsigned kMostPayloads = 8;

struct Loaded {
  std::unique_ptr<const Ruleset> ruleset;
  std::unique_ptr<Engine> engine;
};

const Loaded& loaded() {
  static const Loaded once = [] {
    Diagnostics warnings;
    const auto artifact =
        std::get<Artifact>(appid::kSpec.compile({.policy = policy::Policy{}}, warnings));
    Loaded result;
    result.ruleset = *appid::kSpec.load(artifact);
    result.engine = appid::kSpec.make(*result.ruleset);
    return result;
  }();
  return once;
}

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Facts& facts) {
  const auto* const application = rules::application(facts.application);
  require(facts.application_known != Knowledge::known || application != nullptr);
  require(facts.application_known != Knowledge::never || application == nullptr);
  require(application == nullptr ||
          application->can_be(facts.protocol, facts.source_port, facts.destination_port));
}

policy::Policy own_policy() {
  policy::Policy policy;
  policy.applications.resize(2);
  policy.applications[0].name = "erp";
  policy.applications[0].hosts = {{"erp.test", {}}, {"*.erp.test", {}}};
  policy.applications[0].servers = {
      {{*parse_address_range("10.1.2.0/24"), *parse_address_range("2001:db8::/64")},
       {{6, 8443, 8443}, {17, 5000, 5100}}}};
  policy.applications[1].name = "print";
  policy.applications[1].servers = {{{}, {{6, 9100, 9100}}},
                                    {{*parse_address_range("10.0.0.0/8")}, {}}};
  return policy;
}

/// What is damaged is refused, or answers with ids that it has.
void ask_own(ByteReader patches) {
  Diagnostics warnings;
  static const auto artifact =
      std::get<Artifact>(appid::kSpec.compile({.policy = own_policy()}, warnings));
  auto damaged = artifact;
  std::uint16_t where = 0;
  std::uint8_t what = 0;
  while (patches.be16(where) && patches.u8(what))
    damaged[where % damaged.size()] = static_cast<std::byte>(what);
  const auto own = appid::OwnApplications::load(damaged);
  if (!own) return;
  const auto is_its = [&](ApplicationId id) {
    return id == 0 || (OwnApplication::is_own(id) && OwnApplication::index_of(id) < (*own)->size());
  };
  for (const auto* server : {"10.1.2.3", "10.200.0.1", "2001:db8::1", "::", "255.255.255.255"})
    for (const auto port : {std::uint16_t{0}, std::uint16_t{5050}, std::uint16_t{8443}})
      for (const auto protocol : {std::uint8_t{1}, std::uint8_t{6}, std::uint8_t{17}})
        require(is_its((*own)->find(*parse_ip_address(server), protocol, port)));
  for (const auto* host : {"erp.test", "a.erp.test", "test"}) {
    const auto found = (*own)->hosts().find(host);
    require(is_its(found) || rules::application(found) != nullptr);
  }
}

/// Payloads as (direction and length in 16 bits, bytes), of a flow that a call has announced as its
/// media, or none has.
void talk(ByteReader reader, Facts facts, ApplicationId announced_as) {
  facts.announced_as = announced_as;
  std::array<std::uint8_t, 8> state{};
  std::uint16_t head = 0;
  for (unsigned payloads = 1; reader.be16(head); ++payloads) {
    std::span<const std::uint8_t> bytes;
    if (!reader.take(head & 0x7fff, bytes)) reader.take(reader.rest().size(), bytes);
    const std::vector<std::uint8_t> alone(bytes.begin(), bytes.end());
    Inspection inspection;
    inspection.payload = alone;
    inspection.to_server = (head & 0x8000) == 0;
    inspection.facts = &facts;
    inspection.flow_state = state.data();
    const auto before = facts.application_known;
    loaded().engine->inspect({&inspection, 1});
    check(facts);
    require(inspection.facts_changed == (before != facts.application_known));
    if (alone.empty()) --payloads;
    require(payloads < kMostPayloads || facts.application_known != Knowledge::not_yet);
  }
}

}  // namespace

/// Input: protocol, two ports, then payloads.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader({data, size});
  Facts facts;
  if (!reader.u8(facts.protocol) || !reader.be16(facts.source_port) ||
      !reader.be16(facts.destination_port))
    return 0;
  constexpr std::uint8_t kPatches = 255;  // reserved by IANA
  if (facts.protocol == kPatches) {
    ask_own(reader);
    return 0;
  }
  talk(reader, facts, 0);
  talk(reader, facts, rules::application_id::kSip);
  return 0;
}
