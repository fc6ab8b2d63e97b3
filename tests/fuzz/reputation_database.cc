// The loader of reputation databases, look-ups in what it lets through, and the profiles' section
// of a snapshot.
#include <cstdint>
#include <cstdlib>

#include "config/base/text_bytes.h"
#include "engines/reputation/reputation_database.h"
#include "engines/reputation/reputation_policy.h"

using namespace sekisho;
using namespace sekisho::engines::reputation;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  if (const auto database = ReputationDatabase::load(bytes)) {
    rules::UrlHash hash{};
    for (std::size_t i = 0; i < size; ++i) {
      hash[i % 8] = data[i];
      const auto found = database->find(hash);
      if (found && found->score > rules::kBestReputation) std::abort();
    }
  }
  if (const auto policy = ReputationPolicy::load(bytes))
    for (std::uint32_t rule = 0; rule < 64; ++rule) {
      const auto* profile = (*policy)->of_rule(rule);
      if (profile != nullptr && profile->threshold > rules::kBestReputation) std::abort();
    }
  return 0;
}
