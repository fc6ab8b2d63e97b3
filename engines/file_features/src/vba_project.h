#pragma once

#include <cstddef>
#include <string>

#include "compound_file.h"

namespace sekisho::engines::file_features {

/// Unpacks a compressed container of VBA ([MS-OVBA] 2.4.1), at most `most` bytes; of a damaged one
/// what stands before the damage.
std::string unpack_vba(Bytes container, std::size_t most);

/// The macros of a document.
struct VbaProject {
  std::string source;              // of all modules, at most kMostText
  std::size_t modules = 0;         // with source
  std::uint64_t stream_bytes = 0;  // of the modules: compiled code and packed source
};

inline constexpr std::size_t kMostModules = 256;

/// modules 0: it has none that can be read.
VbaProject read_vba_project(const CompoundFile& file);

}  // namespace sekisho::engines::file_features
