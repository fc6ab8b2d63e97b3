#include "artifact.h"

namespace sekisho::engines::appid {

std::variant<Artifact, Diagnostics> compile(const CompileInput& /*input*/,
                                            Diagnostics& /*warnings*/) {
  return Artifact(kArtifact.begin(), kArtifact.end());
}

}  // namespace sekisho::engines::appid
