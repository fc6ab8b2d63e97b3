// A URL from outside: its canonical text is canonical, its parts lie in it, and so does a host
// alone.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rules/canonical_url/canonical_url.h"

using namespace sekisho::rules;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static UrlScratch scratch, again;
  const std::string text(data, data + size);
  CanonicalUrl url, second;
  if (canonicalise_url(text, scratch, url) == UrlFault::none) {
    if (url.host.empty() || url.host.size() > 253 || !url.path.starts_with('/')) std::abort();
    if (url.text.find('\0') != std::string_view::npos) std::abort();
    if (url.text.size() <= kMaxUrlBytes &&
        (canonicalise_url(url.text, again, second) != UrlFault::none || second.text != url.text))
      std::abort();
  }
  if (canonicalise_host(text, scratch, url) == UrlFault::none &&
      (canonicalise_host(url.host, again, second) != UrlFault::none || second.host != url.host))
    std::abort();
  const auto half = size / 2;
  const auto whole = std::string_view(text);
  if (canonicalise_request("https", whole.substr(0, half), whole.substr(half), scratch, url) ==
          UrlFault::none &&
      url.host.empty())
    std::abort();
  return 0;
}
