#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>

#include "config/base/message_socket.h"

namespace sekisho::dataplane {

/// A classic pcap file of Ethernet frames, times in nanoseconds. A write that fails leaves it as it
/// is: nothing more is written.
class PcapFile {
 public:
  static constexpr std::size_t kHeaderBytes = 24, kPacketHeaderBytes = 16;

  /// Takes the descriptor over and writes the header.
  explicit PcapFile(FileDescriptor file);

  bool good() const noexcept { return file_ != nullptr && !failed_; }
  std::uint64_t bytes() const noexcept { return bytes_; }
  /// `time_ns`: Unix time; `frame` is the first bytes of a frame of `frame_bytes`.
  void add(std::uint64_t time_ns, std::uint32_t frame_bytes, std::span<const std::uint8_t> frame);
  /// False: not everything could be written.
  bool flush();

 private:
  void write(const void* data, std::size_t size);

  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  bool failed_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace sekisho::dataplane
