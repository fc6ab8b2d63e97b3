#include "engines/all_engines.h"

#include <array>

#include "engines/antimalware/malware_policy.h"
#include "engines/appid/appid.h"
#include "engines/callback/profiles.h"
#include "engines/decryption/decryption_policy.h"
#include "engines/dns/dns_policy.h"
#include "engines/evasion/evasion_policy.h"
#include "engines/firewall/firewall.h"
#include "engines/ips/profiles.h"
#include "engines/reputation/reputation_policy.h"
#include "engines/url/url_lists.h"

namespace sekisho::engines {

std::span<const EngineSpec* const> all_engines() noexcept {
  static constexpr std::array<const EngineSpec*, 10> kEngines{
      &appid::kSpec,        // facts
      &url::kSpec,          // facts: the allow and block lists
      &firewall::kSpec,     // judgement over all facts
      &ips::kSpec,          // which rules look into what passes
      &reputation::kSpec,   // what becomes of URLs that pass, by their reputation
      &dns::kSpec,          // which names may be asked for, and what is answered
      &callback::kSpec,     // which calls to C&C servers are told and stopped
      &evasion::kSpec,      // what becomes of flows that contradict themselves
      &antimalware::kSpec,  // which files are scanned, and what becomes of harmful ones
      &decryption::kSpec,   // which connections are opened
  };
  return kEngines;
}

}  // namespace sekisho::engines
