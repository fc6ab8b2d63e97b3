#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::controlplane {

/// A program started with three pipes: its input, its output, and its report on descriptor 3.
class PipedChild {
 public:
  static constexpr int kReportFd = 3;

  static Result<PipedChild> start(const std::vector<std::string>& command);
  PipedChild(PipedChild&& other) noexcept;
  PipedChild& operator=(PipedChild&&) = delete;
  /// Kills it if it still runs.
  ~PipedChild();

  struct Output {
    std::vector<std::byte> output;
    std::vector<std::byte> report;
  };
  /// Feeds `input` and collects both outputs until they end; refuses more than the limits, and
  /// more time than until `deadline`.
  Result<Output> converse(std::string_view input, std::size_t max_output, std::size_t max_report,
                          std::chrono::steady_clock::time_point deadline);

  /// Its wait status, once it has ended; waits for it until `deadline`, then kills it.
  int wait(std::chrono::steady_clock::time_point deadline);

 private:
  PipedChild() = default;
  pid_t pid_ = -1;
  FileDescriptor input_;
  FileDescriptor output_;
  FileDescriptor report_;
};

}  // namespace sekisho::controlplane
