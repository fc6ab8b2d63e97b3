#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "dataplane/decrypt/channel/ring.h"

namespace sekisho::decrypt {

/// The shared memory of one worker and one loop of the decrypting process: a ring each way. The
/// packet process makes it and hands it over; sealed, so that nobody can take it away under the
/// other's feet.
class ChannelMemory {
 public:
  static constexpr std::size_t kRingBytes = std::size_t{4} << 20;

  static Result<ChannelMemory> make();
  /// Of a descriptor that another process made: refuses one of another size or that could shrink.
  static Result<ChannelMemory> open(FileDescriptor memory);

  ChannelMemory(ChannelMemory&& other) noexcept;
  ChannelMemory& operator=(ChannelMemory&& other) noexcept;
  ~ChannelMemory();

  int descriptor() const noexcept { return file_.get(); }
  std::span<std::byte> to_decrypt() const noexcept;
  std::span<std::byte> from_decrypt() const noexcept;

 private:
  explicit ChannelMemory(FileDescriptor file) : file_(std::move(file)) {}
  Status map();
  void unmap() noexcept;

  FileDescriptor file_;
  std::byte* mapping_ = nullptr;
};

/// Rings the bell behind `descriptor`.
void ring_bell(int descriptor) noexcept;

/// Wakes the reader of a ring (eventfd).
class Bell {
 public:
  static Result<Bell> make();
  explicit Bell(FileDescriptor bell) noexcept : bell_(std::move(bell)) {}

  int descriptor() const noexcept { return bell_.get(); }
  void ring() noexcept { ring_bell(bell_.get()); }
  void hush() noexcept;  // takes note of having been rung

 private:
  FileDescriptor bell_;
};

/// The packet process's end: speaks to the decrypting process at its socket, and gives it the
/// channel of worker `worker` of `workers`. The connection lives as long as the channel: who reads
/// its end knows that the other process has died.
struct WorkerChannel {
  ChannelMemory memory;
  Bell bell;
  FileDescriptor connection;
};
Result<WorkerChannel> attach(const std::string& socket_path, unsigned worker, unsigned workers);

}  // namespace sekisho::decrypt
