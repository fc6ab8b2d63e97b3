#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "controlplane/bandwidth/account.h"
#include "controlplane/files/file_door.h"

namespace sekisho::controlplane {

/// Bandwidth accounts on disk: one file a reading for a day, one an hour for 35 days, as far as
/// there is room; the oldest go first. Not thread-safe.
class AccountStore {
 public:
  struct Limits {
    std::chrono::seconds minutes{24 * 3600};
    std::chrono::seconds hours{35 * 24 * 3600};
    std::size_t max_bytes = std::size_t{64} << 20;  // of each kind
  };
  /// `damaged` is told the name of a file that was put aside, and why.
  using Damaged = std::function<void(const std::string& file, const std::string& why)>;

  /// Takes up what is in `folder`, which exists.
  AccountStore(std::string folder, FileDoor& files, const Limits& limits, Damaged damaged);

  /// Keeps a reading; afterwards `last_boot` and `last_number` name it. Sums up the hours that are
  /// over now.
  Status add(const BandwidthAccount& account);

  /// What was kept since mark_told(), of this process or one before, oldest first; nothing in a
  /// folder where nobody ever marked.
  struct Untold {
    std::vector<BandwidthAccount> readings, hours;
  };
  Untold untold();
  /// All that is kept has been told: what comes later is not.
  Status mark_told();

  /// What was counted from `begin` until `end` (Unix seconds), by key. A reading counts whole when
  /// its end is in that time; of longer times than three hours whole hours do.
  BandwidthAccount between(std::int64_t begin, std::int64_t end);

  /// The newest reading kept; empty and 0: none is.
  const std::string& last_boot() const noexcept { return last_boot_; }
  std::uint64_t last_number() const noexcept { return last_number_; }

 private:
  struct File {
    std::string name;
    std::int64_t time = 0;  // a reading's end, an hour's begin
    std::size_t bytes = 0;
  };
  /// `name` is not the lists' own: a damaged file leaves them.
  std::optional<BandwidthAccount> read(const std::string& name);
  void read_folder();
  Status write(std::vector<File>& kind, File file, const BandwidthAccount& account);
  void fold_hours(std::int64_t now);
  /// What a process keeps of one kind that it has not told.
  struct Telling {
    std::string last;                    // the name of the last that was told
    std::vector<std::string> waiting{};  // those that are to be told
  };
  void read_told();
  std::vector<BandwidthAccount> read_all(const std::vector<std::string>& names);
  BandwidthAccount fold_hour(std::int64_t hour);
  void prune(std::vector<File>& kind, std::int64_t oldest);

  std::string folder_;
  FileDoor& files_;
  Limits limits_;
  Damaged damaged_;
  std::vector<File> minutes_, hours_;  // oldest first
  Telling readings_told_, hours_told_;
  bool was_told_ = false;  // somebody has marked
  std::string last_boot_;
  std::uint64_t last_number_ = 0;
};

}  // namespace sekisho::controlplane
