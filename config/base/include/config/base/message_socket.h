#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho {

/// Owns a file descriptor; -1 is none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }

  int get() const noexcept { return fd_; }
  bool valid() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

/// The framing of every local socket: a 4-byte little-endian length, then that many bytes of JSON.
/// A request is at most kMaxRequestBytes, a reply at most kMaxReplyBytes; longer frames are
/// refused. One file descriptor may ride along with a request (SCM_RIGHTS), for example a capture
/// file.
inline constexpr std::size_t kMaxRequestBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxReplyBytes = std::size_t{64} << 20;

struct Message {
  std::string body;
  FileDescriptor attached;  // invalid when none came
};

/// Listens on a new Unix stream socket at `path`, replacing a stale file there; mode is 0660.
Result<FileDescriptor> listen_unix(std::string_view path);

/// Connects to the Unix stream socket at `path`; not_found when nothing listens there.
Result<FileDescriptor> connect_unix(std::string_view path);

/// Sends one frame whole, waiting at most `timeout`; `attached` is -1 or a descriptor to pass
/// along.
Status send_message(int socket, std::string_view body, int attached,
                    std::chrono::milliseconds timeout);

/// Receives one frame whole. not_found: the peer closed before a frame began.
Result<Message> receive_message(int socket, std::size_t max_bytes,
                                std::chrono::milliseconds timeout);

/// connect_unix + send_message + receive_message.
Result<std::string> request_unix(std::string_view path, std::string_view body, int attached,
                                 std::chrono::milliseconds timeout);

}  // namespace sekisho
