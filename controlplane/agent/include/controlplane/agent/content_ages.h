#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "config/box/box_config.h"
#include "controlplane/agent/databases.h"

namespace sekisho::controlplane {

/// What is in force of a kind of database, and how old it is.
struct ContentAge {
  enum class Origin { none, box, console };  // box: the file that the box file names
  content::DatabaseKind kind = content::DatabaseKind::urls;
  Origin origin = Origin::none;
  std::int64_t built = 0;  // Unix seconds; of the box's file its last change; 0: none
  std::int64_t seconds = 0;
  std::int64_t max_seconds = 0;
  std::uint64_t bytes = 0;  // of the file
  bool is_stale = false;    // older than it may be
};
std::string_view name_of(ContentAge::Origin origin) noexcept;

/// Watches that the databases do not grow old: says so when one becomes stale, and when that ends.
/// Any thread.
class ContentAges {
 public:
  /// `changed` hears each change, from look(). What is passed in outlives this.
  ContentAges(const box::BoxConfig& box, Databases& databases,
              std::function<void(const ContentAge&)> changed);
  /// Every now and then. `now`: Unix seconds.
  void look(std::int64_t now);
  /// Of every kind.
  std::vector<ContentAge> ages(std::int64_t now) const;

 private:
  const box::BoxConfig& box_;
  Databases& databases_;
  const std::function<void(const ContentAge&)> changed_;
  std::mutex mutex_;
  std::array<bool, content::kDatabaseKinds.size()> told_{};  // under mutex_
};

}  // namespace sekisho::controlplane
