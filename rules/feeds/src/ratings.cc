#include "rules/feeds/ratings.h"

#include <algorithm>
#include <memory>

#include "config/base/address.h"
#include "feed_builder.h"
#include "rules/canonical_url/canonical_url.h"
#include "rules/reputation/url_expressions.h"

namespace sekisho::rules {
namespace {

/// The address behind `address`.
IpAddress next(IpAddress address) noexcept {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (++address.bytes[i] != 0) break;
  return address;
}

class Rater {
 public:
  Rater(const Feed& feed, Reputation fallback)
      : feed_(feed), fallback_(fallback), scratch_(std::make_unique<UrlScratch>()) {}

  void rate(const Indicator& indicator) {
    switch (indicator.kind) {
      case IndicatorKind::domain:
        return add(indicator, indicator.value + '/');
      case IndicatorKind::url:
        return rate_url(indicator);
      case IndicatorKind::address:
        return rate_addresses(indicator);
      default:
        ++made_.num_left_out;
    }
  }

  FeedRatings finish() {
    auto& ratings = made_.ratings;
    std::sort(ratings.begin(), ratings.end(), [](const auto& a, const auto& b) {
      if (a.expression != b.expression) return a.expression < b.expression;
      return a.reputation.score < b.reputation.score;
    });
    const auto same = [](const auto& a, const auto& b) { return a.expression == b.expression; };
    ratings.erase(std::unique(ratings.begin(), ratings.end(), same), ratings.end());
    return std::move(made_);
  }

 private:
  void rate_url(const Indicator& indicator) {
    CanonicalUrl url;
    if (canonicalise_url(indicator.value, *scratch_, url) != UrlFault::none)
      return refuse(indicator, "is no URL");
    const auto expression = expressions_of(url).front();
    add(indicator, std::string(expression.host).append(expression.path));
  }

  void rate_addresses(const Indicator& indicator) {
    const auto range = parse_address_range(indicator.value);
    if (!range) return refuse(indicator, "is no address");
    auto address = range->first;
    std::vector<std::string> hosts;
    for (;; address = next(address)) {
      if (hosts.size() == kMaxRatedAddresses)
        return refuse(indicator, "has more than 256 addresses: ratings are of single ones");
      hosts.push_back(host_of(address));
      if (address == range->last) break;
    }
    for (auto& host : hosts) add(indicator, std::move(host) + '/');
  }

  std::string host_of(const IpAddress& address) {
    const auto text = to_string(address);
    CanonicalUrl url;
    const auto fault = canonicalise_host(address.is_v4() ? text : '[' + text + ']', *scratch_, url);
    return fault == UrlFault::none ? std::string(url.host) : text;
  }

  void add(const Indicator& indicator, std::string expression) {
    if (expression.size() > kMaxExpressionBytes)
      return refuse(indicator, "has more than 2000 bytes");
    if (made_.ratings.size() == kMaxIndicators)
      return refuse(indicator, "comes behind a million others");
    made_.ratings.push_back(
        {std::move(expression), {indicator.score.value_or(fallback_.score), fallback_.category}});
  }

  void refuse(const Indicator& indicator, const std::string& why) {
    ++made_.num_refused;
    if (made_.mistakes.size() < kMaxToldMistakes)
      made_.mistakes.push_back({feed_.place_of(indicator), shown(indicator.value) + ' ' + why});
  }

  const Feed& feed_;
  const Reputation fallback_;
  std::unique_ptr<UrlScratch> scratch_;
  FeedRatings made_;
};

}  // namespace

FeedRatings ratings_of(const Feed& feed, Reputation fallback) {
  Rater rater(feed, fallback);
  for (const auto& indicator : feed.indicators) rater.rate(indicator);
  return rater.finish();
}

}  // namespace sekisho::rules
