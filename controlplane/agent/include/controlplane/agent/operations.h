#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "controlplane/agent/control_request.h"
#include "controlplane/agent/policy_service.h"

namespace sekisho::controlplane {

/// The ops of control.sock (README.md): request in, reply out. Any thread.
class Operations {
 public:
  /// `status` gives the fields of the status reply; `policy_changed` is called after each change
  /// that came into force.
  Operations(PolicyService& policy, std::function<nlohmann::json()> status,
             std::function<void()> policy_changed)
      : policy_(policy), status_(std::move(status)), policy_changed_(std::move(policy_changed)) {}

  std::string answer(std::string_view request_json);

 private:
  nlohmann::json dispatch(const ControlRequest& request);
  nlohmann::json outcome(const std::variant<Applied, Refusal>& result);
  nlohmann::json history() const;
  nlohmann::json show(std::uint32_t serial) const;

  PolicyService& policy_;
  std::function<nlohmann::json()> status_;
  std::function<void()> policy_changed_;
};

}  // namespace sekisho::controlplane
