#include "config/base/address.h"

#include <catch2/catch.hpp>
#include <random>

namespace sekisho {
namespace {

std::string shown(std::string_view text) {
  const auto range = parse_address_range(text);
  return range ? to_string(*range) : "refused: " + range.error().message;
}

TEST_CASE("the addresses of R058 are 1, 4 and 256 addresses") {
  struct Case {
    const char* text;
    std::uint32_t count;
  };
  const auto [text, count] =
      GENERATE(Case{"192.168.0.1", 1}, Case{"10.0.0.1-10.0.0.4", 4}, Case{"10.0.0.8/24", 256});
  const auto range = parse_address_range(text);
  REQUIRE(range);
  CHECK(range->last.v4() - range->first.v4() + 1 == count);
}

TEST_CASE("ranges are read in every form and written in the shortest") {
  CHECK(shown("192.0.2.1") == "192.0.2.1");
  CHECK(shown(" 192.0.2.1 - 192.0.2.9 ") == "192.0.2.1-192.0.2.9");
  CHECK(shown("192.0.2.77/24") == "192.0.2.0/24");
  CHECK(shown("192.0.2.0-192.0.2.255") == "192.0.2.0/24");
  CHECK(shown("192.0.2.1/32") == "192.0.2.1");
  CHECK(shown("0.0.0.0/0") == "0.0.0.0/0");
  CHECK(shown("2001:DB8::1") == "2001:db8::1");
  CHECK(shown("2001:db8::1/64") == "2001:db8::/64");
  CHECK(shown("::/0") == "::/0");
  CHECK(shown("2001:db8::1-2001:db8::3") == "2001:db8::1-2001:db8::3");
}

TEST_CASE("what is no address, range or CIDR is refused") {
  for (const auto* text : {"",
                           " ",
                           "192.0.2",
                           "192.0.2.256",
                           "192.0.2.1.",
                           "192.0.2.0/33",
                           "192.0.2.0/",
                           "192.0.2.0/-1",
                           "192.0.2.0/24/24",
                           "/24",
                           "2001:db8::/129",
                           "2001:db8::g",
                           "192.0.2.9-192.0.2.1",
                           "2001:db8::9-2001:db8::1",
                           "192.0.2.1-2001:db8::1",
                           "192.0.2.1-",
                           "-192.0.2.1",
                           "192.0.2.1-192.0.2.2-192.0.2.3",
                           "host.example.com",
                           "192.0.2.0/2 4"}) {
    CAPTURE(text);
    const auto range = parse_address_range(text);
    REQUIRE_FALSE(range);
    CHECK(range.error().code == Error::Code::invalid_input);
  }
}

TEST_CASE("an address with a NUL inside is not cut there") {
  CHECK_FALSE(parse_ip_address(std::string_view("192.0.2.1\0x", 11)));
  CHECK_FALSE(parse_address_range(std::string_view("192.0.2.1\0x", 11)));
}

TEST_CASE("a reversed range and mixed families say so") {
  CHECK(parse_address_range("192.0.2.9-192.0.2.1").error().message ==
        "'192.0.2.9-192.0.2.1' ends before it begins");
  CHECK(parse_address_range("192.0.2.1-::1").error().message ==
        "'192.0.2.1-::1' mixes IPv4 and IPv6");
}

TEST_CASE("IPv4 addresses are held mapped into IPv6 and know it") {
  const auto v4 = parse_ip_address("192.0.2.1");
  REQUIRE(v4);
  CHECK(v4->is_v4());
  CHECK(v4->v4() == 0xc0000201);
  CHECK(*v4 == IpAddress::from_v4(0xc0000201));
  CHECK_FALSE(parse_ip_address("2001:db8::1")->is_v4());
  CHECK_FALSE(parse_ip_address("::")->is_v4());
}

TEST_CASE("random ranges come back from their text") {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    IpAddress a;
    IpAddress b;
    if (round % 2 == 0) {
      a = IpAddress::from_v4(static_cast<std::uint32_t>(random()));
      b = IpAddress::from_v4(static_cast<std::uint32_t>(random()));
    } else {
      for (auto& byte : a.bytes) byte = static_cast<std::uint8_t>(random());
      for (auto& byte : b.bytes) byte = static_cast<std::uint8_t>(random());
    }
    const AddressRange range = a < b ? AddressRange{a, b} : AddressRange{b, a};
    const auto text = to_string(range);
    CAPTURE(text);
    const auto again = parse_address_range(text);
    REQUIRE(again);
    CHECK(*again == range);
  }
}

TEST_CASE("a CIDR contains exactly the addresses that share its prefix") {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    const auto base = static_cast<std::uint32_t>(random());
    const unsigned prefix = static_cast<unsigned>(random() % 33);
    const auto range =
        parse_address_range(to_string(IpAddress::from_v4(base)) + "/" + std::to_string(prefix));
    REQUIRE(range);
    const std::uint32_t probe = base ^ (1U << (random() % 32));
    const bool shares = prefix == 0 || (probe ^ base) >> (32 - prefix) == 0;
    CAPTURE(base, prefix, probe);
    CHECK(range->contains(IpAddress::from_v4(base)));
    CHECK(range->contains(IpAddress::from_v4(probe)) == shares);
  }
}

TEST_CASE("MAC addresses are read with colons or hyphens in either case") {
  CHECK(to_string(*parse_mac_address("12:34:56:78:90:AB")) == "12:34:56:78:90:ab");
  CHECK(to_string(*parse_mac_address("12-34-56-78-90-ab")) == "12:34:56:78:90:ab");
  for (const auto* text : {"", "12:34:56:78:90", "12:34:56:78:90:ag", "1234567890ab",
                           "12:34:56:78:90:ab:cd", "12.34.56.78.90.ab", "12:34:56:78:90:a "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_mac_address(text));
  }
}

}  // namespace
}  // namespace sekisho
