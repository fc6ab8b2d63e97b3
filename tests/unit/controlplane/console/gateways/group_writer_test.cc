#include "controlplane/console/gateways/group_writer.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "console_support/test_database.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

GroupWriter::Item insert_tenant(const std::string& id, std::atomic<int>& done,
                                std::atomic<int>& failed) {
  return {id, 1,
          [id](GroupTransaction& transaction) {
            transaction.session << "INSERT INTO tenants (id, name, created_at) VALUES "
                                   "(:id, :name, 0)",
                soci::use(id), soci::use(id);
          },
          [&](const std::exception_ptr& problem) { ++(problem ? failed : done); }};
}

int count_tenants(Database& database) {
  return database.read([](Database::Session& session) {
    int count = 0;
    session << "SELECT COUNT(*) FROM tenants", soci::into(count);
    return count;
  });
}

}  // namespace

TEST_CASE("one write that fails takes no other with it") {
  tests::TestDatabase database(GENERATE(from_range(tests::backends_here())));
  std::atomic<int> done{0}, failed{0};
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  {
    GroupWriter writer(database.get());
    // All that is submitted meanwhile is one group.
    writer.submit(
        {"", 0, [&](GroupTransaction&) { opened.wait(); }, [](const std::exception_ptr&) {}});
    for (int i = 0; i < 10; ++i) {
      writer.submit(insert_tenant(std::to_string(i), done, failed));
      writer.submit(insert_tenant(std::to_string(i), done, failed));  // there already
    }
    gate.set_value();
  }
  CHECK(done == 10);
  CHECK(failed == 10);
  CHECK(count_tenants(database.get()) == 10);
}

TEST_CASE("when too much waits there is no room until it is written") {
  tests::TestDatabase database(Backend::sqlite);
  std::promise<void> gate, resumed;
  const auto opened = gate.get_future().share();
  GroupWriter writer(database.get());
  CHECK(writer.has_room([] {}));
  writer.submit({"", GroupWriter::kMaxQueuedBytes, [&](GroupTransaction&) { opened.wait(); },
                 [](const std::exception_ptr&) {}});
  CHECK_FALSE(writer.has_room([&] { resumed.set_value(); }));
  auto later = resumed.get_future();
  CHECK(later.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout);
  gate.set_value();
  CHECK(later.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(writer.has_room([] {}));
}
