#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "dataplane/control/dataplane.h"

namespace sekisho::dataplane {

using Json = nlohmann::json;

/// One request being answered. `attached` is the descriptor that came along, `socket` the peer, for
/// replies in several frames.
struct Request {
  Dataplane& dataplane;
  const Json& body;
  int attached;
  int socket;
};

// Typed access to a request's fields; a wrong type or range is an invalid_input error that names
// the field.
Result<std::string> text_field(const Json& body, const char* name, std::string fallback);
Result<std::uint64_t> number_field(const Json& body, const char* name, std::uint64_t fallback,
                                   std::uint64_t max);
Result<std::optional<IpAddress>> address_field(const Json& body, const char* name);
Result<std::optional<MacAddress>> mac_field(const Json& body, const char* name);
/// "tcp", "udp", "icmp", "icmpv6", "sctp", "gre", or a number.
Result<std::optional<std::uint8_t>> protocol_field(const Json& body, const char* name);
std::string protocol_name(std::uint8_t protocol);

// The requests, one function each; the reply without "ok".
Result<Json> answer_status(const Request& request);
Result<Json> answer_ports(const Request& request);
Result<Json> answer_log(const Request& request);
Result<Json> answer_counters(const Request& request);
Result<Json> answer_flows(const Request& request);
Result<Json> answer_policy_load(const Request& request);
Result<Json> answer_policy_hits(const Request& request);
Result<Json> answer_explain(const Request& request);
Result<Json> answer_capture(const Request& request);
Result<Json> answer_trace(const Request& request);
Result<Json> answer_fqdn_learn(const Request& request);
Result<Json> answer_ips_top(const Request& request);
Result<Json> answer_quarantine_list(const Request& request);
Result<Json> answer_quarantine_release(const Request& request);
Result<Json> answer_callbacks_top(const Request& request);
Result<Json> answer_tls_bypasses_list(const Request& request);
Result<Json> answer_tls_bypasses_remove(const Request& request);
Result<Json> answer_tls_bypasses_clear(const Request& request);
Result<Json> answer_users_list(const Request& request);
Result<Json> answer_users_names(const Request& request);
Result<Json> answer_bandwidth_take(const Request& request);
Result<Json> answer_users_bind(const Request& request);
Result<Json> answer_users_restore(const Request& request);
Result<Json> answer_users_release(const Request& request);
Result<Json> answer_alert_captures_list(const Request& request);
Result<Json> answer_alert_captures_export(const Request& request);
Result<Json> answer_alert_captures_remove(const Request& request);
/// What `status` says of captures; null: there is no place for them.
Json capture_totals(Dataplane& dataplane);

/// A flow as `flows` lists it.
Json flow_to_json(Dataplane& dataplane, const Flow& flow);

}  // namespace sekisho::dataplane
