#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "controlplane/files/file_door.h"

namespace sekisho::controlplane {

/// Texts of IPS rules that count for nothing, as the rules could not be compiled with them and the
/// box would have no policy. Each is known by its content: another text of that name counts again,
/// and all do under another version of the product. One thread at a time.
class LeftOutPacks {
 public:
  /// `path`: of the file that remembers them; it may be missing.
  LeftOutPacks(std::string path, FileDoor& files);

  bool holds(std::string_view name, std::string_view sha256) const;
  bool empty() const { return texts_.empty(); }
  const std::string& reason() const { return reason_; }
  std::int64_t since() const { return since_; }  // Unix seconds

  void add(std::string_view name, std::string_view sha256, std::string_view reason);
  /// What was imported once more is tried once more.
  void forget(std::string_view name);
  void clear();
  /// Until then only this process knows.
  Status save() const;

 private:
  std::string path_;
  FileDoor* files_;
  std::map<std::string, std::string, std::less<>> texts_;  // name to SHA-256
  std::string reason_;
  std::int64_t since_ = 0;
};

}  // namespace sekisho::controlplane
