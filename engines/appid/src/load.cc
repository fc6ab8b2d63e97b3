#include <algorithm>

#include "artifact.h"
#include "engines/appid/appid.h"
#include "recognisers.h"

namespace sekisho::engines::appid {
namespace {

class AppIdEngine final : public Engine {
 public:
  explicit AppIdEngine(const Recognition& recognition) : recognition_(recognition) {}
  void inspect(std::span<Inspection> batch) noexcept override {
    for (auto& inspection : batch) recognition_.examine(inspection, sockets_);
  }

 private:
  const Recognition& recognition_;
  KnownSockets sockets_;
};

Result<std::unique_ptr<const Ruleset>> load(std::span<const std::byte> artifact) {
  if (!std::equal(artifact.begin(), artifact.end(), kArtifact.begin(), kArtifact.end()))
    return Error{Error::Code::version, "appid: artifact of another version"};
  return std::unique_ptr<const Ruleset>(std::make_unique<Recognition>());
}

std::unique_ptr<Engine> make(const Ruleset& ruleset) {
  return std::make_unique<AppIdEngine>(static_cast<const Recognition&>(ruleset));
}

}  // namespace

constinit const EngineSpec kSpec{
    .name = "appid",
    .flow_state_bytes = sizeof(FlowMemory),
    .compile = compile,
    .load = load,
    .make = make,
};

}  // namespace sekisho::engines::appid
