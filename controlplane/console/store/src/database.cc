#include "controlplane/console/store/database.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <thread>

#include "schema.h"

namespace sekisho::console {
namespace {

constexpr std::size_t kSessions = 16;
constexpr int kMaxAttempts = 10;
constexpr int kLeaseMs = 10'000;

Result<Backend> backend_of(std::string_view where) {
  if (where.starts_with("sqlite:")) return Backend::sqlite;
  if (where.starts_with("postgresql://") || where.starts_with("postgres://"))
    return Backend::postgresql;
  return Error{Error::Code::invalid_input,
               "database '" + std::string(where) + "': neither sqlite:FILE nor postgresql://..."};
}

bool is_locked(const soci::soci_error& problem) {
  return std::string_view(problem.what()).find("database is locked") != std::string_view::npos;
}

void set_up_sqlite(soci::session& session) {
  // FULL: what was answered as stored must survive a power cut.
  for (const char* pragma : {"PRAGMA busy_timeout=3000", "PRAGMA journal_mode=WAL",
                             "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"})
    session << pragma;
}

/// SQLite does not wait, whatever the timeout says, when two want to change the journal's mode.
void prepare(soci::session& session, Backend backend) {
  constexpr int kTries = 200;
  constexpr std::chrono::milliseconds kBetween{10};
  if (backend != Backend::sqlite) return;
  for (int attempt = 1;; ++attempt) {
    try {
      return set_up_sqlite(session);
    } catch (const soci::soci_error& problem) {
      if (attempt == kTries || !is_locked(problem)) throw;
      std::this_thread::sleep_for(kBetween);
    }
  }
}

}  // namespace

std::string_view name_of(Backend backend) noexcept {
  return backend == Backend::sqlite ? "sqlite" : "postgresql";
}

Result<std::unique_ptr<Database>> Database::open(std::string_view where) {
  const auto backend = backend_of(where);
  if (!backend) return Error{backend.error()};
  try {
    auto pool = std::make_unique<soci::connection_pool>(kSessions);
    for (std::size_t i = 0; i < kSessions; ++i) {
      auto& session = pool->at(i);
      if (*backend == Backend::sqlite)
        session.open(soci::sqlite3, "dbname=" + std::string(where.substr(sizeof "sqlite:" - 1)));
      else
        session.open(soci::postgresql, std::string(where));
      prepare(session, *backend);
    }
    if (auto migrated = migrate(pool->at(0), *backend); !migrated)
      return std::move(migrated).error();
    return std::unique_ptr<Database>(new Database(*backend, std::move(pool)));
  } catch (const soci::soci_error& problem) {
    return Error{Error::Code::io, std::string("database: ") + problem.what()};
  }
}

Database::Database(Backend backend, std::unique_ptr<soci::connection_pool> pool)
    : backend_(backend), pool_(std::move(pool)) {}

Database::~Database() = default;

Database::Lease::Lease(Database& database) : database_(database) {
  if (!database.pool_->try_lease(position_, kLeaseMs))
    throw soci::soci_error("no database session became free in 10 s");
  if (auto& session = database.pool_->at(position_); !session.is_connected()) {
    try {
      session.reconnect();
      prepare(session, database.backend_);
    } catch (...) {
      database.pool_->give_back(position_);
      throw;
    }
  }
}

Database::Lease::~Lease() { database_.pool_->give_back(position_); }

Database::Session& Database::Lease::session() { return database_.pool_->at(position_); }

Database::Transaction::Transaction(Session& session, const std::string& begin) : session_(session) {
  session_ << begin;
}

Database::Transaction::~Transaction() {
  if (!open_) return;
  try {
    session_ << "ROLLBACK";
  } catch (const soci::soci_error&) {
    // The connection is gone, and the transaction with it.
  }
}

void Database::Transaction::commit() {
  session_ << "COMMIT";
  open_ = false;
}

std::string Database::begin_read() const {
  return backend_ == Backend::postgresql ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                         : "BEGIN";
}

std::string Database::begin_write() const {
  return backend_ == Backend::sqlite ? "BEGIN IMMEDIATE" : "BEGIN";
}

/// True when the same work may well succeed now: a deadlock, a serialization failure. SQLite's lock
/// of another process was waited for by its busy timeout; more patience would hold up all workers.
bool Database::wait_before_retry(const soci::soci_error& problem, int attempt) {
  if (attempt >= kMaxAttempts) return false;
  bool in_the_way = false;
  if (const auto* detail = dynamic_cast<const soci::postgresql_soci_error*>(&problem))
    in_the_way = detail->sqlstate() == "40001" || detail->sqlstate() == "40P01";
  if (in_the_way) std::this_thread::sleep_for(std::chrono::milliseconds(5 * attempt));
  return in_the_way;
}

}  // namespace sekisho::console
