#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engines/antimalware/malware_database.h"

namespace sekisho::controlplane {

/// Tells that a file is another than it was: inode, size and time of change. Not there: all zero.
struct FileState {
  std::uint64_t inode = 0, bytes = 0, changed_ns = 0;
  bool operator==(const FileState&) const = default;
};
FileState state_of(const std::string& path);

/// The box's own set (box file: malware_database), taken up anew when its file is replaced. A
/// damaged file leaves the one before. Any thread.
class OwnSignatures {
 public:
  using Database = engines::antimalware::MalwareDatabase;

  /// Empty: there is none.
  explicit OwnSignatures(std::string path) : path_(std::move(path)) {}

  /// Looks whether the file is another one; a second look within a second costs nothing.
  struct InForce {
    std::shared_ptr<const Database> database;  // null: none
    std::uint64_t generation = 0;              // changes with each file taken up
  };
  InForce in_force();

 private:
  void look();

  std::string path_;
  std::mutex mutex_;
  InForce current_;    // under mutex_, as is what follows
  FileState state_{};  // of what was looked at last
  std::int64_t looked_s_ = -1;
};

}  // namespace sekisho::controlplane
