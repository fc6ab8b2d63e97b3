#include "rules/reputation/url_expressions.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "config/base/hex.h"

using namespace sekisho::rules;

namespace {

std::vector<std::string> expressions(std::string_view text) {
  const auto scratch = std::make_unique<UrlScratch>();
  CanonicalUrl url;
  REQUIRE(canonicalise_url(text, *scratch, url) == UrlFault::none);
  const auto made = expressions_of(url);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < made.size(); ++i)
    texts.push_back(std::string(made[i].host).append(made[i].path));
  REQUIRE(made[0] == made.front());
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a URL has expressions of hosts and folders, the most specific first") {
  CHECK(expressions("http://a.b.example/1/2.html?p=1") ==
        Texts{"a.b.example/1/2.html?p=1", "a.b.example/1/2.html", "a.b.example/1/", "a.b.example/",
              "b.example/1/2.html?p=1", "b.example/1/2.html", "b.example/1/", "b.example/"});
}

TEST_CASE("a page without folders and query is rated by its host") {
  CHECK(expressions("https://example.com") == Texts{"example.com/"});
  CHECK(expressions("https://example.com/?") == Texts{"example.com/?", "example.com/"});
}

TEST_CASE("a folder stands once among its expressions") {
  CHECK(expressions("http://example.com/a/") == Texts{"example.com/a/", "example.com/"});
  CHECK(expressions("http://example.com/a") == Texts{"example.com/a", "example.com/"});
}

TEST_CASE("of many folders the first three are expressions") {
  CHECK(expressions("http://example.com/a/b/c/d/e") ==
        Texts{"example.com/a/b/c/d/e", "example.com/a/b/c/", "example.com/a/b/", "example.com/a/",
              "example.com/"});
}

TEST_CASE("of many labels the last five are expressions, besides the host itself") {
  CHECK(expressions("http://a.b.c.d.e.f.example") == Texts{"a.b.c.d.e.f.example/",
                                                           "c.d.e.f.example/", "d.e.f.example/",
                                                           "e.f.example/", "f.example/"});
  CHECK(expressions("http://d.e.f.g.example") ==
        Texts{"d.e.f.g.example/", "e.f.g.example/", "f.g.example/", "g.example/"});
}

TEST_CASE("the longest URL has no more expressions than there is room for") {
  CHECK(expressions("http://a.b.c.d.e.f.example/1/2/3/4?q").size() == UrlExpressions::kMost);
}

TEST_CASE("an address and a name of one label are their only host") {
  CHECK(expressions("http://192.0.2.1/x") == Texts{"192.0.2.1/x", "192.0.2.1/"});
  CHECK(expressions("http://[2001:db8::1]:8080/") == Texts{"[2001:db8::1]/"});
  CHECK(expressions("http://intranet/") == Texts{"intranet/"});
}

TEST_CASE("scheme and port are no part of an expression") {
  CHECK(expressions("https://example.com:8443/a?b") == expressions("http://example.com/a?b"));
}

TEST_CASE("a hash is SHA-256 of host and path, its prefix the first four bytes") {
  const auto hash = hash_of({"example.com", "/"});  // printf example.com/ | sha256sum
  CHECK(sekisho::to_hex(hash) ==
        "73d986e009065f182c10bcb6a45db3d6eda9498f8930654af2653f8a938cd801");
  CHECK(prefix_of(hash) == 0x73d986e0);
  CHECK(hash_of({"example", ".com/"}) == hash);
}
