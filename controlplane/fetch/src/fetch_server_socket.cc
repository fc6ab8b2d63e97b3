#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "config/base/text_bytes.h"
#include "controlplane/fetch/fetch_server.h"

namespace sekisho::controlplane {
namespace {

constexpr int kLongestSleepMs = 60'000;
constexpr std::size_t kMostToSend = std::size_t{8} << 20;  // of one who asks and does not read

bool is_later(int error) { return error == EAGAIN || error == EINTR; }

/// The same for whoever asks the same.
std::string name_of(const inquiry::Inquiry& inquiry) {
  auto same = inquiry;
  same.id = 0;
  return encode(same);
}

}  // namespace

FetchServer::FetchServer(FileDescriptor listener, FileDescriptor signals, uid_t peer, Find find)
    : listener_(std::move(listener)),
      signals_(std::move(signals)),
      bell_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      peer_(peer),
      find_(std::move(find)) {
  for (std::size_t i = 0; i < kWorkers; ++i) workers_.emplace_back([this] { work(); });
}

FetchServer::~FetchServer() {
  {
    const std::lock_guard lock(lock_);
    stops_ = true;
  }
  has_jobs_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void FetchServer::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(lock_);
      has_jobs_.wait(lock, [this] { return stops_ || !jobs_.empty(); });
      if (stops_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    auto finding = find_(job.asked);
    const std::lock_guard lock(lock_);
    found_.push_back({std::move(job.name), std::move(finding)});
    const std::uint64_t one = 1;
    (void)!write(bell_.get(), &one, sizeof one);
  }
}

Status FetchServer::run() {
  if (!bell_.valid()) return Error{Error::Code::io, "eventfd was refused"};
  std::vector<pollfd> ready;
  std::vector<std::uint64_t> numbers;
  for (;;) {
    ready.assign(
        {{signals_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}, {bell_.get(), POLLIN, 0}});
    numbers.clear();
    for (const auto& [number, c] : connections_) {
      numbers.push_back(number);
      const auto events = static_cast<short>(c.out.empty() ? POLLIN : POLLIN | POLLOUT);
      ready.push_back({c.socket.get(), events, 0});
    }
    if (poll(ready.data(), ready.size(), patience_ms()) < 0 && errno != EINTR)
      return Error{Error::Code::io, "poll: " + std::string(std::strerror(errno))};
    if (ready[0].revents != 0) return ok();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto found = connections_.find(numbers[i]);
      if (ready[i + 3].revents != 0 && !go_on(numbers[i], found->second, ready[i + 3].revents))
        connections_.erase(found);
    }
    if (ready[2].revents != 0) take_found();
    let_go_late();
    if (ready[1].revents != 0) accept_all();
  }
}

void FetchServer::accept_all() {
  for (;;) {
    FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != peer_ ||
        connections_.size() >= kMostConnections)
      continue;  // closes it
    connections_.emplace(next_connection_++, Connection{std::move(socket), {}, {}});
  }
}

/// False: it is over.
bool FetchServer::go_on(std::uint64_t number, Connection& connection, short ready) {
  if ((ready & POLLOUT) != 0 && !send(connection)) return false;
  if ((ready & ~POLLOUT) == 0) return true;
  std::array<char, std::size_t{16} * 1024> piece;
  const auto got = recv(connection.socket.get(), piece.data(), piece.size(), 0);
  if (got < 0) return is_later(errno);
  if (got == 0) return false;
  connection.in.append(piece.data(), static_cast<std::size_t>(got));
  for (;;) {
    const auto size = inquiry::size_of_frame(connection.in);
    if (size == inquiry::kIncomplete) return true;
    if (size > inquiry::kMaxMessageBytes) return false;
    if (connection.in.size() < inquiry::kLengthBytes + size) return true;
    const auto body = std::string_view(connection.in).substr(inquiry::kLengthBytes, size);
    if (!take(number, bytes_of(body))) return false;
    connection.in.erase(0, inquiry::kLengthBytes + size);
  }
}

bool FetchServer::take(std::uint64_t number, std::span<const std::uint8_t> body) {
  auto inquiry = inquiry::parse_inquiry(body);
  if (!inquiry) return false;
  const Waiter waiter{number, inquiry->id, Clock::now() + kPatience};
  auto name = name_of(*inquiry);
  if (const auto under_way = waiting_.find(name); under_way != waiting_.end()) {
    under_way->second.push_back(waiter);
    return true;
  }
  {
    const std::lock_guard lock(lock_);
    if (jobs_.size() < kMostWaiting) {
      jobs_.push_back({name, *std::move(inquiry)});
      waiting_[std::move(name)].push_back(waiter);
      has_jobs_.notify_one();
      return true;
    }
  }
  tell(waiter, {.until = std::time(nullptr) + kAgainSeconds});
  return connections_.contains(number);
}

void FetchServer::take_found() {
  std::uint64_t count = 0;
  (void)!read(bell_.get(), &count, sizeof count);
  std::vector<Found> found;
  {
    const std::lock_guard lock(lock_);
    found.swap(found_);
  }
  for (auto& one : found) {
    const auto waiting = waiting_.find(one.name);
    if (waiting == waiting_.end()) continue;
    for (const auto& waiter : waiting->second) tell(waiter, one.finding);
    waiting_.erase(waiting);
  }
}

/// What they asked is still found out.
void FetchServer::let_go_late() {
  const auto now = Clock::now();
  for (auto& [name, waiters] : waiting_)
    std::erase_if(waiters, [&](const Waiter& waiter) {
      if (waiter.until > now) return false;
      tell(waiter, {.until = std::time(nullptr) + kAgainSeconds});
      return true;
    });
}

int FetchServer::patience_ms() const {
  auto next = Clock::now() + std::chrono::milliseconds(kLongestSleepMs);
  for (const auto& [name, waiters] : waiting_)
    for (const auto& waiter : waiters) next = std::min(next, waiter.until);
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(next - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left + 1, 0));
}

/// Whoever has gone is not told; a connection that takes nothing is closed.
void FetchServer::tell(const Waiter& waiter, inquiry::Finding finding) {
  const auto found = connections_.find(waiter.connection);
  if (found == connections_.end()) return;
  finding.id = waiter.id;
  auto body = encode(finding);
  if (body.empty()) body = encode(inquiry::Finding{.id = waiter.id, .until = finding.until});
  found->second.out.append(inquiry::framed(body));
  if (found->second.out.size() > kMostToSend || !send(found->second))
    shutdown(found->second.socket.get(), SHUT_RDWR);  // and the next turn erases it
}

bool FetchServer::send(Connection& connection) {
  while (!connection.out.empty()) {
    const auto sent = ::send(connection.socket.get(), connection.out.data(), connection.out.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return is_later(errno);
    connection.out.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace sekisho::controlplane
