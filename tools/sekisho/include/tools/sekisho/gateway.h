#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sekisho::tools {

/// What the process returns; `sekisho --help` explains them.
enum class ExitCode : int {
  done = 0,
  negative = 1,     // the input is bad, or the answer is no
  usage = 2,        // wrong usage
  unreachable = 3,  // the gateway does not answer, or not sensibly
  refused = 4,      // the gateway, or the system, refused
};

/// Why a request has no good reply.
struct Failure {
  ExitCode exit = ExitCode::unreachable;
  std::string message;
  nlohmann::json reply = nlohmann::json::object();  // the whole refusal, when there was one
};

/// The reply (always an object), or why there is none.
using Answer = std::variant<nlohmann::json, Failure>;

/// The sockets of a running gateway.
enum class Peer { dataplane, control, scan };
std::string_view name_of(Peer peer) noexcept;

/// The door to a running gateway, so that commands can be tested with canned replies.
class Gateway {
 public:
  virtual ~Gateway() = default;

  /// One request, one reply.
  virtual Answer request(Peer peer, const nlohmann::json& request,
                         std::chrono::milliseconds timeout) = 0;

  /// One request, frames until `on_frame` returns false, `stopped` returns true (then nothing is
  /// wrong) or the connection fails. `attached` is -1 or a descriptor to pass along.
  virtual std::optional<Failure> stream(
      Peer peer, const nlohmann::json& request, int attached, const std::function<bool()>& stopped,
      const std::function<bool(const nlohmann::json&)>& on_frame) = 0;
};

/// Reads what a socket sent, which need not be sane: at most 64 levels deep, an object with "ok".
Answer interpret_reply(std::string_view body);

/// The real door: `<run_dir>/dataplane.sock`, `<run_dir>/control.sock` and `<run_dir>/scan.sock`.
std::unique_ptr<Gateway> open_sockets(std::string run_dir);

}  // namespace sekisho::tools
