#include "rules/feeds/feed.h"

#include <array>

#include "feed_builder.h"
#include "json_feeds.h"
#include "lines.h"
#include "text_feeds.h"

namespace sekisho::rules {
namespace {

/// In the order of the enumerations.
constexpr std::array<std::string_view, 6> kFormats{"auto", "plain", "hosts", "csv", "misp", "stix"};
constexpr std::array<std::string_view, 13> kKinds{"domain",
                                                  "url",
                                                  "address",
                                                  "ja3",
                                                  "ja4",
                                                  "certificate_sha1",
                                                  "certificate_sha256",
                                                  "file_md5",
                                                  "file_sha1",
                                                  "file_sha256",
                                                  "md5",
                                                  "sha1",
                                                  "sha256"};

bool is_json_format(FeedFormat format) {
  return format == FeedFormat::misp || format == FeedFormat::stix;
}

/// Whether a text begins as JSON does; a list may begin with [2001:db8::1] or [.]
bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return false;
  if (text[first] == '{') return true;
  const auto second = text.find_first_not_of(" \t\r\n", first + 1);
  return text[first] == '[' && second != text.npos && (text[second] == '{' || text[second] == ']');
}

Status read_json(std::string_view text, FeedFormat format, FeedBuilder& builder, Feed& feed) {
  const auto json = parse_feed_json(text);
  if (!json) return json.error();
  const auto found = json_format(*json);
  if (!found)
    return Error{Error::Code::invalid_input,
                 "JSON that is neither a MISP event or feed nor a STIX bundle or TAXII envelope"};
  if (format != FeedFormat::automatic && format != *found)
    return Error{Error::Code::invalid_input, "the JSON is of the format " +
                                                 std::string(name_of(*found)) + ", not " +
                                                 std::string(name_of(format))};
  feed.format = *found;
  if (*found == FeedFormat::misp)
    read_misp(*json, builder);
  else
    read_stix(*json, builder);
  return ok();
}

Status read_text(std::string_view text, FeedFormat format, FeedBuilder& builder, Feed& feed) {
  feed.format = format == FeedFormat::automatic ? text_format(text) : format;
  if (feed.format == FeedFormat::csv) return read_csv(text, builder);
  if (feed.format == FeedFormat::hosts)
    read_hosts(text, builder);
  else
    read_plain(text, builder);
  return ok();
}

}  // namespace

std::string_view name_of(FeedFormat format) noexcept {
  return kFormats[static_cast<std::size_t>(format)];
}

std::optional<FeedFormat> find_feed_format(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kFormats.size(); ++i)
    if (kFormats[i] == name) return static_cast<FeedFormat>(i);
  return std::nullopt;
}

std::string_view name_of(IndicatorKind kind) noexcept {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::string Feed::place_of(const Indicator& indicator) const {
  if (!is_json_format(format)) return "line " + std::to_string(indicator.origin);
  return indicator.origin < paths.size() ? paths[indicator.origin] : std::string();
}

Result<Feed> read_feed(std::string_view text, FeedFormat format, std::int64_t now) {
  if (text.size() > kMaxFeedBytes)
    return Error{Error::Code::invalid_input,
                 "a feed of more than " + std::to_string(kMaxFeedBytes) + " bytes"};
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  const bool is_json =
      is_json_format(format) || (format == FeedFormat::automatic && looks_like_json(text));
  Feed feed;
  FeedBuilder builder(feed, now);
  const auto read =
      is_json ? read_json(text, format, builder, feed) : read_text(text, format, builder, feed);
  if (!read) return read.error();
  if (builder.is_full())
    return Error{Error::Code::invalid_input,
                 "a feed of more than " + std::to_string(kMaxIndicators) + " indicators"};
  return feed;
}

}  // namespace sekisho::rules
