#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// What clamd found in a file.
struct ClamdFinding {
  enum class Kind : std::uint8_t { nothing, malware, encrypted, over_limits } kind = Kind::nothing;
  std::string name;  // of what was found, without what ClamAV adds to names of other people's sets
  bool operator==(const ClamdFinding&) const = default;
};

/// A reply to FILDES without its NUL: "fd[11]: OK", "fd[11]: NAME FOUND", "fd[11]: WHY ERROR".
/// io: clamd's own error; invalid_input: nothing that clamd says.
Result<ClamdFinding> parse_clamd_reply(std::string_view reply);

/// clamd behind a Unix socket (its protocol: clamd(8)); a connection for each question. Any thread.
class ClamdClient {
 public:
  using Milliseconds = std::chrono::milliseconds;
  explicit ClamdClient(std::string socket_path) : path_(std::move(socket_path)) {}

  /// Hands over `file`, which clamd reads itself. not_found: nobody listens; resource: clamd ended
  /// before it answered; io: no answer in time, or its own error.
  Result<ClamdFinding> scan(int file, Milliseconds patience) const;
  /// Whether it answers.
  bool ping(Milliseconds patience) const;
  /// Changes with each start of clamd, and so with its signatures; 0: it is not running.
  std::uint64_t instance() const;

 private:
  Result<std::string> ask(std::string_view command, int file, Milliseconds patience) const;
  std::string path_;
};

}  // namespace sekisho::controlplane
