#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "config/base/message_socket.h"

namespace sekisho::controlplane {

/// A dataplane as seen from its control socket: takes every policy, unless told to refuse.
class FakeDataplane {
 public:
  explicit FakeDataplane(std::string path) : path_(std::move(path)) {
    listener_ = std::move(*listen_unix(path_));
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~FakeDataplane() {
    thread_.request_stop();
    thread_.join();
    unlink(path_.c_str());
  }

  std::atomic<bool> refuse{false};      // every policy.load
  std::atomic<bool> lose_reply{false};  // take the policy, answer nothing
  /// The next policy.load is refused with this message.
  void refuse_next(std::string message, std::string code = "invalid_input") {
    const std::lock_guard lock(mutex_);
    next_refusal_ = std::move(message);
    next_code_ = std::move(code);
  }
  void restart(std::uint32_t serial, const std::string& address) {
    const std::lock_guard lock(mutex_);
    ++boot_;
    serial_ = serial;
    address_ = address;
  }
  std::vector<nlohmann::json> requests(const std::string& op) {
    const std::lock_guard lock(mutex_);
    std::vector<nlohmann::json> found;
    for (const auto& request : requests_)
      if (request["op"] == op) found.push_back(request);
    return found;
  }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd ready{listener_.get(), POLLIN, 0};
      if (poll(&ready, 1, 20) <= 0) continue;
      const FileDescriptor connection(accept(listener_.get(), nullptr, nullptr));
      auto request = receive_message(connection.get(), kMaxRequestBytes, std::chrono::seconds(2));
      if (!request) continue;
      const auto reply = answer(nlohmann::json::parse(request->body));
      if (!reply.empty()) (void)send_message(connection.get(), reply, -1, std::chrono::seconds(2));
    }
  }

  std::string answer(const nlohmann::json& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const std::string op = request["op"];
    nlohmann::json reply{{"ok", true}};
    if (op == "status") {
      reply["boot_id"] = std::to_string(boot_);
      reply["uptime_seconds"] = 7;
      reply["policy"] = {{"serial", serial_}, {"content_address", address_}};
    } else if (op == "policy.load") {
      if (!next_refusal_.empty()) {
        reply = {{"ok", false},
                 {"error", {{"code", next_code_}, {"message", std::exchange(next_refusal_, {})}}}};
        return reply.dump();
      }
      if (refuse) return R"({"ok":false,"error":{"code":"resource","message":"no memory for it"}})";
      serial_ = request["serial"];
      const std::string path = request["path"];
      address_ = path.substr(path.rfind('/') + 1, 64);
      if (lose_reply) return {};
    } else if (op == "counters") {
      reply["counters"] = {{"decoder.pkts", 12}};
    } else if (op == "fqdn.learn") {
      reply["learned"] = request["entries"].size();
    }
    return reply.dump();
  }

  std::string path_;
  FileDescriptor listener_;
  std::mutex mutex_;
  std::vector<nlohmann::json> requests_;
  std::string next_refusal_;
  std::string next_code_;
  unsigned boot_ = 1;
  std::uint32_t serial_ = 0;
  std::string address_;
  std::jthread thread_;
};

}  // namespace sekisho::controlplane
