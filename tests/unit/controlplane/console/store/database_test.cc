#include "controlplane/console/store/database.h"

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <vector>

#include "controlplane/console/store/notices.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

class Scratch {
 public:
  Scratch() {
    std::string name = std::filesystem::temp_directory_path() / "sekisho_store_XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string where() const { return "sqlite:" + folder_ + "/console.db"; }

 private:
  std::string folder_;
};

int count_tenants(Database& database) {
  return database.read([](Database::Session& session) {
    int count = 0;
    session << "SELECT COUNT(*) FROM tenants", soci::into(count);
    return count;
  });
}

void add_tenant(Database& database, const std::string& id) {
  database.write([&](Database::Session& session) {
    session << "INSERT INTO tenants (id, name, created_at) VALUES (:id, :name, 0)", soci::use(id),
        soci::use(id);
  });
}

}  // namespace

TEST_CASE("a new database gets its tables and keeps what is written") {
  const Scratch scratch;
  {
    auto database = *Database::open(scratch.where());
    CHECK(database->backend() == Backend::sqlite);
    add_tenant(*database, "a");
  }
  CHECK(count_tenants(**Database::open(scratch.where())) == 1);
}

TEST_CASE("what is no database is refused with the reason") {
  CHECK_FALSE(Database::open("mysql://x"));
  const auto missing = Database::open("sqlite:/nonexistent/folder/console.db");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Error::Code::io);
}

TEST_CASE("tables of a newer console are refused and left alone") {
  const Scratch scratch;
  auto database = *Database::open(scratch.where());
  database->write(
      [](Database::Session& session) { session << "UPDATE schema_version SET version = 1000"; });
  const auto refused = Database::open(scratch.where());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Error::Code::version);
}

TEST_CASE("a write that throws leaves nothing behind") {
  const Scratch scratch;
  auto database = *Database::open(scratch.where());
  CHECK_THROWS_AS(database->write([](Database::Session& session) {
    session << "INSERT INTO tenants (id, name, created_at) VALUES ('a', 'a', 0)";
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  CHECK(count_tenants(*database) == 0);
}

TEST_CASE("writers of many threads wait for each other") {
  const Scratch scratch;
  auto database = *Database::open(scratch.where());
  add_tenant(*database, "a");
  constexpr int kThreads = 6, kRounds = 20;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < kRounds; ++i)
          database->write([](Database::Session& session) {
            long long version = 0;
            session << "SELECT delivered_version FROM tenants WHERE id = 'a'", soci::into(version);
            ++version;
            session << "UPDATE tenants SET delivered_version = :v WHERE id = 'a'",
                soci::use(version);
          });
      });
  }
  CHECK(database->read([](Database::Session& session) {
    long long version = 0;
    session << "SELECT delivered_version FROM tenants WHERE id = 'a'", soci::into(version);
    return version;
  }) == kThreads * kRounds);
}

TEST_CASE("a notice reaches every reader, of another console too") {
  const Scratch scratch;
  auto here = *Database::open(scratch.where());
  auto there = *Database::open(scratch.where());
  NoticeReader first(*here);
  NoticeReader second(*there);
  here->write([](Database::Session& session) {
    notify_gateway(session, "gateway");
    notify_gateway(session, "gateway");
  });
  CHECK(first.poll() == std::vector<std::string>{"gateway"});
  CHECK(second.poll() == std::vector<std::string>{"gateway"});
  CHECK(first.poll().empty());  // once
  here->write([](Database::Session& session) {
    notify_gateways(session, {"a", "gateway", "b", "a"});
  });
  CHECK(first.poll() == std::vector<std::string>{"a", "b", "gateway"});
}

TEST_CASE("several consoles may make the same new database at once") {
  constexpr int kConsoles = 4;
  for (int round = 0; round < 5; ++round) {
    const Scratch scratch;
    std::array<std::string, kConsoles> problems;
    {
      std::vector<std::jthread> threads;
      for (auto& problem : problems)
        threads.emplace_back([&] {
          if (const auto opened = Database::open(scratch.where()); !opened)
            problem = opened.error().message;
        });
    }
    CHECK(problems == std::array<std::string, kConsoles>{});
  }
}

TEST_CASE("a write that another process keeps out is given up in seconds, and the next one works") {
  const Scratch scratch;
  const auto ours = std::move(*Database::open(scratch.where()));
  const auto theirs = std::move(*Database::open(scratch.where()));
  const auto began = std::chrono::steady_clock::now();
  theirs->write([&](Database::Session&) {
    CHECK_THROWS_WITH(add_tenant(*ours, "a"), Catch::Contains("locked"));
  });
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
  add_tenant(*ours, "b");
  CHECK(count_tenants(*ours) == 1);
}
