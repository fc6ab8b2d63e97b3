#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::controlplane {

/// One line of the event log on its way out. `kind`: its event_type ("flow", "drop", ...).
struct EventLine {
  std::string json;
  std::string_view kind;
  std::uint64_t time_ns = 0;  // Unix
};

/// One RFC 5424 message, facility local4, the event as its text. `host` and `kind` must be
/// printable ASCII without spaces; `process` is the sender's number.
std::string syslog_message(const EventLine& line, std::string_view host, int process);

/// Sends events as datagrams: UDP (RFC 5426) or a Unix socket. Never waits: what cannot be sent at
/// once is counted as lost. One thread.
class SyslogSender {
 public:
  /// `target`: as in the box file, "udp:ADDRESS:PORT" or "unix:PATH".
  static Result<SyslogSender> open(std::string target, std::string host);
  SyslogSender(SyslogSender&&) = default;

  void send(const EventLine& line);
  std::uint64_t sent() const { return sent_; }
  std::uint64_t lost() const { return lost_; }

 private:
  SyslogSender(std::string target, std::string host)
      : target_(std::move(target)), host_(std::move(host)) {}
  Status connect();

  std::string target_;
  std::string host_;
  FileDescriptor socket_;
  std::chrono::steady_clock::time_point next_attempt_;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace sekisho::controlplane
