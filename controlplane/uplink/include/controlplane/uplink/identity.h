#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/base/result.h"
#include "config/bundle/rotation.h"
#include "controlplane/files/file_door.h"

namespace sekisho::controlplane {

/// What enrolling gave the box.
struct Identity {
  std::string tenant;
  std::string gateway;
  std::string console_address;   // "HOST:PORT", or several (config/base/host_and_port.h)
  std::string server_name;       // that the console's certificate must be made out to
  std::string authority_pem;     // pinned: the console's CA
  std::string key_pem;           // never leaves the box
  std::string chain_pem;         // of the gateway's certificate
  bundle::Pinned signing_key;    // the tenant's
  std::int64_t enrolled_at = 0;  // Unix seconds
};

/// Keeps the identity in one file, 0600, replaced whole: key and certificate always fit. `files`
/// outlives it.
class IdentityFile {
 public:
  IdentityFile(std::string path, FileDoor& files) : path_(std::move(path)), files_(files) {}

  /// Nothing: not enrolled. Error: there is a file that cannot be read or makes no sense.
  Result<std::optional<Identity>> load() const;
  Status save(const Identity& identity);
  void remove() { files_.remove(path_); }

 private:
  std::string path_;
  FileDoor& files_;
};

/// When the certificate has lived two thirds of its life; 0 when it cannot be read.
std::int64_t renewal_time(const Identity& identity);

}  // namespace sekisho::controlplane
