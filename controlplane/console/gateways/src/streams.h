#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "link_session.h"

namespace sekisho::console {

/// The streams of this console. Any thread.
class Streams {
 public:
  void add(const std::shared_ptr<LinkSession>& session);
  void remove(const std::shared_ptr<LinkSession>& session);

  /// One, and for a moment those that it takes over from.
  std::vector<std::shared_ptr<LinkSession>> of(const std::string& gateway) const;
  std::vector<std::shared_ptr<LinkSession>> all() const;
  std::size_t count() const;

 private:
  mutable std::mutex mutex_;
  std::multimap<std::string, std::shared_ptr<LinkSession>> sessions_;  // by gateway; under mutex_
};

}  // namespace sekisho::console
