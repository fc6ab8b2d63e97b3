#include "threshold_text.h"

#include <fmt/format.h>

#include "text.h"

namespace sekisho::rules {
namespace {

Threshold::Type type_named(std::string_view name) {
  if (name == "limit") return Threshold::Type::limit;
  if (name == "threshold") return Threshold::Type::threshold;
  if (name == "both") return Threshold::Type::both;
  if (name == "backoff") return Threshold::Type::backoff;
  refuse(name, fmt::format("\"{}\" is none of limit, threshold, both, backoff", name));
}

RuleAction new_action_named(std::string_view name) {
  if (name == "alert") return RuleAction::alert;
  if (name == "drop") return RuleAction::drop;
  if (name == "pass") return RuleAction::pass;
  if (name == "reject") return RuleAction::reject_source;
  refuse(name, fmt::format("\"{}\" is none of alert, drop, pass, reject", name));
}

}  // namespace

Threshold::Track track_named(std::string_view name) {
  using Track = Threshold::Track;
  if (name == "by_src") return Track::source;
  if (name == "by_dst") return Track::destination;
  if (name == "by_either") return Track::either;
  if (name == "by_both") return Track::pair;
  if (name == "by_rule") return Track::rule;
  if (name == "by_flow") return Track::flow;
  refuse(name, fmt::format("\"{}\" is none of by_src, by_dst, by_both, by_either, by_rule, by_flow",
                           name));
}

bool ThresholdReader::take(std::string_view part) {
  auto rest = part;
  const auto name = take_word(rest);
  const auto number = [&] { return static_cast<std::uint32_t>(unsigned_of(rest, 1, UINT32_MAX)); };
  if (name == "type") {
    threshold_.type = type_named(rest);
    has_type_ = true;
  } else if (name == "track") {
    threshold_.track = track_named(rest);
    has_track_ = true;
  } else if (name == "count") {
    threshold_.count = number();
    has_count_ = true;
  } else if (name == "seconds") {
    threshold_.seconds = number();
    has_seconds_ = true;
  } else if (name == "multiplier") {
    threshold_.multiplier = number();
  } else if (name == "timeout") {
    threshold_.timeout_seconds = static_cast<std::uint32_t>(unsigned_of(rest, 0, UINT32_MAX));
  } else if (name == "new_action") {
    threshold_.new_action = new_action_named(rest);
  } else if (name == "unique_on" && (rest == "src_port" || rest == "dst_port")) {
    threshold_.unique =
        rest == "src_port" ? Threshold::Unique::source_port : Threshold::Unique::destination_port;
  } else {
    return false;
  }
  return true;
}

Threshold ThresholdReader::finish(std::string_view where) const {
  using Type = Threshold::Type;
  const bool needs_type = threshold_.type != Type::detection && threshold_.type != Type::rate;
  if (needs_type && !has_type_) refuse(where, "the threshold's type is missing");
  if (!has_track_) refuse(where, "\"track\" is missing");
  if (!has_count_) refuse(where, "\"count\" is missing");
  if (!has_seconds_ && threshold_.type != Type::backoff) refuse(where, "\"seconds\" is missing");
  if (threshold_.type == Type::backoff && threshold_.track != Threshold::Track::flow)
    refuse(where, "backoff can only track by_flow");
  return threshold_;
}

}  // namespace sekisho::rules
