#include <catch2/catch.hpp>
#include <random>

#include "scratch_dir.h"
#include "session.h"
#include "tools/sekisho/eve_line.h"
#include "tools/sekisho/event_tail.h"

using namespace sekisho;
using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;
using Lines = std::vector<std::string>;

namespace {

bool any(std::string_view /*line*/) { return true; }

Lines poll(EventTail& tail) {
  Lines lines;
  REQUIRE(tail.poll([&](std::string_view line) { lines.emplace_back(line); }));
  return lines;
}

Lines last(EventTail& tail, std::size_t count) {
  auto lines = tail.last(count, any);
  REQUIRE(lines);
  return *lines;
}

const std::string kDrop =
    R"({"timestamp":"2026-11-21T09:00:01.123456+0900","event_type":"drop","src_ip":"10.0.0.1",)"
    R"("src_port":5000,"dest_ip":"2001:0db8:0000:0000:0000:0000:0000:0001","dest_port":443,)"
    R"("proto":"TCP","drop":{"reason":"policy_block"},"policy":{"serial":4,"rule":3,"name":"来客"}})";
const std::string kAlert =
    R"({"timestamp":"2026-11-21T09:00:01.123456+0900","event_type":"alert","src_ip":"10.0.0.1",)"
    R"("src_port":5000,"dest_ip":"10.0.0.2","dest_port":80,"proto":"TCP",)"
    R"("alert":{"action":"blocked","gid":1,"signature_id":9000001,"signature":"A \"scan\""}})";
const std::string kQuarantine =
    R"({"timestamp":"2026-11-21T09:00:01.123456+0900","event_type":"quarantine",)"
    R"("src_ip":"10.0.0.1","dest_ip":"10.0.0.2","proto":"TCP",)";
const std::string kStats = R"({"timestamp":"2026-11-21T09:00:02.000000+0900","event_type":"stats",)"
                           R"("stats":{"uptime":61,"decoder":{"pkts":1000}}})";

}  // namespace

TEST_CASE("the last lines are found from the end, whatever blocks they cross") {
  const auto filler = GENERATE(0, 1, 100, 65'530, 65'536, 200'000);
  CAPTURE(filler);
  ScratchDir dir;
  append(dir / "eve", "first\n" + std::string(static_cast<std::size_t>(filler), 'x') + "\nb\nc\n");
  EventTail tail(dir / "eve");
  CHECK(last(tail, 2) == Lines{"b", "c"});
  CHECK(last(tail, 0).empty());
  const auto all = last(tail, 99);
  REQUIRE(all.size() == (filler == 0 ? 3U : 4U));  // an empty line is no line
  CHECK(all.front() == "first");
  append(dir / "eve", "d\n");
  CHECK(poll(tail) == Lines{"d"});
}

TEST_CASE("a line whose end is not written yet is not given, and whole once it is") {
  ScratchDir dir;
  append(dir / "eve", "a\nhal");
  EventTail tail(dir / "eve");
  CHECK(last(tail, 10) == Lines{"a"});
  CHECK(poll(tail).empty());
  append(dir / "eve", "f\nb\n");
  CHECK(poll(tail) == Lines{"half", "b"});
}

TEST_CASE("a tail goes on across rotation by renaming, with lines written after the last poll") {
  ScratchDir dir;
  append(dir / "eve", "a\n");
  EventTail tail(dir / "eve");
  CHECK(last(tail, 1) == Lines{"a"});
  append(dir / "eve", "b\n");
  std::filesystem::rename(dir / "eve", dir / "eve.1");
  append(dir / "eve.1", "c\n");
  SECTION("the new file is there at once") {
    append(dir / "eve", "d\n");
    CHECK(poll(tail) == Lines{"b", "c", "d"});
  }
  SECTION("the new file comes later") {
    CHECK(poll(tail) == Lines{"b", "c"});
    append(dir / "eve", "d\n");
    CHECK(poll(tail) == Lines{"d"});
  }
  append(dir / "eve", "e\n");
  CHECK(poll(tail) == Lines{"e"});
}

TEST_CASE("a tail goes on across truncation") {
  ScratchDir dir;
  append(dir / "eve", "a\nb\n");
  EventTail tail(dir / "eve");
  CHECK(last(tail, 1) == Lines{"b"});
  std::filesystem::resize_file(dir / "eve", 0);
  append(dir / "eve", "c\n");
  CHECK(poll(tail) == Lines{"c"});
}

TEST_CASE("a tail waits for a file that is not there yet") {
  ScratchDir dir;
  EventTail tail(dir / "eve");
  const auto none = tail.last(5, any);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Error::Code::not_found);
  CHECK(poll(tail).empty());
  append(dir / "eve", "a\n");
  CHECK(poll(tail) == Lines{"a"});
}

TEST_CASE("an endless line is skipped, those around it are not") {
  ScratchDir dir;
  append(dir / "eve", "a\n" + std::string(EventTail::kMaxLineBytes + 1, 'x') + "\nb\n");
  EventTail from_end(dir / "eve");
  CHECK(last(from_end, 10) == Lines{"a", "b"});
  EventTail from_start(dir / "eve");
  CHECK(poll(from_start) == Lines{"a", "b"});
}

TEST_CASE("random writing and rotation loses no line and repeats none") {
  std::mt19937 random(GENERATE(range(1U, 40U)));
  ScratchDir dir;
  append(dir / "eve", "");
  EventTail tail(dir / "eve");
  Lines written;
  Lines read = poll(tail);
  std::string pending;  // not complete in the file yet
  int rotations = 0;
  bool rotated = false;  // since the last poll: one is promised to be survived
  for (int step = 0; step < 200; ++step) {
    switch (random() % 4) {
      case 0:
        pending += std::to_string(step) + std::string(random() % 50, 'y');
        append(dir / "eve", pending + "\n");
        written.push_back(pending);
        pending.clear();
        break;
      case 1:
        if (!rotated && std::filesystem::exists(dir / "eve")) {
          std::filesystem::rename(dir / "eve", dir / ("eve." + std::to_string(++rotations)));
          rotated = true;
        }
        break;
      default:
        for (auto& line : poll(tail)) read.push_back(line);
        rotated = rotated && !std::filesystem::exists(dir / "eve");
    }
  }
  for (auto& line : poll(tail)) read.push_back(line);
  CHECK(read == written);
}

TEST_CASE("an event reads as one line") {
  CHECK(render_event(nlohmann::json::parse(kDrop), false) ==
        "11-21 09:00:01.123 drop    tcp 10.0.0.1:5000 > [2001:db8::1]:443  policy_block, rule 3 "
        "来客");
  CHECK(render_event(nlohmann::json::parse(kStats), false) ==
        "11-21 09:00:02.000 stats   up 00:01:01, 1,000 packets decoded");
  CHECK(render_event(nlohmann::json::parse(kAlert), false) ==
        "11-21 09:00:01.123 alert   tcp 10.0.0.1:5000 > 10.0.0.2:80  A \"scan\" (rule 9000001), "
        "blocked");
  const auto quarantine = [](const std::string& members) {
    return render_event(nlohmann::json::parse(kQuarantine + members + "}"), false);
  };
  CHECK(quarantine(R"("quarantine":{"state":"begun","seconds":60,"signature_id":7})")
            .ends_with("begun for 60 s (rule 7)"));
  CHECK(quarantine(
            R"("quarantine":{"state":"ended","reason":"expired","seconds":60,"signature_id":7})")
            .ends_with("ended (expired) after 60 s (rule 7)"));
}

TEST_CASE("an event about a reputation says URL, score and what became of it") {
  const auto line = [](const std::string& members) {
    return render_event(nlohmann::json::parse(R"({"timestamp":"2026-11-21T09:00:01.123456+0900",)"
                                              R"("event_type":"reputation","reputation":{)" +
                                              members + "}}"),
                        false);
  };
  CHECK(line(R"("url":"http://a.example/","score":7,"category":"phishing","action":"block")")
            .ends_with("http://a.example/  score 7 (phishing), block"));
  CHECK(line(R"("url":"http://a.example/","action":"pass","source":"failed")")
            .ends_with("http://a.example/  unknown, pass"));
}

TEST_CASE("events of strange types and shapes are shown, not feared") {
  const auto text =
      GENERATE(as<std::string>{}, "{}", R"({"event_type":7})", R"({"event_type":"drop","drop":[]})",
               R"({"event_type":"http","http":{"hostname":"x\u001b[2J"}})", R"({"timestamp":{}})",
               R"({"event_type":"flow","src_ip":"10.0.0.1","src_port":"x"})");
  const auto event = parse_eve(text);
  REQUIRE(event);
  const auto line = render_event(*event, false);
  CHECK_FALSE(line.empty());
  CHECK(line.find('\x1b') == std::string::npos);
}

TEST_CASE("what is no JSON object is no event") {
  CHECK_FALSE(parse_eve(""));
  CHECK_FALSE(parse_eve("7"));
  CHECK_FALSE(parse_eve(R"({"a":)"));
  CHECK_FALSE(parse_eve(R"({"a":)" + std::string(100'000, '[')));
}

TEST_CASE("events filters by type and by address, IPv6 in any spelling") {
  const auto [arguments, expected] = GENERATE(table<Lines, int>({
      {Lines{}, 1},
      {{"--type", "stats"}, 1},
      {{"--type", "all"}, 2},
      {{"--type", "drop"}, 1},
      {{"--type", "anomaly"}, 0},
      {{"--address", "10.0.0.0/8"}, 1},
      {{"--address", "2001:db8::1"}, 1},
      {{"--address", "192.0.2.1"}, 0},
      {{"-n", "1"}, 1},
  }));
  ScratchDir dir;
  append(dir / "eve.json", kDrop + "\nnonsense\n" + kStats + "\n");
  Session session;
  session.replies["control/status"] = {R"({"ok":true,"events":{"file":")" +
                                       (dir / "eve.json").string() + "\"}}"};
  auto all = arguments;
  all.insert(all.begin(), {"events", "--json"});
  REQUIRE(session.run(all) == ExitCode::done);
  CHECK(std::count(session.out.begin(), session.out.end(), '\n') == expected);
  all[1] = "--follow";
  int looks = 0;
  session.host.stopped = [&] { return ++looks > 1; };
  REQUIRE(session.run(all) == ExitCode::done);
  CHECK(std::count(session.out.begin(), session.out.end(), '\n') == expected);
}

TEST_CASE("a type that no event has is wrong usage that names the types there are") {
  Session session;
  CHECK(session.run({"events", "--type", "nonsense"}) == ExitCode::usage);
  CHECK(session.err.find(
            "flow|drop|alert|quarantine|reputation|malware|callback|policy|evasion|anomaly|"
            "content|policy_change|bandwidth|bandwidth_hour|stats|decryption|fileinfo|http|dns|") !=
        std::string::npos);
  CHECK(session.err.find("|bittorrent_dht|all") != std::string::npos);
}

TEST_CASE("events says when there is no file, and what is no address") {
  Session session;
  CHECK(session.run({"events"}) == ExitCode::unreachable);
  CHECK(session.run({"events", "--file", "/nonexistent/eve.json"}) == ExitCode::unreachable);
  CHECK(session.run({"events", "--file", "/dev/null", "--address", "x"}) == ExitCode::negative);
}
