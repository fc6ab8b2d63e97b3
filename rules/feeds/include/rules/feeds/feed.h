#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::rules {

/// How lists of indicators are published.
enum class FeedFormat : std::uint8_t {
  automatic,  // whichever of the following the text looks like
  plain,      // one domain, URL, address, network or hash a line
  hosts,      // 0.0.0.0 name name ...
  csv,        // a header names the columns
  misp,       // an event, a list of events, or a feed's attributes, JSON
  stix,       // a STIX 2.1 bundle or a TAXII envelope, JSON
};
/// "auto", "plain", "hosts", "csv", "misp", "stix".
std::string_view name_of(FeedFormat format) noexcept;
std::optional<FeedFormat> find_feed_format(std::string_view name) noexcept;

enum class IndicatorKind : std::uint8_t {
  domain,   // "example.com": it and all below; lower case, A-labels
  url,      // canonical (rules/canonical_url): "http://example.com/a?b"
  address,  // "192.0.2.1", "2001:db8::/32" or "192.0.2.1-192.0.2.9": parse_address_range() takes it
  ja3,      // MD5, 32 digits; hashes are lower-case hex
  ja4,      // "t13d1516h2_8daaf6152771_02713d6af862"
  certificate_sha1,  // of the DER
  certificate_sha256,
  file_md5,
  file_sha1,
  file_sha256,
  md5,  // of what, the list does not say: a file, JA3, a certificate
  sha1,
  sha256,
};
/// As the enumerators are spelt.
std::string_view name_of(IndicatorKind kind) noexcept;

struct Indicator {
  std::string value;
  std::uint32_t origin = 0;  // Feed::place_of() says where it stood
  IndicatorKind kind = IndicatorKind::domain;
  std::optional<std::uint8_t> score;  // 0, known dangerous, to 100, where the list has one
  bool operator==(const Indicator&) const = default;
};

/// An entry that could not be taken. The others are.
struct FeedMistake {
  std::string place;    // "line 12" or "/objects/3/pattern"
  std::string message;  // "'exa mple' is no domain, URL, address or hash"
  bool operator==(const FeedMistake&) const = default;
};

inline constexpr std::size_t kMaxFeedBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxFeedJsonBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxFeedJsonDepth = 32;
inline constexpr std::size_t kMaxFeedLineBytes = 16'384;
inline constexpr std::size_t kMaxIndicators = 1'000'000;
inline constexpr std::size_t kMaxToldMistakes = 100;

struct Feed {
  FeedFormat format = FeedFormat::plain;  // as it was read; never automatic
  std::vector<Indicator> indicators;      // in the order of the text; the same may come twice
  std::size_t num_refused = 0;            // entries with a mistake, all of them
  std::vector<FeedMistake> mistakes;      // the first kMaxToldMistakes
  std::size_t num_left_out =
      0;  // no mistakes, and not to act on: MISP's to_ids is false, STIX's
          // revoked, kinds that no gateway sees (a mutex, an e-mail's subject), num_expired
  std::size_t num_expired = 0;     // whose time is over or has not come
  std::vector<std::string> paths;  // of JSON, by origin

  std::string place_of(const Indicator& indicator) const;
};

/// Reads what somebody published. Values may be defanged: hxxp://, [.], (.), [:]. Errors are about
/// the text as a whole: longer than kMaxFeedBytes, no JSON where it must be, more than
/// kMaxIndicators, nothing by which its format is known. `now`: Unix seconds; what holds for a time
/// is taken if it is within it.
Result<Feed> read_feed(std::string_view text, FeedFormat format, std::int64_t now);

}  // namespace sekisho::rules
