#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bundle_maker.h"
#include "config/content/database_kind.h"
#include "controlplane/console/gateways/group_writer.h"
#include "controlplane/console/reputation/rating_board.h"
#include "controlplane/proto/gateway_link.pb.h"
#include "database_maker.h"
#include "event_cursor.h"
#include "gateway_rows.h"
#include "refusal.h"
#include "status_board.h"
#include "worker_pool.h"

namespace sekisho::console {

class Streams;

/// What all streams share.
struct LinkServices {
  Database& database;
  const TenantKeys& keys;
  BundleMaker& bundles;
  DatabaseMaker& databases;
  GroupWriter& writer;
  StatusBoard& statuses;
  WorkerPool& pool;
  Streams& streams;
  const RatingBoard& ratings;
  std::atomic<std::size_t>& bundle_bytes;  // made and not sent yet
};

inline constexpr std::uint32_t kStatusSeconds = 15;
inline constexpr std::uint32_t kHeartbeatSeconds = 15;
/// A gateway that says nothing for so long is gone.
inline constexpr std::chrono::seconds kSilence{45};
inline constexpr std::chrono::seconds kHelloTime{15};
/// For the last words of a stream to be read.
inline constexpr std::chrono::seconds kEndTime{5};
/// A look at the row without being told, should a notice have gone astray.
inline constexpr std::chrono::seconds kLookInterval{60};
inline constexpr std::size_t kMaxBundleBytesUnderWay = std::size_t{256} << 20;
inline constexpr std::size_t kMaxDiagnosticFile = std::size_t{4} << 20;

/// The way to the gateway. Its functions may be called from any thread, and do nothing once the
/// stream has ended.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual void send(std::shared_ptr<const link::v1::ToGateway> message) = 0;
  /// The next message may come: received() will be called once.
  virtual void read_next() = 0;
  virtual void finish(const Refusal& why) = 0;
  /// Ends without another word, for a gateway that does not read.
  virtual void abort() = 0;
};

/// One gateway's stream without its transport. Messages and looks at the database are worked
/// through one after another on the pool's threads: a message is read when the one before was dealt
/// with, which is the back-pressure.
class LinkSession : public std::enable_shared_from_this<LinkSession> {
 public:
  using Clock = std::chrono::steady_clock;

  LinkSession(LinkServices services, std::shared_ptr<Wire> wire, PeerCertificate peer,
              StreamName name);

  const std::string& gateway() const { return peer_.gateway; }
  const StreamName& name() const { return name_; }

  // Any thread, none waits:
  void received(link::v1::FromGateway message);
  void look();
  void ratings_changed(const std::vector<rules::UrlHashPrefix>& prefixes);
  void end(const Refusal& why);
  void ended();  // by the transport: nothing will be sent or received any more
  void tick(Clock::time_point now);

 private:
  // On the pool, one at a time:
  void run();
  bool run_next();
  void handle(link::v1::FromGateway message);
  void handle_hello(const link::v1::Hello& hello);
  void handle_policy(const link::v1::PolicyReport& report);
  void handle_content(const link::v1::ContentReport& report);
  void handle_status(const link::v1::StatusReport& report);
  void welcome(const Admission& admission, const link::v1::Hello& hello);
  void handle_events(const std::shared_ptr<const link::v1::EventBatch>& batch);
  void store(const std::shared_ptr<const EventLines>& lines);
  void handle_diagnostic(const link::v1::DiagnosticReply& reply);
  void handle_key(const link::v1::KeyPinned& pinned);
  void handle_reputation(const link::v1::ReputationQuery& query);
  void handle_database(const link::v1::DatabaseWanted& wanted);
  void handle_content_wanted();
  void tell_changed_ratings();
  void finish_diagnostic(DiagnosticResult result);
  void look_now();
  void act_on(const GatewayView& view);
  bool send_rotation(const GatewayView& view);
  void send_bundle(const GatewayView& view);
  void send_content(const GatewayView& view);
  void offer_databases(const GatewayView& view);
  /// To be looked at again soon, as there is no room for a bundle.
  void look_later();
  void send_bundle_message(std::unique_ptr<link::v1::ToGateway> message, std::size_t bytes);
  void refuse_bundle(std::uint64_t version, const std::string& code, const std::string& reason);
  void send_diagnostics(const GatewayView& view);
  void leave();

  /// Writes, then goes on with `then` on the pool; nothing else of this stream is done before.
  void write(std::size_t bytes, std::function<void(GroupTransaction&)> work,
             std::function<void()> then);
  void written(const std::exception_ptr& problem, std::function<void()> then);
  void resume(std::function<void()> continuation);
  void schedule();
  void schedule_locked();
  void send(link::v1::ToGateway message);
  void done_with_message();

  const LinkServices services_;
  const std::shared_ptr<Wire> wire_;
  const PeerCertificate peer_;
  const StreamName name_;

  std::mutex mutex_;
  std::optional<link::v1::FromGateway> message_;  // under mutex_, as all down to `leaving_`
  std::function<void()> continuation_;            // of a write that is done
  bool scheduled_ = false;
  bool writing_ = false;
  bool look_wanted_ = false;
  bool ending_ = false;
  bool ended_ = false;
  bool left_ = false;
  Clock::time_point started_ = Clock::now();
  Clock::time_point heard_ = started_;
  Clock::time_point said_ = started_;
  Clock::time_point looked_ = started_;
  Clock::time_point ending_since_ = started_;
  bool look_later_ = false;  // there was no room for a bundle
  bool welcomed_ = false;
  std::vector<rules::UrlHashPrefix> changed_ratings_;  // to be told
  bool all_ratings_changed_ = false;                   // more than there is room for

  // Of the thread in run():
  EventOwner owner_;
  bool takes_content_ = false;  // of Hello
  bool asked_for_ratings_ = false;
  bool takes_databases_ = false;  // likewise
  bool content_asked_ = false;    // somebody at the box wants what there is
  std::array<std::uint64_t, content::kDatabaseKinds.size()> sent_databases_{};
  std::uint64_t sent_content_ = 0;
  std::uint64_t sent_version_ = 0;
  std::uint64_t sent_key_ = 0;
  bool key_refused_ = false;
  struct Asked {
    std::string op;
    std::string file;  // its pieces so far
  };
  std::map<std::string, Asked> diagnostics_;
};

}  // namespace sekisho::console
