#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "controlplane/uplink/box_door.h"

namespace sekisho::controlplane {

inline constexpr std::size_t kMaxDiagnostics = 2;  // at a time
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{1} << 20;
inline constexpr std::uint64_t kMaxCaptureSeconds = 30;
inline constexpr std::uint64_t kMaxCaptureBytes = std::uint64_t{4} << 20;
inline constexpr std::uint64_t kMaxBypassesListed = 1'000;
inline constexpr std::size_t kCapturePieceBytes = std::size_t{256} << 10;

/// What a diagnostic request asks of the box, checked.
struct DiagnosticPlan {
  enum class Peer { both, control, dataplane };
  Peer peer = Peer::dataplane;
  nlohmann::json request;
  bool is_capture = false;
  std::chrono::milliseconds timeout{5'000};
};
/// invalid_input: an op that is not on the list (status, ports, flows, explain, policy, counters,
/// log, capture, tls.bypasses.list, and those that change something: ca.regenerate, ca.import,
/// tls.bypasses.remove, tls.bypasses.clear), or arguments that it does not have.
Result<DiagnosticPlan> plan_diagnostic(std::string_view op, std::string_view arguments_json);

/// Answers the console's questions, each on a thread of its own.
class Diagnostics {
 public:
  struct Piece {
    std::string id;
    std::string json;  // of the last piece
    std::string file;
    bool last = false;
  };
  /// Takes a piece of an answer; false: nobody is there any more to hear it.
  using Send = std::function<bool(Piece)>;

  /// Captures are written to a file without a name in `folder`.
  Diagnostics(BoxDoor& box, std::string folder) : box_(box), folder_(std::move(folder)) {}
  ~Diagnostics();

  /// Any thread; returns at once. Every request gets an answer: {"error": {..}} when it is refused,
  /// or two others are being answered.
  void submit(std::string id, const std::string& op, const std::string& arguments, Send send);

  /// Whether an answer is under way, or was a moment ago: the stream may still be sending it.
  bool is_answering();

 private:
  struct Task {
    std::jthread thread;
    bool done = false;
  };
  void answer(const std::string& id, const DiagnosticPlan& plan, const Send& send,
              const std::stop_token& stop);
  Result<nlohmann::json> ask(const DiagnosticPlan& plan, int attached, const std::stop_token& stop);
  Result<nlohmann::json> ask_both(const std::stop_token& stop);
  void capture(const std::string& id, const DiagnosticPlan& plan, const Send& send,
               const std::stop_token& stop);

  BoxDoor& box_;
  const std::string folder_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Task>> tasks_;           // under mutex_
  std::chrono::steady_clock::time_point last_done_{};  // likewise
};

}  // namespace sekisho::controlplane
