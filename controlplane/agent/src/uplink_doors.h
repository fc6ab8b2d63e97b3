#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "controlplane/agent/dataplane_client.h"
#include "controlplane/agent/event_log.h"
#include "controlplane/agent/policy_service.h"
#include "controlplane/spool/spool.h"
#include "controlplane/uplink/box_door.h"
#include "controlplane/uplink/delivery.h"
#include "controlplane/uplink/event_source.h"

namespace sekisho::controlplane {

/// The policy service, as the console link sees it.
class ServicePolicyDoor final : public PolicyDoor {
 public:
  explicit ServicePolicyDoor(PolicyService& service) : service_(service) {}
  Enforcement enforce(std::string_view yaml, std::uint64_t version) override;
  Status confirm(std::uint64_t version) override { return service_.confirm(version); }
  Status withdraw(std::uint64_t version, std::string_view why) override {
    return service_.withdraw(version, why);
  }
  PolicyInForce in_force() const override;

 private:
  PolicyService& service_;
};

/// The console's packs of IPS rules in the policy service, as the console link sees them.
class ServiceContentDoor final : public ContentDoor {
 public:
  explicit ServiceContentDoor(PolicyService& service) : service_(service) {}
  ContentReport report() const override { return service_.content(); }
  bool is_free() const override { return service_.content_is_free(); }
  bool enforce(const ContentSet& set) override;
  void prove() override { service_.prove_content(); }
  bool withdraw(std::string_view why) override;
  std::optional<ContentSet> take_interrupted() override {
    return service_.take_interrupted_content();
  }
  void forget() override { service_.forget_content(); }

 private:
  PolicyService& service_;
};

/// This process and its dataplane, as the console link sees them.
class AgentBoxDoor final : public BoxDoor {
 public:
  /// `control` answers as control.sock does; `events_lost`: in the dataplane's rings.
  AgentBoxDoor(const DataplaneClient& dataplane,
               std::function<std::string(std::string_view)> control,
               std::function<std::uint64_t()> events_lost)
      : dataplane_(dataplane), control_(std::move(control)), events_lost_(std::move(events_lost)) {}
  BoxStatus status() override;
  Result<nlohmann::json> ask_control(const nlohmann::json& request) override;
  Result<nlohmann::json> ask_dataplane(const nlohmann::json& request,
                                       std::chrono::milliseconds timeout, int attached,
                                       const std::stop_token& stop) override {
    return dataplane_.ask(request, timeout, attached, stop);
  }

 private:
  BoxStatus::Authority authority();

  const DataplaneClient& dataplane_;
  std::function<std::string(std::string_view)> control_;
  std::function<std::uint64_t()> events_lost_;
};

/// The spool, open while the box is enrolled, and then the event log writes to it.
class SpoolEventSource final : public EventSource {
 public:
  SpoolEventSource(std::string folder, SpoolLimits limits, EventLog& log)
      : folder_(std::move(folder)), limits_(limits), log_(log) {}
  void set_enrolled(bool enrolled) override;
  void drop_all() override;
  std::string epoch() const override;
  Result<Lines> read(std::uint64_t from, std::size_t max_lines, std::size_t max_bytes) override;
  Status acknowledge(std::uint64_t sequence) override;
  bool wait_for_more(std::uint64_t sequence, std::chrono::milliseconds timeout,
                     const std::stop_token& stop) override;
  State state() const override;

 private:
  std::shared_ptr<Spool> spool() const;

  const std::string folder_;
  const SpoolLimits limits_;
  EventLog& log_;
  mutable std::mutex mutex_;
  std::shared_ptr<Spool> spool_;  // under mutex_
};

}  // namespace sekisho::controlplane
