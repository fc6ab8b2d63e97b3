#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "rules/feeds/feed.h"

namespace sekisho::rules {

using Texts = std::vector<std::string>;

inline constexpr std::int64_t kNow = 1'800'000'000;  // 2027-01-15T08:00:00Z

inline Feed feed_of(std::string_view text, FeedFormat format = FeedFormat::automatic) {
  auto feed = read_feed(text, format, kNow);
  if (!feed) FAIL(feed.error().message);
  return std::move(*feed);
}

/// Each indicator as "place: kind value", with its score behind a space.
inline Texts indicators_of(const Feed& feed) {
  Texts texts;
  for (const auto& each : feed.indicators)
    texts.push_back(feed.place_of(each) + ": " + std::string(name_of(each.kind)) + ' ' +
                    each.value + (each.score ? ' ' + std::to_string(*each.score) : ""));
  return texts;
}

inline Texts mistakes_of(const Feed& feed) {
  Texts texts;
  for (const auto& each : feed.mistakes) texts.push_back(each.place + ": " + each.message);
  return texts;
}

}  // namespace sekisho::rules
