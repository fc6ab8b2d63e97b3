#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "controlplane/keys/authority.h"
#include "controlplane/keys/authority_file.h"

namespace sekisho::controlplane {

/// Answers the requests of config/keys. One thread.
class KeyService {
 public:
  /// Who may do what; anybody who can connect may ask for the description.
  struct Access {
    uid_t signs;        // sekisho-decrypt
    uid_t administers;  // sekisho-control
  };
  using Clock = std::function<std::int64_t()>;  // Unix seconds

  /// Opens the authority. Where it is damaged or missing the service answers with that reason,
  /// until it is replaced: a box without decryption is better than one with an authority that
  /// nobody knows.
  KeyService(AuthorityFile file, Access access, Clock clock);

  /// The reply's bytes to a request's bytes from `user`.
  std::string answer(uid_t user, std::span<const std::uint8_t> request);

 private:
  keys::Reply dispatch(uid_t user, std::span<const std::uint8_t> request);
  keys::Reply describe() const;
  keys::Reply sign(const keys::SignRequest& request) const;
  keys::Reply regenerate(const keys::RegenerateRequest& request);
  keys::Reply import(const keys::ImportRequest& request);
  keys::Reply take_up(Result<Authority> authority, const char* how);

  AuthorityFile file_;
  Access access_;
  Clock clock_;
  Result<Authority> trusted_;
  Result<Authority> untrusted_;
};

}  // namespace sekisho::controlplane
