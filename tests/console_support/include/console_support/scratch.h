#pragma once

#include <memory>
#include <string>

#include "controlplane/console/store/database.h"

namespace sekisho::tests {

/// A folder under the system's temporary one, removed with the value.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& folder() const { return folder_; }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  /// For Database::open.
  std::string sqlite() const { return "sqlite:" + file("console.db"); }

 private:
  std::string folder_;
};

}  // namespace sekisho::tests
