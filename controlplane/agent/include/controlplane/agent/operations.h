#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "config/content/database_kind.h"
#include "controlplane/agent/control_request.h"
#include "controlplane/agent/policy_service.h"

namespace sekisho::controlplane {

/// The ops of control.sock (README.md): request in, reply out. Any thread.
class Operations {
 public:
  struct Doors {
    std::function<nlohmann::json()> status;  // the fields of its reply
    std::function<void()> policy_changed;    // called after each change that came into force
    /// The fields of the replies of `enrol` and `unenrol`.
    std::function<Result<nlohmann::json>(const ControlRequest&)> enrol;
    std::function<Status()> unenrol;
    /// The fields of the reply of `reputation.lookup`.
    std::function<Result<nlohmann::json>(const std::string& url)> look_up_reputation;
    /// The fields of the reply of `bandwidth.top`.
    std::function<Result<nlohmann::json>(const ControlRequest&)> top_bandwidth;
    std::function<nlohmann::json()> databases;  // the console's and the box's, of every kind
    std::function<Status(content::DatabaseKind)> rollback_database;
    std::function<Status()> update_content;
    /// The fields of the replies of `ca.show`, `ca.regenerate` and `ca.import`.
    std::function<Result<nlohmann::json>(const ControlRequest&)> authority;
  };
  Operations(PolicyService& policy, Doors doors) : policy_(policy), doors_(std::move(doors)) {}

  std::string answer(std::string_view request_json);

 private:
  nlohmann::json dispatch(const ControlRequest& request);
  nlohmann::json outcome(const std::variant<Applied, Refusal>& result);
  nlohmann::json content(const ControlRequest& request);
  nlohmann::json roll_back_content(const std::string& kind);
  nlohmann::json console_content() const;
  nlohmann::json history() const;
  nlohmann::json show(std::uint32_t serial) const;
  nlohmann::json enrol(const ControlRequest& request);
  nlohmann::json unenrol();
  nlohmann::json look_up_reputation(const ControlRequest& request);
  nlohmann::json top_bandwidth(const ControlRequest& request);
  nlohmann::json authority(const ControlRequest& request);

  PolicyService& policy_;
  Doors doors_;
};

/// As `status` and `content.list` have it.
nlohmann::json to_json(const RulePacks::LeftOut& left_out);

}  // namespace sekisho::controlplane
