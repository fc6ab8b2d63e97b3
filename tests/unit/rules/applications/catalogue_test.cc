#include "rules/applications/catalogue.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace sekisho::rules;

TEST_CASE("ids ascend, names are unique and fit for policy files, every text is there") {
  std::uint16_t last = 0;
  std::set<std::string_view> names;
  for (const auto& entry : applications()) {
    CAPTURE(entry.name);
    CHECK(entry.id > last);
    last = entry.id;
    CHECK(names.insert(entry.name).second);
    CHECK(entry.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") ==
          entry.name.npos);
    CHECK_FALSE(entry.title.empty());
    CHECK_FALSE(entry.title_ja.empty());
    CHECK_FALSE(entry.category.empty());
    CHECK((entry.port == 0 || entry.protocol != 0));
  }
}

TEST_CASE("an application is found by its name and by its id, and nothing else is") {
  for (const auto& entry : applications()) {
    CHECK(find_application(entry.name) == &entry);
    CHECK(application(entry.id) == &entry);
  }
  CHECK(find_application("") == nullptr);
  CHECK(find_application("DHCP") == nullptr);
  CHECK(application(0) == nullptr);
  CHECK(application(39) == nullptr);
  CHECK(application(65535) == nullptr);
}

TEST_CASE("a rule's text chooses an application with its parts, or what stands in a category") {
  const auto chosen = [](std::string_view text) {
    std::set<std::string_view> names;
    const auto selector = ApplicationSelector::find(text);
    REQUIRE(selector);
    for (const auto& entry : applications())
      if (selector->selects(entry)) names.insert(entry.name);
    return names;
  };
  CHECK(chosen("mixi") == std::set<std::string_view>{"mixi"});
  const auto meta = chosen("meta_platforms");
  CHECK(meta.contains("meta_platforms"));
  CHECK(meta.contains("facebook"));
  CHECK(meta.contains("facebook_ads"));  // a part of a part, in another category
  CHECK_FALSE(meta.contains("mixi"));
  const auto social = chosen("category:social_network");
  CHECK(social.contains("facebook"));
  CHECK(social.contains("mixi"));
  CHECK_FALSE(social.contains("facebook_ads"));
  std::size_t in_categories = 0;
  for (const auto& category : application_categories())
    in_categories += chosen("category:" + std::string(category.name)).size();
  CHECK(in_categories == applications().size());
  for (const auto* const none : {"", "social_network", "category:", "category:facebook", "Mixi"})
    CHECK_FALSE(ApplicationSelector::find(none));
}

TEST_CASE("DHCP is a network protocol extension that can only be on UDP port 67 at either end") {
  const auto* const dhcp = find_application("dhcp");
  REQUIRE(dhcp != nullptr);
  CHECK(dhcp->id == application_id::kDhcp);
  CHECK(dhcp->category == "network_protocols_extensions");
  CHECK(dhcp->can_be(17, 68, 67));
  CHECK(dhcp->can_be(17, 67, 68));
  CHECK_FALSE(dhcp->can_be(6, 68, 67));
  CHECK_FALSE(dhcp->can_be(17, 68, 69));
}

TEST_CASE("an application without a place of its own can be anywhere") {
  const auto* const dns = find_application("dns");
  REQUIRE(dns != nullptr);
  CHECK(dns->can_be(17, 40000, 53));
  CHECK(dns->can_be(6, 1, 2));
}

TEST_CASE("the ids that recognisers write are those of the names that policies know") {
  CHECK(find_application("icmp")->id == application_id::kIcmp);
  CHECK(find_application("tls")->id == application_id::kTls);
  CHECK(find_application("quic")->id == application_id::kQuic);
  CHECK(find_application("bittorrent-dht")->id == application_id::kBittorrentDht);
  CHECK(find_application("redis")->id == application_id::kRedis);
  CHECK(find_application("sctp")->id == application_id::kSctp);
}

TEST_CASE("the catalogue has what R002, R003 and R063 ask for") {
  const auto all = applications();
  CHECK(all.size() >= 1000);
  CHECK(std::count_if(all.begin(), all.end(), [](const auto& one) { return one.japanese; }) >= 60);
  CHECK(std::count_if(all.begin(), all.end(),
                      [](const auto& one) { return !one.functions.empty(); }) >= 5);
  for (const auto* name : {"line", "yahoo_japan", "rakuten", "niconico", "mercari", "cookpad",
                           "tver", "abema", "paypay", "chatwork", "sansan", "freee", "kintone"}) {
    CAPTURE(name);
    REQUIRE(find_application(name) != nullptr);
    CHECK(find_application(name)->japanese);
  }
}

TEST_CASE("every application is in a category that has titles in both languages") {
  std::set<std::string_view> names;
  for (const auto& category : application_categories()) {
    CAPTURE(category.name);
    CHECK(names.insert(category.name).second);
    CHECK_FALSE(category.title.empty());
    CHECK_FALSE(category.title_ja.empty());
  }
  CHECK(names.size() >= 20);
  for (const auto& one : applications()) {
    CAPTURE(one.name);
    CHECK(names.contains(one.category));
    CHECK(one.risk >= 1);
    CHECK(one.risk <= 5);
  }
}

TEST_CASE("an application is a part of itself and of what it belongs to, at any depth") {
  const auto id = [](const char* name) { return find_application(name)->id; };
  CHECK(is_part_of(id("youtube_music"), id("youtube")));
  CHECK(is_part_of(id("youtube_music"), id("google")));
  CHECK(is_part_of(id("google"), id("google")));
  CHECK_FALSE(is_part_of(id("google"), id("youtube")));
  CHECK_FALSE(is_part_of(0, id("google")));
  CHECK(wholes_of(id("youtube_music")) == std::vector<std::string>{"youtube", "google"});
  CHECK(wholes_of(id("google")).empty());
}
