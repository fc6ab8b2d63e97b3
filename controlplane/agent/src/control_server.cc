#include "controlplane/agent/control_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kThreads = 6;
constexpr std::size_t kMaxWaiting = 64;
constexpr std::chrono::milliseconds kRequestTime{10'000};  // for all bytes of a request
constexpr std::chrono::milliseconds kReplyTime{10'000};
constexpr std::string_view kNotAllowed =
    R"({"ok":false,"error":{"code":"invalid_input","message":"only root and the process's own user may ask"}})";

std::string frame_refusal(const Error& error) {
  // The messages of receive_message are ours: nothing in them needs escaping.
  return R"({"ok":false,"error":{"code":")" + std::string(name_of(error.code)) +
         R"(","message":")" + error.message + R"("}})";
}

}  // namespace

bool peer_may_ask(int socket, uid_t own_user) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer)
    return false;
  return peer.uid == 0 || peer.uid == own_user;
}

ControlServer::ControlServer(Answer answer) : answer_(std::move(answer)) {
  for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { work(); });
}

ControlServer::~ControlServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void ControlServer::serve(FileDescriptor connection) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMaxWaiting) return;
    waiting_.push_back(std::move(connection));
  }
  changed_.notify_one();
}

void ControlServer::work() {
  for (;;) {
    FileDescriptor connection;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      connection = std::move(waiting_.front());
      waiting_.pop_front();
    }
    answer_one(connection);
  }
}

void ControlServer::answer_one(const FileDescriptor& connection) {
  if (!peer_may_ask(connection.get(), geteuid())) {
    (void)send_message(connection.get(), kNotAllowed, -1, kReplyTime);
    return;
  }
  auto request = receive_message(connection.get(), kMaxRequestBytes, kRequestTime);
  if (!request) {
    if (request.error().code == Error::Code::invalid_input)
      (void)send_message(connection.get(), frame_refusal(request.error()), -1, kReplyTime);
    return;
  }
  const std::string reply = answer_(request->body);
  if (reply.size() > kMaxReplyBytes) {
    (void)send_message(connection.get(),
                       frame_refusal({Error::Code::resource, "the reply is too long"}), -1,
                       kReplyTime);
    return;
  }
  (void)send_message(connection.get(), reply, -1, kReplyTime);
}

}  // namespace sekisho::controlplane
