#include "engines/callback/tunnel_detector.h"

#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>

using namespace sekisho;
using namespace sekisho::engines::callback;

namespace {

const IpAddress kHost = *parse_ip_address("10.0.0.5");
constexpr std::uint16_t kA = 1, kTxt = 16, kNull = 10;

std::string letters(std::mt19937_64& random, std::size_t count) {
  constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text(count, ' ');
  for (char& c : text) c = kBase32[random() % kBase32.size()];
  return text;
}

unsigned findings(TunnelDetector& detector, unsigned queries, std::uint16_t type,
                  const std::function<std::string(unsigned)>& name, std::uint32_t answer = 0) {
  unsigned found = 0;
  for (unsigned i = 0; i < queries; ++i) {
    const auto asked = name(i);
    found += detector.add_query(kHost, asked, type, Sensitivity::medium, 50 + i / 20).has_value();
    detector.add_answer(kHost, asked, answer, 50 + i / 20);
  }
  return found;
}

}  // namespace

TEST_CASE("data in names is told once, as iodine and dnscat2 carry it") {
  std::mt19937_64 random(1);
  TunnelDetector detector(1);
  const auto upload = [&](unsigned) {
    return letters(random, 60) + "." + letters(random, 50) + ".t.evil.example";
  };
  CHECK(findings(detector, 200, kA, upload) == 1);
  CHECK(detector.is_suspect(kHost, "x.t.evil.example", 60));
  CHECK_FALSE(detector.is_suspect(kHost, "x.other.example", 60));
  CHECK_FALSE(detector.is_suspect(kHost, "x.t.evil.example", 600));
}

TEST_CASE("names without a top-level domain are of one tunnel") {
  std::mt19937_64 random(9);
  TunnelDetector detector(9);
  const auto direct = [&](unsigned i) {
    return "dnscat." + letters(random, 40) + "." + letters(random, 20) + std::to_string(i);
  };
  CHECK(findings(detector, 100, kTxt, direct, 60) == 1);
}

TEST_CASE("data in answers of NULL and TXT is told, though the names are short") {
  std::mt19937_64 random(2);
  TunnelDetector detector(2);
  const auto poll = [&](unsigned) { return letters(random, 14) + ".t.evil.example"; };
  CHECK(findings(detector, 100, kNull, poll, 800) == 1);
  TunnelDetector quiet(3);
  CHECK(findings(quiet, 100, kTxt, poll, 20) == 0);
}

TEST_CASE("clouds, reverse names, block lists and anti-virus look-ups are no tunnels") {
  std::mt19937_64 random(3);
  TunnelDetector detector(4);
  const auto n = [](unsigned i) { return std::to_string(i); };
  CHECK(findings(detector, 300, kA, [&](unsigned i) {
          return "ec2-" + n(i) + "-" + n(i % 9) + ".region.cloud.example";
        }) == 0);
  CHECK(findings(detector, 300, 12, [&](unsigned i) {
          return n(i % 256) + "." + n(i / 256) + ".2.0.192.in-addr.arpa";
        }) == 0);
  CHECK(findings(detector, 300, kA,
                 [&](unsigned) { return letters(random, 52) + ".avqs.mcafee.com"; }) == 0);
  CHECK(findings(
            detector, 300, kTxt, [&](unsigned i) { return n(i) + ".2.0.192.zen.spamhaus.org"; },
            200) == 0);
  CHECK(findings(detector, 300, kA, [&](unsigned) {
          return std::string("the-same-very-long-name-of-a-cdn-edge-5f3a9c.cdn.example");
        }) == 0);
  CHECK(findings(detector, 20, kA,
                 [&](unsigned) { return letters(random, 60) + ".few.example"; }) == 0);
}

TEST_CASE("a slow trickle is below what is told") {
  std::mt19937_64 random(4);
  TunnelDetector detector(5);
  for (std::uint32_t i = 0; i < 500; ++i)
    CHECK_FALSE(detector.add_query(kHost, letters(random, 50) + ".slow.example", kA,
                                   Sensitivity::medium, i * 10));
}

TEST_CASE("names of any bytes and lengths are read") {
  TunnelDetector detector(6);
  std::string odd = "\xff\x01.x";
  for (std::size_t size = 0; size < 300; ++size) {
    detector.add_query(kHost, std::string(size, '.') + odd, kA, Sensitivity::high, 1);
    detector.add_answer(kHost, std::string(size, '.'), 1, 1);
  }
  CHECK_FALSE(detector.is_suspect(kHost, "", 1));
}
