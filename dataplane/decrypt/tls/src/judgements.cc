#include "dataplane/decrypt/tls/judgements.h"

#include <algorithm>

namespace sekisho::decrypt {

Judgement Judgements::judge(const engines::origin::Presented& presented) {
  std::vector<std::string_view> shown(presented.chain.begin(), presented.chain.end());
  shown.insert(shown.end(), presented.more.begin(), presented.more.end());
  shown.push_back(presented.host);
  shown.push_back(presented.staple);
  const auto digest = digest_of(shown);
  if (const auto* const known = known_.find(digest);
      known != nullptr && known->valid_until > presented.now) {
    ++remembered_;
    return *known;
  }
  const engines::origin::Validation validation(presented, trusted_);
  Judgement judgement{validation.fault(), validation.revocation(), validation.valid_until()};
  if (judgement.fault != engines::origin::Fault::none)
    judgement.valid_until = presented.now + kRefusedSeconds;
  return known_.put(digest, judgement);
}

}  // namespace sekisho::decrypt
