#pragma once

#include "engines/api/engine.h"

namespace sekisho::engines::url {

/// EngineSpec::compile of the allow and block lists.
std::variant<Artifact, Diagnostics> compile_lists(const CompileInput& input, Diagnostics& warnings);

}  // namespace sekisho::engines::url
