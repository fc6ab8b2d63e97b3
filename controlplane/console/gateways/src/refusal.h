#pragma once

#include <string>
#include <utility>

namespace sekisho::console {

/// Why a call or a stream ends, in the words of gRPC.
enum class End {
  unauthenticated,
  permission_denied,
  invalid_argument,
  aborted,  // another stream of the same gateway
  resource_exhausted,
  deadline_exceeded,
  unavailable,  // the console stops, or its database is in trouble
  internal,
};

struct Refusal {
  End end;
  std::string message;
};

/// Thrown inside Database::write(), which undoes the transaction.
class Refused : public std::exception {
 public:
  Refused(End end, std::string message) : refusal_{end, std::move(message)} {}
  const Refusal& refusal() const noexcept { return refusal_; }
  const char* what() const noexcept override { return refusal_.message.c_str(); }

 private:
  Refusal refusal_;
};

}  // namespace sekisho::console
