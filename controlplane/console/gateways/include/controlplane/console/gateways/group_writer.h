#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "controlplane/console/gateways/event_batch.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// What a piece of work sees of the transaction that it shares with others.
struct GroupTransaction {
  Database& database;
  Database::Session& session;

  struct Events {
    std::string tenant;
    std::int64_t gateway_number = 0;
    const EventRow* rows = nullptr;
    std::size_t count = 0;
  };
  /// Inserted behind all pieces of work, together; the rows stay until then.
  std::vector<Events> events;
};

/// Writes of many gateways as few transactions: one thread takes whatever waits, up to a limit, and
/// commits it together, so that a disk's sync is paid once for many. Any thread may submit.
class GroupWriter {
 public:
  static constexpr std::size_t kMaxQueuedBytes = std::size_t{64} << 20;
  static constexpr std::size_t kMaxGroupBytes = std::size_t{8} << 20;
  static constexpr std::size_t kMaxGroupItems = 500;

  struct Item {
    std::string gateway;    // orders a group's locks, so that two consoles do not block each other
    std::size_t bytes = 0;  // of memory that is held until it is done
    /// May run several times: only the database may notice.
    std::function<void(GroupTransaction&)> work;
    /// Once, on the writer's thread, when it is on the disk (null) or will not be.
    std::function<void(std::exception_ptr)> done;
  };

  explicit GroupWriter(Database& database);
  /// What was submitted is done before.
  ~GroupWriter();
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  void submit(Item item);

  /// True: less than kMaxQueuedBytes wait. False: `later` will be called when that is so.
  bool has_room(std::function<void()> later);

 private:
  void run(const std::stop_token& stop);
  std::vector<Item> take_group();
  void write(std::vector<Item>& group);

  Database& database_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> queue_;                      // under mutex_
  std::size_t queued_bytes_ = 0;                // under mutex_; with the group being written
  std::vector<std::function<void()>> waiting_;  // under mutex_
  std::jthread thread_;                         // last: it uses all of the above
};

}  // namespace sekisho::console
