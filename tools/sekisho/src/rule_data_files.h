#pragma once

#include <cstddef>
#include <string>

#include "config/base/result.h"
#include "rules/ips/rule_files.h"

namespace sekisho::tools {

/// The text of a file that rules load, from the folder of the rules' own file. Refused is what
/// leads out of it, by its name or by a symbolic link, and what is no regular file. Reads at most
/// `max_bytes`. The message has no path in front: "is not there", "cannot be read: ...".
/// Codes: not_found: it is not there; resource: it is larger than `max_bytes`; io: else.
Result<std::string> read_data_file(const rules::RuleFile& file, std::size_t max_bytes);

/// "FILE:LINE:COLUMN: rule SID: file NAME WHY".
std::string tell_data_file(const rules::RuleFile& file, const std::string& why);

}  // namespace sekisho::tools
