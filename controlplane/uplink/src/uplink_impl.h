#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "config/base/host_and_port.h"
#include "controlplane/uplink/confirm_time.h"
#include "controlplane/uplink/identity.h"
#include "controlplane/uplink/uplink.h"
#include "link_session.h"

namespace sekisho::controlplane {

/// Requests are answered in uplink.cc; uplink_link.cc keeps the stream.
class Uplink::Impl {
 public:
  Impl(UplinkSettings settings, UplinkDoors doors);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<nlohmann::json> enrol(std::string_view address, std::string_view code, bool again);
  Status unenrol();
  bool is_enrolled() const {
    const std::lock_guard lock(mutex_);
    return identity_.has_value();
  }
  nlohmann::json status() const;
  Status ask_for_content();
  ReputationService& reputation() { return reputation_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;
  enum class State { not_enrolled, connecting, connected, revoked };

  nlohmann::json link_status() const;
  void add_deliveries(nlohmann::json& reply) const;

  // The link's thread (uplink_link.cc):
  void run(const std::stop_token& stop);
  void renew_when_due(const Identity& identity);
  LinkFailure link_once(const Identity& identity, std::uint64_t generation,
                        const std::stop_token& stop);
  void note_welcome();
  Milliseconds note_end(const LinkFailure& failure, std::uint64_t generation);
  Status pin(const bundle::Pinned& pinned, std::uint64_t generation);
  Status keep(const Identity& identity, std::uint64_t generation);
  void replace_identity(std::optional<Identity> identity);
  std::string addresses_of(const Identity& identity) const {
    return settings_.console_address.empty() ? identity.console_address : settings_.console_address;
  }
  std::optional<HostAndPort> target() const;
  bool turn_to_next_target(bool was_welcome);
  void set_identity(std::optional<Identity> identity);
  link::v1::StatusReport status_report();
  Milliseconds confirm_time() const {
    const std::lock_guard lock(mutex_);
    return confirm_time_.value();
  }
  Milliseconds load_pace() const;

  const UplinkSettings settings_;
  BoxDoor& box_;
  EventSource& events_;
  FileDoor& files_;
  IdentityFile identity_file_;
  const std::string pace_path_;

  std::mutex enrol_mutex_;  // one enrolment at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Identity> identity_;  // under mutex_, as what follows
  std::uint64_t generation_ = 0;      // of identity_: each enrolment is another one
  ConfirmTime confirm_time_;
  State state_ = State::connecting;
  std::int64_t connected_since_ = 0;  // Unix seconds
  std::string last_error_;
  std::optional<Clock::time_point> lost_at_;  // the link, since it was last there
  bool welcomed_ = false;                     // the running session
  LinkSession* session_ = nullptr;            // that runs; null: none
  std::vector<HostAndPort> targets_;          // of identity_: where its console answers
  std::size_t turn_ = 0;                      // of targets_, modulo their number: is dialled
  std::size_t failed_ = 0;                    // of targets_, since a Welcome or since all were

  Backoff backoff_;  // of the link's thread
  std::int64_t next_renewal_ = 0;
  Diagnostics diagnostics_;  // asked by the worker's thread
  DeliveryWorker worker_;
  ReputationLink reputation_;
  std::jthread thread_;
};

}  // namespace sekisho::controlplane
