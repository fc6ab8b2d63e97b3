#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engines/callback/indicators.h"

namespace sekisho::tools {

/// Files of published indicators (rules/feeds), put together.
struct IndicatorFiles {
  std::vector<engines::callback::Indicator> indicators;
  std::vector<std::string> places;    // of each, for messages: "list.txt, line 3"
  std::vector<std::string> mistakes;  // that are told: "list.txt, line 3: ..."
  std::size_t num_refused = 0;        // entries with a mistake, all of them
  std::size_t num_left_out = 0;       // of kinds that no gateway sees: hashes of files
  std::size_t num_expired = 0;        // whose time is over or has not come
};

/// Adds the file at `path`; its name without folders is the feed's. Throws CommandError when it
/// cannot be read as a whole. `now`: Unix seconds.
void add_indicator_file(const std::string& path, std::int64_t now, IndicatorFiles& files);

}  // namespace sekisho::tools
