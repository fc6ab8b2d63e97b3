#include "dataplane/control/control_server.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "requests.h"

namespace sekisho::dataplane {
namespace {

using namespace std::chrono_literals;

constexpr auto kIdleTime = 60s;

struct Operation {
  std::string_view name;
  Result<Json> (*answer)(const Request& request);
};

constexpr std::array kOperations{
    Operation{"status", answer_status},
    Operation{"ports", answer_ports},
    Operation{"counters", answer_counters},
    Operation{"log", answer_log},
    Operation{"flows", answer_flows},
    Operation{"policy.load", answer_policy_load},
    Operation{"policy.hits", answer_policy_hits},
    Operation{"explain", answer_explain},
    Operation{"capture", answer_capture},
    Operation{"trace", answer_trace},
    Operation{"fqdn.learn", answer_fqdn_learn},
    Operation{"ips.top", answer_ips_top},
    Operation{"quarantine.list", answer_quarantine_list},
    Operation{"quarantine.release", answer_quarantine_release},
    Operation{"callbacks.top", answer_callbacks_top},
    Operation{"tls.bypasses.list", answer_tls_bypasses_list},
    Operation{"tls.bypasses.remove", answer_tls_bypasses_remove},
    Operation{"tls.bypasses.clear", answer_tls_bypasses_clear},
    Operation{"users.list", answer_users_list},
    Operation{"users.names", answer_users_names},
    Operation{"bandwidth.take", answer_bandwidth_take},
    Operation{"users.bind", answer_users_bind},
    Operation{"users.release", answer_users_release},
    Operation{"users.restore", answer_users_restore},
    Operation{"alert_captures.list", answer_alert_captures_list},
    Operation{"alert_captures.export", answer_alert_captures_export},
    Operation{"alert_captures.remove", answer_alert_captures_remove},
};

std::string to_reply(Result<Json> result) {
  Json reply;
  if (result) {
    reply = *std::move(result);
    reply["ok"] = true;
  } else {
    reply = {
        {"ok", false},
        {"error", {{"code", name_of(result.error().code)}, {"message", result.error().message}}}};
  }
  return reply.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Json> answer(Dataplane& dataplane, const Message& message, int socket) {
  const auto body = Json::parse(message.body, nullptr, false);
  if (!body.is_object())
    return Error{Error::Code::invalid_input, "the request is not a JSON object"};
  const auto op = text_field(body, "op", "");
  if (!op) return Error{op.error()};
  const auto found = std::find_if(kOperations.begin(), kOperations.end(),
                                  [&](const Operation& o) { return o.name == *op; });
  if (found == kOperations.end())
    return Error{Error::Code::invalid_input, "no operation is called '" + *op + "'"};
  return found->answer({dataplane, body, message.attached.get(), socket});
}

}  // namespace

struct ControlServer::Connection {
  FileDescriptor socket;
  std::atomic<bool> finished{false};
  std::jthread thread;
};

std::string answer_request(Dataplane& dataplane, const Message& request, int socket) {
  try {
    return to_reply(answer(dataplane, request, socket));
  } catch (const std::exception& problem) {
    return to_reply(Error{Error::Code::resource, problem.what()});
  }
}

Result<std::unique_ptr<ControlServer>> ControlServer::listen(Dataplane& dataplane,
                                                             const std::string& path) {
  auto listener = listen_unix(path);
  if (!listener) return std::move(listener).error();
  return std::unique_ptr<ControlServer>(new ControlServer(dataplane, *std::move(listener)));
}

ControlServer::ControlServer(Dataplane& dataplane, FileDescriptor listener)
    : dataplane_(dataplane), listener_(std::move(listener)) {}

ControlServer::~ControlServer() {
  for (auto& connection : connections_) shutdown(connection->socket.get(), SHUT_RDWR);
}

void ControlServer::accept_for(int timeout_ms) {
  pollfd entry{listener_.get(), POLLIN, 0};
  if (poll(&entry, 1, timeout_ms) <= 0) return;
  std::erase_if(connections_, [](const auto& connection) { return connection->finished.load(); });
  FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket.valid()) return;
  if (connections_.size() >= kMaxConnections) {
    const auto busy =
        to_reply(Error{Error::Code::resource,
                       "more than " + std::to_string(kMaxConnections) + " requests at once"});
    (void)send_message(socket.get(), busy, -1, 100ms);
    return;
  }
  auto connection = std::make_unique<Connection>();
  connection->socket = std::move(socket);
  auto* raw = connection.get();
  connection->thread = std::jthread([this, raw] {
    serve(raw->socket.get());
    raw->finished = true;
  });
  connections_.push_back(std::move(connection));
}

void ControlServer::serve(int socket) {
  const auto request = receive_message(socket, kMaxRequestBytes, kIdleTime);
  if (!request) {
    if (request.error().code == Error::Code::not_found) return;
    (void)send_message(socket, to_reply(Error{request.error()}), -1, 1s);
    shutdown(socket, SHUT_RDWR);
    return;
  }
  const auto reply = answer_request(dataplane_, *request, socket);
  if (const auto sent = send_message(socket, reply, -1, kIdleTime); !sent)
    spdlog::debug("control socket: {}", sent.error().message);
  shutdown(socket, SHUT_RDWR);
}

}  // namespace sekisho::dataplane
