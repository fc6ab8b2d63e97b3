// Published lists of indicators: the first byte chooses the format.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/base/address.h"
#include "rules/canonical_url/canonical_url.h"
#include "rules/feeds/ratings.h"

using namespace sekisho;
using namespace sekisho::rules;

namespace {

/// What is promised of each kind's value.
void check(const Feed& feed, const Indicator& indicator) {
  if (indicator.value.empty() || feed.place_of(indicator).empty()) std::abort();
  if (indicator.score && *indicator.score > kBestReputation) std::abort();
  if (indicator.kind == IndicatorKind::address && !parse_address_range(indicator.value))
    std::abort();
  if (indicator.kind != IndicatorKind::domain && indicator.kind != IndicatorKind::url) return;
  static UrlScratch scratch;
  CanonicalUrl url;
  if (canonicalise_url(indicator.value, scratch, url) != UrlFault::none) std::abort();
  const auto same = indicator.kind == IndicatorKind::url ? url.text : url.host;
  if (same != indicator.value) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::uint8_t kFormats = 6;
  const auto format = static_cast<FeedFormat>(data[0] % kFormats);
  const auto feed = read_feed(std::string(data + 1, data + size), format, 1'800'000'000);
  if (!feed) return 0;
  if (feed->format == FeedFormat::automatic || feed->mistakes.size() > kMaxToldMistakes ||
      feed->mistakes.size() > feed->num_refused || feed->num_expired > feed->num_left_out)
    std::abort();
  for (const auto& indicator : feed->indicators) check(*feed, indicator);
  const auto made = ratings_of(*feed, {50, 1});
  for (const auto& rating : made.ratings)
    if (rating.expression.find('/') == std::string::npos || rating.reputation.category != 1)
      std::abort();
  return 0;
}
