#pragma once

#include "engines/decryption/decryption_policy.h"

namespace sekisho::engines::decryption {

inline constexpr ProfileMagic kMagic{'s', 'e', 'k', 'd', 'e', 'c', '0', '1'};

// Flags of a profile.
inline constexpr std::uint8_t kBlocksFailure = 1, kBlocksNotTls = 2, kBlocksEncryptedHello = 4;

/// Compiler child: the section's bytes.
std::variant<Artifact, Diagnostics> compile_policy(const CompileInput& input,
                                                   Diagnostics& warnings);

}  // namespace sekisho::engines::decryption
