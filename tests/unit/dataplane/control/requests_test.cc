// Requests to a whole packet process whose two ports lead back to themselves.
#include <fcntl.h>
#include <rte_eal.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "config/log/process_log.h"
#include "dataplane/control/control_server.h"
#include "packets/packet_builder.h"
#include "worker_harness/worker_harness.h"

using namespace sekisho;
using namespace sekisho::dataplane;

namespace {

using Json = nlohmann::json;

constexpr std::string_view kPolicy = R"(
version: 1
rules:
  - {name: no web, action: block, services: [tcp/80]}
  - {name: rest, action: allow}
)";

std::vector<std::uint32_t> cores_of_this_process() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<std::uint32_t> cores;
  for (std::uint32_t core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

/// The one packet process of this program: DPDK starts once.
class Process {
 public:
  static Process& get() {
    static Process process;
    return process;
  }
  Json ask(const Json& request) { return ask_text(request.dump()); }
  Json ask_text(const std::string& text) {
    Message message{.body = text, .attached = {}};
    return Json::parse(answer_request(*dataplane_, message, socket_.get()));
  }
  /// The file rides along.
  Json ask_with_file(const Json& request, const std::string& path) {
    Message message{.body = request.dump(),
                    .attached = FileDescriptor(open(path.c_str(), O_WRONLY | O_CLOEXEC))};
    return Json::parse(answer_request(*dataplane_, message, socket_.get()));
  }
  Dataplane& dataplane() { return *dataplane_; }
  /// The message of a request that must fail.
  std::string refusal(const Json& request) {
    const auto reply = ask(request);
    REQUIRE(reply["ok"] == false);
    return reply["error"]["message"];
  }
  void load(std::string_view policy, std::uint32_t serial) {
    const auto path = write_file("policy", tests::compile_snapshot(policy));
    REQUIRE(ask({{"op", "policy.load"}, {"path", path}, {"serial", serial}})["ok"] == true);
  }
  /// The frame arrives at the LAN port: the ring that such a port is.
  void receive(const packets::Bytes& frame) {
    auto* ring = rte_ring_lookup("ETH_RXTX0_net_ring0");
    static auto* pool = rte_pktmbuf_pool_create("test", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
    REQUIRE(ring != nullptr);
    REQUIRE(pool != nullptr);
    auto* packet = rte_pktmbuf_alloc(pool);
    REQUIRE(packet != nullptr);
    std::copy(frame.begin(), frame.end(),
              reinterpret_cast<std::uint8_t*>(
                  rte_pktmbuf_append(packet, static_cast<std::uint16_t>(frame.size()))));
    REQUIRE(rte_ring_enqueue(ring, packet) == 0);
  }
  std::string write_file(const std::string& name, std::span<const std::byte> content) const {
    const auto path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
    return path;
  }

 private:
  Process() {
    folder_ = (std::filesystem::temp_directory_path() / "sekisho_control_XXXXXX").string();
    REQUIRE(mkdtemp(folder_.data()) != nullptr);
    const auto cores = cores_of_this_process();
    box::BoxConfig box;
    box.run_dir = box.state_dir = box.log_dir = folder_;
    box.ports = {{"lan0", "none", "vdev:net_ring0", policy::Side::lan, 0},
                 {"wan0", "none", "vdev:net_ring1", policy::Side::wan, 0}};
    box.control_core = cores.front();
    box.worker_cores = {cores.back()};
    box.huge_pages = false;
    box.memory_megabytes = 192;
    box.flow_capacity = 1024;
    box.idle_sleep_us = 50;
    auto arguments = Ports::eal_arguments(box);
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    REQUIRE(rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) >= 0);
    auto started = Dataplane::start(box);
    REQUIRE(started);
    dataplane_ = *std::move(started);
    std::array<int, 2> fds{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    socket_ = FileDescriptor(fds[0]);
    close(fds[1]);
    const auto loaded = ask({{"op", "policy.load"},
                             {"path", write_file("good", tests::compile_snapshot(kPolicy))},
                             {"serial", 5}});
    REQUIRE(loaded["ok"] == true);
  }
  ~Process() { std::filesystem::remove_all(folder_); }

  std::string folder_;
  FileDescriptor socket_;
  std::unique_ptr<Dataplane> dataplane_;
};

}  // namespace

TEST_CASE("whatever is wrong with a request is told in the reply, by field") {
  auto& process = Process::get();
  CHECK(process.ask_text("[1]")["error"]["message"] == "the request is not a JSON object");
  CHECK(process.ask_text("{\"op\":")["error"]["message"] == "the request is not a JSON object");
  struct Wrong {
    Json request;
    std::string message;
  };
  const std::vector<Wrong> wrong{
      {{{"op", 7}}, "'op' must be a string"},
      {{{"op", "reboot"}}, "no operation is called 'reboot'"},
      {{{"op", "flows"}, {"limit", -1}}, "'limit' must be a whole number from 0 to 10000"},
      {{{"op", "flows"}, {"filter", 1}}, "'filter' must be an object"},
      {{{"op", "flows"}, {"sort", "name"}}, "'sort' must be bytes, packets or recent"},
      {{{"op", "policy.load"}, {"serial", 1}}, "'path' and 'serial' are needed"},
      {{{"op", "explain"}}, "'source' and 'destination' are needed"},
      {{{"op", "explain"}, {"source", "::1"}, {"destination", "192.0.2.1"}},
       "'source' and 'destination' are of different families"},
      {{{"op", "capture"}}, "the output file must come as a descriptor"},
      {{{"op", "trace"}}, "'address' or 'mac' is needed"},
      {{{"op", "fqdn.learn"}, {"entries", {1}}}, "an entry must be an object"}};
  for (const auto& [request, message] : wrong) {
    CAPTURE(request.dump());
    CHECK(process.refusal(request) == message);
  }
}

TEST_CASE("users are bound to addresses, listed and released; what is wrong is told") {
  auto& process = Process::get();
  const Json bind{{"op", "users.bind"}, {"address", "192.0.2.7"}, {"user", "taro"}};
  auto with_groups = bind;
  with_groups["groups"] = {"sales", "board"};
  with_groups["seconds"] = 60;
  CHECK(process.ask(with_groups)["seconds"] == 60);
  const auto users = process.ask({{"op", "users.list"}})["users"];
  REQUIRE(users.size() == 1);
  CHECK(users[0]["user"] == "taro");
  CHECK(users[0]["groups"] == Json::array({"sales", "board"}));
  CHECK(users[0]["seconds_left"].get<int>() <= 60);
  CHECK(process.ask(bind)["seconds"] == 28800);  // in the place of the former
  CHECK(process.ask({{"op", "users.list"}})["users"][0]["groups"].empty());
  const auto refusal_with = [&](const char* field, const Json& value) {
    auto request = bind;
    request[field] = value;
    return process.refusal(request);
  };
  CHECK_FALSE(refusal_with("groups", "sales").empty());
  CHECK_FALSE(refusal_with("groups", Json::array({1})).empty());
  CHECK_FALSE(refusal_with("groups", Json::array({"1", "2", "3", "4", "5", "6", "7"})).empty());
  CHECK_FALSE(refusal_with("user", "").empty());
  CHECK_FALSE(refusal_with("user", std::string(513, 'x')).empty());
  CHECK_FALSE(refusal_with("address", "somewhere").empty());
  CHECK_FALSE(refusal_with("seconds", 31 * 24 * 3600).empty());
  CHECK(process.ask({{"op", "users.release"}, {"address", "192.0.2.7"}})["released"] == 1);
  CHECK(process.refusal({{"op", "users.release"}, {"address", "192.0.2.7"}}) ==
        "nobody is known at 192.0.2.7");
}

TEST_CASE("users that a dataplane before knew are restored where nobody is known") {
  auto& process = Process::get();
  const auto changes = [&process] { return process.ask({{"op", "status"}})["user_changes"]; };
  const auto before = changes();
  process.ask({{"op", "users.bind"}, {"address", "192.0.2.7"}, {"user", "jiro"}});
  const Json taro{
      {"address", "192.0.2.7"}, {"user", "taro"}, {"groups", Json::array()}, {"seconds", 60}};
  const Json hanako{{"address", "2001:db8::8"},
                    {"user", "hanako"},
                    {"groups", Json::array({"board"})},
                    {"seconds", 60}};
  const Json restore{{"op", "users.restore"}, {"users", Json::array({taro, hanako})}};
  CHECK(process.ask(restore)["restored"] == 1);
  const auto listed = process.ask({{"op", "users.list"}});
  REQUIRE(listed["users"].size() == 2);
  CHECK(listed["users"][0]["user"] == "jiro");
  CHECK(listed["users"][1]["user"] == "hanako");
  CHECK(listed["users"][1]["groups"] == Json::array({"board"}));
  CHECK(listed["users"][1]["seconds_left"].get<int>() <= 60);
  CHECK(listed["changes"] == changes());
  CHECK(changes() != before);
  CHECK(process.ask(restore)["restored"] == 0);

  CHECK(process.refusal({{"op", "users.restore"}}) == "'users' must be an array of at most 1000");
  CHECK(process.refusal({{"op", "users.restore"}, {"users", Json::array({7})}}) ==
        "a user must be an object");
  CHECK(process.refusal(
            {{"op", "users.restore"}, {"users", Json::array({Json{{"user", "taro"}}})}}) ==
        "'address' is missing");
  CHECK_FALSE(process.refusal({{"op", "users.restore"}, {"users", Json(1001, taro)}}).empty());
  for (const char* address : {"192.0.2.7", "2001:db8::8"})
    process.ask({{"op", "users.release"}, {"address", address}});
}

TEST_CASE("who is in quarantine is listed, and released on request") {
  auto& process = Process::get();
  const auto now_ns = process.dataplane().steady_ns();
  for (const char* text : {"192.0.2.66", "2001:db8::66", "192.0.2.67"})
    REQUIRE(process.dataplane()
                .shared()
                .quarantine
                .add({.source = *parse_ip_address(text),
                      .since_ns = now_ns,
                      .until_ns = now_ns + 600'000'000'000,
                      .generator = 1,
                      .signature = 7,
                      .revision = 3},
                     now_ns)
                .outcome == Quarantine::Added::Outcome::begun);
  const auto listed = process.ask({{"op", "quarantine.list"}});
  REQUIRE(listed["ok"] == true);
  CHECK(listed["capacity"] == Quarantine::kCapacity);
  REQUIRE(listed["sources"].size() == 3);
  CHECK(listed["sources"][0]["signature"] == 7);
  CHECK(listed["sources"][0]["seconds"] == 600);
  CHECK(process.ask({{"op", "quarantine.release"}, {"address", "2001:db8::66"}})["released"] == 1);
  CHECK(process.refusal({{"op", "quarantine.release"}, {"address", "2001:db8::66"}}) ==
        "2001:db8::66 is not in quarantine");
  CHECK(process.refusal({{"op", "quarantine.release"}}) == "'address' is missing");
  CHECK(process.refusal({{"op", "quarantine.release"}, {"all", false}}) ==
        "'all' must be true, without 'address'");
  CHECK(process.ask({{"op", "quarantine.release"}, {"all", true}})["released"] == 2);
  CHECK(process.ask({{"op", "quarantine.list"}})["sources"].empty());
}

TEST_CASE("smart bypasses are listed and removed on request") {
  auto& process = Process::get();
  auto& table = process.dataplane().shared().smart_bypasses;
  const auto now = static_cast<std::uint32_t>(process.dataplane().steady_ns() / 1'000'000'000);
  for (const char* client : {"192.0.2.66", "2001:db8::66", "192.0.2.67"})
    REQUIRE(table.put(*parse_ip_address(client), "pinned.example",
                      decrypt::TlsFailure::client_refused, now, 600));
  const auto listed = process.ask({{"op", "tls.bypasses.list"}});
  REQUIRE(listed["ok"] == true);
  CHECK(listed["capacity"] == SmartBypasses::kMax);
  REQUIRE(listed["bypasses"].size() == 3);
  CHECK(listed["bypasses"][0]["host"] == "pinned.example");
  CHECK(listed["bypasses"][0]["failure"] == "client_refused");
  const auto first = process.ask({{"op", "tls.bypasses.list"}, {"limit", 2}});
  CHECK(first["bypasses"].size() == 2);
  CHECK(first["total"] == 3);
  const auto remove = [](const char* client, const char* host) {
    return nlohmann::json{{"op", "tls.bypasses.remove"}, {"client", client}, {"host", host}};
  };
  CHECK(process.ask(remove("2001:db8::66", "Pinned.example"))["removed"] == 1);
  CHECK(process.refusal(remove("2001:db8::66", "pinned.example")) ==
        "connections of 2001:db8::66 to 'pinned.example' are not spared");
  CHECK(process.refusal({{"op", "tls.bypasses.remove"}, {"client", "192.0.2.66"}}) ==
        "'host' is missing");
  CHECK(process.refusal({{"op", "tls.bypasses.remove"}, {"host", "x"}}) == "'client' is missing");
  CHECK(process.ask({{"op", "tls.bypasses.clear"}})["removed"] == 2);
  CHECK(process.ask({{"op", "tls.bypasses.list"}})["bypasses"].empty());
  CHECK(process.ask({{"op", "status"}})["decryption"].is_null());  // no policy decrypts
}

TEST_CASE("captures around alerts are listed, exported and removed on request") {
  auto& process = Process::get();
  auto* const files = process.dataplane().capture_files();
  REQUIRE(files != nullptr);
  CaptureInfo info;
  info.time_ns = 1'795'412'345'500'000'000;
  info.flow_id = 77;
  info.generator = 1;
  info.signature = 7;
  info.message = "bad";
  info.client = *parse_ip_address("192.0.2.66");
  info.protocol = 6;
  info.name = "1795412345.500000-77-1-7.pcap";
  auto* const capture = files->begin(info);
  REQUIRE(capture != nullptr);
  const Json one{{"op", "alert_captures.remove"}, {"name", info.name}};
  CHECK(process.refusal(one) == info.name + " still runs");
  CHECK(process.ask({{"op", "alert_captures.list"}})["captures"][0]["ended"].is_null());
  files->end(*capture, "time", 2);
  const auto listed = process.ask({{"op", "alert_captures.list"}});
  CHECK(listed["capacity_bytes"] == 256U << 20);
  REQUIRE(listed["captures"].size() == 1);
  const auto& told = listed["captures"][0];
  CHECK(told["name"] == info.name);
  CHECK(told["time"] == 1'795'412'345.5);
  CHECK(told["client"] == "192.0.2.66");
  CHECK(told["protocol"] == "tcp");
  CHECK(told["lost"] == 2);
  CHECK(told["ended"] == "time");
  CHECK(process.ask({{"op", "status"}})["alert_captures"]["files"] == 1);

  const auto path = process.write_file("exported", {});
  CHECK(process.refusal({{"op", "alert_captures.export"}, {"name", info.name}}) ==
        "the output file must come as a descriptor");
  const auto exported =
      process.ask_with_file({{"op", "alert_captures.export"}, {"name", info.name}}, path);
  CHECK(exported["bytes"] == 24);
  CHECK(std::filesystem::file_size(path) == 24);
  CHECK(process.ask_with_file({{"op", "alert_captures.export"}, {"name", "../policy"}},
                              path)["error"]["code"] == "not_found");

  CHECK(process.refusal({{"op", "alert_captures.remove"}}) == "'name' is missing");
  CHECK(process.refusal({{"op", "alert_captures.remove"}, {"name", "x"}, {"all", true}}) ==
        "'all' must be true, without 'name'");
  CHECK(process.refusal({{"op", "alert_captures.remove"}, {"name", "x"}}) ==
        "there is no capture x");
  CHECK(process.ask(one)["removed"] == 1);
  CHECK(process.ask({{"op", "alert_captures.remove"}, {"all", true}})["removed"] == 0);
}

TEST_CASE("log gives the process's own lines") {
  auto& process = Process::get();
  start_log("dataplane");
  spdlog::warn("link of lan0 is down");
  const auto reply = process.ask({{"op", "log"}});
  REQUIRE_FALSE(reply["lines"].empty());
  CHECK_THAT(reply["lines"][0].get<std::string>(), Catch::EndsWith("link of lan0 is down"));
}

TEST_CASE("a snapshot that is damaged is refused and the policy in force stays") {
  auto& process = Process::get();
  auto damaged = tests::compile_snapshot(kPolicy);
  damaged[damaged.size() / 2] ^= std::byte{1};
  const auto path = process.write_file("damaged", damaged);
  CHECK_THAT(process.refusal({{"op", "policy.load"}, {"path", path}, {"serial", 6}}),
             Catch::StartsWith(path));
  CHECK(process.ask({{"op", "status"}})["policy"]["serial"] == 5);
  CHECK(process.ask({{"op", "policy.hits"}})["rules"].size() == 4);
}

TEST_CASE("explain names the rule that decides and why earlier ones do not") {
  auto& process = Process::get();
  const auto explain = [&](int port) {
    return process.ask({{"op", "explain"},
                        {"source", "192.0.2.1"},
                        {"destination", "198.51.100.2"},
                        {"destination_port", port}});
  };
  const auto web = explain(80), other = explain(81);
  CHECK(web["verdict"] == "drop");
  CHECK(web["rule"] == 1);
  CHECK(other["verdict"] == "pass");
  CHECK(other["rule"] == 2);
  REQUIRE(other["reasons"].size() == 2);
  CHECK(other["reasons"][0]["outcome"] == "does_not_match");
  CHECK_FALSE(other["reasons"][0]["why"].get<std::string>().empty());
}

TEST_CASE("explain tells what a tentative verdict waits for, and learns from the open flow") {
  constexpr std::string_view kContent = R"(
version: 1
rules:
  - {name: phone, action: allow, source: {macs: ["02:00:00:00:00:09"]}}
  - {name: no names, action: block, services: [udp/5300], content: {applications: [dns]}}
  - {name: calls, action: allow, services: [udp/5300], content: {applications: [stun]}}
  - {name: rest, action: block}
)";
  auto& process = Process::get();
  process.load(kContent, 6);
  const Json question{{"op", "explain"},
                      {"source", "192.0.2.7"},
                      {"destination", "198.51.100.2"},
                      {"destination_port", 5300},
                      {"protocol", "udp"}};
  const auto before = process.ask(question);
  CHECK(before["tentative"] == true);
  CHECK(before["verdict"] == "pass");
  CHECK(before["pending"] == Json({2, 3}));
  CHECK(before["otherwise"] == Json({{"rule", 4}, {"verdict", "drop"}}));
  CHECK(before["reasons"][0]["why"] == "no MAC address is given");
  CHECK(before["source_mac"].is_null());
  CHECK(before["flow"].is_null());

  constexpr std::array<std::uint8_t, 17> kQuery{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1};
  process.receive(packets::PacketBuilder()
                      .ethernet("02:00:00:00:00:07")
                      .ipv4("192.0.2.7", "198.51.100.2")
                      .udp(40'000, 5300)
                      .payload(kQuery)
                      .build());
  Json after;
  for (int i = 0; i < 1000 && after["flow"].is_null(); ++i) {
    usleep(2000);
    after = process.ask(question);
  }
  REQUIRE(after["flow"].is_object());
  CHECK(after["flow"]["source_port"] == 40'000);
  CHECK(after["application"] == "dns");
  CHECK(after["application_from"] == "flow");
  CHECK(after["source_mac"] == "02:00:00:00:00:07");
  CHECK(after["source_mac_from"] == "flow");
  CHECK(after["verdict"] == "drop");
  CHECK(after["rule"] == 2);
  CHECK_FALSE(after.contains("otherwise"));

  auto other = question;
  other["source_port"] = 40'001;  // not that flow; but the same host
  other["application"] = "stun";
  const auto asked = process.ask(other);
  CHECK(asked["flow"].is_null());
  CHECK(asked["source_mac_from"] == "flow");
  CHECK(asked["application_from"] == "request");
  CHECK(asked["rule"] == 3);
  other["source_mac"] = "02:00:00:00:00:09";
  CHECK(process.ask(other)["rule"] == 1);
  CHECK(process.ask(other)["source_mac_from"] == "request");
  process.load(kPolicy, 5);
}

TEST_CASE("a trace whose reader has gone ends and gives its place back") {
  auto& process = Process::get();
  for (int i = 0; i < 6; ++i) {  // more than there are places
    const auto reply = process.ask({{"op", "trace"}, {"address", "192.0.2.1"}, {"seconds", 600}});
    CHECK(reply["ok"] == true);
    CHECK(reply["done"] == true);
  }
}
