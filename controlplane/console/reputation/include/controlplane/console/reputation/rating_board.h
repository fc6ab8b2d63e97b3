#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controlplane/console/reputation/rating_table.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// All ratings of the database in memory, for look-ups that are too many to ask it. Any thread may
/// look; one refreshes.
class RatingBoard {
 public:
  explicit RatingBoard(Database& database)
      : database_(database), table_(std::make_shared<const RatingTable>()) {}

  std::shared_ptr<const RatingTable> table() const;

  /// Reads the feeds that have changed, whichever console changed them, and says for which prefixes
  /// answers are other ones now. Throws soci::soci_error; then nothing has changed.
  std::vector<rules::UrlHashPrefix> refresh();

 private:
  struct FeedCopy {
    std::string revision;
    std::vector<HashedRating> ratings;
  };
  bool read_changed();

  Database& database_;
  std::map<std::string, FeedCopy> feeds_;  // by name; of the thread that refreshes
  mutable std::mutex mutex_;
  std::shared_ptr<const RatingTable> table_;  // under mutex_
};

}  // namespace sekisho::console
