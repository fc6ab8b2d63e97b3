// DNS queries and responses as they come from the network.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "engines/firewall/firewall.h"

namespace {

using namespace sekisho;

struct Wanted {
  engines::Artifact artifact;
  std::unique_ptr<const engines::firewall::Firewall> firewall;

  Wanted() {
    policy::Policy policy;
    policy.rules.emplace_back().destination.fqdns = {"*.example.com", "example.com", "cdn.test"};
    engines::Diagnostics warnings;
    auto output = engines::firewall::kSpec.compile({policy}, warnings);
    artifact = std::get<engines::Artifact>(std::move(output));
    auto loaded = engines::firewall::Firewall::load(artifact);
    if (!loaded) std::abort();
    firewall = *std::move(loaded);
  }
};

void swap_case(std::uint8_t& byte) {
  const bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
  if (letter) byte ^= 0x20;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Wanted wanted;
  static engines::firewall::LearnedAddresses learned(256);
  const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[size]);  // its end is guarded
  std::copy_n(data, size, exact.get());
  const std::size_t fresh =
      engines::firewall::learn_from_dns({exact.get(), size}, *wanted.firewall, learned, 1000);
  if (fresh > engines::firewall::kMaxDnsRecords * 16) std::abort();
  // Whatever the case of the letters, a response repeats its question.
  const auto question = engines::firewall::read_dns_question({exact.get(), size});
  if (!question) return 0;
  for (std::size_t at = 12; exact[at] != 0;)
    for (std::size_t left = exact[at++]; left > 0; --left, ++at) swap_case(exact[at]);
  const auto again = engines::firewall::read_dns_question({exact.get(), size});
  if (!again || again->id != question->id || again->hash != question->hash) std::abort();
  return 0;
}
