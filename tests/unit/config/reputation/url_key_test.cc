#include "config/reputation/url_key.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace sekisho::reputation {
namespace {

/// SipHash's own key and messages (bytes 0, 1, 2, ...), as its reference implementation with
/// cROUNDS 1 and dROUNDS 3 gives them.
TEST_CASE("keys are those of SipHash-1-3") {
  const UrlKeySecret secret{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string message;
  CHECK(url_key(secret, message) == 0xabac0158050fc4dc);
  for (char i = 0; i < 15; ++i) message += i;
  CHECK(url_key(secret, message) == 0xd320d86d2a519956);
}

TEST_CASE("another text or another secret is another key") {
  const UrlKeySecret secret{1, 2};
  const std::string text = "example.com/a/b?c";
  std::set<std::uint64_t> keys{url_key(secret, text), url_key({1, 3}, text), url_key({2, 2}, text)};
  for (std::size_t n = 0; n < text.size(); ++n) {
    keys.insert(url_key(secret, text.substr(0, n)));
    auto other = text;
    other[n] ^= 1;
    keys.insert(url_key(secret, other));
  }
  CHECK(keys.size() == 3 + 2 * text.size());
}

}  // namespace
}  // namespace sekisho::reputation
