#include "controlplane/agent/bandwidth_collector.h"

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <sstream>
#include <thread>

#include "config/base/message_socket.h"
#include "controlplane/bandwidth/account_event.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

/// A dataplane that gives the readings it is told, as the real one does: again until acknowledged.
class Readings {
 public:
  explicit Readings(std::string path) : listener_(std::move(*listen_unix(path))) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        pollfd ready{listener_.get(), POLLIN, 0};
        if (poll(&ready, 1, 20) <= 0) continue;
        const FileDescriptor connection(accept(listener_.get(), nullptr, nullptr));
        auto request = receive_message(connection.get(), 1 << 20, std::chrono::seconds(2));
        if (!request) continue;
        const auto reply = answer(json::parse(request->body)).dump();
        if (!lose_replies) (void)send_message(connection.get(), reply, -1, std::chrono::seconds(2));
      }
    });
  }

  std::atomic<std::uint64_t> bytes{0};  // counted since the last reading
  std::atomic<bool> lose_replies{false};

 private:
  json answer(const json& request) {
    const auto known =
        request["boot_id"] == "17" ? request["acknowledged"].get<std::uint64_t>() : 0;
    const bool again = number_ != 0 && number_ != known;
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    if (!again) {
      ++number_;
      reading_ = {{"ok", true},
                  {"boot_id", "17"},
                  {"number", number_},
                  {"begin", now - 1},
                  {"end", now},
                  {"rows",
                   {{{"address", "192.0.2.1"},
                     {"user", 5},
                     {"application", 6},
                     {"category", 0},
                     {"traffic", {bytes.exchange(0), 0, 1, 0}}}}},
                  {"rest", {1, 2, 3, 4}},
                  {"displaced", 0}};
    }
    reading_["again"] = again;
    return reading_;
  }

  FileDescriptor listener_;
  std::uint64_t number_ = 0;
  json reading_;
  std::jthread thread_;
};

struct Box {
  ScratchFolder folder;
  DiskFiles disk;
  Readings readings{folder.file("dataplane.sock")};
  DataplaneClient client{folder.file("dataplane.sock")};
  EventLog log{
      std::move(*EveFile::open(folder.file("eve.json"), {1'000'000, std::chrono::hours(24), 3}))};

  Box() { std::filesystem::create_directory(folder.file("bandwidth")); }
  BandwidthCollector collector() {
    return {client,
            AccountStore(folder.file("bandwidth"), disk, {}, {}),
            log,
            {.user = [](std::uint32_t id) { return "user " + std::to_string(id); },
             .application = [](std::uint16_t id) { return "application " + std::to_string(id); },
             .category = [](std::uint16_t) { return std::string(); }}};
  }
};

TEST_CASE("what the dataplane counted is named, kept, told, and counted once") {
  Box box;
  box.readings.bytes = 100;
  {
    BandwidthCollector collector(box.collector());
    const auto top = collector.top("user", 3600, 10, {});
    REQUIRE(top);
    CHECK((*top)["rows"][0]["who"] == "user 5");
    CHECK((*top)["rows"][0]["bytes_out"] == 100);
    CHECK((*top)["rows"][1]["who"] == "");
    CHECK((*top)["total"]["bytes_out"] == 101);
    CHECK((*top)["rows"][0]["share"].get<double>() == Approx(100.0 / 103));
    CHECK((*collector.top("application", 3600, 1, {.user = "user 5"}))["total"]["bytes_out"] ==
          100);
    CHECK_FALSE(collector.top("shoe", 3600, 10, {}));
  }
  // A successor goes on; the reading whose reply is lost comes again.
  BandwidthCollector collector(box.collector());
  box.readings.bytes = 50;
  box.readings.lose_replies = true;
  CHECK((*collector.top("user", 3600, 10, {}))["rows"][0]["bytes_out"] == 100);
  box.readings.lose_replies = false;
  box.readings.bytes = 7;
  const auto top = *collector.top("user", 3600, 10, {});
  CHECK(top["rows"][0]["bytes_out"] == 157);
  std::istringstream lines(box.folder.read("eve.json"));
  std::uint64_t told = 0;
  for (std::string line; std::getline(lines, line);) {
    CHECK(json::parse(line)["event_type"] == "bandwidth");
    const auto account = account_in_event(line);
    REQUIRE(account);
    for (const auto& row : account->rows) told += row.traffic.bytes_out;
  }
  CHECK(told == 157 + 3);
}

TEST_CASE("a reading that was kept before a kill and not told is told by the next process") {
  Box box;
  {
    BandwidthCollector collector(box.collector());
    box.readings.bytes = 100;
    REQUIRE(collector.top("user", 3600, 10, {}));
  }
  const auto lines = [&box] {
    std::istringstream text(box.folder.read("eve.json"));
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  };
  REQUIRE(lines().size() == 1);
  // As if the process had ended before it noted that this was told.
  box.folder.write("bandwidth/told", "\n");
  BandwidthCollector collector(box.collector());
  box.readings.bytes = 7;
  REQUIRE(collector.top("user", 3600, 10, {}));
  REQUIRE(lines().size() == 3);
  CHECK(lines()[0] == lines()[1]);
  const auto again = account_in_event(lines()[1]);
  REQUIRE(again);
  CHECK(again->boot_id == "17");
  CHECK(again->number == 1);
  CHECK(account_in_event(lines()[2])->number == 2);
}

}  // namespace
}  // namespace sekisho::controlplane
