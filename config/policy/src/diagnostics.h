#pragma once

#include <string>
#include <vector>

#include "config/policy/policy.h"

namespace sekisho::policy {

/// Collects the mistakes and warnings of one load; of each at most kMaxDiagnostics are kept. What a
/// message quotes from the file cannot garble the terminal: control characters become '?'.
class Diagnostics {
 public:
  void error(Position position, std::string message) { add(errors_, position, std::move(message)); }
  void warning(Position position, std::string message) {
    add(warnings_, position, std::move(message));
  }

  /// No further error would be kept: reading on is of no use.
  bool full() const noexcept { return errors_.size() >= kMaxDiagnostics; }
  bool any_error() const noexcept { return !errors_.empty(); }

  /// In file order.
  std::vector<Diagnostic> take_errors() { return sorted(std::move(errors_)); }
  std::vector<Diagnostic> take_warnings() { return sorted(std::move(warnings_)); }

 private:
  static void add(std::vector<Diagnostic>& list, Position position, const std::string& message);
  static std::vector<Diagnostic> sorted(std::vector<Diagnostic> list);

  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
};

}  // namespace sekisho::policy
