#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// What is fetched: with a body by POST, else by GET.
struct Wanted {
  std::string url;
  std::string body{};  // an OCSP request
  std::size_t most_bytes = 0;
  std::chrono::seconds keep{};  // how long what was fetched is good enough
};

/// Fetched documents, by URL and body. Who asks for what another one is fetching waits with him.
/// Any thread.
class Documents {
 public:
  using Clock = std::chrono::steady_clock;
  /// May wait; not_found: nobody answers at that host.
  using Fetch = std::function<Result<std::string>(const Wanted&)>;
  using Document = std::shared_ptr<const std::string>;

  static constexpr std::size_t kMaxDocuments = 4096;
  static constexpr std::size_t kMaxBytes = std::size_t{128} << 20;
  static constexpr std::chrono::seconds kKeepFailure{60};

  explicit Documents(Fetch fetch, std::function<Clock::time_point()> now = Clock::now)
      : fetch_(std::move(fetch)), now_(std::move(now)) {}

  /// Null: it cannot be had; that is remembered for kKeepFailure, of a host that does not answer
  /// for all of its documents.
  Document get(const Wanted& wanted);

  std::size_t bytes() const;

 private:
  struct Entry {
    Document document;
    Clock::time_point until{};
    bool is_under_way = false;
  };

  void put(const std::string& name, Document document, Clock::time_point until);
  void make_room(Clock::time_point now);

  Fetch fetch_;
  std::function<Clock::time_point()> now_;
  mutable std::mutex lock_;
  std::condition_variable arrived_;
  std::map<std::string, Entry> entries_;                   // by lock_
  std::map<std::string, Clock::time_point> silent_hosts_;  // until when; by lock_
  std::size_t bytes_ = 0;                                  // by lock_
};

}  // namespace sekisho::controlplane
