#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace sekisho::tools {

/// Throws CommandError (negative) when it cannot be read.
std::string read_whole_file(const std::string& path);

/// Whoever has the former file mapped keeps it: the new one takes its name when it is whole. Throws
/// CommandError (refused) when it cannot be written.
void replace_file(const std::string& path, std::span<const std::byte> content);

}  // namespace sekisho::tools
