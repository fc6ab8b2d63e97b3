#pragma once

#include <string>
#include <vector>

#include "controlplane/files/file_door.h"

namespace sekisho::controlplane {

struct Killed {};

/// The disk under a process that dies at the n-th change of it: the write is torn, the rename or
/// removal does not happen.
class DyingFiles final : public FileDoor {
 public:
  explicit DyingFiles(int changes_to_live) : left_(changes_to_live) {}
  int changes() const { return changes_; }

  Status write(const std::string& path, std::span<const std::byte> content,
               Readers readers) override {
    if (dies()) {
      (void)disk_.write(path, content.first(content.size() / 2), readers);
      throw Killed();
    }
    return disk_.write(path, content, readers);
  }
  Status rename(const std::string& from, const std::string& to) override {
    if (dies()) throw Killed();
    return disk_.rename(from, to);
  }
  void remove(const std::string& path) override {
    if (dies()) throw Killed();
    disk_.remove(path);
  }
  Result<std::vector<std::byte>> read(const std::string& path, std::size_t max) override {
    return disk_.read(path, max);
  }
  std::vector<std::string> list(const std::string& folder) override { return disk_.list(folder); }

 private:
  bool dies() {
    ++changes_;
    return left_-- == 0;
  }
  DiskFiles disk_;
  int left_;
  int changes_ = 0;
};

}  // namespace sekisho::controlplane
