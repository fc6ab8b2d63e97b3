#include "engines/dns/safe_search.h"

#include <algorithm>
#include <array>

#include "config/policy/dns_settings.h"

namespace sekisho::engines::dns {
namespace {

struct Host {
  std::string_view search, name, target;
};

/// As the operators document them. Where two lines have a name, the first that is wanted counts.
constexpr std::array kHosts{
    Host{"bing", "www.bing.com", "strict.bing.com"},
    Host{"bing", "edgeservices.bing.com", "strict.bing.com"},
    Host{"duckduckgo", "duckduckgo.com", "safe.duckduckgo.com"},
    Host{"duckduckgo", "www.duckduckgo.com", "safe.duckduckgo.com"},
    Host{"duckduckgo", "start.duckduckgo.com", "safe.duckduckgo.com"},
    Host{"youtube_strict", "www.youtube.com", "restrict.youtube.com"},
    Host{"youtube_strict", "m.youtube.com", "restrict.youtube.com"},
    Host{"youtube_strict", "youtubei.googleapis.com", "restrict.youtube.com"},
    Host{"youtube_strict", "youtube.googleapis.com", "restrict.youtube.com"},
    Host{"youtube_strict", "www.youtube-nocookie.com", "restrict.youtube.com"},
    Host{"youtube", "www.youtube.com", "restrictmoderate.youtube.com"},
    Host{"youtube", "m.youtube.com", "restrictmoderate.youtube.com"},
    Host{"youtube", "youtubei.googleapis.com", "restrictmoderate.youtube.com"},
    Host{"youtube", "youtube.googleapis.com", "restrictmoderate.youtube.com"},
    Host{"youtube", "www.youtube-nocookie.com", "restrictmoderate.youtube.com"},
    Host{"brave", "search.brave.com", "forcesafe.search.brave.com"},
    Host{"ecosia", "www.ecosia.org", "strict-safe-search.ecosia.org"},
    Host{"qwant", "api.qwant.com", "safeapi.qwant.com"},
    Host{"yandex", "yandex.com", "familysearch.yandex.ru"},
    Host{"yandex", "www.yandex.com", "familysearch.yandex.ru"},
    Host{"yandex", "yandex.ru", "familysearch.yandex.ru"},
    Host{"yandex", "www.yandex.ru", "familysearch.yandex.ru"},
    Host{"yandex", "ya.ru", "familysearch.yandex.ru"},
    Host{"yandex", "yandex.by", "familysearch.yandex.ru"},
    Host{"yandex", "yandex.kz", "familysearch.yandex.ru"},
    Host{"yandex", "yandex.uz", "familysearch.yandex.ru"},
    Host{"yandex", "yandex.com.tr", "familysearch.yandex.ru"},
    Host{"pixabay", "pixabay.com", "safesearch.pixabay.com"},
    Host{"pixabay", "www.pixabay.com", "safesearch.pixabay.com"},
};

constexpr bool is_letters(std::string_view text, std::size_t count) noexcept {
  return text.size() == count &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// www.google.com, www.google.de, www.google.co.jp, www.google.com.br: Google has one for nearly
/// every country, and new ones without notice.
bool is_google(std::string_view name) noexcept {
  constexpr std::string_view kPrefix = "www.google.";
  if (!name.starts_with(kPrefix)) return false;
  auto domain = name.substr(kPrefix.size());
  if (domain == "com" || domain == "cat") return true;
  for (const std::string_view second : {"co.", "com."})
    if (domain.starts_with(second)) domain.remove_prefix(second.size());
  return is_letters(domain, 2);
}

}  // namespace

SafeSearches safe_search_called(std::string_view name) noexcept {
  static_assert(policy::kSafeSearchNames.size() <= sizeof(SafeSearches) * 8);
  for (std::size_t i = 0; i < policy::kSafeSearchNames.size(); ++i)
    if (policy::kSafeSearchNames[i] == name) return static_cast<SafeSearches>(1U << i);
  return 0;
}

std::string_view safe_search_target(std::string_view name, SafeSearches wanted) noexcept {
  if (wanted == 0) return {};
  if ((wanted & safe_search_called("google")) != 0 && is_google(name))
    return "forcesafesearch.google.com";
  for (const auto& host : kHosts)
    if (host.name == name && (wanted & safe_search_called(host.search)) != 0) return host.target;
  return {};
}

}  // namespace sekisho::engines::dns
