#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "controlplane/uplink/diagnostics.h"
#include "controlplane/uplink/event_source.h"
#include "controlplane/uplink/identity.h"
#include "controlplane/uplink/upload_window.h"
#include "delivery_worker.h"
#include "link_stream.h"
#include "outbox.h"
#include "reputation_link.h"

namespace sekisho::controlplane {

/// What a stream needs; all of it outlives the session. The functions are called by its threads.
struct SessionDoors {
  DeliveryWorker& deliveries;
  BoxDoor& box;
  EventSource& events;
  Diagnostics& diagnostics;
  ReputationLink& reputation;
  std::function<void()> welcomed;
  /// Whether the new key was put on the disk.
  std::function<Status(const bundle::Pinned&)> pin;
  std::function<link::v1::StatusReport()> status;
  std::string software_version;
};

/// One stream from Hello to its end. A path on which nothing is heard for three heartbeats, or no
/// Welcome within kWelcomeTime, is dead; so is one older than a new policy that has not brought a
/// confirmation in half of the time for it, which a fresh connection may.
class LinkSession {
 public:
  static constexpr std::chrono::seconds kWelcomeTime{15};
  static constexpr int kSilentHeartbeats = 3;

  LinkSession(const Identity& identity, const LinkPeer& peer, SessionDoors doors);
  ~LinkSession();
  LinkSession(const LinkSession&) = delete;
  LinkSession& operator=(const LinkSession&) = delete;

  /// Returns when the stream has ended; asks `hurry` often whether it should.
  LinkFailure run(const std::stop_token& stop, const std::function<bool()>& hurry);
  /// Asks the console for newer content; any thread. False: it has not answered yet.
  bool ask_for_content();

 private:
  using Clock = std::chrono::steady_clock;

  void write_all();
  void read_all();
  void upload(const std::stop_token& stop);
  bool upload_once(const std::stop_token& stop);
  bool take(link::v1::ToGateway& message);
  bool take_welcome(const link::v1::Welcome& welcome);
  void take_rotation(const link::v1::KeyRotation& rotation);
  void take_bundle(link::v1::Bundle& bundle);
  void take_content(link::v1::ContentBundle& bundle);
  void take_database(link::v1::DatabaseOffer& offer);
  void take_database(link::v1::DatabasePiece& piece);
  void take_stored(const link::v1::EventsStored& stored);
  void take_diagnostic(const link::v1::DiagnosticRequest& request);
  void acknowledge(std::uint64_t sequence);
  void say_hello();
  void say_status();
  /// Why the stream is to end; empty: it is not.
  std::string trouble() const;
  void speak_when_due();

  const std::string tenant_;
  const std::string gateway_;
  SessionDoors doors_;
  std::unique_ptr<LinkStream> stream_;
  std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
  const Clock::time_point started_ = Clock::now();
  std::string epoch_;           // of Hello
  bundle::Pinned signing_key_;  // of the reading thread after Hello

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool welcome_ = false;  // under mutex_, as what follows
  bool over_ = false;     // the reader has ended
  bool status_wanted_ = false;
  std::string broken_;  // what the console did wrong
  std::chrono::seconds heartbeat_{30};
  std::chrono::seconds status_interval_{30};
  Clock::time_point heard_ = started_;
  Clock::time_point next_word_ = started_;
  Clock::time_point next_status_ = started_;
  std::optional<UploadWindow> window_;
};

}  // namespace sekisho::controlplane
