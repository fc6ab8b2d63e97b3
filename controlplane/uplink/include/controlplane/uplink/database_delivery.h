#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/bundle/bundle.h"
#include "controlplane/uplink/database.h"

namespace sekisho::controlplane {

struct DatabaseWanted {
  content::DatabaseKind kind = content::DatabaseKind::urls;
  std::uint64_t version = 0;
  std::uint64_t base = 0;
  std::uint32_t piece = 0;
};

struct DatabasePiece {
  content::DatabaseKind kind = content::DatabaseKind::urls;
  std::uint64_t version = 0;
  std::uint64_t base = 0;
  std::uint32_t piece = 0;
  std::uint32_t pieces = 0;  // 0: there is no such difference
  std::string bytes;
};

/// How the console's databases come to the box, step by step; knows no network, thread or clock. A
/// signed description is offered, the difference to what is in force is asked for piece by piece,
/// and where that is not to be had or does not lead there, the whole list. One thread.
class DatabaseDelivery {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
  static constexpr std::uint32_t kMaxPieces = 66;  // zlib may lengthen the longest list a little

  struct Link {
    std::function<void(const DatabaseWanted&)> ask;
    std::function<void()> report;  // DatabaseDoor::reports() have changed
    std::function<void(const std::string&)> complain;
    std::function<void(const std::string&)> note;  // what went well, for the log
  };

  /// `databases` outlives this.
  DatabaseDelivery(DatabaseDoor& databases, Link link);

  /// `expected`: key, tenant and gateway; the rest is filled in.
  void offer(content::DatabaseKind kind, std::uint64_t version, std::string_view description,
             bundle::Expectation expected);
  void piece(const DatabasePiece& piece);
  /// Reports what has changed by itself. Often.
  void tick();
  void forget();
  /// As DatabaseDoor's, with refusals of what nobody vouched for.
  std::vector<DatabaseReport> reports() const;

 private:
  /// What is being fetched.
  struct Fetch {
    content::Description description;
    DatabaseArrival arrival;
    std::uint32_t next = 0;
  };
  DatabaseReport report_of(content::DatabaseKind kind) const;
  void begin(Fetch fetch, std::uint64_t base);
  void begin_whole(content::DatabaseKind kind, const std::string& why);
  void finish(content::DatabaseKind kind, std::uint32_t pieces);
  Result<std::string> list_of(const Fetch& fetch, std::uint32_t pieces);
  void refuse(content::DatabaseKind kind, std::uint64_t version, std::string code,
              std::string reason);
  std::optional<Fetch>& fetch_of(content::DatabaseKind kind) {
    return fetches_[content::index_of(kind)];
  }

  DatabaseDoor& databases_;
  const Link link_;
  std::array<std::optional<Fetch>, content::kDatabaseKinds.size()> fetches_;
  /// Not remembered beyond this process: the console may send it right another time.
  std::array<std::optional<ContentAttempt>, content::kDatabaseKinds.size()> refused_;
  std::vector<DatabaseReport> reported_;
};

}  // namespace sekisho::controlplane
