#include "engines/appid/host_table.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::engines::appid;

namespace {

std::string_view name_of(std::string_view host) {
  const auto* const found = rules::application(HostTable::of_catalogue().find(host));
  return found == nullptr ? "" : found->name;
}

}  // namespace

TEST_CASE("every host of the catalogue, and each name below it, is its application's") {
  for (const auto& application : rules::applications())
    for (const auto host : application.hosts) {
      CAPTURE(host);
      CHECK(name_of(host) == application.name);
      CHECK(name_of("a-1.x." + std::string(host)) == application.name);
    }
}

TEST_CASE("a name that only ends in the same letters is nobody's") {
  CHECK(name_of("notyoutube.com") == "");
  CHECK(name_of("youtube.com.example") == "");
  CHECK(name_of("com") == "");
  CHECK(name_of("") == "");
  CHECK(name_of(".") == "");
  CHECK(name_of("..") == "");
  CHECK(name_of("192.0.2.1") == "");
}

TEST_CASE("the longest suffix decides") {
  CHECK(name_of("www.google.com") == "google");
  CHECK(name_of("mail.google.com") == "gmail");
  CHECK(name_of("x.mail.google.com") == "gmail");
  CHECK(name_of("upload.youtube.com") == "youtube");  // of a function
}

TEST_CASE("case and one dot at the end do not matter") {
  CHECK(name_of("WWW.YouTube.COM.") == "youtube");
  CHECK(name_of("www.youtube.com..") == "");
}

TEST_CASE("what is longer than a name can be is not looked at") {
  const std::string tail = ".youtube.com";
  CHECK(name_of(std::string(253 - tail.size(), 'a') + tail) == "youtube");
  CHECK(name_of(std::string(254 - tail.size(), 'a') + tail) == "");
}

TEST_CASE("a client program and a certificate tell whose they are") {
  const auto& table = HostTable::of_catalogue();
  const auto id_of = [](std::string_view name) { return rules::find_application(name)->id; };
  CHECK(table.find_agent("Transmission/2.94") == id_of("bittorrent"));
  CHECK(table.find_agent("transmission/2.94") == 0);
  CHECK(table.find_agent("Mozilla/5.0 Transmission/2.94") == 0);
  CHECK(table.find_agent("") == 0);

  constexpr std::string_view kGate = "C=US, O=Fortinet, OU=FortiGate, CN=FG1";
  CHECK(table.find_certificate(kGate, "CN=support", 10443) == id_of("forticlient"));
  CHECK(table.find_certificate(kGate, "CN=support", 443) == 0);
  CHECK(table.find_certificate("C=US, O=Fortinet, CN=a", "CN=support", 10443) == 0);

  CHECK(table.find_certificate("CN=www.abcd2345.net", "CN=www.zzzzyyyy7.com", 9001) ==
        id_of("tor"));
  CHECK(table.find_certificate("CN=www.abcd2345.net", "CN=R3", 9001) == 0);
  CHECK(table.find_certificate("CN=www.example.net", "CN=www.zzzzyyyy7.com", 443) == 0);
  CHECK(table.find_certificate("CN=www.abcd2340.net", "CN=www.zzzzyyyy7.com", 443) == 0);
  CHECK(table.find_certificate("CN=www.net", "CN=www.com", 443) == 0);
  CHECK(table.find_certificate("", "", 443) == 0);
}

TEST_CASE("a fingerprint tells a program by the longest of its beginnings") {
  const auto& table = HostTable::of_catalogue();
  const auto softether = rules::find_application("softether")->id;
  CHECK(table.find_ja4("t13d880900_fcb5b95cb75a_b0d3b4ac2a14") == softether);
  CHECK(table.find_ja4("t13i880900_fcb5b95cb75a_b0d3b4ac2a14") == softether);
  CHECK(table.find_ja4("t13d880900_fcb5b95cb75a_b0d3b4ac2a15") == 0);
  CHECK(table.find_ja4("t13d880900") == 0);
  CHECK(table.find_ja4("") == 0);

  constexpr std::string_view kFirst[] = {"t13d1516h2"}, kTwo[] = {"t13d1516h2_8daaf6152771"};
  rules::Application one{}, other{};
  one.id = 1;
  one.ja4 = kFirst;
  other.id = 2;
  other.ja4 = kTwo;
  const std::array applications{one, other};
  const HostTable parts(applications);
  CHECK(parts.find_ja4("t13d1516h2_8daaf6152771_02713d6af862") == 2);
  CHECK(parts.find_ja4("t13d1516h2_8daaf6152772_02713d6af862") == 1);
  CHECK(parts.find_ja4("t13d1516h21_8daaf6152772_02713d6af862") == 0);
}
