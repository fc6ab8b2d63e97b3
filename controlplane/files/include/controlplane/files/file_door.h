#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// Who but the process's own user may read a new file.
enum class Readers { group, nobody };

/// What is kept in the state folder goes through here; every call is durable when it returns.
class FileDoor {
 public:
  virtual ~FileDoor() = default;
  /// Creates or truncates `path`, mode 0640 or 0600, and waits until the bytes are on the disk.
  virtual Status write(const std::string& path, std::span<const std::byte> content,
                       Readers readers) = 0;
  /// Atomically replaces `to`, and waits until the folder is on the disk.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual void remove(const std::string& path) = 0;
  /// not_found when there is none; resource when it is larger than `max_bytes`.
  virtual Result<std::vector<std::byte>> read(const std::string& path, std::size_t max_bytes) = 0;
  /// Names of the files in `folder`; empty when it cannot be read.
  virtual std::vector<std::string> list(const std::string& folder) = 0;
};

/// Puts a file with `content` in the place of `path` by way of `path`.new: at any moment there is
/// the old one or the new one, whole. On an error `path`.new does not stay.
Status replace_file(FileDoor& files, const std::string& path, std::span<const std::byte> content,
                    Readers readers);
Status replace_file(FileDoor& files, const std::string& path, std::string_view content,
                    Readers readers);

/// The disk.
class DiskFiles final : public FileDoor {
 public:
  Status write(const std::string& path, std::span<const std::byte> content,
               Readers readers) override;
  Status rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  Result<std::vector<std::byte>> read(const std::string& path, std::size_t max_bytes) override;
  std::vector<std::string> list(const std::string& folder) override;
};

}  // namespace sekisho::controlplane
