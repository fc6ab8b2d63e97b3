#pragma once

#include <string>
#include <vector>

#include "child.h"
#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "config/box/box_config.h"

namespace sekisho::controlplane {

/// Keeps the box's processes running. One instance for each run directory.
class Supervisor {
 public:
  /// Takes the lock of `box.run_dir` and makes the folders. `programs`: where the binaries are.
  static Result<Supervisor> make(const box::BoxConfig& box, const std::string& box_file,
                                 const std::string& programs);

  /// Until SIGTERM or SIGINT; then ends the children and returns.
  Status run();

 private:
  Supervisor(std::string state_path, FileDescriptor lock, std::vector<Child> children)
      : state_path_(std::move(state_path)),
        lock_(std::move(lock)),
        children_(std::move(children)) {}

  void start_due();
  void reap();
  void report() const;
  /// Waits for one signal, at most until the next start is due; 0: none came.
  int wait_for_signal() const;
  void stop_all();

  std::string state_path_;
  FileDescriptor lock_;
  std::vector<Child> children_;
};

}  // namespace sekisho::controlplane
