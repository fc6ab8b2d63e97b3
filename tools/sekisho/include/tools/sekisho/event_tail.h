#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::tools {

/// Follows a file of lines that its writer rotates: renames it away and begins a new one, or
/// truncates it. No line is given twice, none is lost while at most one rotation falls between two
/// polls. Lines over 1 MiB are skipped.
class EventTail {
 public:
  explicit EventTail(std::filesystem::path path) : path_(std::move(path)) {}

  /// The last `count` complete lines that `wanted` accepts, oldest first, from the file as it is
  /// now. A later poll continues behind them.
  Result<std::vector<std::string>> last(std::size_t count,
                                        const std::function<bool(std::string_view)>& wanted);

  /// Every line that was completed since. A missing file is waited for: nothing is wrong then.
  Status poll(const std::function<void(std::string_view)>& on_line);

  static constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20;

 private:
  Status open();
  Status read_rest(const std::function<void(std::string_view)>& on_line);
  void take(std::string_view bytes, const std::function<void(std::string_view)>& on_line);
  void forget_line();

  std::filesystem::path path_;
  FileDescriptor file_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::uint64_t offset_ = 0;  // of the first byte not read yet
  std::string partial_;       // the beginning of a line whose end is not written yet
  bool skipping_ = false;     // inside a line that is too long
};

}  // namespace sekisho::tools
