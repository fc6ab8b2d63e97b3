#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "controlplane/agent/dataplane_client.h"

namespace sekisho::controlplane {

/// Addresses of `name` as text; empty when it does not resolve.
using Resolve = std::function<std::vector<std::string>(const std::string& name)>;

/// The system's resolver; IPv4 and IPv6.
std::vector<std::string> resolve_by_system(const std::string& name);

/// The names that can be asked for: all but wildcards.
std::vector<std::string> resolvable(const std::vector<std::string>& patterns);

/// Resolves `names`, a few at a time; names without an address are left out. The order is that of
/// `names`. Gives up early on `stop`.
std::vector<LearnedName> resolve_all(const std::vector<std::string>& names, const Resolve& resolve,
                                     const std::stop_token& stop);

/// Tells the dataplane which addresses the policy's FQDNs have: every minute, and when woken.
class FqdnResolver {
 public:
  FqdnResolver(const DataplaneClient& dataplane, std::function<std::vector<std::string>()> patterns,
               Resolve resolve = resolve_by_system)
      : dataplane_(dataplane), patterns_(std::move(patterns)), resolve_(std::move(resolve)) {}

  /// One thread.
  void run(const std::stop_token& stop);
  /// Any thread: the policy or the dataplane is another.
  void wake();

 private:
  void resolve_once(const std::stop_token& stop);

  const DataplaneClient& dataplane_;
  std::function<std::vector<std::string>()> patterns_;
  Resolve resolve_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = true;  // under mutex_; the first round is at once
};

}  // namespace sekisho::controlplane
