#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/base/message_socket.h"
#include "config/inquiry/messages.h"

namespace sekisho::decrypt {

/// What sekisho-fetch is asked about origins' certificates, for the sessions of one loop. It never
/// waits: who has asked is told. One thread.
class Inquiries {
 public:
  static constexpr std::size_t kMaxAsked = 1024;  // at once; more go without
  static constexpr std::size_t kMaxToSend = std::size_t{4} << 20;
  static constexpr std::chrono::milliseconds kConnectAgain{1000};
  static constexpr std::int64_t kAgainSeconds = 10;  // when to ask again who was not answered

  /// `socket_path`: of sekisho-fetch; empty: there is nobody to ask.
  explicit Inquiries(std::string socket_path = {}) : path_(std::move(socket_path)) {}

  /// `waiter` is told by take_findings(). False: there is nobody to ask, or too much was asked.
  bool ask(inquiry::Inquiry inquiry, std::uint32_t waiter);

  /// For epoll (edge-triggered, to be read and written); -1: there is no connection. It changes:
  /// compare after ask() and take_findings().
  int descriptor() const noexcept { return socket_.get(); }
  struct Told {
    std::uint32_t waiter;
    inquiry::Finding finding;
  };
  /// When the descriptor has an event. Adds whoever waited.
  void take_findings(std::vector<Told>& told);

  std::uint64_t asked() const noexcept { return asked_; }
  std::uint64_t unanswered() const noexcept { return unanswered_; }  // or not asked

 private:
  bool connect();
  void write_some();
  bool take_frames(std::vector<Told>& told);
  void break_off(std::vector<Told>& told);

  std::string path_;
  FileDescriptor socket_;
  std::chrono::steady_clock::time_point not_before_{};        // of the next try to connect
  std::string in_, out_;                                      // of frames
  std::unordered_map<std::uint32_t, std::uint32_t> waiters_;  // by inquiry
  std::uint32_t next_id_ = 0;
  std::uint64_t asked_ = 0, unanswered_ = 0;
};

}  // namespace sekisho::decrypt
