#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "config/base/text_bytes.h"
#include "dataplane/decrypt/tls/inquiries.h"

namespace sekisho::decrypt {

bool Inquiries::ask(inquiry::Inquiry inquiry, std::uint32_t waiter) {
  inquiry.id = next_id_++;
  const auto body = encode(inquiry);
  const bool has_room = waiters_.size() < kMaxAsked && out_.size() < kMaxToSend;
  if (path_.empty() || body.empty() || !has_room || !connect()) {
    ++unanswered_;
    return false;
  }
  ++asked_;
  waiters_[inquiry.id] = waiter;
  out_.append(inquiry::framed(body));
  write_some();
  return true;
}

bool Inquiries::connect() {
  if (socket_.valid()) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now < not_before_) return false;
  not_before_ = now + kConnectAgain;
  auto opened = connect_unix(path_);
  if (!opened) return false;
  socket_ = *std::move(opened);
  return true;
}

void Inquiries::write_some() {
  std::size_t written = 0;
  while (written < out_.size()) {
    const auto sent = send(socket_.get(), out_.data() + written, out_.size() - written,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) break;  // later; what is broken shows when it is read
    written += static_cast<std::size_t>(sent);
  }
  out_.erase(0, written);
}

void Inquiries::take_findings(std::vector<Told>& told) {
  std::array<char, std::size_t{16} * 1024> piece;
  while (socket_.valid()) {
    const auto got = recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return write_some();
    if (got <= 0) return break_off(told);
    in_.append(piece.data(), static_cast<std::size_t>(got));
    if (!take_frames(told)) return break_off(told);
  }
}

/// False: what nobody can have asked for.
bool Inquiries::take_frames(std::vector<Told>& told) {
  for (;;) {
    const auto size = inquiry::size_of_frame(in_);
    if (size == inquiry::kIncomplete) return true;
    if (size > inquiry::kMaxMessageBytes) return false;
    if (in_.size() < inquiry::kLengthBytes + size) return true;
    auto finding =
        inquiry::parse_finding(bytes_of(std::string_view(in_).substr(inquiry::kLengthBytes, size)));
    in_.erase(0, inquiry::kLengthBytes + size);
    if (!finding) return false;
    const auto waiting = waiters_.find(finding->id);
    if (waiting == waiters_.end()) return false;
    told.push_back({waiting->second, *std::move(finding)});
    waiters_.erase(waiting);
  }
}

/// sekisho-fetch is gone: who waits goes without.
void Inquiries::break_off(std::vector<Told>& told) {
  socket_.reset();
  in_.clear();
  out_.clear();
  unanswered_ += waiters_.size();
  const auto again = static_cast<std::int64_t>(std::time(nullptr)) + kAgainSeconds;
  for (const auto& [id, waiter] : std::exchange(waiters_, {}))
    told.push_back({waiter, {.id = id, .until = again}});
}

}  // namespace sekisho::decrypt
