// Workers that inspect content, with IPS rules of a test's own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/aligned_bytes.h"
#include "gateway.h"
#include "rules/ips/parse.h"

namespace sekisho::dataplane::test {

/// IPS rules, compiled and loaded.
class IpsRuleText {
 public:
  explicit IpsRuleText(std::string_view text) {
    rules::RuleSet set;
    rules::parse_rules(text, "test.rules", rules::RuleContext::of_gateway(), set);
    const auto compiled = engines::ips::compile(set, {});
    REQUIRE(compiled);
    REQUIRE(set.refused.empty());
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

inline HarnessOptions inspecting(std::size_t memory_bytes = std::size_t{64} << 20) {
  HarnessOptions options;
  options.content.emplace();
  options.content->memory_bytes = memory_bytes;
  return options;
}

/// A policy with the profile p, whose IPS settings are `ips`, and these firewall rules.
inline std::string policy_with(const std::string& ips, const std::string& rules =
                                                           "{name: r, action: allow, log: false, "
                                                           "profile: p}") {
  return "version: 1\nprofiles: [{name: p, ips: {" + ips + "}}]\nrules: [" + rules + "]\n";
}

/// The members of the text records that contain `what`, of those told since the last call.
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
