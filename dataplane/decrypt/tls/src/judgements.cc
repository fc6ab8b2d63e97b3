#include "dataplane/decrypt/tls/judgements.h"

#include <algorithm>

namespace sekisho::decrypt {

using engines::origin::Fault;
using engines::origin::Presented;
using engines::origin::Revocation;

Digest Judgements::name_of(const Presented& presented) {
  std::vector<std::string_view> shown(presented.chain.begin(), presented.chain.end());
  shown.push_back(presented.host);
  shown.push_back(presented.staple);
  return digest_of(shown);
}

Judgement Judgements::look_at(const Presented& presented) const {
  const engines::origin::Validation validation(presented, trusted_);
  Judgement judgement{validation.fault(), validation.revocation(), validation.valid_until()};
  if (judgement.fault == Fault::none && judgement.revocation == Revocation::unknown) {
    const auto pointers = validation.pointers();
    judgement.leaves_open = !pointers.ocsp.empty() || !pointers.lists.empty();
  } else if (judgement.fault == Fault::unknown_issuer) {
    judgement.leaves_open = !engines::origin::pointers_of(presented.chain.back()).issuers.empty();
  }
  if (judgement.fault != Fault::none) judgement.valid_until = presented.now + kRefusedSeconds;
  return judgement;
}

Judgement Judgements::judge(const Presented& presented) {
  const auto name = name_of(presented);
  if (const auto* const known = known_.find(name);
      known != nullptr && known->valid_until > presented.now) {
    ++remembered_;
    return *known;
  }
  return known_.put(name, look_at(presented));
}

Judgement Judgements::conclude(const Presented& presented, const inquiry::Finding& finding) {
  auto judgement = judge(presented);
  if (judgement.fault == Fault::unknown_issuer && !finding.issuers.empty()) {
    const std::vector<std::string_view> more(finding.issuers.begin(), finding.issuers.end());
    auto completed = presented;
    completed.more = more;
    judgement = look_at(completed);
  }
  judgement.leaves_open = false;
  if (judgement.fault == Fault::none) {
    if (finding.state == inquiry::State::good) judgement.revocation = Revocation::good;
    if (finding.state == inquiry::State::revoked) judgement.revocation = Revocation::revoked;
    if (finding.state == inquiry::State::revoked) judgement.fault = Fault::revoked;
  }
  // Then an answer that came too late for this connection is asked for again.
  judgement.valid_until = std::min(judgement.valid_until, finding.until);
  return known_.put(name_of(presented), judgement);
}

}  // namespace sekisho::decrypt
