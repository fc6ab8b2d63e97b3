// The decryption section of a snapshot, and hosts asked of the profiles that it lets through.
#include <cstdint>
#include <cstdlib>

#include "config/base/byte_reader.h"
#include "engines/decryption/decryption_policy.h"

using namespace sekisho;
using engines::decryption::DecryptionPolicy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  const auto policy = DecryptionPolicy::load(std::as_bytes(bytes));
  if (!policy) return 0;
  for (std::uint32_t rule = 0; rule < 64; ++rule) {
    const auto* profile = (*policy)->of_rule(rule);
    if (profile == nullptr) continue;
    for (const auto port : profile->ports)
      if (!profile->has_port(port) || !(*policy)->has_port(port)) std::abort();
    for (const auto& host : profile->hosts)
      if (!profile->exempts_host(host)) std::abort();
    for (const auto& domain : profile->domains)
      if (!profile->exempts_host("x." + domain)) std::abort();
    (void)profile->exempts_host(as_text(bytes));
    (void)profile->is_outer_name(as_text(bytes));
  }
  return 0;
}
