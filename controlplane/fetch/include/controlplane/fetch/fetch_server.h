#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/base/message_socket.h"
#include "config/inquiry/messages.h"

namespace sekisho::controlplane {

/// Answers inquiries: one thread speaks with those who ask, kWorkers find out. What is asked twice
/// at once is found out once. Who has waited for kPatience hears that it is unknown yet, and who
/// asks later what was found out meanwhile.
class FetchServer {
 public:
  using Find = std::function<inquiry::Finding(const inquiry::Inquiry&)>;

  static constexpr std::size_t kWorkers = 8;
  static constexpr std::size_t kMostWaiting = 256;  // inquiries that no worker has taken up yet
  static constexpr std::size_t kMostConnections = 64;
  static constexpr std::chrono::milliseconds kPatience{900};
  static constexpr std::int64_t kAgainSeconds = 5;  // when to ask again what is unknown yet

  /// `find` is called by workers, several at a time. `peer`: the only user who may ask.
  /// `signals`: readable when it is time to end.
  FetchServer(FileDescriptor listener, FileDescriptor signals, uid_t peer, Find find);
  FetchServer(const FetchServer&) = delete;
  FetchServer& operator=(const FetchServer&) = delete;
  ~FetchServer();

  Status run();

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection {
    FileDescriptor socket;
    std::string in, out;
  };
  struct Waiter {
    std::uint64_t connection;
    std::uint32_t id;
    Clock::time_point until;
  };
  struct Job {
    std::string name;
    inquiry::Inquiry asked;
  };
  struct Found {
    std::string name;
    inquiry::Finding finding;
  };

  void work();
  void accept_all();
  bool go_on(std::uint64_t number, Connection& connection, short ready);
  bool take(std::uint64_t number, std::span<const std::uint8_t> body);
  void tell(const Waiter& waiter, inquiry::Finding finding);
  void take_found();
  void let_go_late();
  int patience_ms() const;
  static bool send(Connection& connection);

  FileDescriptor listener_, signals_, bell_;
  uid_t peer_;
  Find find_;
  std::map<std::uint64_t, Connection> connections_;
  std::uint64_t next_connection_ = 1;
  std::map<std::string, std::vector<Waiter>> waiting_;  // by what was asked; under way

  std::mutex lock_;
  std::condition_variable has_jobs_;
  std::deque<Job> jobs_;      // by lock_
  std::vector<Found> found_;  // by lock_
  bool stops_ = false;        // by lock_
  std::vector<std::thread> workers_;
};

}  // namespace sekisho::controlplane
