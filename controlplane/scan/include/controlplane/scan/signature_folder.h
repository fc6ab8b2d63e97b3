#pragma once

#include <string>
#include <vector>

#include "config/base/result.h"
#include "controlplane/scan/own_signatures.h"

namespace sekisho::controlplane {

/// Where clamd's signatures come from.
struct SignatureSources {
  std::string shipped;  // folder: .hdb, .hsb, .ndb, .ldb, .yara, .yar of it; empty: none
  std::string own;      // file of engines/antimalware; empty: none
};

/// What the sources are now, to be compared with what they were; files by name, then the own set.
std::vector<std::pair<std::string, FileState>> state_of(const SignatureSources& sources);

/// Fills `folder`, which holds nothing else, with copies: a clamd reads them as its own user, and
/// whole. `with_own`: also the own set, as own.hdb, own.hsb and own.ndb. Number of files; io: one
/// could not be read or written; not_found: there is none at all.
Result<std::size_t> gather_signatures(const SignatureSources& sources, bool with_own,
                                      const std::string& folder);

}  // namespace sekisho::controlplane
