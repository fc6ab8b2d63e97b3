#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "config/base/result.h"
#include "controlplane/agent/control_request.h"

namespace sekisho::controlplane {

/// The fields of the reply to `ca.show`, `ca.regenerate` or `ca.import`, asked of sekisho-keys at
/// `keys_socket`. Any thread; an RSA key takes it some seconds to make.
Result<nlohmann::json> answer_authority_request(const ControlRequest& request,
                                                const std::string& keys_socket);

}  // namespace sekisho::controlplane
