#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/result.h"
#include "controlplane/agent/compiler_process.h"
#include "controlplane/files/file_door.h"
#include "controlplane/uplink/database.h"

namespace sekisho::controlplane {

/// The console's databases on disk and in force: of each kind the version in force and the one
/// before it. FOLDER/state.json says which they are and is replaced by rename, so that a kill at
/// any moment leaves one of them whole; FOLDER/<SHA-256 of the list>.list has a version's entries
/// (packed), .db what the processes map, .N.piece what is arriving. Any thread; changes wait for
/// each other.
class Databases final : public DatabaseDoor {
 public:
  using Kind = content::DatabaseKind;
  /// From a list to what is mapped.
  using Compile = std::function<std::variant<CompilerOutput, Refusal>(Kind, std::string_view list)>;
  /// The processes are to look what is in force now; an error: they cannot use it.
  using TakeUp = std::function<Status(Kind)>;

  struct Kept {
    content::Description description;  // its version is 0 when it is of a console that was left
    std::uint64_t file_bytes = 0;
    bool operator==(const Kept&) const = default;
  };
  struct Row {
    Kind kind = Kind::urls;
    std::optional<Kept> current;  // nothing: the box file's database, if it names one
    std::optional<Kept> former;
    ContentAttempt attempt;
    std::uint64_t highest_version = 0;
  };

  /// `state_dir`'s databases/KIND exist. `files` outlives this.
  Databases(const std::string& state_dir, Compile compile, TakeUp take_up, FileDoor& files);

  std::vector<Row> rows() const;
  /// Back to the version before; the version that was left does not come again. not_found: there
  /// never was one.
  Status rollback(Kind kind);
  /// What the reports say of the age of what is in force.
  void set_stale(Kind kind, bool is_stale);

  // As DatabaseDoor:
  std::vector<DatabaseReport> reports() const override;
  std::string list_in_force(Kind kind) override;
  void enforce(Kind kind, const content::Description& description, std::string_view list) override;
  std::uint32_t begin(const DatabaseArrival& arrival) override;
  Status keep(const DatabaseArrival& arrival, std::uint32_t piece, std::string_view bytes) override;
  Result<std::string> take(const DatabaseArrival& arrival, std::uint32_t pieces) override;
  void drop(Kind kind) override;
  void forget() override;

 private:
  struct Shelf {
    std::string folder;
    Row row;
    bool is_stale = false;
  };
  Shelf& shelf(Kind kind) { return shelves_[content::index_of(kind)]; }
  void load(Shelf& shelf);
  bool is_sound(const Shelf& shelf, const Kept& kept);
  Status save(const Shelf& shelf, const Row& row);
  Result<std::string> read_list(const Shelf& shelf, const Kept& kept);
  Status write_version(const Shelf& shelf, const content::Description& description,
                       std::string_view list, std::span<const std::byte> file);
  Status bring_into_force(Shelf& shelf, Row row);
  void refuse(Shelf& shelf, std::uint64_t version, std::string_view code, std::string_view reason);
  void publish(Shelf& shelf, Row row);
  void remove_unused(const Shelf& shelf);

  const Compile compile_;
  const TakeUp take_up_;
  FileDoor& files_;
  std::mutex change_mutex_;  // held for the whole of one change
  mutable std::mutex rows_mutex_;
  std::array<Shelf, content::kDatabaseKinds.size()> shelves_;  // rows: changed under both
};

}  // namespace sekisho::controlplane
