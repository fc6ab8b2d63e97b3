#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/aligned_bytes.h"
#include "gateway.h"
#include "rules/ips/parse.h"

namespace sekisho::dataplane::test {

/// The rules, compiled and loaded.
class Rules {
 public:
  explicit Rules(std::string_view text) {
    rules::RuleSet set;
    rules::parse_rules(text, "test.rules", rules::RuleContext::of_gateway(), set);
    const auto compiled = engines::ips::compile(set, {});
    REQUIRE(compiled);
    bytes_ = AlignedBytes(*compiled);
    auto loaded = engines::ips::Ruleset::load(bytes_.view());
    REQUIRE(loaded);
    ruleset_ = *std::move(loaded);
  }
  const engines::ips::Ruleset& get() const { return *ruleset_; }

 private:
  AlignedBytes bytes_;
  std::unique_ptr<const engines::ips::Ruleset> ruleset_;
};

inline std::string policy_with(const std::string& ips) {
  return "version: 1\nprofiles: [{name: p, ips: {" + ips +
         "}}]\nrules: [{name: r, action: allow, log: false, profile: p}]\n";
}

inline HarnessOptions inspecting(std::size_t memory_bytes = std::size_t{64} << 20) {
  HarnessOptions options;
  options.content.emplace();
  options.content->memory_bytes = memory_bytes;
  return options;
}

/// The text records since the last call that have `what` in them, as the ring has them.
inline std::vector<std::string> told(Gateway& gateway, std::string_view what) {
  std::vector<std::string> list;
  for (const auto& event : gateway.harness().take_events()) {
    if (event.type != events::EventType::text && event.type != events::EventType::continuation)
      continue;
    const auto* bytes = reinterpret_cast<const char*>(&event);
    const std::string text(bytes, sizeof event);
    if (text.find(what) != std::string::npos) list.push_back(text);
  }
  return list;
}

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace sekisho::dataplane::test
