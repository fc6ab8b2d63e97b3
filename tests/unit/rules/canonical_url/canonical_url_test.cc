#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <string>

#include "rules/canonical_url/canonical_url.h"

using namespace sekisho::rules;

namespace {

/// The canonical text, or "fault: why".
std::string canonical(std::string_view text) {
  const auto scratch = std::make_unique<UrlScratch>();
  CanonicalUrl url;
  const auto fault = canonicalise_url(text, *scratch, url);
  if (fault != UrlFault::none) return "fault: " + std::string(describe(fault));
  return std::string(url.text);
}

std::string fault(UrlFault fault) { return "fault: " + std::string(describe(fault)); }

std::string host_of(std::string_view text) {
  const auto whole = canonical(text);
  return whole.starts_with("http://") ? whole.substr(7, whole.size() - 8) : whole;
}

}  // namespace

TEST_CASE("a URL has one spelling") {
  const auto [given, expected] = GENERATE(table<const char*, const char*>({
      {"example.com", "http://example.com/"},
      {"HTTP://EXAMPLE.com/PaTh", "http://example.com/PaTh"},
      {"https:example.com", "https://example.com/"},
      {"https:\\\\example.com\\a\\b", "https://example.com/a/b"},
      {"//example.com//a", "http://example.com//a"},
      {"  http://example.com/a b\n", "http://example.com/a%20b"},
      {"ht\ntp://exa\tmple.com/a\r\nb", "http://example.com/ab"},
      {"http://user:pass@example.com/", "http://example.com/"},
      {"http://good.example@evil.example/", "http://evil.example/"},
      {"http://a@b@evil.example", "http://evil.example/"},
      {"http://example.com:80/", "http://example.com/"},
      {"http://example.com:00080/", "http://example.com/"},
      {"https://example.com:443", "https://example.com/"},
      {"https://example.com:80/", "https://example.com:80/"},
      {"http://example.com:/", "http://example.com/"},
      {"example.com:8080/x", "http://example.com:8080/x"},
      {"http://example.com./", "http://example.com/"},
      {"http://example.com#top", "http://example.com/"},
      {"http://example.com/a#b?c", "http://example.com/a"},
      {"http://example.com?", "http://example.com/?"},
      {"http://example.com?a=/../b", "http://example.com/?a=/../b"},
      {"http://example.com/a/./b/../c", "http://example.com/a/c"},
      {"http://example.com/a/%2e%2E/c", "http://example.com/c"},
      {"http://example.com/a/.%2e", "http://example.com/"},
      {"http://example.com/../../x", "http://example.com/x"},
      {"http://example.com/a/b/..", "http://example.com/a/"},
      {"http://example.com/a/b/.", "http://example.com/a/b/"},
      {"http://example.com/a//../b", "http://example.com/a/b"},
      {"http://example.com/...", "http://example.com/..."},
      {"http://example.com/%41%7e%2f%3a", "http://example.com/A~%2F%3A"},
      {"http://example.com/%zz%", "http://example.com/%25zz%25"},
      {"http://example.com/%2541", "http://example.com/%2541"},
      {"http://example.com/%c3%a4", "http://example.com/%C3%A4"},
      {"http://example.com/ä\"<>`{}^", "http://example.com/%C3%A4%22%3C%3E%60%7B%7D%5E"},
      {"http://example.com/?q='<a b>'", "http://example.com/?q=%27%3Ca%20b%3E%27"},
      {"http://ex%61mple.com/", "http://example.com/"},
      {"wss://example.com:443/s", "wss://example.com/s"},
      {"ftp://example.com:21/f", "ftp://example.com/f"},
  }));
  CAPTURE(given);
  CHECK(canonical(given) == expected);
}

TEST_CASE("an IPv4 address has one spelling") {
  for (const auto* text :
       {"192.0.2.1", "192.0.2.1.", "0xc0.0.2.1", "0300.0.02.01", "192.0.513", "192.513",
        "3221225985", "0xC0000201", "030000001001", "%3192.0.2.1", "192。0。2。1", "１９２.0.2.1",
        "[::ffff:192.0.2.1]", "[::ffff:c000:201]"}) {
    CAPTURE(text);
    CHECK(host_of(text) == "192.0.2.1");
  }
  CHECK(host_of("0") == "0.0.0.0");
  CHECK(host_of("0x") == "0.0.0.0");
  CHECK(host_of("4294967295") == "255.255.255.255");
  CHECK(host_of("1.2.3.4.example") == "1.2.3.4.example");
  for (const auto* text :
       {"4294967296", "256.1.1.1", "1.2.3.256", "1.2.65536", "1.2.3.4.5", "1.2.3.08", "1..2",
        "example.0x1", "foo.123", "0xffffffffffffffffffff1"}) {
    CAPTURE(text);
    CHECK(host_of(text).starts_with("fault"));
  }
  CHECK(host_of("a.1.2.3.4") == fault(UrlFault::bad_ipv4));
}

TEST_CASE("an IPv6 address has one spelling") {
  CHECK(host_of("[2001:DB8:0:0::0001]") == "[2001:db8::1]");
  CHECK(host_of("[::]") == "[::]");
  CHECK(host_of("[1:2:3:4:5:6:7:8]") == "[1:2:3:4:5:6:7:8]");
  CHECK(canonical("https://[2001:db8::1]:8443/x") == "https://[2001:db8::1]:8443/x");
  for (const auto* text : {"[", "[]", "[1]", "[1:2:3:4:5:6:7:8:9]", "[fe80::1%25eth0]", "[::1"}) {
    CAPTURE(text);
    CHECK(host_of(text) == fault(UrlFault::bad_ipv6));
  }
}

TEST_CASE("names of other scripts become A-labels, and A-labels must stand for names") {
  CHECK(host_of("日本語.jp") == "xn--wgv71a119e.jp");
  CHECK(host_of("http://%E6%97%A5%E6%9C%AC%E8%AA%9E。ＪＰ/") == "xn--wgv71a119e.jp");
  CHECK(host_of("Bücher.example") == "xn--bcher-kva.example");
  CHECK(host_of("BÜCHER.example") == "xn--bcher-kva.example");
  CHECK(host_of("faß.de") == "xn--fa-hia.de");
  CHECK(host_of("ΑΒΓ.gr") == host_of("αβγ.gr"));
  CHECK(host_of("ПРИМЕР.рф") == "xn--e1afmkfd.xn--p1ai");
  CHECK(host_of("exam\u00adple.com") == "example.com");
  CHECK(host_of("XN--BCHER-KVA.example") == "xn--bcher-kva.example");
  CHECK(host_of("xn--wgv71a119e.jp") == "xn--wgv71a119e.jp");
  for (const auto* text : {"xn--.com", "xn--a.com", "xn--example-.com", "xn--bcher-kvaa!.com",
                           "xn--99999999.com", "xn--bücher.com", "xn--Fa-hia9.com"}) {
    CAPTURE(text);
    CHECK(host_of(text).starts_with("fault"));
  }
  CHECK(host_of("xn--a.com") == fault(UrlFault::bad_punycode));
  CHECK(host_of("u\u0308.com") == fault(UrlFault::unmapped_character));
  CHECK(host_of("\xff.com") == fault(UrlFault::bad_utf8));
  CHECK(host_of("\xc0\xae.com") == fault(UrlFault::bad_utf8));
}

TEST_CASE("what is no URL says why") {
  CHECK(canonical("") == fault(UrlFault::no_host));
  CHECK(canonical("http://") == fault(UrlFault::no_host));
  CHECK(canonical("http:///?a") == fault(UrlFault::no_host));
  CHECK(canonical("http://user@/") == fault(UrlFault::no_host));
  CHECK(canonical(".") == fault(UrlFault::no_host));
  CHECK(canonical("a..b") == fault(UrlFault::empty_label));
  CHECK(canonical(".a") == fault(UrlFault::empty_label));
  CHECK(canonical("a..") == fault(UrlFault::empty_label));
  CHECK(canonical("gopher://a") == fault(UrlFault::unsupported_scheme));
  CHECK(canonical("a b.com") == fault(UrlFault::forbidden_character));
  CHECK(canonical("a%00b.com") == fault(UrlFault::forbidden_character));
  CHECK(canonical("a%2fb.com") == fault(UrlFault::forbidden_character));
  CHECK(canonical("a^b.com") == fault(UrlFault::forbidden_character));
  CHECK(canonical("a.com:x") == fault(UrlFault::bad_port));
  CHECK(canonical("a.com:65536") == fault(UrlFault::bad_port));
  CHECK(canonical("a.com:0") == fault(UrlFault::bad_port));
  CHECK(canonical(std::string(64, 'a') + ".com") == fault(UrlFault::label_too_long));
  CHECK(canonical(std::string(63, 'a') + ".com") == "http://" + std::string(63, 'a') + ".com/");
  std::string deep = "a";
  for (int i = 0; i < 126; ++i) deep += ".a";  // 253 bytes
  CHECK(host_of(deep) == deep);
  CHECK(canonical(deep + "a") == fault(UrlFault::host_too_long));
  CHECK(canonical(std::string(kMaxUrlBytes + 1, 'a')) == fault(UrlFault::too_long));
  CHECK(canonical("a.b/" + std::string(kMaxUrlBytes - 5, '\x01') + "x").size() >
        3 * (kMaxUrlBytes - 5));  // the room is enough
}

TEST_CASE("the parts of a URL are pointed out") {
  const auto scratch = std::make_unique<UrlScratch>();
  CanonicalUrl url;
  REQUIRE(canonicalise_url("HTTPS://u@Example.com:8443/a/b?c=d#e", *scratch, url) ==
          UrlFault::none);
  CHECK(url.scheme == "https");
  CHECK(url.host == "example.com");
  CHECK(url.port == 8443);
  CHECK(url.path == "/a/b");
  CHECK(url.has_query);
  CHECK(url.query == "c=d");
  CHECK(url.kind == HostKind::name);
  REQUIRE(canonicalise_url("[::1]", *scratch, url) == UrlFault::none);
  CHECK(url.kind == HostKind::ipv6);
  CHECK_FALSE(url.has_query);
  REQUIRE(canonicalise_url("0x7f.1", *scratch, url) == UrlFault::none);
  CHECK(url.kind == HostKind::ipv4);
}

TEST_CASE("a request's URL is made of its host and its target") {
  const auto scratch = std::make_unique<UrlScratch>();
  CanonicalUrl url;
  const auto text = [&](const char* scheme, const char* host, const char* target) {
    const auto why = canonicalise_request(scheme, host, target, *scratch, url);
    return why == UrlFault::none ? std::string(url.text) : fault(why);
  };
  CHECK(text("http", "Example.com:80", "/a/../b?c") == "http://example.com/b?c");
  CHECK(text("https", "example.com:443", "/") == "https://example.com/");
  CHECK(text("http", "example.com", "*") == "http://example.com/");
  CHECK(text("https", "example.com:8443", "") == "https://example.com:8443/");
  CHECK(text("http", "good.example", "http://evil.example/x") == "http://evil.example/x");
  CHECK(text("http", "good.example/", "/x") == fault(UrlFault::forbidden_character));
  CHECK(text("http", "a@b", "/x") == fault(UrlFault::forbidden_character));
  CHECK(text("http", "", "/x") == fault(UrlFault::no_host));
  CHECK(text("gopher", "a", "/x") == fault(UrlFault::unsupported_scheme));
  CHECK(text("http", "a", "//b/c") == "http://a//b/c");
}

TEST_CASE("a host alone is canonical too") {
  const auto scratch = std::make_unique<UrlScratch>();
  CanonicalUrl url;
  CHECK(canonicalise_host("WWW.Example.COM.", *scratch, url) == UrlFault::none);
  CHECK(url.host == "www.example.com");
  CHECK(canonicalise_host("_dmarc.example.com", *scratch, url) == UrlFault::none);
  CHECK(canonicalise_host("example.com:80", *scratch, url) == UrlFault::forbidden_character);
  CHECK(canonicalise_host("a/b", *scratch, url) == UrlFault::forbidden_character);
}

TEST_CASE("a canonical URL is canonical") {
  const std::string_view kPieces[] = {
      "http://",    "HTTPS:",    "//",     "\\",      "/",     "..",
      ".",          "%2e",       "%2E%2e", "%",       "%4",    "%41",
      "%c3%a4",     "ä",         "日本",   "。",      "a",     "Z",
      "1",          "0x",        "08",     "256",     "xn--",  "-",
      "wgv71a119e", "bcher-kva", ":",      ":80",     ":0080", "@",
      "?",          "#",         "[",      "]",       "::1",   "::ffff:1.2.3.4",
      "\t",         "\n",        " ",      "'",       "\"",    "{",
      "|",          "\xff",      ".com",   "example", "Ｆ",    "\x7f",
      "+",          "&",         "=",
  };
  std::mt19937 random(7);
  std::size_t num_good = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = random() % 2 == 0 ? "a" : "";
    for (auto left = random() % 10; left > 0; --left)
      text += kPieces[random() % std::size(kPieces)];
    const auto once = canonical(text);
    if (once.starts_with("fault")) continue;
    ++num_good;
    if (canonical(once) != once) {
      CAPTURE(text, once);
      REQUIRE(canonical(once) == once);
    }
  }
  CHECK(num_good > 20'000);
}
