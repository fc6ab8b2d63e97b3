#include "attachments.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace sekisho::decrypt {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostConnections = 256;
constexpr std::size_t kMostBytes = 1024;
constexpr std::chrono::milliseconds kPatience{1000};  // its peers are of this box

struct Shown {
  const char* name;
  Count LoopCounters::*count;
};
constexpr auto kShown = std::to_array<Shown>({
    {"sessions", &LoopCounters::sessions},
    {"taken_over", &LoopCounters::taken_over},
    {"refused_full", &LoopCounters::refused_full},
    {"refused_malformed", &LoopCounters::refused_malformed},
    {"refused_by_kernel", &LoopCounters::refused_by_kernel},
    {"abandoned", &LoopCounters::abandoned},
    {"closed", &LoopCounters::closed},
    {"reset", &LoopCounters::reset},
    {"lost_with_worker", &LoopCounters::lost_with_worker},
    {"bytes_to_server", &LoopCounters::bytes_to_server},
    {"bytes_to_client", &LoopCounters::bytes_to_client},
    {"packets_in", &LoopCounters::packets_in},
    {"pieces_in", &LoopCounters::pieces_in},
    {"packets_out", &LoopCounters::packets_out},
    {"pieces_out", &LoopCounters::pieces_out},
    {"bad_checksums", &LoopCounters::bad_checksums},
    {"malformed", &LoopCounters::malformed},
    {"refused_by_link", &LoopCounters::refused_by_link},
    {"not_tcp", &LoopCounters::not_tcp},
    {"memory_short", &LoopCounters::memory_short},
    {"channels_broken", &LoopCounters::channels_broken},
    {"opened", &LoopCounters::opened},
    {"unopened", &LoopCounters::unopened},
    {"answered", &LoopCounters::answered},
    {"condemned", &LoopCounters::condemned},
    {"leafs_made", &LoopCounters::leafs_made},
    {"leafs_refused", &LoopCounters::leafs_refused},
    {"inquiries", &LoopCounters::inquiries},
    {"inquiries_unanswered", &LoopCounters::inquiries_unanswered},
    {"found_revoked", &LoopCounters::found_revoked},
    {"chains_completed", &LoopCounters::chains_completed},
});

Error bad(std::string why) { return {Error::Code::invalid_input, std::move(why)}; }

std::string reply_of(const Status& done) {
  if (done) return R"({"ok":true})";
  const Json error{{"code", name_of(done.error().code)}, {"message", done.error().message}};
  return Json{{"ok", false}, {"error", error}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<unsigned> number(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || !found->is_number_unsigned() || *found > 255)
    return bad(std::string("'") + name + "' is not a number up to 255");
  return found->get<unsigned>();
}

}  // namespace

Result<Attachments> Attachments::listen(const std::string& path, std::span<LoopOfWorkers> loops,
                                        unsigned workers) {
  auto listener = listen_unix(path);
  if (!listener) return std::move(listener).error();
  return Attachments(std::move(*listener), loops, workers);
}

void Attachments::serve(int timeout_ms) {
  std::vector<pollfd> waiting{{listener_.get(), POLLIN, 0}};
  for (const auto& connection : connections_)
    waiting.push_back({connection.socket.get(), POLLIN, 0});
  if (poll(waiting.data(), waiting.size(), timeout_ms) <= 0) return;
  for (std::size_t i = connections_.size(); i > 0; --i) {
    if (waiting[i].revents == 0 || answer(connections_[i - 1])) continue;
    const int worker = connections_[i - 1].worker;
    connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    if (worker < 0) continue;
    spdlog::info("worker {} has gone", worker);
    loop_of(static_cast<unsigned>(worker))->detach(static_cast<unsigned>(worker));
  }
  if ((waiting[0].revents & POLLIN) == 0) return;
  FileDescriptor peer(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (peer.valid() && connections_.size() < kMostConnections)
    connections_.push_back({std::move(peer), {}, -1});
}

Loop* Attachments::loop_of(unsigned worker) const {
  for (const auto& loop : loops_)
    if (std::find(loop.workers.begin(), loop.workers.end(), worker) != loop.workers.end())
      return loop.loop.get();
  return nullptr;
}

bool Attachments::answer(Connection& connection) {
  auto message = receive_message(connection.socket.get(), kMostBytes, kPatience);
  if (!message) return false;
  const auto body = Json::parse(message->body, nullptr, false);
  const auto op = body.is_object() ? body.value("op", Json()) : Json();
  std::string reply;
  if (op == "status") {
    reply = status();
  } else if (op == "attach.memory" || op == "attach.bell") {
    const auto worker = number(body, "worker");
    const auto workers = number(body, "workers");
    auto done = !worker    ? Status(worker.error())
                : !workers ? Status(workers.error())
                : *workers != workers_
                    ? Status(bad("the box file has " + std::to_string(workers_) + " workers"))
                    : attach(connection, op, *worker, std::move(message->attached));
    reply = reply_of(done);
  } else {
    reply = reply_of(bad("no such operation"));
  }
  return static_cast<bool>(send_message(connection.socket.get(), reply, -1, kPatience));
}

Status Attachments::attach(Connection& connection, const std::string& op, unsigned worker,
                           FileDescriptor fd) {
  Loop* const loop = loop_of(worker);
  if (loop == nullptr) return bad("there is no worker " + std::to_string(worker));
  if (!fd.valid()) return bad("no descriptor came along");
  if (connection.worker >= 0) return bad("this connection has a channel");
  if (op == "attach.memory") {
    connection.memory = std::move(fd);
    return ok();
  }
  if (!connection.memory.valid()) return bad("the memory comes first");
  auto memory = ChannelMemory::open(std::move(connection.memory));
  if (!memory) return std::move(memory).error();
  loop->attach(worker, std::move(*memory), Bell(std::move(fd)));
  connection.worker = static_cast<int>(worker);
  spdlog::info("worker {} has a channel", worker);
  return ok();
}

std::string Attachments::status() const {
  Json loops = Json::array();
  for (const auto& loop : loops_) {
    Json counters;
    for (const auto& shown : kShown)
      counters[shown.name] = (loop.loop->counters().*shown.count).get();
    for (std::size_t i = 1; i < kTlsFailures; ++i)
      counters["failures"][std::string(name_of(static_cast<TlsFailure>(i)))] =
          loop.loop->counters().failures[i].get();
    counters["workers"] = loop.workers;
    loops.push_back(std::move(counters));
  }
  return Json{{"ok", true}, {"loops", std::move(loops)}}.dump();
}

}  // namespace sekisho::decrypt
