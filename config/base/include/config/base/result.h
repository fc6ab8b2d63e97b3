#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sekisho {

/// Why an operation failed, in terms an operator can act on.
struct Error {
  enum class Code { invalid_input, not_found, signature, version, resource, io };

  Code code;
  std::string message;  // lower case, no trailing period: "rule 17: port range is empty"

  /// The same error with `outer`, what was being done, in front: "outer: message".
  Error within(std::string_view outer) &&;
};

/// The stable spelling of `code` in JSON and logs: "invalid_input", "not_found", ...
std::string_view name_of(Error::Code code) noexcept;

/// A value or the reason there is none. Carries every *expected* failure off the fast path;
/// broken invariants abort instead. Dereferencing a failed Result is a broken invariant.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<std::monostate>;
inline Status ok() { return std::monostate{}; }

}  // namespace sekisho
