#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "controlplane/files/file_door.h"

namespace sekisho::controlplane {

/// The imported packs on disk, and one change of them that is being prepared: it arrives in several
/// requests, and none of it counts until commit(). A kill leaves the packs before the change or
/// those after it; what an asker who went away had prepared goes with discard(), at the latest when
/// the next process begins. One thread at a time.
class ImportedPacks {
 public:
  struct Text {
    std::string name;
    std::string text;
    std::string problem{};  // it cannot be read, so it has no text
  };

  /// `folder` may be missing: then nothing was ever imported. `files` outlives this.
  ImportedPacks(std::string folder, std::size_t max_text_bytes, FileDoor& files);

  /// By name; with the change as if it were done, or without.
  std::vector<Text> read(bool with_change) const;

  /// `name` is a pack name (config/policy/pack_name.h). A pack of rules comes without its former
  /// files, which are imported after it.
  Status stage(std::string_view name, std::string_view text);
  /// With a pack of rules its files. not_found: there is none.
  Status stage_removal(std::string_view name);
  /// Names that the change brings.
  std::vector<std::string> staged() const;
  bool has_change() const;
  Status commit();
  void discard();

 private:
  Status finish();
  Status mark_removed(const std::string& file);
  std::string path(std::string_view file) const { return folder_ + "/" + std::string(file); }

  std::string folder_;
  std::size_t max_text_bytes_;
  FileDoor* files_;
};

}  // namespace sekisho::controlplane
