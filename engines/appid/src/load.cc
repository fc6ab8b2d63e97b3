#include <cstring>

#include "artifact.h"
#include "engines/appid/appid.h"
#include "recognisers.h"

namespace sekisho::engines::appid {
namespace {

class AppIdEngine final : public Engine {
 public:
  explicit AppIdEngine(const Recognition& recognition) : recognition_(recognition) {
    static_cast<void>(recognition.patterns().fit(memory_.scratch));  // else none is found
  }
  void inspect(std::span<Inspection> batch) noexcept override {
    for (auto& inspection : batch) recognition_.examine(inspection, memory_);
  }

 private:
  const Recognition& recognition_;
  WorkerMemory memory_;
};

/// Of an artifact that OwnApplications took. What another catalogue, library or processor made is
/// made anew, so that a box boots after an update.
Result<PayloadPatterns> load_patterns(std::span<const std::byte> artifact) {
  ArtifactHeader header{};
  if (artifact.size() < sizeof header)
    return Error{Error::Code::invalid_input, "appid: artifact is damaged"};
  std::memcpy(&header, artifact.data(), sizeof header);
  if (header.pattern_key != PayloadPatterns::key() || header.pattern_bytes > artifact.size())
    return PayloadPatterns::load({});
  return PayloadPatterns::load(artifact.last(header.pattern_bytes));
}

Result<std::unique_ptr<const Ruleset>> load(std::span<const std::byte> artifact) {
  auto own = OwnApplications::load(artifact);
  if (!own) return std::move(own).error();
  auto patterns = load_patterns(artifact);
  if (!patterns) return std::move(patterns).error().within("appid");
  return std::unique_ptr<const Ruleset>(
      std::make_unique<Recognition>(*std::move(own), *std::move(patterns)));
}

std::unique_ptr<Engine> make(const Ruleset& ruleset) {
  return std::make_unique<AppIdEngine>(static_cast<const Recognition&>(ruleset));
}

}  // namespace

const OwnApplications& own_applications(const Ruleset& ruleset) noexcept {
  return static_cast<const Recognition&>(ruleset).own();
}

constinit const EngineSpec kSpec{
    .name = "appid",
    .flow_state_bytes = sizeof(FlowMemory),
    .compile = compile,
    .load = load,
    .make = make,
};

}  // namespace sekisho::engines::appid
