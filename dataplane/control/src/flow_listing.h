#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "config/base/address.h"
#include "config/base/result.h"
#include "dataplane/control/dataplane.h"

namespace sekisho::dataplane {

/// Which flows a listing wants; all that are set must hold.
struct FlowFilter {
  std::optional<IpAddress> address;   // either end
  std::optional<std::uint16_t> port;  // either end
  std::optional<std::uint8_t> protocol;
  std::optional<events::RuleNumber> rule;
  std::optional<std::uint32_t> policy_serial;  // that `rule` is of

  bool wants(const Flow& flow) const noexcept;
};

struct ListedFlow {
  Flow flow;
  std::uint32_t user = 0;  // behind its initiator; 0: nobody known
};

/// Copies every wanted flow of every worker, in table order, while packets go on: a flow may come
/// or go meanwhile. `see` runs on the calling thread.
Status for_each_flow(Dataplane& dataplane, const FlowFilter& filter,
                     const std::function<void(const ListedFlow&)>& see);

}  // namespace sekisho::dataplane
