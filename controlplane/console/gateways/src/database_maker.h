#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "config/content/database_kind.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// What gateways fetch of databases: packed lists, and packed differences between two versions,
/// each made once for all gateways that want it. Any thread.
class DatabaseMaker {
 public:
  static constexpr std::size_t kMaxKeptBytes = std::size_t{64} << 20;  // of all tenants
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

  explicit DatabaseMaker(Database& database) : database_(database) {}

  struct Wanted {
    std::string tenant;
    content::DatabaseKind kind = content::DatabaseKind::urls;
    std::uint64_t version = 0;
    std::uint64_t base = 0;  // 0: the whole list
    std::uint32_t piece = 0;
    bool operator==(const Wanted&) const = default;
  };
  struct Piece {
    std::uint32_t pieces = 0;  // 0: there is no such list or difference
    std::string bytes;
  };
  /// A piece that there is not is empty.
  Piece piece(const Wanted& wanted);

 private:
  using Bytes = std::shared_ptr<const std::string>;  // null: it cannot be made
  struct Made {
    Wanted what;  // piece is 0
    Bytes bytes;
  };
  Bytes bytes_of(const Wanted& wanted);
  Bytes make(const Wanted& wanted);

  Database& database_;
  std::mutex mutex_;      // held while one is made: those who wait mostly want the same
  std::list<Made> made_;  // under mutex_; the one used last in front
  std::size_t made_bytes_ = 0;
};

}  // namespace sekisho::console
