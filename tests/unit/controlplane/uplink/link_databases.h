#pragma once

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <vector>

#include "controlplane/uplink/database.h"

namespace sekisho::controlplane {

/// A box's databases without a box: what comes into force is kept in memory, pieces too.
class LinkDatabases final : public DatabaseDoor {
 public:
  std::vector<DatabaseReport> reports() const override {
    const std::lock_guard lock(mutex_);
    std::vector<DatabaseReport> all;
    for (const auto kind : content::kDatabaseKinds) all.push_back(now_[content::index_of(kind)]);
    for (const auto kind : content::kDatabaseKinds) all[content::index_of(kind)].kind = kind;
    return all;
  }
  std::string list_in_force(content::DatabaseKind kind) override {
    const std::lock_guard lock(mutex_);
    return lists_[content::index_of(kind)];
  }
  void enforce(content::DatabaseKind kind, const content::Description& description,
               std::string_view list) override {
    const std::lock_guard lock(mutex_);
    auto& now = now_[content::index_of(kind)];
    if (list == "bad\n") {
      now.attempt = {description.version, ContentOutcome::refused, "compiler", "it is bad"};
      return;
    }
    lists_[content::index_of(kind)] = list;
    now.in_force = description;
    now.highest_version = description.version;
    now.attempt = {description.version, ContentOutcome::accepted, {}, {}};
  }
  std::uint32_t begin(const DatabaseArrival& arrival) override {
    const std::lock_guard lock(mutex_);
    if (arriving_ != arrival) pieces_.clear();
    arriving_ = arrival;
    return static_cast<std::uint32_t>(pieces_.size());
  }
  Status keep(const DatabaseArrival&, std::uint32_t piece, std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    pieces_.resize(std::max<std::size_t>(pieces_.size(), piece + 1));
    pieces_[piece] = bytes;
    return ok();
  }
  Result<std::string> take(const DatabaseArrival&, std::uint32_t pieces) override {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (std::uint32_t i = 0; i < pieces; ++i) all += pieces_.at(i);
    return all;
  }
  void drop(content::DatabaseKind) override {
    const std::lock_guard lock(mutex_);
    pieces_.clear();
  }
  void forget() override {
    const std::lock_guard lock(mutex_);
    for (auto& now : now_) {
      now.in_force.version = now.highest_version = 0;
      now.attempt = {};
    }
  }

 private:
  mutable std::mutex mutex_;
  std::array<DatabaseReport, content::kDatabaseKinds.size()> now_;
  std::array<std::string, content::kDatabaseKinds.size()> lists_;
  DatabaseArrival arriving_;
  std::vector<std::string> pieces_;
};

}  // namespace sekisho::controlplane
