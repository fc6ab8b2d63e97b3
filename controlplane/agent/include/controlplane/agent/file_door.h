#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// What the policy store asks of the file system; every call is durable when it returns.
class FileDoor {
 public:
  virtual ~FileDoor() = default;
  /// Creates or truncates `path`, mode 0640, and waits until the bytes are on the disk.
  virtual Status write(const std::string& path, std::span<const std::byte> content) = 0;
  /// Atomically replaces `to`, and waits until the folder is on the disk.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual void remove(const std::string& path) = 0;
  /// not_found when there is none; resource when it is larger than `max_bytes`.
  virtual Result<std::vector<std::byte>> read(const std::string& path, std::size_t max_bytes) = 0;
  /// Names of the files in `folder`; empty when it cannot be read.
  virtual std::vector<std::string> list(const std::string& folder) = 0;
};

/// The disk.
class DiskFiles final : public FileDoor {
 public:
  Status write(const std::string& path, std::span<const std::byte> content) override;
  Status rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  Result<std::vector<std::byte>> read(const std::string& path, std::size_t max_bytes) override;
  std::vector<std::string> list(const std::string& folder) override;
};

}  // namespace sekisho::controlplane
