#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/box/box_config.h"
#include "controlplane/agent/databases.h"

namespace sekisho::controlplane {

/// What is in force of a kind of content, and how old it is.
struct ContentAge {
  /// box: what the box file names, be it the firmware's; import: `sekisho content import`.
  enum class Origin { none, box, import, console };
  std::string_view kind{};                             // a database's name, "ips" or "malware"
  std::optional<content::DatabaseKind> database = {};  // nothing: it is none of the databases
  Origin origin = Origin::none;
  std::int64_t built = 0;  // Unix seconds; of files the newest's last change; 0: there is none
  std::int64_t seconds = 0;
  std::int64_t max_seconds = 0;
  std::uint64_t bytes = 0;  // of the file, or of all of them
  bool is_stale = false;    // older than it may be
};
std::string_view name_of(ContentAge::Origin origin) noexcept;

/// Watches that content does not grow old: says so when a kind becomes stale, and when that ends.
/// Any thread.
class ContentAges {
 public:
  struct Doors {
    /// SHA-256 of the console's packs of IPS rules in force, in hex; empty: none.
    std::function<std::string()> console_packs;
    /// Hears each change, from look().
    std::function<void(const ContentAge&)> changed;
  };
  /// What is passed in outlives this.
  ContentAges(const box::BoxConfig& box, Databases& databases, Doors doors);
  /// Every now and then. `now`: Unix seconds.
  void look(std::int64_t now);
  /// Of every kind: the databases in their order, then IPS rules and signatures of malware.
  std::vector<ContentAge> ages(std::int64_t now) const;

 private:
  const box::BoxConfig& box_;
  Databases& databases_;
  const Doors doors_;
  std::mutex mutex_;
  std::map<std::string_view, bool> told_{};  // under mutex_
};

}  // namespace sekisho::controlplane
