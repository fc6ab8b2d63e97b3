#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "config/box/box_config.h"
#include "controlplane/agent/bandwidth_collector.h"
#include "controlplane/agent/content_ages.h"
#include "controlplane/agent/control_server.h"
#include "controlplane/agent/databases.h"
#include "controlplane/agent/dataplane_client.h"
#include "controlplane/agent/dataplane_watch.h"
#include "controlplane/agent/event_drain.h"
#include "controlplane/agent/event_log.h"
#include "controlplane/agent/fqdn_resolver.h"
#include "controlplane/agent/metrics_server.h"
#include "controlplane/agent/metrics_text.h"
#include "controlplane/agent/operations.h"
#include "controlplane/agent/policy_service.h"
#include "controlplane/agent/reputation_pump.h"
#include "controlplane/agent/rule_names.h"
#include "controlplane/agent/user_bindings.h"
#include "controlplane/agent/user_names.h"
#include "controlplane/uplink/uplink.h"

namespace sekisho::controlplane {

/// What must be opened before privileges are dropped.
struct AgentSockets {
  FileDescriptor lock;  // of control.lock: one agent for each run directory
  FileDescriptor control;
};
Result<AgentSockets> open_agent_sockets(const box::BoxConfig& box);

/// sekisho-control put together. Threads and what they own: events (the drain), watch (the
/// dataplane's state, stats), names (FQDN resolution), reputations (workers' look-ups), metrics
/// (HTTP), bandwidth (accounts), the control server's, the console link's, and the caller's, which
/// accepts connections and signals.
class Agent {
 public:
  static Result<std::unique_ptr<Agent>> make(const box::BoxConfig& box, AgentSockets sockets,
                                             const CompilerSettings& compiler);
  ~Agent();

  /// Until SIGTERM or SIGINT, which must be blocked in every thread, as SIGHUP.
  Status run();

 private:
  Agent(const box::BoxConfig& box, AgentSockets sockets, const CompilerSettings& compiler,
        PolicyStore store, EveFile file, std::optional<SyslogSender> syslog);
  Status open_metrics();
  /// False: time to end.
  bool take_signal(int signals);
  void accept_all(ControlServer& server);
  void drain_events(const std::stop_token& stop);
  void watch_ages(const std::stop_token& stop);
  void note_age(const ContentAge& age);
  Status take_up_database(content::DatabaseKind kind);
  nlohmann::json database_list() const;
  Result<nlohmann::json> enrol(const ControlRequest& request);
  Status unenrol();
  Result<nlohmann::json> look_up_reputation(const std::string& url);
  Result<nlohmann::json> top_bandwidth(const ControlRequest& request);
  void keep_users(const DataplaneState& state);
  Result<std::vector<UserNames::Identified>> identified(std::span<const std::uint32_t> ids) const;
  BandwidthNames bandwidth_names();
  void note_damaged_account(const std::string& file, const std::string& why);
  void note_policy_change(const PolicyChange& change);
  nlohmann::json status() const;
  nlohmann::json reputation_status() const;
  std::string metrics() const;
  events::EveNames event_names();
  std::vector<std::string> current_patterns() const;

  const box::BoxConfig box_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  AgentSockets sockets_;
  EventLog log_;
  DataplaneClient dataplane_;
  PolicyService policy_;
  RuleNames rule_names_;
  RuleNames account_names_;  // of whoever asks for accounts: bandwidth_ has one at a time
  UserNames user_names_;
  BandwidthCollector bandwidth_;
  EventDrain drain_;
  FqdnResolver resolver_;
  UserBindings user_bindings_;  // of watch_'s thread, as the next
  std::string user_trouble_;    // that was told last
  DataplaneWatch watch_;
  Databases databases_;
  ContentAges ages_;
  ReputationPump reputations_;
  Operations operations_;
  std::unique_ptr<PolicyDoor> policy_door_;
  std::unique_ptr<ContentDoor> content_door_;
  std::unique_ptr<BoxDoor> box_door_;
  std::unique_ptr<EventSource> event_source_;
  std::optional<Uplink> uplink_;  // while run() runs
  std::optional<MetricsServer> metrics_;
};

}  // namespace sekisho::controlplane
