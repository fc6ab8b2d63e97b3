#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "controlplane/proto/gateway_link.pb.h"
#include "controlplane/uplink/reputation.h"

namespace sekisho::controlplane {

/// ReputationService over whichever stream there is: knows what was asked and whether the answer is
/// one. Any thread.
class ReputationLink final : public ReputationService {
 public:
  using Clock = std::chrono::steady_clock;
  /// Puts a message into the stream's outbox without waiting; false: there is no room.
  using Send = std::function<bool(link::v1::FromGateway)>;

  // ReputationService
  AskOutcome ask(std::uint64_t id, std::span<const rules::UrlHashPrefix> prefixes) override;
  void listen(ReputationListener* listener) override;

  // Of the stream:
  void attach(Send send);  // a console that answers is there
  void detach();           // it no longer is: whatever is under way has failed
  void take(const link::v1::ReputationAnswer& answer);
  void take(const link::v1::ReputationChanged& changed);
  /// What is older than kReputationTimeout has failed. Often.
  void tick(Clock::time_point now);

 private:
  struct Question {
    std::uint64_t id = 0;  // the caller's
    std::vector<rules::UrlHashPrefix> prefixes;
    Clock::time_point asked;
  };
  /// Calls `tell(listener)` if there is one; calls_ keeps one call at a time.
  template <class Tell>
  void call(Tell tell);
  void fail(const std::vector<std::uint64_t>& ids);

  std::mutex calls_;  // held while the listener is called; taken before mutex_
  ReputationListener* listener_ = nullptr;  // under calls_
  std::mutex mutex_;
  Send send_;                                    // under mutex_, as what follows
  std::map<std::uint64_t, Question> questions_;  // by their number on the wire
  std::uint64_t last_number_ = 0;
};

}  // namespace sekisho::controlplane
