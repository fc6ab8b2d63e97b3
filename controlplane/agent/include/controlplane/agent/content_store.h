#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "controlplane/files/file_door.h"
#include "controlplane/uplink/content.h"

namespace sekisho::controlplane {

/// The console's packs of IPS rules on disk: the set in force, the one before it, and, while a
/// change is under way, the one that is tried. FOLDER/state.json says which is which and is
/// replaced by rename, so that a kill at any moment leaves one of the sets whole;
/// FOLDER/<digest>.packs has the texts. One thread at a time.
class ContentStore {
 public:
  static constexpr std::size_t kMaxSetBytes = std::size_t{256} << 20;

  struct Pack {
    std::string name;
    std::uint64_t version = 0;
    bool operator==(const Pack&) const = default;
  };
  struct Kept {
    std::uint64_t version = 0;  // of the set; 0: of a console that this box has left
    std::string digest;         // SHA-256 of its file
    std::vector<Pack> packs;
    bool operator==(const Kept&) const = default;
  };

  /// `folder` may be missing: then nothing was ever kept. `files` outlives the store.
  ContentStore(std::string folder, FileDoor& files);

  const std::optional<Kept>& current() const { return current_; }
  const std::optional<Kept>& former() const { return former_; }
  const ContentAttempt& attempt() const { return attempt_; }
  std::uint64_t highest_version() const { return highest_; }

  /// What counts: the set that is tried, else the one in force. Empty: there is none.
  Result<std::vector<ContentPack>> packs() const;

  /// From here on packs() are these.
  Status stage(const ContentSet& set);
  /// The same with the set before the one in force. not_found: there is none.
  Status stage_former();
  /// No packs at all, which is what there was before the first ones.
  Status stage_nothing();
  /// What was staged is in force. `why`: of a way back that nobody asked for.
  Status commit(std::string_view why = {});
  /// Nothing was heard of the console since the set in force came.
  bool is_unproven() const { return unproven_; }
  Status prove();
  /// It is not; the reason is remembered with its version.
  Status discard(std::string_view reason_code, std::string_view reason);

  /// `version` could not even be staged.
  void refuse(std::uint64_t version, std::string_view reason_code, std::string_view reason);

  /// A set that was staged when this process ended. Once: a second time it counts as refused.
  std::optional<ContentSet> take_interrupted();
  /// Another console counts versions of its own; what is in force stays.
  Status forget();

 private:
  void load();
  Status save() const;
  Result<std::vector<ContentPack>> read(const Kept& kept) const;
  void remove_unused();
  std::string path_of(const std::string& digest) const { return folder_ + "/" + digest + ".packs"; }

  std::string folder_;
  FileDoor* files_;
  std::optional<Kept> current_;
  std::optional<Kept> former_;
  std::optional<Kept> pending_;
  bool trying_ = false;  // pending_ counts; not so for what was interrupted
  bool pending_rolls_back_ = false;
  bool pending_was_interrupted_ = false;
  bool unproven_ = false;
  ContentAttempt attempt_;
  std::uint64_t highest_ = 0;
};

}  // namespace sekisho::controlplane
