#include <catch2/catch.hpp>
#include <string>

#include "office.h"

using namespace sekisho;
using namespace sekisho::console;

TEST_CASE("events that are old enough are deleted, others stay") {
  tests::TestDatabase database(GENERATE(from_range(tests::backends_here())));
  constexpr std::int64_t kDayMs = 24 * 3'600'000;
  constexpr int kOld = 4'500;  // more than one step
  database.get().write([&](Database::Session& session) {
    std::int64_t time = 0;
    soci::statement insert =
        (session.prepare << "INSERT INTO events (tenant, gateway, time, type, action, rule, "
                            "version, source, source_port, destination, destination_port, "
                            "protocol, application, eve) VALUES ('t', 1, :time, 'flow', '', '', 0, "
                            "'', 0, '', 0, '', '', '{}')",
         soci::use(time));
    for (int i = 0; i < kOld + 100; ++i) {
      time = unix_ms() - (i < kOld ? 63 : 61) * kDayMs;
      insert.execute(true);
    }
  });
  const tests::Console console(database.where(), database.scratch().file("master.key"));
  long long left = 0;
  for (int i = 0; i < 500 && left != 100; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    database.get().read([&](Database::Session& session) {
      session << "SELECT COUNT(*) FROM events", soci::into(left);
    });
  }
  CHECK(left == 100);
}
