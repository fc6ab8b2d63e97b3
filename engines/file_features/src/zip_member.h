#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "file_view.h"

namespace sekisho::engines::file_features {

/// Unpacks deflate (RFC 1951), or zlib's form of it (RFC 1950): at most `most` bytes, of a damaged
/// stream what comes before the damage.
std::string inflate_some(Bytes packed, bool has_zlib_header, std::size_t most);

inline constexpr std::size_t kMostMembers = 4096;  // of an archive that are looked at

/// The first member of a ZIP whose name ends with `ending`, in any case, unpacked; empty: there is
/// none that is stored or deflated.
std::string read_zip_member(Bytes zip, std::string_view ending, std::size_t most);
/// How many members have `part` in their names.
std::size_t count_zip_members(Bytes zip, std::string_view part);

}  // namespace sekisho::engines::file_features
