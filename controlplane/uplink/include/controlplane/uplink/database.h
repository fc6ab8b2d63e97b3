#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/content/description.h"
#include "controlplane/uplink/content.h"

namespace sekisho::controlplane {

/// One of the console's databases on the box; as DatabaseReport of gateway_link.proto.
struct DatabaseReport {
  content::DatabaseKind kind = content::DatabaseKind::urls;
  content::Description in_force;  // version 0: none of this console
  ContentAttempt attempt;
  std::uint64_t highest_version = 0;  // that ever was in force: no older one comes after it
  bool is_stale = false;
  bool operator==(const DatabaseReport&) const = default;
};

/// A list, or a difference, on its way to the box piece by piece.
struct DatabaseArrival {
  content::DatabaseKind kind = content::DatabaseKind::urls;
  std::string sha256;      // of the list that it leads to
  std::uint64_t base = 0;  // version that it is the difference to; 0: it is the list
  bool operator==(const DatabaseArrival&) const = default;
};

/// The console's databases on the box, as the link sees them. Any thread.
class DatabaseDoor {
 public:
  virtual ~DatabaseDoor() = default;
  /// Of every kind, in the order of content::kDatabaseKinds.
  virtual std::vector<DatabaseReport> reports() const = 0;
  /// The list of the version in force; empty: there is none, or it is damaged.
  virtual std::string list_in_force(content::DatabaseKind kind) = 0;
  /// The list, which is the described one, comes into force, or nothing changes; the report tells
  /// which. Takes seconds.
  virtual void enforce(content::DatabaseKind kind, const content::Description& description,
                       std::string_view list) = 0;

  // What arrives outlives a restart:
  /// How many pieces of it are here; what there is of another arrival of its kind goes.
  virtual std::uint32_t begin(const DatabaseArrival& arrival) = 0;
  virtual Status keep(const DatabaseArrival& arrival, std::uint32_t piece,
                      std::string_view bytes) = 0;
  /// All pieces one behind the other.
  virtual Result<std::string> take(const DatabaseArrival& arrival, std::uint32_t pieces) = 0;
  virtual void drop(content::DatabaseKind kind) = 0;

  /// Another console counts versions of its own; what is in force stays.
  virtual void forget() = 0;
};

}  // namespace sekisho::controlplane
