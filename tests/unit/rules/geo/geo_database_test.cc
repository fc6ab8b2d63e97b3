#include "rules/geo/geo_database.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "mmdb_builder.h"

using namespace sekisho;
using namespace sekisho::rules;
using sekisho::tests::MmdbBuilder;
using Field = MmdbBuilder::Field;

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "geo-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_.string(); }
  std::string write(const char* name, const std::string& content) const {
    const auto file = path_ / name;
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

/// "192.0.2.0/24 JP" a line.
std::vector<std::string> listed(const GeoDatabase& database) {
  const auto entries = database.entries();
  REQUIRE(entries);
  std::vector<std::string> lines;
  for (const auto& entry : *entries)
    lines.push_back(to_string(entry.range) + " " + static_cast<char>(entry.country >> 8) +
                    static_cast<char>(entry.country & 0xff));
  return lines;
}

IpAddress ip(std::string_view text) { return *parse_ip_address(text); }

void add_samples(MmdbBuilder& builder, bool v4, bool v6) {
  if (v4) {
    builder.insert("192.0.2.0/24", "JP");
    builder.insert("198.51.100.0/25", "US", Field::nested);
    builder.insert("198.51.100.128/25", "US", Field::flat);  // joins its neighbour
    builder.insert("203.0.113.0/24", "", Field::absent);
  }
  if (v6) {
    builder.insert("2001:db8:1::/48", "JP");
    builder.insert("2001:db8:2::/48", "KP", Field::nested);
  }
}

const std::vector<std::string> kV4Lines{"192.0.2.0/24 JP", "198.51.100.0/24 US"};
const std::vector<std::string> kV6Lines{"2001:db8:1::/48 JP", "2001:db8:2::/48 KP"};

std::vector<std::string> both() {
  auto lines = kV4Lines;
  lines.insert(lines.end(), kV6Lines.begin(), kV6Lines.end());
  return lines;
}

}  // namespace

TEST_CASE("countries are read from files of either family and every record size") {
  const auto record_bits = GENERATE(24U, 28U, 32U);
  CAPTURE(record_bits);
  const TemporaryFolder folder;
  MmdbBuilder v4(4, record_bits), v6(6, record_bits);
  add_samples(v4, true, false);
  add_samples(v6, true, true);

  const auto small = GeoDatabase::open(folder.write("v4.mmdb", v4.build()));
  REQUIRE(small);
  CHECK(listed(*small) == kV4Lines);
  CHECK(small->country_of(ip("192.0.2.255")) == "JP");
  CHECK(small->country_of(ip("198.51.100.200")) == "US");
  CHECK(small->country_of(ip("203.0.113.1")).empty());
  CHECK(small->country_of(ip("192.0.3.0")).empty());
  CHECK(small->country_of(ip("2001:db8:1::1")).empty());

  const auto large = GeoDatabase::open(folder.write("v6.mmdb", v6.build()));
  REQUIRE(large);
  CHECK(listed(*large) == both());
  CHECK(large->country_of(ip("192.0.2.1")) == "JP");
  CHECK(large->country_of(ip("2001:db8:2:ffff::1")) == "KP");
  CHECK(large->country_of(ip("2001:db8:3::")).empty());
}

TEST_CASE("aliases of the IPv4 part are not listed again") {
  const TemporaryFolder folder;
  MmdbBuilder builder(6, 28);
  add_samples(builder, true, true);
  builder.alias_v4(IpAddress::from_v4(0), 96);
  builder.alias_v4(ip("2002::"), 16);
  builder.alias_v4(ip("2001::"), 32);
  const auto database = GeoDatabase::open(folder.write("v6.mmdb", builder.build()));
  REQUIRE(database);
  CHECK(listed(*database) == both());
}

TEST_CASE("a folder holds the halves of one database") {
  const TemporaryFolder folder;
  MmdbBuilder v4(4, 24), v6(6, 24);
  add_samples(v4, true, false);
  add_samples(v6, true, true);
  v6.insert("192.0.2.0/24", "US");  // the v4 file knows better
  folder.write("a-v6.mmdb", v6.build());
  folder.write("b-v4.mmdb", v4.build());
  folder.write("README.txt", "not a database");
  const auto database = GeoDatabase::open(folder.path());
  REQUIRE(database);
  CHECK(listed(*database) == both());
  CHECK(database->country_of(ip("192.0.2.1")) == "JP");
  CHECK(database->country_of(ip("2001:db8:1::1")) == "JP");

  folder.write("c-v4.mmdb", v4.build());
  const auto twice = GeoDatabase::open(folder.path());
  REQUIRE_FALSE(twice);
  CHECK_THAT(twice.error().message, Catch::Contains("a second database for IPv4"));
}

TEST_CASE("ranges at the ends of the address space are whole") {
  const TemporaryFolder folder;
  MmdbBuilder builder(6, 24);
  builder.insert("0.0.0.0/1", "JP");
  builder.insert("128.0.0.0/1", "JP");
  builder.insert("8000::/1", "US");
  const auto database = GeoDatabase::open(folder.write("v6.mmdb", builder.build()));
  REQUIRE(database);
  CHECK(listed(*database) == std::vector<std::string>{"0.0.0.0/0 JP", "8000::/1 US"});
}

TEST_CASE("a range above the IPv4 part is IPv4's too, and leaves it its place in the order") {
  const TemporaryFolder folder;
  MmdbBuilder builder(6, 24);
  builder.insert(ip("::"), 8, "JP");
  const auto database = GeoDatabase::open(folder.write("v6.mmdb", builder.build()));
  REQUIRE(database);
  CHECK(listed(*database) ==
        std::vector<std::string>{"::-::fffe:ffff:ffff JP", "0.0.0.0/0 JP",
                                 "::1:0:0:0-ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff JP"});
  CHECK(database->country_of(ip("192.0.2.1")) == "JP");
}

TEST_CASE("the lab's file names the documentation networks") {
  const auto database = GeoDatabase::open(SEKISHO_GEO_TEST_FILE);
  REQUIRE(database);
  CHECK(listed(*database) == std::vector<std::string>{"192.0.2.0/24 JP", "198.51.100.0/24 US",
                                                      "203.0.113.0/24 KP", "2001:db8:1::/48 JP",
                                                      "2001:db8:2::/48 KP", "2001:db8:3::/48 US"});
}

TEST_CASE("what cannot be opened says why") {
  const TemporaryFolder folder;
  const auto missing = GeoDatabase::open(folder.path() + "/none.mmdb");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Error::Code::not_found);
  const auto empty = GeoDatabase::open(folder.path());
  REQUIRE_FALSE(empty);
  CHECK_THAT(empty.error().message, Catch::Contains("no *.mmdb file"));
  CHECK_FALSE(GeoDatabase::open(folder.write("text.mmdb", "not a database")));
  CHECK_FALSE(GeoDatabase::open(folder.write("nothing.mmdb", "")));
}

TEST_CASE("a tree with a circle or a shared node is an error, not a loop") {
  const TemporaryFolder folder;
  MmdbBuilder circle(4, 24);
  add_samples(circle, true, false);
  circle.set_raw(2, 0, 1);  // back up
  const auto first = GeoDatabase::open(folder.write("circle.mmdb", circle.build()));
  REQUIRE(first);
  CHECK_THAT(first->entries().error().message,
             Catch::Contains("more than one way") || Catch::Contains("deeper than an address"));

  MmdbBuilder doubled(4, 24);  // each node's two sides lead to the same node: 2^30 ways down
  doubled.insert("192.0.2.0/32", "JP");
  for (unsigned node = 0; node < 30; ++node) {
    doubled.set_raw(node, 0, node + 1);
    doubled.set_raw(node, 1, node + 1);
  }
  const auto second = GeoDatabase::open(folder.write("doubled.mmdb", doubled.build()));
  REQUIRE(second);
  CHECK_THAT(second->entries().error().message, Catch::Contains("more than one way"));
}

TEST_CASE("a damaged file gives an error or other countries, never a crash") {
  const TemporaryFolder folder;
  MmdbBuilder builder(6, 24);
  add_samples(builder, true, true);
  const auto good = builder.build();
  std::mt19937 random(3);
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    auto bad = good;
    for (auto changes = 1 + random() % 4; changes > 0; --changes)
      bad[random() % bad.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bad.resize(random() % bad.size());
    const auto database = GeoDatabase::open(folder.write("bad.mmdb", bad));
    if (!database || !database->entries()) {
      ++refused;
      continue;
    }
    database->country_of(ip("192.0.2.1"));
    database->country_of(ip("2001:db8:1::1"));
  }
  CHECK(refused > 100);
}

TEST_CASE("entries agree with single look-ups on random databases") {
  const TemporaryFolder folder;
  std::mt19937 random(11);
  const char* const countries[] = {"JP", "US", "KP", "DE"};
  for (int round = 0; round < 30; ++round) {
    MmdbBuilder builder(6, 28);
    std::vector<IpAddress> probes;
    std::vector<std::pair<unsigned, IpAddress>> chosen;
    for (int i = 0; i < 60; ++i) {
      const bool v4 = random() % 2 == 0;
      auto address = v4 ? IpAddress::from_v4(static_cast<std::uint32_t>(random() & 0x0300ffff))
                        : ip("2001:db8::");
      if (!v4) address.bytes[5] = static_cast<std::uint8_t>(random() % 8);
      chosen.emplace_back((v4 ? 96 : 32) + 1 + random() % 32, address);
    }
    std::sort(chosen.begin(), chosen.end());
    for (const auto& [bits, address] : chosen) {
      builder.insert(address, bits, countries[random() % 4]);
      probes.push_back(address);
    }
    builder.alias_v4(IpAddress::from_v4(0), 96);
    const auto database = GeoDatabase::open(folder.write("random.mmdb", builder.build()));
    REQUIRE(database);
    const auto entries = database->entries();
    REQUIRE(entries);
    for (std::size_t i = 1; i < entries->size(); ++i)
      REQUIRE((*entries)[i - 1].range.last < (*entries)[i].range.first);
    for (const auto& entry : *entries) {
      probes.push_back(entry.range.first);
      probes.push_back(entry.range.last);
    }
    for (const auto& probe : probes) {
      std::string expected;
      for (const auto& entry : *entries)
        if (entry.range.contains(probe))
          expected = {static_cast<char>(entry.country >> 8),
                      static_cast<char>(entry.country & 0xff)};
      CAPTURE(to_string(probe));
      REQUIRE(database->country_of(probe) == expected);
    }
  }
}

TEST_CASE("one release of the data is told from another") {
  const TemporaryFolder folder;
  const auto edition_of = [&folder](const char* network) {
    MmdbBuilder builder(4, 24);
    builder.insert(network, "JP");
    const auto database = GeoDatabase::open(folder.write("one.mmdb", builder.build()));
    REQUIRE(database);
    return database->edition();
  };
  const auto first = edition_of("192.0.2.0/24");
  CHECK(first == edition_of("192.0.2.0/24"));
  CHECK(first != edition_of("192.0.2.0/25"));
}
