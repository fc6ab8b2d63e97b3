#pragma once

#include <string>
#include <vector>

#include "tools/sekisho/command.h"

namespace sekisho::tools {

/// A word that may stand at the cursor, with what the shell shows beside it.
struct Candidate {
  std::string word;
  std::string what;
};

/// The candidates for the last of `words` (which may be empty), from the command table; rule
/// numbers and serials from the gateway. None where a file may stand: the shell knows those.
std::vector<Candidate> complete_words(const std::vector<std::string>& words, Context& context);

}  // namespace sekisho::tools
