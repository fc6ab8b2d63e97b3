#pragma once

#include <array>
#include <cstddef>
#include <variant>

#include "engines/api/engine.h"

namespace sekisho::engines::appid {

/// There is nothing to configure: the artifact only says that this engine, in this version of its
/// recognisers' meaning, is part of the snapshot.
inline constexpr std::array<std::byte, 8> kArtifact{std::byte{'a'}, std::byte{'p'}, std::byte{'p'},
                                                    std::byte{'i'}, std::byte{'d'}, std::byte{0},
                                                    std::byte{0},   std::byte{1}};

std::variant<Artifact, Diagnostics> compile(const CompileInput& input, Diagnostics& warnings);

}  // namespace sekisho::engines::appid
