#include "mime/url_finder.h"

#include <algorithm>
#include <string_view>

#include "lines.h"

namespace sekisho::engines {
namespace {

constexpr std::string_view kScheme = "http://";

bool ends_url(std::uint8_t byte) noexcept {
  constexpr std::string_view kEnders = "\"'<>]";
  return byte <= ' ' || byte == 0x7f || kEnders.find(static_cast<char>(byte)) != kEnders.npos;
}

void find_urls(std::span<const std::uint8_t> text, UrlSink& sink) noexcept {
  for (std::size_t at = 0; (at = find_byte(text, ':', at)) != kNotFound; ++at) {
    const std::size_t before = kScheme.find(':');
    if (at < before || !starts_nocase(text.subspan(at - before), kScheme)) continue;
    const auto rest = text.subspan(at - before + kScheme.size());
    const auto end = std::find_if(rest.begin(), rest.end(), ends_url);
    auto url = rest.first(static_cast<std::size_t>(end - rest.begin()));
    at += url.size();
    while (!url.empty() && url.back() == '.') url = url.first(url.size() - 1);
    if (!url.empty()) sink.found_url(url);
  }
}

}  // namespace

void UrlFinder::feed(std::span<const std::uint8_t> text, UrlSink& sink) noexcept {
  while (!text.empty()) {
    const auto end = find_byte(text, '\n');
    const auto piece = text.first(end == kNotFound ? text.size() : end);
    text = text.subspan(end == kNotFound ? text.size() : end + 1);
    if (end != kNotFound && line_.empty()) {
      find_urls(piece, sink);
      continue;
    }
    const bool full = line_.append_some(piece) < piece.size();
    if (end == kNotFound && !full) return;
    finish(sink);
  }
}

void UrlFinder::finish(UrlSink& sink) noexcept {
  if (!line_.empty()) find_urls(line_.view(), sink);
  line_.reset();
}

}  // namespace sekisho::engines
