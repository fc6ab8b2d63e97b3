#include "controlplane/uplink/diagnostics.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "config/base/message_socket.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

std::string text_of(const json& answer) {
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

json error_json(const Error& error) {
  return {{"error", {{"code", name_of(error.code)}, {"message", error.message}}}};
}

/// A file that is gone with its descriptor.
Result<FileDescriptor> open_nameless(const std::string& folder) {
  std::string path = folder + "/capture-XXXXXX";
  FileDescriptor file(mkostemp(path.data(), O_CLOEXEC));
  if (!file.valid()) return Error{Error::Code::io, path + ": " + std::strerror(errno)};
  unlink(path.c_str());
  return file;
}

}  // namespace

Diagnostics::~Diagnostics() {
  std::vector<std::unique_ptr<Task>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (auto& task : tasks) task->thread.request_stop();
}

void Diagnostics::submit(std::string id, const std::string& op, const std::string& arguments,
                         Send send) {
  const auto refuse = [&](const Error& error) {
    (void)send({id, text_of(error_json(error)), {}, true});
  };
  auto plan = plan_diagnostic(op, arguments);
  if (!plan) return refuse(plan.error());
  std::unique_lock lock(mutex_);
  std::erase_if(tasks_, [](const auto& task) { return task->done; });
  if (tasks_.size() >= kMaxDiagnostics) {
    lock.unlock();
    return refuse(
        {Error::Code::resource,
         "busy: the box is answering " + std::to_string(kMaxDiagnostics) + " other questions"});
  }
  tasks_.push_back(std::make_unique<Task>());
  Task* const task = tasks_.back().get();
  task->thread = std::jthread([this, task, id = std::move(id), plan = std::move(*plan),
                               send = std::move(send)](const std::stop_token& stop) {
    // Who has heard the last piece may ask again at once.
    const auto free_and_send = [&](Piece piece) {
      if (piece.last) {
        const std::lock_guard done(mutex_);
        task->done = true;
        last_done_ = std::chrono::steady_clock::now();
      }
      return send(std::move(piece));
    };
    answer(id, plan, free_and_send, stop);
  });
}

bool Diagnostics::is_answering() {
  constexpr std::chrono::seconds kOnItsWay{2};
  const std::lock_guard lock(mutex_);
  return std::any_of(tasks_.begin(), tasks_.end(), [](const auto& task) { return !task->done; }) ||
         std::chrono::steady_clock::now() < last_done_ + kOnItsWay;
}

void Diagnostics::answer(const std::string& id, const DiagnosticPlan& plan, const Send& send,
                         const std::stop_token& stop) {
  if (plan.is_capture) return capture(id, plan, send, stop);
  const auto reply = ask(plan, -1, stop);
  std::string text = text_of(reply ? *reply : error_json(reply.error()));
  if (text.size() > kMaxAnswerBytes)
    text =
        text_of(error_json({Error::Code::resource,
                            "the answer has " + std::to_string(text.size()) + " bytes, more than " +
                                std::to_string(kMaxAnswerBytes) + "; ask for less"}));
  (void)send({id, std::move(text), {}, true});
}

Result<json> Diagnostics::ask(const DiagnosticPlan& plan, int attached,
                              const std::stop_token& stop) {
  switch (plan.peer) {
    case DiagnosticPlan::Peer::both:
      return ask_both(stop);
    case DiagnosticPlan::Peer::control:
      return box_.ask_control(plan.request);
    case DiagnosticPlan::Peer::dataplane:
      break;
  }
  return box_.ask_dataplane(plan.request, plan.timeout, attached, stop);
}

/// As `sekisho status --json`; what does not answer says why.
Result<json> Diagnostics::ask_both(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kTimeout{5'000};
  const auto part = [](Result<json> answer) {
    if (!answer) return error_json(answer.error());
    answer->erase("ok");
    return std::move(*answer);
  };
  const json status{{"op", "status"}};
  json all{{"control", part(box_.ask_control(status))},
           {"dataplane", part(box_.ask_dataplane(status, kTimeout, -1, stop))}};
  json counters = part(box_.ask_dataplane({{"op", "counters"}}, kTimeout, -1, stop));
  all["counters"] = counters.contains("counters") ? counters["counters"] : std::move(counters);
  return all;
}

void Diagnostics::capture(const std::string& id, const DiagnosticPlan& plan, const Send& send,
                          const std::stop_token& stop) {
  const auto refuse = [&](const Error& error) {
    (void)send({id, text_of(error_json(error)), {}, true});
  };
  const auto file = open_nameless(folder_);
  if (!file) return refuse(file.error());
  const auto reply = ask(plan, file->get(), stop);
  if (!reply) return refuse(reply.error());
  std::string piece(kCapturePieceBytes, '\0');
  off_t at = 0;
  // A dataplane that wrote more than it was asked for does not fill the line.
  constexpr auto kMost = static_cast<off_t>(kMaxCaptureBytes + kCapturePieceBytes);
  while (at < kMost) {
    const ssize_t got = pread(file->get(), piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse({Error::Code::io, std::string("capture: ") + std::strerror(errno)});
    if (got == 0) break;
    at += got;
    if (!send({id, {}, piece.substr(0, static_cast<std::size_t>(got)), false})) return;
  }
  (void)send({id, text_of(*reply), {}, true});
}

}  // namespace sekisho::controlplane
