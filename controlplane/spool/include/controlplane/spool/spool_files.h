#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/base/result.h"

namespace sekisho::controlplane {

using ByteSpan = std::span<const std::uint8_t>;

/// What the spool asks of the file system. A change is durable when its call returns, but for
/// remove(); a call that fails or is cut short by a power loss may have been done in part.
class SpoolFiles {
 public:
  struct File {
    std::string name;  // without the folder
    std::uint64_t bytes = 0;
  };

  virtual ~SpoolFiles() = default;
  /// Where it exists, the names in it are made durable: a killed predecessor may not have come to
  /// it. The parent must exist.
  virtual Status make_folder(const std::string& folder) = 0;
  /// Puts a file with `content` in the place of `path`: at any moment the old one or the new one.
  virtual Status replace(const std::string& path, ByteSpan content) = 0;
  /// Writes at `offset`, the end of the file.
  virtual Status append(const std::string& path, std::uint64_t offset, ByteSpan content) = 0;
  /// Cuts the file to `bytes`, at most its size. What is left is durable too, whoever wrote it.
  virtual Status truncate(const std::string& path, std::uint64_t bytes) = 0;
  /// Not durable: after a power loss the file may be there again.
  virtual Status remove(const std::string& path) = 0;
  /// Fewer bytes where the file ends or the disk has damaged it; not_found when there is none.
  virtual Result<std::vector<std::uint8_t>> read(const std::string& path, std::uint64_t offset,
                                                 std::size_t bytes) = 0;
  /// The regular files, in no order.
  virtual Result<std::vector<File>> list(const std::string& folder) = 0;
};

/// The disk. Files get mode 0640, folders 0750.
class DiskSpoolFiles final : public SpoolFiles {
 public:
  Status make_folder(const std::string& folder) override;
  Status replace(const std::string& path, ByteSpan content) override;
  Status append(const std::string& path, std::uint64_t offset, ByteSpan content) override;
  Status truncate(const std::string& path, std::uint64_t bytes) override;
  Status remove(const std::string& path) override;
  Result<std::vector<std::uint8_t>> read(const std::string& path, std::uint64_t offset,
                                         std::size_t bytes) override;
  Result<std::vector<File>> list(const std::string& folder) override;
};

/// The one disk of the process; it has no state.
SpoolFiles& spool_disk();

/// A draft of replace() that a kill left behind.
inline constexpr const char* kDraftSuffix = ".new";

}  // namespace sekisho::controlplane
