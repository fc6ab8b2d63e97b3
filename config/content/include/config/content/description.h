#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/bundle/bundle.h"
#include "config/content/database_kind.h"

namespace sekisho::content {

/// What is signed of a version of a database: its list of entries (entry_list.h) is any way that
/// it comes, as long as it is this one.
struct Description {
  std::uint64_t version = 0;  // of the tenant's databases of this kind, from 1, never reused
  std::int64_t built = 0;     // Unix seconds
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  // of the list, at most kMaxListBytes
  std::string sha256;       // of the list: 64 hexadecimal digits, lower case
  bool operator==(const Description&) const = default;
};

inline constexpr std::string_view kDescriptionFile = "description.json";

/// The one file of its bundle.
bundle::File description_file(const Description& description);
/// A description that a signature vouched for. `expected.kind` and `version_in_force` as for
/// bundles: only a newer version is taken.
bundle::Verified<Description> open_description(std::string_view bytes,
                                               const bundle::Expectation& expected);
/// The text of description_file(); `version` is the bundle's.
Result<Description> parse_description(std::string_view text, std::uint64_t version);

/// Whether `list` is what was described: length, SHA-256, number of entries, order.
Status check_against(const Description& description, std::string_view list);
/// SHA-256 in lower-case hexadecimal.
std::string digest_of(std::string_view list);

}  // namespace sekisho::content
