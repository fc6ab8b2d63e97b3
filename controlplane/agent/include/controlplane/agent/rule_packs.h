#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "controlplane/agent/compiler_process.h"
#include "controlplane/agent/content_store.h"
#include "controlplane/agent/imported_packs.h"
#include "controlplane/agent/left_out_packs.h"
#include "controlplane/files/file_door.h"

namespace sekisho::controlplane {

/// The IPS rules of a policy: the name of what is compiled of them and the packs (empty: there are
/// none), those that the administrator wrote, and what he made of variables
/// (rules/ips/variables.h).
struct PolicyRules {
  std::string name;
  std::string own;
  std::string variables;
};

/// The IPS rules of this box. Packs are texts (*.rules, classification.config, threshold.config,
/// and files that rules load): those that came with the firmware, those that were imported, those
/// of the console. Together with the rules of a policy they are compiled once, to a file that the
/// dataplane reads. One thread at a time.
class RulePacks {
 public:
  static constexpr std::size_t kMaxPackBytes = std::size_t{64} << 20;  // of one text
  static constexpr std::size_t kMaxAllBytes = std::size_t{112} << 20;  // what the compiler takes
  static constexpr std::size_t kKeptFiles = 4;  // compiled, besides those that are asked to stay

  /// `shipped`: folder of the firmware's packs, may be empty; `folder`: of compiled files and, in
  /// FOLDER/packs, of imported ones, in FOLDER/content, of the console's. `files` outlives this.
  RulePacks(std::string shipped, std::string folder, CompilerSettings compiler, FileDoor& files);

  enum class Origin { firmware, import, console };
  struct Pack {
    std::string name;  // of a file; of the console's: of the pack
    Origin origin = Origin::firmware;
    std::uint64_t version = 0;  // 0: has none
    std::size_t bytes = 0;
    bool is_counted = false;    // what follows is known
    std::uint32_t rules = 0;    // that are in force
    std::uint32_t refused = 0;  // each alone
    bool is_left_out = false;   // counts for nothing: see left_out()
  };
  /// `name`: of the compiled rules in force, for what became of each pack; may be empty.
  Result<std::vector<Pack>> list(const std::string& name);
  /// `name`: 1 to 128 of a-z A-Z 0-9 _ . -, ending in .rules, or classification.config or
  /// threshold.config; or of a file that rules load: "PATH" for every rule, "NAME.rules/PATH" for
  /// those of that pack, no part of which begins with a dot. Takes the place of what was imported
  /// under that name; with a pack also of its files. Counts from commit_change() on.
  Status import_pack(std::string_view name, std::string_view text);
  /// With a pack its files; likewise. not_found: no imported pack has that name.
  Status remove_pack(std::string_view name);
  /// From here on what follows takes the imports and removals as done, until one of these.
  void try_change();
  Status commit_change();
  void discard_change();
  bool has_change() const { return imported_.has_change(); }

  /// Texts that the rules could not be compiled with and that a policy came into force without,
  /// rather than none. They count again when they change.
  struct LeftOut {
    std::vector<std::string> packs;
    std::string reason;
    std::int64_t since = 0;  // Unix seconds
  };
  std::optional<LeftOut> left_out();
  /// Leaves out what was not tried yet: the imported texts, the console's, both, the firmware's
  /// too. False: all was tried. What came of it: keep_left_out() or take_back_left_out().
  bool leave_out_more(std::string_view reason);
  /// The console's count again, of whatever content.
  void retry_console();
  Status keep_left_out();
  void take_back_left_out();

  ContentStore& content() { return content_; }

  /// SHA-256 over names and texts; empty when there is no pack.
  Result<std::string> digest();
  /// Compiles the packs with the policy's rules into the file of their name, unless it is there.
  /// Rules that are not in force are no reason to fail: the first of them are logged and returned,
  /// each with its place. `in_force`: name of the rules whose compiled parts are taken over where
  /// they are the same.
  Result<std::vector<policy::Diagnostic>> prepare(const PolicyRules& rules,
                                                  const std::string& in_force = {});
  /// Removes one compiled file, if it is there, so that prepare() makes it anew.
  void forget_compiled(const std::string& name);
  /// Removes compiled files: all but `in_use` and the last few made.
  void remove_unused(const std::vector<std::string>& in_use);

 private:
  struct Text {
    std::string name;  // of the console's: PACK/FILE
    std::string text{};
    Origin origin = Origin::firmware;
    std::uint64_t version = 0;
    std::string problem{};  // why it cannot be read
    std::string sha256{};
    bool is_left_out = false;
  };
  static std::string key_of(const Text& text);
  std::vector<Text> read_texts();
  std::vector<Text> read();
  Result<std::vector<Text>> read_counting();
  std::vector<Text> read_shipped();
  void keep_counts(const std::string& name, const CompilerOutput& output);
  std::vector<CompilerOutput::Text> counts_of(const std::string& name);

  const std::string shipped_;
  const std::string folder_;
  const CompilerSettings compiler_;
  FileDoor& files_;
  ImportedPacks imported_;
  bool tries_change_ = false;
  ContentStore content_;
  LeftOutPacks left_out_;
  std::optional<LeftOutPacks> before_leaving_out_{};  // while it is found out what compiles
  std::size_t rung_ = 0;                              // of what is tried next
  std::vector<std::string> made_;                     // names, oldest first
};

}  // namespace sekisho::controlplane
