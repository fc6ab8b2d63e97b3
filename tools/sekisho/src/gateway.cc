#include "tools/sekisho/gateway.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "config/base/message_socket.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 64;  // printing JSON recurses: what is deeper is not ours
constexpr std::chrono::seconds kFrameTimeout{10};

Failure garbled(std::string_view why) {
  return {ExitCode::unreachable, fmt::format("the gateway's reply makes no sense: {}", why)};
}

/// The input of a user is wrong, or the gateway will not or cannot do it.
ExitCode exit_for(const std::string& code) {
  return code == "invalid_input" || code == "not_found" ? ExitCode::negative : ExitCode::refused;
}

Failure refusal(json reply) {
  std::string code = "unknown";
  std::string message = "refused without a reason";
  if (const auto error = reply.find("error"); error != reply.end() && error->is_object()) {
    if (const auto c = error->find("code"); c != error->end() && c->is_string())
      code = c->get<std::string>();
    if (const auto m = error->find("message"); m != error->end() && m->is_string())
      message = m->get<std::string>();
  }
  return {exit_for(code), printable(message), std::move(reply)};
}

class SocketGateway final : public Gateway {
 public:
  explicit SocketGateway(std::string run_dir) : run_dir_(std::move(run_dir)) {}

  Answer request(Peer peer, const json& request, std::chrono::milliseconds timeout) override {
    auto reply = request_unix(path(peer), text_of(request), -1, timeout);
    if (!reply) return transport(peer, reply.error());
    return interpret_reply(*reply);
  }

  std::optional<Failure> stream(Peer peer, const json& request, int attached,
                                const std::function<bool()>& stopped,
                                const std::function<bool(const json&)>& on_frame) override {
    auto socket = connect_unix(path(peer));
    if (!socket) return transport(peer, socket.error());
    if (auto sent = send_message(socket->get(), text_of(request), attached, kFrameTimeout); !sent)
      return transport(peer, sent.error());
    for (;;) {
      if (!wait_readable(socket->get(), stopped)) return std::nullopt;
      auto frame = receive_message(socket->get(), kMaxReplyBytes, kFrameTimeout);
      if (!frame) return transport(peer, frame.error());
      auto answer = interpret_reply(frame->body);
      if (auto* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
      if (!on_frame(std::get<json>(answer))) return std::nullopt;
    }
  }

 private:
  static std::string text_of(const json& request) {
    return request.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  /// False when stopped before anything came.
  static bool wait_readable(int socket, const std::function<bool()>& stopped) {
    constexpr int kLookUpMs = 100;
    while (!stopped()) {
      pollfd entry{socket, POLLIN, 0};
      if (poll(&entry, 1, kLookUpMs) > 0) return true;
    }
    return false;
  }

  std::string path(Peer peer) const { return fmt::format("{}/{}.sock", run_dir_, name_of(peer)); }

  Failure transport(Peer peer, const Error& error) const {
    const auto socket = path(peer);
    if (access(socket.c_str(), W_OK) != 0 && (errno == EACCES || errno == EPERM))
      return {ExitCode::refused,
              fmt::format("no permission to use {}: become root or a member of its group", socket)};
    return {ExitCode::unreachable,
            fmt::format("sekisho-{} does not answer: {}", name_of(peer), error.message)};
  }

  std::string run_dir_;
};

}  // namespace

std::string_view name_of(Peer peer) noexcept {
  switch (peer) {
    case Peer::dataplane:
      return "dataplane";
    case Peer::control:
      return "control";
    case Peer::scan:
      break;
  }
  return "scan";
}

Answer interpret_reply(std::string_view body) {
  json reply;
  try {
    reply = json::parse(body, [](int depth, json::parse_event_t, json&) {
      if (depth > kMaxDepth) throw std::length_error("nested too deeply");
      return true;
    });
  } catch (const json::exception&) {
    return garbled("not JSON");
  } catch (const std::length_error& problem) {
    return garbled(problem.what());
  }
  if (!reply.is_object()) return garbled("not an object");
  const auto verdict = reply.find("ok");
  if (verdict == reply.end() || !verdict->is_boolean()) return garbled("\"ok\" is missing");
  if (verdict->get<bool>()) return reply;
  return refusal(std::move(reply));
}

std::unique_ptr<Gateway> open_sockets(std::string run_dir) {
  return std::make_unique<SocketGateway>(std::move(run_dir));
}

}  // namespace sekisho::tools
