#include "controlplane/agent/syslog.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "socket_address.h"

namespace sekisho::controlplane {
namespace {

constexpr unsigned kFacilityLocal4 = 20;  // RFC 5424 §6.2.1
constexpr unsigned kWarning = 4;
constexpr unsigned kNotice = 5;
constexpr unsigned kInformational = 6;
constexpr std::chrono::seconds kBetweenAttempts{1};

unsigned severity_of(std::string_view kind) {
  if (kind == "drop" || kind == "anomaly") return kWarning;
  return kind == "policy" || kind == "policy_change" ? kNotice : kInformational;
}

}  // namespace

std::string syslog_message(const EventLine& line, std::string_view host, int process) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const auto seconds = static_cast<std::time_t>(line.time_ns / kSecond);
  return fmt::format("<{}>1 {:%Y-%m-%dT%H:%M:%S}.{:06}Z {} sekisho-control {} {} - {}",
                     kFacilityLocal4 * 8 + severity_of(line.kind), fmt::gmtime(seconds),
                     line.time_ns % kSecond / 1'000, host.empty() ? "-" : host, process,
                     line.kind.empty() ? "-" : line.kind, line.json);
}

Result<SyslogSender> SyslogSender::open(std::string target, std::string host) {
  SyslogSender sender(std::move(target), std::move(host));
  // A collector that is not there yet is tried again; a target that makes no sense is not.
  if (auto connected = sender.connect();
      !connected && connected.error().code == Error::Code::invalid_input)
    return std::move(connected).error();
  return sender;
}

Status SyslogSender::connect() {
  next_attempt_ = std::chrono::steady_clock::now() + kBetweenAttempts;
  const bool udp = target_.starts_with("udp:");
  if (!udp && !target_.starts_with("unix:"))
    return Error{Error::Code::invalid_input, target_ + ": neither udp:ADDRESS:PORT nor unix:PATH"};
  const auto address = udp ? internet_address(std::string_view(target_).substr(4))
                           : unix_address(std::string_view(target_).substr(5));
  if (!address) return Error{address.error()};
  FileDescriptor made(socket(address->family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made.valid() || ::connect(made.get(), address->get(), address->size) != 0)
    return Error{Error::Code::io, target_ + ": " + std::strerror(errno)};
  socket_ = std::move(made);
  return ok();
}

void SyslogSender::send(const EventLine& line) {
  if (!socket_.valid() && std::chrono::steady_clock::now() >= next_attempt_) (void)connect();
  if (!socket_.valid()) {
    ++lost_;
    return;
  }
  const std::string message = syslog_message(line, host_, getpid());
  if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
    ++sent_;
    return;
  }
  ++lost_;
  // A full queue or a message too long is this message's trouble; anything else is the socket's.
  if (errno != EAGAIN && errno != ENOBUFS && errno != EMSGSIZE && errno != EINTR) socket_.reset();
}

}  // namespace sekisho::controlplane
