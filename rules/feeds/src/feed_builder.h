#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rules/canonical_url/canonical_url.h"
#include "rules/feeds/feed.h"

namespace sekisho::rules {

/// What a list says of a value's kind: one, or nothing.
using KindHint = std::optional<IndicatorKind>;
using Score = std::optional<std::uint8_t>;

/// Puts indicators into a feed: brings values into their one spelling, and tells what is none.
class FeedBuilder {
 public:
  /// `now`: Unix seconds.
  FeedBuilder(Feed& feed, std::int64_t now)
      : feed_(feed), now_(now), scratch_(std::make_unique<UrlScratch>()) {}

  // Where the reader is, for what follows:
  void at_line(std::size_t number);
  void at_path(std::string path);

  /// One value; without a hint its looks tell its kind.
  void take(std::string_view text, KindHint hint, Score score);
  void refuse(const std::string& why);
  /// The same, about a part of where the reader is: "/pattern".
  void refuse_below(std::string_view part, const std::string& why);
  void leave_out() { ++feed_.num_left_out; }
  /// It is over, or has not begun.
  void leave_out_expired() {
    ++feed_.num_expired;
    leave_out();
  }
  std::int64_t now() const { return now_; }

  /// More than kMaxIndicators came; the rest was not kept.
  bool is_full() const { return full_; }

 private:
  void take_address(std::string_view text, Score score);
  void take_url(std::string_view text, Score score);
  void take_domain(std::string_view text, Score score);
  void take_hash(std::string_view text, IndicatorKind kind, Score score);
  void take_ja4(std::string_view text, Score score);
  void take_unknown(std::string_view text, Score score);
  void add(std::string value, IndicatorKind kind, Score score);

  Feed& feed_;
  const std::int64_t now_;
  std::unique_ptr<UrlScratch> scratch_;
  std::uint32_t line_ = 0;
  std::string path_;
  bool path_kept_ = false;  // the last of feed_.paths is path_
  bool full_ = false;
};

/// `text` cut for a message.
std::string shown(std::string_view text);

}  // namespace sekisho::rules
