#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "keyword.h"
#include "threshold_text.h"

namespace sekisho::rules {
namespace {

template <Threshold::Type kType>
void read_threshold(RuleBuilder& builder, const RuleOption& option) {
  ThresholdReader reader(kType);
  for (const auto part : split(option.value, ','))
    if (!reader.take(part))
      refuse(part, fmt::format("unknown part \"{}\" of {}", part, option.name));
  auto& thresholds = builder.rule.thresholds;
  if (!thresholds.empty() && kType != Threshold::Type::rate)
    refuse(option.name, "a rule has one threshold or detection_filter");
  thresholds.push_back(reader.finish(option.value));
}

void check_unit(std::string_view name) {
  if (name != "packets" && name != "seconds" && name != "bytes")
    refuse(name, fmt::format("\"{}\" is none of packets, seconds, bytes", name));
}

/// "session", "session,10,packets", "host,100,seconds,dst"; Snort 3: "session,packets 10".
void read_tag(RuleBuilder& builder, const RuleOption& option) {
  const auto parts = split(option.value, ',');
  if (parts.empty() || (parts[0] != "session" && parts[0] != "host"))
    refuse(option.value, "tag begins with session or host");
  std::size_t next = 1;
  if (parts.size() > next && parts[next].find(' ') != std::string_view::npos) {
    auto rest = parts[next++];
    check_unit(take_word(rest));
    unsigned_of(rest, 0, UINT32_MAX);
  } else if (parts.size() > next) {
    unsigned_of(parts[next++], 0, UINT32_MAX);
    if (parts.size() == next) refuse(option.value, "tag says no unit for its count");
    check_unit(parts[next++]);
  }
  if (parts.size() > next && parts[0] == "host" && (parts[next] == "src" || parts[next] == "dst"))
    ++next;
  if (parts.size() > next)
    refuse(parts[next], fmt::format("unknown part \"{}\" of tag", parts[next]));
  builder.no_effects.emplace_back("tag: packets after a match are not recorded");
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"threshold", V::required, read_threshold<Threshold::Type::limit>},
    Keyword{"detection_filter", V::required, read_threshold<Threshold::Type::detection>},
    Keyword{"rate_filter", V::required, read_threshold<Threshold::Type::rate>},
    Keyword{"tag", V::required, read_tag},
};

}  // namespace

std::span<const Keyword> threshold_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
