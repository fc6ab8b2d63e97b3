#pragma once

#include <string>

namespace sekisho::controlplane {

/// Debian's clamav-daemon.
inline constexpr const char* kClamdProgram = "/usr/sbin/clamd";

/// Where one box's clamd has what is its own.
struct ClamdPlaces {
  std::string folder;  // STATE_DIR/clamd: its configuration, db/ and tmp/
  std::string socket;  // RUN_DIR/clamd.sock

  std::string configuration() const { return folder + "/clamd.conf"; }
  std::string signatures() const { return folder + "/db"; }
  std::string scratch() const { return folder + "/tmp"; }
};
ClamdPlaces clamd_places(const std::string& run_dir, const std::string& state_dir);

/// clamd.conf(5): a Unix socket and nothing else to be reached by, no foreign set, limits on what a
/// file may cost.
std::string clamd_configuration(const ClamdPlaces& places);

}  // namespace sekisho::controlplane
