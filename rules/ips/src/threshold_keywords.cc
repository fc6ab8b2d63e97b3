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

/// How much of it, of packets, seconds or bytes; what the unit leaves open the gateway bounds.
void limit_tag(Tag& tag, std::string_view unit, std::string_view count) {
  const auto number = static_cast<std::uint32_t>(unsigned_of(count, 0, UINT32_MAX));
  if (unit == "packets")
    tag.packets = number;
  else if (unit == "bytes")
    tag.bytes = number;
  else if (unit == "seconds")
    tag.seconds = std::min(number, Tag::kMostSeconds);
  else
    refuse(unit, fmt::format("\"{}\" is none of packets, seconds, bytes", unit));
}

/// A rule may have several: the capture is as long as the longest of them wants.
Tag wider(const Tag& a, const Tag& b) {
  const auto most = [](std::uint32_t one, std::uint32_t other) {
    return one == 0 || other == 0 ? 0 : std::max(one, other);
  };
  return {std::max(a.seconds, b.seconds), most(a.packets, b.packets), most(a.bytes, b.bytes)};
}

/// "session", "session,10,packets", "host,100,seconds,dst"; Snort 3: "session,packets 10".
void read_tag(RuleBuilder& builder, const RuleOption& option) {
  constexpr std::uint32_t kUsualSeconds = 60, kUsualPackets = 256;
  const auto parts = split(option.value, ',');
  if (parts.empty() || (parts[0] != "session" && parts[0] != "host"))
    refuse(option.value, "tag begins with session or host");
  Tag tag;
  std::size_t next = 1;
  if (parts.size() > next && parts[next].find(' ') != std::string_view::npos) {
    auto rest = parts[next++];
    const auto unit = take_word(rest);
    limit_tag(tag, unit, rest);
  } else if (parts.size() > next && parts[next] != "src" && parts[next] != "dst") {
    const auto count = parts[next++];
    unsigned_of(count, 0, UINT32_MAX);
    if (parts.size() == next) refuse(option.value, "tag says no unit for its count");
    limit_tag(tag, parts[next++], count);
  } else {
    tag.packets = kUsualPackets;
  }
  if (parts.size() > next && (parts[next] == "src" || parts[next] == "dst")) ++next;
  if (parts.size() > next)
    refuse(parts[next], fmt::format("unknown part \"{}\" of tag", parts[next]));
  if (tag.seconds == 0) tag.seconds = kUsualSeconds;
  builder.rule.tag = builder.rule.tag.seconds == 0 ? tag : wider(builder.rule.tag, tag);
  if (parts[0] == "host")
    builder.no_effects.emplace_back("tag host: packets of the alert's own flow only are captured");
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
