// A flow's protocol and ports, then its payloads, into the application recogniser. Checked: nothing
// is read outside a payload, an application is only named where the catalogue says it can be, and
// a decision comes within the promised number of payloads.
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

}  // namespace

/// Input: protocol, two ports, then payloads as (direction and length in 16 bits, bytes).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader({data, size});
  Facts facts;
  if (!reader.u8(facts.protocol) || !reader.be16(facts.source_port) ||
      !reader.be16(facts.destination_port))
    return 0;
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
  return 0;
}
