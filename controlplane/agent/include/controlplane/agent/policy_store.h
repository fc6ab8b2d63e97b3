#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "controlplane/files/file_door.h"

namespace sekisho::controlplane {

/// One policy that was (or is to be) in force.
struct PolicyVersion {
  std::uint32_t serial = 0;
  std::string content_address;
  std::int64_t applied_at = 0;  // Unix seconds
  std::string comment;
  std::uint32_t rules = 0;
  std::uint64_t bundle_version = 0;  // of the console's bundle it came in; 0: applied on the box
  bool operator==(const PolicyVersion&) const = default;
};

/// The policies of this box on disk (README.md names the files). A new one is staged, handed to the
/// dataplane by the caller, then committed. `current` is the one file that says which policy the
/// box boots with: history.json is brought in line with it on open, so a kill between any two steps
/// leaves the old policy or the new one. A serial that was staged is never given out again.
/// One that came from the console is kept unconfirmed between its hand-over and its commit.
/// Not thread-safe.
class PolicyStore {
 public:
  static constexpr std::size_t kKeptVersions = 20;
  static constexpr std::size_t kKeptPassing = 8;

  /// `folder` exists. `files` outlives the store.
  static Result<PolicyStore> open(std::string folder, FileDoor& files);

  const std::optional<PolicyVersion>& current() const { return current_; }
  /// Staged and neither committed nor discarded; survives a restart, for the caller to ask the
  /// dataplane which way it went.
  const std::optional<PolicyVersion>& pending() const { return pending_; }
  /// The pending one wants a confirmation: keep_unconfirmed() instead of commit().
  bool pending_awaits_confirmation() const { return pending_awaits_; }
  /// In force, and not what the box boots with until it is confirmed; survives a restart.
  const std::optional<PolicyVersion>& unconfirmed() const { return unconfirmed_; }
  /// What the dataplane is to run.
  const std::optional<PolicyVersion>& in_force() const {
    return unconfirmed_ ? unconfirmed_ : current_;
  }
  std::vector<PolicyVersion> newest_first() const;
  /// The last ones that were staged and never became current, oldest first. They may have been in
  /// force for a while: events that are still on their way have rules of theirs.
  const std::vector<PolicyVersion>& passing() const { return passing_; }
  /// not_found: no such serial (any more).
  Result<PolicyVersion> find(std::uint32_t serial) const;
  /// The policy that was in force before the current one.
  Result<PolicyVersion> previous() const;

  std::string path_of(const std::string& content_address) const;
  /// The bytes, checked against their address.
  Result<std::vector<std::byte>> read(const std::string& content_address) const;

  /// What a policy is staged with.
  struct Draft {
    std::string content_address{};
    std::uint32_t rules = 0;
    std::string comment{};
    std::int64_t now = 0;  // Unix seconds
    std::uint64_t bundle_version = 0;
    bool awaits_confirmation = false;
  };
  /// Writes the snapshot and reserves a serial; replaces what was pending.
  Result<PolicyVersion> stage(std::span<const std::byte> snapshot, Draft draft);
  /// The pending policy becomes current; an unconfirmed one is forgotten.
  Status commit();
  Status discard();
  /// The pending policy is in force, in the place of another unconfirmed one.
  Status keep_unconfirmed();
  /// The unconfirmed policy becomes current.
  Status confirm();
  /// The unconfirmed policy is forgotten; the caller hands the current one over.
  Status withdraw();

 private:
  PolicyStore(std::string folder, FileDoor& files) : folder_(std::move(folder)), files_(&files) {}
  Status load_history();
  Status load_current();
  void settle_pending();
  void let_pass(std::optional<PolicyVersion>& version);
  void remove_unused();
  Status make_current(const PolicyVersion& version);
  Status replace(const std::string& name, std::string_view content);
  Status save_history();

  std::string folder_;
  FileDoor* files_;
  std::vector<PolicyVersion> versions_;  // oldest first
  std::vector<PolicyVersion> passing_;   // likewise
  std::optional<PolicyVersion> current_;
  std::optional<PolicyVersion> pending_;
  bool pending_awaits_ = false;
  std::optional<PolicyVersion> unconfirmed_;
  std::uint32_t last_serial_ = 0;
};

}  // namespace sekisho::controlplane
