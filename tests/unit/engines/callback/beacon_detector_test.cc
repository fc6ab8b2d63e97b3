#include "engines/callback/beacon_detector.h"

#include <catch2/catch.hpp>
#include <random>

using namespace sekisho;
using namespace sekisho::engines::callback;

namespace {

BeaconPeer peer(std::uint32_t client = 0x0a000005, std::uint16_t port = 443,
                std::string_view name = {}) {
  return {.client = IpAddress::from_v4(client),
          .server = IpAddress::from_v4(0xC6336407),
          .name = name,
          .port = port,
          .ip_protocol = 6};
}

struct Beacon {
  double period_s = 60, jitter = 0.3;
  std::uint64_t bytes = 900;
};

/// How many calls until it is told; 0: not within `most`.
unsigned calls_until_found(const Beacon& beacon, std::uint64_t seed, unsigned most,
                           Sensitivity sensitivity = Sensitivity::medium) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> spread(1 - beacon.jitter, 1 + beacon.jitter);
  std::uniform_real_distribution<double> padding(0.9, 1.1);
  BeaconDetector detector(seed);
  double at_s = 1000;
  for (unsigned i = 1; i <= most; ++i) {
    const auto bytes =
        static_cast<std::uint64_t>(static_cast<double>(beacon.bytes) * padding(random));
    if (detector.add_call(peer(), static_cast<std::uint64_t>(at_s * 1000), bytes, sensitivity))
      return i;
    at_s += beacon.period_s * spread(random);
  }
  return 0;
}

}  // namespace

TEST_CASE("a beacon with 30 % jitter is found within ten periods") {
  const double period = GENERATE(8.0, 30.0, 60.0, 300.0, 3600.0);
  CAPTURE(period);
  unsigned found = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed)
    found += calls_until_found({.period_s = period}, seed, 11) != 0;
  CHECK(found >= 190);
}

TEST_CASE("a beacon that misses a period, or sends a result once, is found all the same") {
  BeaconDetector detector(1);
  std::uint64_t at_ms = 5000;
  std::optional<BeaconFinding> found;
  for (unsigned i = 0; i < 11; ++i) {
    at_ms += i == 4 ? 120'000 : 60'000;
    const auto now = detector.add_call(peer(), at_ms, i == 6 ? 90'000 : 700, Sensitivity::medium);
    if (now) found = now;
  }
  REQUIRE(found);
  CHECK(found->period_ms == 60'000);
  CHECK(found->bytes == 700);
  CHECK(found->confidence >= 90);
}

TEST_CASE("calls as people cause them are not taken for a beacon") {
  std::mt19937_64 random(11);
  std::exponential_distribution<double> gap(1 / 60.0);
  unsigned alarms = 0;
  for (std::uint64_t series = 0; series < 400; ++series) {
    BeaconDetector detector(series);
    double at_s = 10;
    for (unsigned i = 0; i < 50; ++i) {
      at_s += gap(random);
      alarms +=
          detector
              .add_call(peer(), static_cast<std::uint64_t>(at_s * 1000), 800, Sensitivity::medium)
              .has_value();
    }
  }
  CHECK(alarms <= 10);  // of 20,000 calls of the same size each
}

TEST_CASE("calls at an even pace that each carry something else are no beacon") {
  std::mt19937_64 random(13);
  BeaconDetector detector(1);
  unsigned alarms = 0;
  for (std::uint64_t i = 1; i < 200; ++i)
    alarms += detector.add_call(peer(), i * 30'000, 500 + random() % 100'000, Sensitivity::medium)
                  .has_value();
  CHECK(alarms == 0);
}

TEST_CASE("periodic services and servers of many clients are left alone") {
  BeaconDetector detector(1);
  for (std::uint64_t i = 1; i < 30; ++i) {
    auto ntp = peer(0x0a000005, 123);
    ntp.ip_protocol = 17;
    CHECK_FALSE(detector.add_call(ntp, i * 64'000, 90, Sensitivity::high));
    // Four hosts ask the same server for news every minute; after the first ones it is known.
    for (std::uint32_t host = 1; host <= 4; ++host)
      CHECK_FALSE(detector.add_call(peer(0x0a000100 + host, 443, "push.example"),
                                    i * 60'000 + host * 700, 300, Sensitivity::medium));
  }
}

TEST_CASE("connections of one page count as one call, and findings are not repeated") {
  BeaconDetector detector(1);
  unsigned found = 0;
  for (std::uint64_t i = 1; i <= 60; ++i)
    for (std::uint64_t connection = 0; connection < 3; ++connection)
      found += detector.add_call(peer(), i * 20'000 + connection * 200, 400, Sensitivity::medium)
                   .has_value();
  CHECK(found == 1);
  CHECK(detector.is_suspect(peer(), 60 * 20'000));
  CHECK_FALSE(detector.is_suspect(peer(0x0a000006), 60 * 20'000));
  CHECK_FALSE(detector.is_suspect(peer(), 10'000'000));
}

TEST_CASE("more sensitivity wants fewer calls") {
  CHECK(calls_until_found({.jitter = 0.1}, 1, 40, Sensitivity::high) == 8);
  CHECK(calls_until_found({.jitter = 0.1}, 1, 40, Sensitivity::medium) == 11);
  CHECK(calls_until_found({.jitter = 0.1}, 1, 40, Sensitivity::low) == 21);
}

TEST_CASE("more peers than there is room for displace others and nothing else") {
  BeaconDetector detector(1);
  for (std::uint32_t round = 0; round < 3; ++round)
    for (std::uint32_t host = 0; host < 3 * BeaconDetector::kPeers; ++host)
      detector.add_call(peer(host), 1000 + round * 60'000, 1, Sensitivity::high);
  CHECK_FALSE(detector.is_suspect(peer(1), 200'000));
}
