#pragma once

#include <cstdint>
#include <string>

#include "config/base/result.h"
#include "controlplane/files/file_door.h"
#include "controlplane/keys/authority.h"

namespace sekisho::controlplane {

/// The authority on disk: `folder`/authority.pem, certificate and key in one file of this process's
/// own, so that no kill can part them, and `folder`/authority.crt, the certificate alone. The
/// latter is the witness that there has been an authority: where only it is left, the key was lost,
/// and no new one takes its place by itself.
class AuthorityFile {
 public:
  AuthorityFile(std::string folder, FileDoor& files) : folder_(std::move(folder)), files_(files) {}

  /// What is there; a new one where there has never been any. An error that is not io or resource
  /// says what is damaged or missing; nothing is changed then.
  Result<Authority> open(std::int64_t now);
  /// In the place of what is there. On an error that stays.
  Status save(const Authority& authority);

 private:
  std::string folder_;
  FileDoor& files_;
};

}  // namespace sekisho::controlplane
