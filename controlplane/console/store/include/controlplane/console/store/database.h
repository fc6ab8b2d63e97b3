#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::console {

enum class Backend : std::uint8_t { sqlite, postgresql };
std::string_view name_of(Backend backend) noexcept;

/// The console's database through SOCI: SQLite in a file, or PostgreSQL, which several consoles may
/// share. Any thread. What a function throws goes through read() and write(); trouble with the
/// database itself is a soci::soci_error or a DatabaseBusy.
class Database {
 public:
  using Session = soci::session;

  /// `where`: "sqlite:/path/to/file" or "postgresql://user@host:port/name". Makes the tables of a
  /// new database and brings an older one up to date; a newer one is refused.
  static Result<std::unique_ptr<Database>> open(std::string_view where);
  ~Database();

  Backend backend() const noexcept { return backend_; }

  /// `work(Session&)` sees one consistent state.
  template <class Work>
  auto read(Work work) {
    return run(begin_read(), work);
  }

  /// `work(Session&)` as one transaction, undone when it throws; run again, a bounded number of
  /// times, when another console's transaction was in its way, so it must have no effect of its own
  /// elsewhere.
  template <class Work>
  auto write(Work work) {
    for (int attempt = 1;; ++attempt) {
      try {
        return write_once(work);
      } catch (const soci::soci_error& problem) {
        if (!wait_before_retry(problem, attempt)) throw;
      }
    }
  }

  /// Behind a SELECT inside write(): the rows stay as they are until the transaction ends.
  std::string_view for_update() const noexcept {
    return backend_ == Backend::postgresql ? " FOR UPDATE" : "";
  }

 private:
  /// One of the pool's sessions.
  class Lease {
   public:
    explicit Lease(Database& database);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Session& session();

   private:
    Database& database_;
    std::size_t position_ = 0;
  };

  /// Rolled back unless committed.
  class Transaction {
   public:
    Transaction(Session& session, const std::string& begin);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

   private:
    Session& session_;
    bool open_ = true;
  };

  Database(Backend backend, std::unique_ptr<soci::connection_pool> pool);

  template <class Work>
  auto write_once(Work& work) {
    // SQLite has one writer; waiting here is fairer than its busy timeout.
    std::unique_lock lock(writer_, std::defer_lock);
    if (backend_ == Backend::sqlite) lock.lock();
    return run(begin_write(), work);
  }

  /// One transaction.
  template <class Work>
  auto run(const std::string& begin, Work& work) {
    Lease lease(*this);
    Transaction transaction(lease.session(), begin);
    if constexpr (std::is_void_v<decltype(work(lease.session()))>) {
      work(lease.session());
      transaction.commit();
    } else {
      auto result = work(lease.session());
      transaction.commit();
      return result;
    }
  }

  std::string begin_read() const;
  std::string begin_write() const;
  static bool wait_before_retry(const soci::soci_error& problem, int attempt);

  const Backend backend_;
  std::unique_ptr<soci::connection_pool> pool_;
  std::mutex writer_;
};

}  // namespace sekisho::console
