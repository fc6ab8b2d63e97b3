#include "controlplane/console/gateways/group_writer.h"

#include <algorithm>
#include <utility>

#include "insert_events.h"

namespace sekisho::console {
namespace {

void write_once(Database& database, std::vector<GroupWriter::Item>& items) {
  database.write([&](Database::Session& session) {
    GroupTransaction transaction{database, session, {}};
    for (auto& item : items) item.work(transaction);
    insert_events(transaction);
  });
}

}  // namespace

GroupWriter::GroupWriter(Database& database)
    : database_(database), thread_([this](const std::stop_token& stop) { run(stop); }) {}

GroupWriter::~GroupWriter() {
  thread_.request_stop();
  changed_.notify_all();
}

void GroupWriter::submit(Item item) {
  const std::scoped_lock lock(mutex_);
  queued_bytes_ += item.bytes;
  queue_.push_back(std::move(item));
  changed_.notify_all();
}

bool GroupWriter::has_room(std::function<void()> later) {
  const std::scoped_lock lock(mutex_);
  if (queued_bytes_ < kMaxQueuedBytes) return true;
  waiting_.push_back(std::move(later));
  return false;
}

void GroupWriter::run(const std::stop_token& stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !queue_.empty(); });
      if (queue_.empty()) return;  // asked to stop, and nothing is left
    }
    auto group = take_group();
    write(group);
    std::size_t bytes = 0;
    for (const auto& item : group) bytes += item.bytes;
    group.clear();
    std::vector<std::function<void()>> resumed;
    {
      const std::scoped_lock lock(mutex_);
      queued_bytes_ -= bytes;
      if (queued_bytes_ < kMaxQueuedBytes) resumed.swap(waiting_);
    }
    for (const auto& resume : resumed) resume();
  }
}

std::vector<GroupWriter::Item> GroupWriter::take_group() {
  std::vector<Item> group;
  const std::scoped_lock lock(mutex_);
  for (std::size_t bytes = 0;
       !queue_.empty() && group.size() < kMaxGroupItems && bytes < kMaxGroupBytes;) {
    bytes += queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  std::stable_sort(group.begin(), group.end(),
                   [](const Item& a, const Item& b) { return a.gateway < b.gateway; });
  return group;
}

/// One piece of work that fails takes no other with it.
void GroupWriter::write(std::vector<Item>& group) {
  try {
    write_once(database_, group);
    for (auto& item : group) item.done(nullptr);
    return;
  } catch (...) {
    if (group.size() == 1) return group.front().done(std::current_exception());
  }
  for (auto& item : group) {
    std::vector<Item> alone;
    alone.push_back(std::move(item));
    write(alone);
  }
}

}  // namespace sekisho::console
