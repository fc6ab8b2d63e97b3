#include "engines/callback/indicators.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <random>

#include "config/snapshot/snapshot.h"

using namespace sekisho;
using namespace sekisho::engines::callback;

namespace {

struct Database {
  explicit Database(const std::vector<Indicator>& indicators) {
    auto compiled = compile_indicators(indicators);
    REQUIRE(compiled);
    built = *std::move(compiled);
    auto opened = IndicatorDatabase::load(built.file);
    REQUIRE(opened);
    database = std::make_unique<IndicatorDatabase>(*std::move(opened));
  }
  std::string address(std::string_view text) const {
    const auto found = database->find_address(*parse_ip_address(text));
    return found ? std::string(found->indicator) : "";
  }
  std::string domain(std::string_view name) const {
    const auto found = database->find_domain(name);
    return found ? std::string(found->indicator) : "";
  }
  std::string url(std::string_view text) const {
    rules::CanonicalUrl url;
    REQUIRE(rules::canonicalise_url(text, *scratch, url) == rules::UrlFault::none);
    const auto found = database->find_url(url);
    return found ? std::string(found->indicator) : "";
  }
  BuiltIndicators built;
  std::unique_ptr<IndicatorDatabase> database;
  std::unique_ptr<rules::UrlScratch> scratch = std::make_unique<rules::UrlScratch>();
};

Indicator indicator(IndicatorKind kind, std::string text, std::string source = "feed",
                    std::uint8_t confidence = 100) {
  return {kind, std::move(text), std::move(source), confidence};
}

}  // namespace

TEST_CASE("of networks around an address the smallest is told") {
  using enum IndicatorKind;
  const Database lists({indicator(address, "192.0.2.0/24"), indicator(address, "192.0.2.7"),
                        indicator(address, "192.0.0.0/16"), indicator(address, "2001:db8::/32"),
                        indicator(address, "2001:db8::1"),
                        indicator(address, "198.51.100.10-198.51.100.20")});
  CHECK(lists.address("192.0.2.7") == "192.0.2.7");
  CHECK(lists.address("192.0.2.8") == "192.0.2.0/24");
  CHECK(lists.address("192.0.3.1") == "192.0.0.0/16");
  CHECK(lists.address("192.1.0.0").empty());
  CHECK(lists.address("191.255.255.255").empty());
  CHECK(lists.address("2001:db8::1") == "2001:db8::1");
  CHECK(lists.address("2001:db8:ffff::") == "2001:db8::/32");
  CHECK(lists.address("2001:db9::").empty());
  CHECK(lists.address("198.51.100.20") == "198.51.100.10-198.51.100.20");
  CHECK(lists.address("198.51.100.21").empty());
}

TEST_CASE("networks that overlap are found like in a plain list") {
  std::mt19937_64 random(7);
  const auto v4 = [&] {
    return IpAddress::from_v4(0xC0000200U + static_cast<std::uint32_t>(random() % 64));
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<Indicator> all;
    std::vector<AddressRange> ranges;
    for (int i = 0; i < 8; ++i) {
      auto first = v4(), last = v4();
      if (last < first) std::swap(first, last);
      ranges.push_back({first, last});
      all.push_back(indicator(IndicatorKind::address, to_string(first) + "-" + to_string(last)));
    }
    const Database lists(all);
    for (std::uint32_t i = 0; i < 70; ++i) {
      const auto address = IpAddress::from_v4(0xC0000200U - 3 + i);
      std::uint32_t narrowest = ~0U;
      for (const auto& range : ranges)
        if (range.contains(address))
          narrowest = std::min(narrowest, range.last.v4() - range.first.v4());
      const auto found = lists.database->find_address(address);
      REQUIRE(found.has_value() == (narrowest != ~0U));
      if (!found) continue;
      const auto told = parse_address_range(found->indicator);
      REQUIRE(told);
      CHECK(told->contains(address));
      CHECK(told->last.v4() - told->first.v4() == narrowest);
    }
  }
}

TEST_CASE("a domain is listed with all below it, and nothing beside it") {
  using enum IndicatorKind;
  const Database lists(
      {indicator(domain, "Evil.Example"), indicator(domain, "deep.evil.example.")});
  CHECK(lists.domain("evil.example") == "evil.example");
  CHECK(lists.domain("a.b.evil.example") == "evil.example");
  CHECK(lists.domain("x.deep.evil.example") == "deep.evil.example");
  CHECK(lists.domain("notevil.example").empty());
  CHECK(lists.domain("example").empty());
  CHECK(lists.domain("").empty());
  CHECK(lists.url("https://www.evil.example/any?x") == "evil.example");
}

TEST_CASE("a URL is listed as it is; without a query it stands for any") {
  using enum IndicatorKind;
  const Database lists({indicator(url, "http://c.example/gate.php"),
                        indicator(url, "https://c.example:8443/a?id=1"),
                        indicator(url, "http://192.0.2.9/x")});
  CHECK(lists.url("http://c.example/gate.php") == "c.example/gate.php");
  CHECK(lists.url("http://c.example/gate.php?bot=7") == "c.example/gate.php");
  CHECK(lists.url("http://c.example/gate.php/x").empty());
  CHECK(lists.url("http://c.example/").empty());
  CHECK(lists.url("https://c.example:8443/a?id=1") == "c.example:8443/a?id=1");
  CHECK(lists.url("https://c.example:8443/a?id=2").empty());
  CHECK(lists.url("http://192.0.2.9/x") == "192.0.2.9/x");
}

TEST_CASE("fingerprints are found by their text, whatever way they were written") {
  using enum IndicatorKind;
  const std::string sha1 = "0123456789ABCDEF0123456789ABCDEF01234567";
  const Database lists(
      {indicator(ja3, "6734F37431670B3AB4292B8F60F29984"),
       indicator(ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1"),
       indicator(certificate, "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67"),
       indicator(certificate, std::string(64, 'A'))});
  CHECK(lists.built.refused.empty());
  const auto& database = *lists.database;
  CHECK(database.find_exact(ja3, "6734f37431670b3ab4292b8f60f29984"));
  CHECK_FALSE(database.find_exact(ja4, "6734f37431670b3ab4292b8f60f29984"));
  CHECK(database.find_exact(ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1"));
  CHECK(database.find_exact(certificate, "0123456789abcdef0123456789abcdef01234567"));
  CHECK(database.find_exact(certificate, std::string(64, 'a')));
  CHECK(database.names_tls());
  CHECK(database.num(certificate) == 2);
}

TEST_CASE("what is no indicator is refused alone, with the reason") {
  using enum IndicatorKind;
  const Database lists({indicator(domain, "good.example"), indicator(domain, "com"),
                        indicator(address, "192.0.2.256"), indicator(ja3, "12"),
                        indicator(ja4, "t13d"), indicator(certificate, std::string(40, 'g')),
                        indicator(domain, "a.example/path"), indicator(domain, "192.0.2.1"),
                        indicator(url, "gopher://x.example/")});
  CHECK(lists.database->num_indicators() == 1);
  REQUIRE(lists.built.refused.size() == 8);
  CHECK(lists.built.refused[0].index == 1);
  CHECK(lists.built.refused[0].why == "is a whole top-level domain");
  CHECK(lists.built.refused[1].why == "is no address or network");
  CHECK(lists.built.refused[6].why == "is an address, not a domain");
}

TEST_CASE("of several feeds the surest is named") {
  using enum IndicatorKind;
  const Database lists({indicator(domain, "a.example", "doubtful", 30),
                        indicator(domain, "a.example", "sure", 90),
                        indicator(domain, "a.example", "late", 90)});
  const auto found = lists.database->find_domain("a.example");
  REQUIRE(found);
  CHECK(found->source == "sure");
  CHECK(found->confidence == 90);
  CHECK(lists.database->num_indicators() == 1);
}

TEST_CASE("an empty database knows nothing, and damage is noticed at every byte") {
  const Database empty({});
  CHECK(empty.address("192.0.2.1").empty());
  CHECK(empty.domain("a.example").empty());
  CHECK_FALSE(empty.database->names_content());
  const auto built = compile_indicators({indicator(IndicatorKind::domain, "a.example"),
                                         indicator(IndicatorKind::address, "192.0.2.0/24")});
  REQUIRE(built);
  for (std::size_t i = 0; i < built->file.size(); ++i) {
    auto damaged = built->file;
    damaged[i] ^= std::byte{0x21};
    const bool is_unused = i >= 28 && i < 56;  // reserved, and counts that only inform
    CAPTURE(i);
    CHECK((!IndicatorDatabase::load(damaged) || is_unused));
    CHECK_FALSE(IndicatorDatabase::load(std::span(built->file).first(i)));
  }
}
