#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/policy/policy.h"
#include "json_text.h"

namespace sekisho::console {

/// A policy as a text that config/policy reads, one value a line.
std::string policy_text(const Json& policy);

/// Mistakes (of openapi.yaml) of a policy: what config/policy says of policy_text(policy), with the
/// pointers that its lines stand for.
Json mistakes_of(const Json& policy, const std::vector<policy::Diagnostic>& diagnostics);

/// A policy that config/policy accepts.
struct ValidPolicy {
  policy::Policy policy;
  Json warnings;  // Mistakes
};

/// Either `valid` or `mistakes`.
struct CheckedPolicy {
  std::shared_ptr<const ValidPolicy> valid;
  Json mistakes;
};
CheckedPolicy check_policy(const Json& policy);

/// The factory policy as canonical JSON.
const std::string& factory_policy();

/// SHA-256 of a canonical text as hexadecimal digits.
std::string policy_hash(std::string_view canonical_text);

/// Drafts and delivered policies that were looked at lately: reading one takes a while. Any thread.
class PolicyCache {
 public:
  /// `text`: canonical JSON of a policy that was valid when it was stored; `hash`: policy_hash of
  /// it. Null when this console does not accept it any more.
  std::shared_ptr<const ValidPolicy> get(const std::string& hash, const std::string& text);

 private:
  struct Entry {
    std::shared_ptr<const ValidPolicy> policy;
    std::size_t bytes = 0;
    std::list<std::string>::iterator use;
  };

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::list<std::string> uses_;  // the latest first
  std::size_t bytes_ = 0;
};

/// What changes between two stored policies, one line each; at most `max_lines`, the last of which
/// then says how many more there are. An empty text is a policy that is not there.
struct StoredPolicy {
  std::string text;
  std::string hash;
};
std::vector<std::string> differences(PolicyCache& cache, const StoredPolicy& before,
                                     const StoredPolicy& after, std::size_t max_lines);

}  // namespace sekisho::console
