// The loader of URL databases and look-ups in what it lets through. An input is a list of patches
// to a good file: 4 bytes where, 1 byte what; its digest is made to fit again.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "config/snapshot/snapshot.h"
#include "engines/url/url_database.h"

namespace {

using namespace sekisho;

constexpr const char* kAsked[] = {
    "http://a.example.com/casino/free/x?y",
    "http://www.example.com/casino",
    "http://only.example.com/",
    "http://192.0.2.1/x",
    "http://[2001:db8::1]/",
    "http://xn--wgv71a119e.jp/?q",
};

const std::vector<std::byte>& good() {
  static const auto file = [] {
    static rules::UrlScratch scratch;
    rules::UrlList list;
    std::uint16_t category = 1;
    const auto add = [&](const char* text, rules::UrlScope scope) {
      rules::CanonicalUrl url;
      if (rules::canonicalise_url(text, scratch, url) == rules::UrlFault::none)
        list.add(url, scope, category++);
    };
    for (const auto* text : kAsked) add(text, rules::UrlScope::host_and_below);
    for (const auto* text : {"example.com", "example.com/casino", "xn--wgv71a119e.jp"})
      add(text, rules::UrlScope::host_and_below);
    add("only.example.com", rules::UrlScope::host_only);
    auto built = engines::url::compile(list);
    return built ? std::move(built->file) : std::vector<std::byte>{};
  }();
  return file;
}

/// Without it, hardly any input would get past the digest.
void reseal(std::vector<std::byte>& file) {
  constexpr std::size_t kDigestAt = 16, kCovers = 80;
  const auto digest = snapshot::sha256_hex(std::span(file).subspan(kCovers));
  std::transform(digest.begin(), digest.end(), file.begin() + kDigestAt,
                 [](char c) { return static_cast<std::byte>(c); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rules::UrlScratch scratch;
  auto file = good();
  for (std::size_t at = 0; at + 5 <= size; at += 5) {
    std::uint32_t place = 0;
    std::memcpy(&place, data + at, sizeof place);
    file[place % file.size()] = static_cast<std::byte>(data[at + 4]);
  }
  if (size % 2 == 0) reseal(file);
  const auto database = engines::url::UrlDatabase::load(file);
  if (!database) return 0;
  for (const auto* text : kAsked) {
    rules::CanonicalUrl url;
    if (rules::canonicalise_url(text, scratch, url) != rules::UrlFault::none) __builtin_trap();
    const auto match = database->find(url);
    if (match.host_bytes > url.host.size() || match.path_bytes > url.text.size()) __builtin_trap();
  }
  return 0;
}
