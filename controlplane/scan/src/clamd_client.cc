#include "controlplane/scan/clamd_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "config/base/message_socket.h"

namespace sekisho::controlplane {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::string_view_literals;

constexpr std::size_t kMaxReply = 4096;

Error io_error(std::string_view what) {
  return {Error::Code::io, std::string(what) + ": " + std::strerror(errno)};
}

bool wait_for(int socket, short events, Clock::time_point until) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{socket, events, 0};
    const int ready = poll(&entry, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// A descriptor rides along with one byte that clamd throws away.
Status send_file(int socket, int file) {
  char nothing = 0;
  iovec part{&nothing, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* const c = CMSG_FIRSTHDR(&header);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(c), &file, sizeof file);
  return sendmsg(socket, &header, MSG_NOSIGNAL) == 1 ? ok() : Status(io_error("hand over a file"));
}

/// "Eicar-Test.UNOFFICIAL", "YARA.Rule.UNOFFICIAL": what was added to names of sets that are not
/// ClamAV's.
std::string plain_name(std::string_view name) {
  constexpr auto kFront = "YARA."sv, kBack = ".UNOFFICIAL"sv;
  if (name.ends_with(kBack)) name.remove_suffix(kBack.size());
  if (name.starts_with(kFront)) name.remove_prefix(kFront.size());
  return std::string(name);
}

}  // namespace

Result<ClamdFinding> parse_clamd_reply(std::string_view reply) {
  const auto colon = reply.find(": ");
  if (!reply.starts_with("fd[") || colon == reply.npos)
    return Error{Error::Code::invalid_input, "clamd: an answer to something else"};
  auto said = reply.substr(colon + 2);
  if (said == "OK") return ClamdFinding{};
  if (said.ends_with(" ERROR"))
    return Error{Error::Code::io, "clamd: " + std::string(said.substr(0, said.size() - 6))};
  if (!said.ends_with(" FOUND") || said.size() == 6)
    return Error{Error::Code::invalid_input, "clamd: an answer that is none"};
  said.remove_suffix(6);
  ClamdFinding finding{.kind = ClamdFinding::Kind::malware, .name = plain_name(said)};
  if (said.starts_with("Heuristics.Encrypted.")) finding.kind = ClamdFinding::Kind::encrypted;
  if (said.starts_with("Heuristics.Limits.Exceeded"))
    finding.kind = ClamdFinding::Kind::over_limits;
  return finding;
}

Result<std::string> ClamdClient::ask(std::string_view command, int file,
                                     Milliseconds patience) const {
  const auto until = Clock::now() + patience;
  auto socket = connect_unix(path_);
  if (!socket) return std::move(socket).error();
  const auto sent = send(socket->get(), command.data(), command.size(), MSG_NOSIGNAL);
  if (std::cmp_not_equal(sent, command.size())) return io_error("ask clamd");
  if (file >= 0)
    if (auto s = send_file(socket->get(), file); !s) return std::move(s).error();
  std::string reply;
  std::array<char, 512> piece;
  while (reply.size() < kMaxReply) {
    if (!wait_for(socket->get(), POLLIN, until))
      return Error{Error::Code::io,
                   "clamd: no answer within " + std::to_string(patience.count()) + " ms"};
    const auto got = recv(socket->get(), piece.data(), piece.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error{Error::Code::resource, "clamd ended before it answered"};
    reply.append(piece.data(), static_cast<std::size_t>(got));
    if (const auto end = reply.find('\0'); end != reply.npos) return reply.substr(0, end);
  }
  return Error{Error::Code::invalid_input, "clamd: an answer without an end"};
}

Result<ClamdFinding> ClamdClient::scan(int file, Milliseconds patience) const {
  auto reply = ask("zFILDES\0"sv, file, patience);
  if (!reply) return std::move(reply).error();
  return parse_clamd_reply(*reply);
}

bool ClamdClient::ping(Milliseconds patience) const {
  const auto reply = ask("zPING\0"sv, -1, patience);
  return reply && *reply == "PONG";
}

/// It makes its socket anew with each start.
std::uint64_t ClamdClient::instance() const {
  struct stat info {};
  if (stat(path_.c_str(), &info) != 0) return 0;
  constexpr std::uint64_t kBillion = 1'000'000'000;
  const auto made = static_cast<std::uint64_t>(info.st_ctim.tv_sec) * kBillion +
                    static_cast<std::uint64_t>(info.st_ctim.tv_nsec);
  return (made ^ info.st_ino << 1) | 1;
}

}  // namespace sekisho::controlplane
