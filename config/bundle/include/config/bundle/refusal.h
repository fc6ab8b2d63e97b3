#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sekisho::bundle {

/// Why a gateway does not take what it was sent. In the order of the checks.
enum class Reason {
  too_large,
  not_a_bundle,    // of open()
  not_a_rotation,  // of accept_rotation()
  truncated,
  unknown_key,         // names another key than the pinned one
  bad_signature,       // altered on its way, or forged
  bad_manifest,        // signed, but not by a console that works
  unsupported_format,  // made by a newer console
  other_tenant,
  other_gateway,
  other_kind,  // content where a policy is waited for, or the other way round
  not_newer,
  bad_content,  // the files are not what the manifest says
};

/// The stable spelling of `reason` on the wire, in logs and in the console's database.
std::string_view name_of(Reason reason) noexcept;

struct Refusal {
  Reason reason;
  std::string message;  // English, printable ASCII, lower case, no trailing period
};

/// A value whose signature and content hold, or why it was refused; used like Result.
template <class T>
class [[nodiscard]] Verified {
 public:
  Verified(T value) : state_(std::move(value)) {}            // NOLINT(google-explicit-constructor)
  Verified(Refusal refusal) : state_(std::move(refusal)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  const Refusal& refusal() const& { return *std::get_if<1>(&state_); }
  Refusal&& refusal() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Refusal> state_;
};

}  // namespace sekisho::bundle
