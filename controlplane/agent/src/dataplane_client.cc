#include "controlplane/agent/dataplane_client.h"

#include <poll.h>

#include "config/base/message_socket.h"
#include "json_at.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kShortTimeout{2'000};
constexpr std::chrono::milliseconds kLoadTimeout{20'000};

Error::Code code_named(std::string_view name) {
  using enum Error::Code;
  for (const auto code : {invalid_input, not_found, signature, version, resource, io})
    if (name_of(code) == name) return code;
  return io;
}

std::map<std::string, std::uint64_t> numbers_in(const json& object) {
  std::map<std::string, std::uint64_t> numbers;
  if (object.is_object())
    for (const auto& [key, value] : object.items())
      if (value.is_number_unsigned()) numbers.emplace(key, value.get<std::uint64_t>());
  return numbers;
}

/// False: the time is over, or `stop` was requested.
bool wait_for_reply(int socket, std::chrono::milliseconds timeout, const std::stop_token& stop) {
  constexpr int kLookUpMs = 100;
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
    pollfd entry{socket, POLLIN, 0};
    if (poll(&entry, 1, kLookUpMs) > 0) return true;
  }
  return false;
}

}  // namespace

Result<json> DataplaneClient::ask(const json& request, std::chrono::milliseconds timeout,
                                  int attached, const std::stop_token& stop) const {
  const auto socket = connect_unix(path_);
  if (!socket) return Error(socket.error()).within("dataplane");
  auto sent = send_message(socket->get(), request.dump(), attached, timeout);
  if (!sent) return std::move(sent).error().within("dataplane");
  if (stop.stop_possible() && !wait_for_reply(socket->get(), timeout, stop))
    return Error{Error::Code::io, "dataplane: it did not answer in time"};
  const auto reply = receive_message(socket->get(), kMaxReplyBytes, timeout);
  if (!reply) {  // it was there: this is never not_found
    Error error = Error(reply.error()).within("dataplane");
    error.code = Error::Code::io;
    return error;
  }
  json document = json::parse(reply->body, nullptr, false);
  if (!document.is_object())
    return Error{Error::Code::io, "dataplane: its reply is no JSON object"};
  if (const auto it = document.find("ok"); it != document.end() && *it == true) return document;
  const json error = document.value("error", json::object());
  if (!error.is_object()) return Error{Error::Code::io, "dataplane: refused without a reason"};
  return Error{code_named(text_at(error, "code")), "dataplane: " + text_at(error, "message")};
}

Result<DataplaneState> DataplaneClient::state() const {
  auto reply = ask({{"op", "status"}}, kShortTimeout);
  if (!reply) return std::move(reply).error();
  DataplaneState state;
  state.boot_id = text_at(*reply, "boot_id");
  state.uptime_seconds = number_at(*reply, "uptime_seconds");
  state.user_changes = number_at(*reply, "user_changes");
  if (const auto it = reply->find("policy"); it != reply->end() && it->is_object()) {
    state.serial = static_cast<std::uint32_t>(number_at(*it, "serial"));
    state.content_address = text_at(*it, "content_address");
  }
  return state;
}

Status DataplaneClient::load_policy(const std::string& snapshot_path, std::uint32_t serial) const {
  auto reply =
      ask({{"op", "policy.load"}, {"path", snapshot_path}, {"serial", serial}}, kLoadTimeout);
  return reply ? ok() : Status(std::move(reply).error());
}

Result<std::map<std::string, std::uint64_t>> DataplaneClient::counters() const {
  auto reply = ask({{"op", "counters"}}, kShortTimeout);
  if (!reply) return std::move(reply).error();
  return numbers_in(reply->value("counters", json::object()));
}

Result<std::vector<PortCounters>> DataplaneClient::ports() const {
  auto reply = ask({{"op", "ports"}}, kShortTimeout);
  if (!reply) return std::move(reply).error();
  std::vector<PortCounters> ports;
  const json list = reply->value("ports", json::array());
  if (list.is_array())
    for (const json& port : list)
      if (port.is_object())
        ports.push_back({text_at(port, "name"), text_at(port, "link") == "up", numbers_in(port)});
  return ports;
}

Result<std::uint64_t> DataplaneClient::learn(const std::vector<LearnedName>& entries,
                                             std::chrono::seconds ttl) const {
  json list = json::array();
  for (const LearnedName& entry : entries)
    list.push_back({{"name", entry.name}, {"addresses", entry.addresses}, {"ttl", ttl.count()}});
  auto reply = ask({{"op", "fqdn.learn"}, {"entries", std::move(list)}}, kShortTimeout);
  if (!reply) return std::move(reply).error();
  return number_at(*reply, "learned");
}

}  // namespace sekisho::controlplane
