#pragma once

#include <sys/types.h>

#include <string>

#include "console_support/scratch.h"

namespace sekisho::tests {

/// A PostgreSQL server of this process alone: data in a temporary folder, a Unix socket and no
/// network, gone with the process. As PostgreSQL refuses to run as root, root starts it as nobody.
class PostgresServer {
 public:
  /// The one of this process, started at the first call. Null: PostgreSQL is not installed; a
  /// message on stderr says so once. Throws std::runtime_error when it is and does not start.
  static PostgresServer* shared();

  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// An empty database, for Database::open.
  std::string new_database();

  static bool is_installed();

 private:
  std::string where(const std::string& database) const;
  void stop();

  Scratch scratch_;
  pid_t process_ = -1;
  int databases_ = 0;
};

}  // namespace sekisho::tests
