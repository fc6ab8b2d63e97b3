#include "feed_builder.h"

#include <utility>

#include "config/base/address.h"
#include "indicator_text.h"
#include "lines.h"

namespace sekisho::rules {
namespace {

constexpr std::size_t kMaxShown = 80;
constexpr std::size_t kMd5Digits = 32;
constexpr std::size_t kSha1Digits = 40;
constexpr std::size_t kSha256Digits = 64;

std::size_t digits_of(IndicatorKind kind) {
  switch (kind) {
    case IndicatorKind::ja3:
    case IndicatorKind::file_md5:
    case IndicatorKind::md5:
      return kMd5Digits;
    case IndicatorKind::certificate_sha1:
    case IndicatorKind::file_sha1:
    case IndicatorKind::sha1:
      return kSha1Digits;
    case IndicatorKind::certificate_sha256:
    case IndicatorKind::file_sha256:
    case IndicatorKind::sha256:
      return kSha256Digits;
    case IndicatorKind::domain:
    case IndicatorKind::url:
    case IndicatorKind::address:
    case IndicatorKind::ja4:
      break;
  }
  return 0;
}

/// "*.example.com", ".example.com", "||example.com^": the host and all below it are meant anyway.
std::string_view without_marks(std::string_view host) {
  if (host.starts_with("||")) {
    host.remove_prefix(2);
    if (host.ends_with('^')) host.remove_suffix(1);
  }
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (host.starts_with('.')) host.remove_prefix(1);
  return host;
}

/// Takes ":8080" off: "192.0.2.1:8080", "[2001:db8::1]:443", "example.com:8080".
std::string_view without_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon + 1 == text.size()) return text;
  const auto port = text.substr(colon + 1);
  const auto host = text.substr(0, colon);
  const bool is_port = port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos;
  const bool is_v6 = host.find(':') != host.npos && !host.ends_with(']');
  return is_port && !is_v6 ? host : text;
}

std::string_view without_brackets(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

std::string shown(std::string_view text) {
  std::string made = "'";
  for (const char c : text.substr(0, kMaxShown))
    made += static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~' ? '?' : c;
  return made + (text.size() > kMaxShown ? "…'" : "'");
}

void FeedBuilder::at_line(std::size_t number) { line_ = static_cast<std::uint32_t>(number); }

void FeedBuilder::at_path(std::string path) {
  path_ = std::move(path);
  path_kept_ = false;
}

void FeedBuilder::refuse(const std::string& why) { refuse_below({}, why); }

void FeedBuilder::refuse_below(std::string_view part, const std::string& why) {
  ++feed_.num_refused;
  if (feed_.mistakes.size() >= kMaxToldMistakes) return;
  auto place = line_ != 0 ? "line " + std::to_string(line_) : path_;
  feed_.mistakes.push_back({place.append(part), why});
}

void FeedBuilder::take(std::string_view text, KindHint hint, Score score) {
  const auto plain = refanged(trimmed(text));
  if (plain.empty()) return refuse("an empty value");
  if (plain.size() > kMaxFeedLineBytes) return refuse("a value of more than 16384 bytes");
  if (!hint) return take_unknown(plain, score);
  switch (*hint) {
    case IndicatorKind::domain:
      return take_domain(plain, score);
    case IndicatorKind::url:
      return take_url(plain, score);
    case IndicatorKind::address:
      return take_address(without_port(plain), score);
    case IndicatorKind::ja4:
      return take_ja4(plain, score);
    default:
      return take_hash(plain, *hint, score);
  }
}

void FeedBuilder::take_unknown(std::string_view text, Score score) {
  const auto host = without_port(text);
  if (text.find("://") != text.npos) return take_url(text, score);
  if (parse_address_range(without_brackets(host))) return take_address(host, score);
  if (is_ja4(text)) return take_ja4(text, score);
  if (is_hex(text))
    for (const auto kind : {IndicatorKind::md5, IndicatorKind::sha1, IndicatorKind::sha256})
      if (text.size() == digits_of(kind)) return take_hash(text, kind, score);
  if (host.find_first_of("/?") != host.npos) return take_url(text, score);
  take_domain(host, score);
}

void FeedBuilder::take_address(std::string_view text, Score score) {
  const auto range = parse_address_range(without_brackets(text));
  if (!range) return refuse(shown(text) + ": " + range.error().message);
  add(to_string(*range), IndicatorKind::address, score);
}

void FeedBuilder::take_url(std::string_view text, Score score) {
  CanonicalUrl url;
  const auto fault = canonicalise_url(without_marks(text), *scratch_, url);
  if (fault != UrlFault::none) return refuse(shown(text) + " " + std::string(describe(fault)));
  add(std::string(url.text), IndicatorKind::url, score);
}

void FeedBuilder::take_domain(std::string_view text, Score score) {
  CanonicalUrl url;
  const auto fault = canonicalise_host(without_marks(text), *scratch_, url);
  if (fault != UrlFault::none)
    return refuse(shown(text) + " is no domain, URL, address or hash: it " +
                  std::string(describe(fault)));
  if (url.kind != HostKind::name) return take_address(url.host, score);
  if (url.host.find('.') == url.host.npos)
    return refuse(shown(text) + " has one label: it would stand for all names below it");
  add(std::string(url.host), IndicatorKind::domain, score);
}

void FeedBuilder::take_hash(std::string_view text, IndicatorKind kind, Score score) {
  std::string digits;
  for (const char c : text)
    if (c != ':') digits += lower(c);  // certificates' hashes are written 01:23:...
  if (!is_hex(digits) || digits.size() != digits_of(kind))
    return refuse(shown(text) + " is no hash of " + std::to_string(digits_of(kind)) +
                  " hexadecimal digits");
  add(std::move(digits), kind, score);
}

void FeedBuilder::take_ja4(std::string_view text, Score score) {
  if (!is_ja4(text)) return refuse(shown(text) + " is no JA4 fingerprint");
  add(std::string(text), IndicatorKind::ja4, score);
}

void FeedBuilder::add(std::string value, IndicatorKind kind, Score score) {
  if (feed_.indicators.size() >= kMaxIndicators) {
    full_ = true;
    return;
  }
  auto origin = line_;
  if (line_ == 0) {
    if (!std::exchange(path_kept_, true)) feed_.paths.push_back(path_);
    origin = static_cast<std::uint32_t>(feed_.paths.size() - 1);
  }
  feed_.indicators.push_back({std::move(value), origin, kind, score});
}

}  // namespace sekisho::rules
