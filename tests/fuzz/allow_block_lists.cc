// The allow and block lists of a policy. An input is entries, a line each (those that begin with
// '+' allow; behind '=' and a digit stands one of that own category), then a zero byte and patches
// to the compiled lists: 2 bytes where, 1 byte what.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engines/url/url_lists.h"

namespace {

using namespace sekisho;
using engines::Artifact;
using engines::url::UrlLists;

constexpr const char* kAsked[] = {
    "http://a.example.com/casino/free/x?y",
    "http://example.com/casino",
    "http://192.0.2.1/x",
    "http://[2001:db8::1]/",
    "http://shop.example.net/?q",
};

policy::Policy policy_of(std::string_view text) {
  policy::Policy policy;
  policy.url_categories.resize(10);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto entry = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool allows = entry.starts_with('+');
    if (allows) entry.remove_prefix(1);
    if (entry.size() >= 2 && entry[0] == '=' && entry[1] >= '0' && entry[1] <= '9') {
      const auto category = static_cast<std::size_t>(entry[1] - '0');
      policy.url_categories[category].entries.push_back({std::string(entry.substr(2)), {}});
      continue;
    }
    (allows ? policy.allow_list : policy.block_list).push_back({std::string(entry), {}});
  }
  return policy;
}

void ask(const UrlLists& lists) {
  static rules::UrlScratch scratch;
  for (const auto* text : kAsked) {
    rules::CanonicalUrl url;
    if (rules::canonicalise_url(text, scratch, url) != rules::UrlFault::none) std::abort();
    static_cast<void>(lists.find(url));
  }
  for (const auto* text : {"192.0.2.1", "2001:db8::1"})
    static_cast<void>(lists.find(*parse_ip_address(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto entries = std::min(input.find('\0'), input.size());
  engines::Diagnostics warnings;
  const auto policy = policy_of(input.substr(0, entries));
  auto output = engines::url::kSpec.compile({policy}, warnings);
  auto* artifact = std::get_if<Artifact>(&output);
  if (artifact == nullptr) return 0;
  const auto good = UrlLists::load(*artifact);
  if (!good) std::abort();  // what was compiled can be loaded
  ask(**good);
  for (std::size_t at = entries + 1; at + 3 <= size; at += 3)
    (*artifact)[(data[at] | std::size_t{data[at + 1]} << 8) % artifact->size()] =
        static_cast<std::byte>(data[at + 2]);
  if (const auto damaged = UrlLists::load(*artifact)) ask(**damaged);
  return 0;
}
