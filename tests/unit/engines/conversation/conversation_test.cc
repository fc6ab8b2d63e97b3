#include <catch2/catch.hpp>

#include "engines/ips/profiles.h"
#include "harness.h"
#include "rules/applications/catalogue.h"

namespace sekisho::tests {
namespace {

using engines::Direction;
using engines::InspectorConfig;
using engines::Protocol;

constexpr std::uint8_t kRst = 4, kAck = 16;
constexpr std::string_view kRequest = "GET /a HTTP/1.1\r\nHost: test\r\n\r\n";      // 31 bytes
constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";  // 38 bytes

/// A page of nine bytes asked for and sent; the client acknowledges it.
void fetch(ConversationHarness& harness) {
  harness.open();
  harness.client(101, 501, kRequest);
  harness.server(501, 132, kHead);
  harness.server(539, 132, "123456789");
  harness.client(132, 548);
}

TEST_CASE("A connection picked up where its server speaks is turned round") {
  auto config = ConversationHarness::listener();
  const bool midstream = GENERATE(true, false);
  config.tcp.midstream = midstream;
  ConversationHarness harness({}, config);
  harness.client(101, 501, kHead);
  harness.client(139, 501, "123456789");
  harness.server(501, 148, kRequest);
  harness.client(148, 532, kHead);
  harness.client(186, 532, "123456789");
  harness.server(532, 195);
  const auto facts = harness.close();
  CHECK(facts.midstream);
  CHECK(facts.reversed == midstream);
  CHECK(facts.protocol == (midstream ? Protocol::http1 : Protocol::unknown));
  CHECK(harness.records.of_type("http").size() == (midstream ? 2 : 0));
}

TEST_CASE("The host of the newest request that is somebody's names the application") {
  const auto* const youtube = rules::find_application("youtube");
  const auto* const line = rules::find_application("line");
  ConversationHarness harness;
  harness.open();
  harness.client(101, 501, "GET /a HTTP/1.1\r\nHost: m.youtube.com\r\n\r\n");  // 41 bytes
  harness.server(501, 142, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");    // 38 bytes
  harness.client(142, 539);
  CHECK(harness.outcome.application == youtube->id);
  harness.client(142, 539, "GET /a HTTP/1.1\r\nHost: test\r\n\r\n");  // 31 bytes
  harness.server(539, 173);
  CHECK(harness.outcome.application == youtube->id);
  harness.client(173, 539, "GET /a HTTP/1.1\r\nHost: obs.line-apps.com\r\n\r\n");  // 45 bytes
  harness.server(539, 218);
  CHECK(harness.outcome.application == line->id);
  CHECK(harness.close().application == line->id);
}

TEST_CASE("What an HTTP body is names the application where the host does not") {
  const auto* const ipp = rules::find_application("ipp");
  ConversationHarness harness;
  harness.open();
  harness.client(101, 501,
                 "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: Application/IPP; x=y\r\n"
                 "Content-Length: 0\r\n\r\n");
  harness.server(501, 183, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  harness.client(183, 539);
  CHECK(harness.close().application == ipp->id);
}

TEST_CASE("The client program names the application where the host does not") {
  const auto* const update = rules::find_application("windows_update");
  ConversationHarness harness;
  harness.open();
  harness.client(101, 501,
                 "GET /f HTTP/1.1\r\nHost: 192.0.2.1\r\n"
                 "User-Agent: Microsoft-Delivery-Optimization/10.0\r\n\r\n");
  harness.server(501, 186, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  harness.client(186, 539);
  CHECK(harness.close().application == update->id);
}

TEST_CASE("A connection whose SYN was seen was not picked up") {
  ConversationHarness harness;
  harness.open();
  CHECK_FALSE(harness.close().midstream);
}

TEST_CASE("A file with a gap has one digest, of the bytes that came") {
  ConversationHarness harness;
  harness.open();
  harness.client(101, 501, kRequest);
  harness.server(501, 132, kHead);
  harness.server(539, 132, "123");
  SECTION("whole") {
    harness.server(542, 132, "456789");
    harness.client(132, 548);
    const auto file = harness.records.of_type("fileinfo").at(0)["fileinfo"];
    CHECK(file["state"] == "CLOSED");
    CHECK(file["md5"] == "25f9e794323b453885f5181f1b624d0b");
    CHECK(file["sha256"] == "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
  }
  SECTION("with a gap") {
    harness.server(545, 132, "789");
    harness.client(132, 548);
    const auto file = harness.records.of_type("fileinfo").at(0)["fileinfo"];
    CHECK(file["state"] == "TRUNCATED");
    CHECK_FALSE(file.contains("md5"));
    CHECK(file["sha256"] == "b7158b64a98516b31d0c23609f69265a868c594dda5b3c8da9e13159e209c9b6");
  }
}

TEST_CASE("Digests that rules ask for are computed, no others") {
  struct Case {
    std::string field, digest;
  };
  const auto [field, digest] = GENERATE(values<Case>({
      {"md5", "25f9e794323b453885f5181f1b624d0b"},
      {"sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
      {"sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
  }));
  CAPTURE(field);
  auto config = ConversationHarness::listener();
  config.file_digests = false;
  std::string bytes;
  for (std::size_t i = 0; i < digest.size(); i += 2) bytes += digest.substr(i, 2) + " ";
  ConversationHarness harness(
      "alert http any any -> any any (file." + field + "; content:\"|" + bytes + "|\"; sid:1;)",
      config);
  fetch(harness);
  harness.close();
  CHECK(harness.records.of_type("alert").size() == 1);
  const auto file = harness.records.of_type("fileinfo").at(0)["fileinfo"];
  for (const std::string name : {"md5", "sha1", "sha256"})
    CHECK(file.contains(name) == (name == field));
}

TEST_CASE("Without a rule that asks no file is hashed") {
  auto config = ConversationHarness::listener();
  config.file_digests = false;
  ConversationHarness harness("alert http any any -> any any (file.data; content:\"1\"; sid:1;)",
                              config);
  fetch(harness);
  harness.close();
  CHECK(harness.records.of_type("alert").size() == 1);
  const auto file = harness.records.of_type("fileinfo").at(0)["fileinfo"];
  for (const auto* name : {"md5", "sha1", "sha256"}) CHECK_FALSE(file.contains(name));
}

TEST_CASE("A mail is hashed when a rule asks for it") {
  ConversationHarness harness(
      "alert smtp any any -> any any (email.body_md5; "
      "content:\"8bbab0e146077aa6f6bd90292dbb3b4b\"; sid:1;)");
  harness.open();
  auto say = [&, client = 101U, server = 501U](bool to_server, std::string_view text) mutable {
    const auto size = static_cast<std::uint32_t>(text.size());
    to_server ? harness.client(client, server, text) : harness.server(server, client, text);
    (to_server ? client : server) += size;
    to_server ? harness.server(server, client) : harness.client(client, server);
  };
  say(false, "220 mx ESMTP\r\n");
  for (const std::string_view command :
       {"EHLO c\r\n", "MAIL FROM:<a@example>\r\n", "RCPT TO:<b@example>\r\n"}) {
    say(true, command);
    say(false, "250 ok\r\n");
  }
  say(true, "DATA\r\n");
  say(false, "354 go\r\n");
  say(true, "Subject: x\r\n\r\n..a\r\n.\r\n");
  say(false, "250 ok\r\n");
  harness.close();
  CHECK(harness.records.of_type("alert").size() == 1);
}

TEST_CASE("After a rule with bypass nothing of the flow is looked at") {
  for (const bool bypass : {false, true}) {
    CAPTURE(bypass);
    ConversationHarness harness("alert tcp any any -> any any (content:\"one\"; " +
                                std::string(bypass ? "bypass; " : "") + "sid:1;)");
    harness.open();
    CHECK_FALSE(harness.outcome.settled);
    harness.client(101, 501, "one");
    harness.server(501, 104);
    CHECK(harness.outcome.bypassed == bypass);
    CHECK(harness.outcome.settled == bypass);
    harness.close();
    CHECK(harness.records.of_type("alert").size() == 1);
  }
}

TEST_CASE("A flow of which one direction stays unseen is read when it was opened so") {
  const bool asymmetric = GENERATE(false, true);
  auto config = ConversationHarness::listener();
  config.enforce = true;
  config.tcp.delivery = engines::stream::Delivery::on_arrival;
  ConversationHarness harness("alert http any any -> any any (http.uri; content:\"/a\"; sid:1;)",
                              config, asymmetric);
  harness.segment(Direction::to_server, 100, 0, 2);
  harness.client(101, 501);
  CHECK((harness.outcome.drop == DropReason::none) == asymmetric);
  harness.client(101, 501, kRequest);
  CHECK((harness.outcome.drop == DropReason::none) == asymmetric);
  CHECK(harness.records.of_type("alert").size() == (asymmetric ? 1 : 0));
}

TEST_CASE("What is behind a gap at the end is for rules, not for the protocol") {
  ConversationHarness harness("alert tcp any any -> any any (content:\"789\"; sid:1;)");
  harness.open();
  harness.client(101, 501, kRequest);
  harness.server(501, 132, kHead);
  harness.client(132, 539);
  harness.server(545, 132, "789");
  harness.close();
  CHECK(harness.records.of_type("alert").size() == 1);
  CHECK(harness.records.of_type("fileinfo").empty());
}

TEST_CASE("What rules find at a flow's end, they find at that time") {
  ConversationHarness harness(
      "alert tcp any any -> any any (content:\"mark\"; xbits:set,bad,track ip_src,expire 10; "
      "sid:1;)\n"
      "alert tcp any any -> any any (content:\"789\"; xbits:isset,bad,track ip_src; sid:2;)\n");
  const bool expired = GENERATE(false, true);
  harness.open();
  harness.client(101, 501, "mark");
  harness.server(501, 105);
  harness.client(110, 501, "789");  // behind a gap: looked at in the end
  harness.now_ns += (expired ? 11U : 9U) * 1'000'000'000ULL;
  harness.close();
  CHECK(harness.records.of_type("alert").size() == (expired ? 1 : 2));
}

TEST_CASE("An end that closed before the other spoke is told to the parser all the same") {
  ConversationHarness harness;
  harness.open();
  harness.server(501, 101, "SSH-2.0-test");
  harness.segment(Direction::to_server, 101, 513, kRst | kAck);
  harness.close();
  const auto records = harness.records.of_type("ssh");
  REQUIRE(records.size() == 1);
  CHECK(records[0]["ssh"]["server"]["software_version"] == "test");
}

TEST_CASE("Segments are recorded as far as that is asked for") {
  using Kind = InspectorConfig::SegmentRecords;
  auto config = ConversationHarness::listener();
  config.record_segments = GENERATE(Kind::none, Kind::odd, Kind::all);
  ConversationHarness harness({}, config);
  harness.open();
  harness.client(101, 501, "abc");
  harness.client(107, 501, "ghi");
  harness.server(501, 110);
  const auto records = harness.records.of_type("stream_tcp");
  REQUIRE(records.size() == (config.record_segments == Kind::none  ? 0
                             : config.record_segments == Kind::odd ? 1
                                                                   : 6));
  if (records.empty()) return;
  const auto& last = records.back();
  CHECK(last["direction"] == "to_client");
  CHECK(last["stream_tcp"]["packet"]["len"] == 40);
  CHECK(last["stream_tcp"]["packet"]["tcpack"] == 110);
  CHECK(last["stream_tcp"]["session"]["state"] == "established");
  CHECK(last["stream_tcp"]["events"][0] == "stream.reassembly_seq_gap");
}

TEST_CASE("A rule may keep a transaction's record, or all of a flow's, from being written") {
  const std::string scope = GENERATE("tx", "flow");
  ConversationHarness harness(
      "config http any any -> any any (http.uri; content:\"/a\"; "
      "config:logging disable, type tx, scope " +
      scope + "; sid:1;)");
  fetch(harness);
  harness.client(132, 548, "GET /b HTTP/1.1\r\nHost: test\r\n\r\n");
  harness.server(548, 163, kHead);
  harness.server(586, 163, "123456789");
  harness.client(163, 595);
  harness.close();
  CHECK(harness.records.of_type("alert").empty());
  CHECK(harness.records.of_type("http").size() == (scope == "tx" ? 1 : 0));
}

TEST_CASE("An alert about a transaction carries the bytes of its direction") {
  ConversationHarness harness(
      "alert http any any -> any any (http.method; content:\"GET\"; sid:1;)");
  fetch(harness);
  harness.close();
  const auto alerts = harness.records.of_type("alert");
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0]["payload_printable"] == kRequest);
  CHECK(alerts[0]["payload_length"] == kRequest.size());
}

TEST_CASE("An alert whose bytes would not fit is told with fewer of them") {
  auto config = ConversationHarness::listener();
  config.payload_bytes = 4096;
  ConversationHarness harness("alert tcp any any -> any any (content:\"needle\"; sid:1;)", config);
  harness.open();
  harness.client(101, 501, "needle" + std::string(1400, '\x01'));
  harness.client(1507, 501, std::string(1400, '\x02'));
  harness.client(2907, 501, std::string(1400, '\x03'));
  harness.server(501, 4307);
  harness.close();
  const auto alerts = harness.records.of_type("alert");
  REQUIRE_FALSE(alerts.empty());
  CHECK(alerts[0]["payload_printable"].get<std::string>().rfind("needle", 0) == 0);
}

const std::string kSetsBit =
    "alert tcp any any -> any any (content:\"one\"; flowbits:set,seen; noalert; sid:1;)\n";
const std::string kAsksBit =
    "alert tcp any any -> any any (content:\"two\"; flowbits:isset,seen; sid:2;)\n";
const std::string kCounts =
    "alert tcp any any -> any any (content:\"one\"; flowint:seen,=,3; noalert; sid:3;)\n";
const std::string kAsksCount =
    "alert tcp any any -> any any (content:\"two\"; flowint:seen,>,2; sid:4;)\n";
const std::string kOther =
    "alert tcp any any -> any any (content:\"zzz\"; flowbits:set,other; sid:9;)\n";

TEST_CASE("What rules noted of a flow by name, those that come after them know") {
  ConversationHarness harness(kSetsBit + kCounts);
  harness.open();
  harness.client(101, 501, "one");
  harness.server(501, 104);
  const bool by_way_of_none = GENERATE(false, true);
  CAPTURE(by_way_of_none);
  if (by_way_of_none) {
    harness.change_rules("");
    harness.client(104, 501, "-");
    harness.server(501, 105);
  }
  harness.change_rules(kOther + kAsksBit + kAsksCount);
  harness.client(by_way_of_none ? 105 : 104, 501, "two");
  harness.server(501, by_way_of_none ? 108 : 107);
  harness.close();
  CHECK(harness.records.of_type("alert").size() == 2);
}

TEST_CASE("A bit that no rule set stays unset over a change of rules") {
  ConversationHarness harness(kOther);
  harness.open();
  harness.client(101, 501, "one");
  harness.server(501, 104);
  harness.change_rules(kAsksBit);
  harness.client(104, 501, "two");
  harness.server(501, 107);
  harness.close();
  CHECK(harness.records.of_type("alert").empty());
}

TEST_CASE("A rule that let the rest of a flow pass does so as long as it is in force") {
  ConversationHarness harness("pass tcp any any -> any any (content:\"one\"; sid:5;)\n" + kAsksBit);
  harness.open();
  harness.client(101, 501, "one");
  harness.server(501, 104);
  harness.change_rules("alert tcp any any -> any any (content:\"two\"; sid:6;)\n");
  harness.client(104, 501, "two");
  harness.server(501, 107);
  harness.close();
  CHECK(harness.records.of_type("alert").size() == 1);
}

TEST_CASE("What rules noted of a flow is given back when it ends without rules") {
  ConversationHarness plain;
  plain.open();
  plain.close();
  ConversationHarness harness(kSetsBit);
  harness.open();
  harness.client(101, 501, "one");
  harness.server(501, 104);
  harness.change_rules("");
  harness.close();
  CHECK(harness.pool_bytes_used() == plain.pool_bytes_used());
}

engines::InspectorConfig gateway() {
  engines::InspectorConfig config;
  config.memory_bytes = std::size_t{8} << 20;
  return config;
}

TEST_CASE("A gateway tells the records that the flow's profile asks for, and no others") {
  using engines::ips::ProtocolRecords;
  const auto records =
      GENERATE(ProtocolRecords::none, ProtocolRecords::files, ProtocolRecords::all);
  CAPTURE(static_cast<int>(records));
  engines::ips::Profile profile{.enabled = true};
  profile.records = records;
  ConversationHarness harness("alert http any any -> any any (http.uri; content:\"/zz\"; sid:1;)",
                              gateway());
  harness.treatment.profile = &profile;
  fetch(harness);
  harness.close();
  CHECK(harness.records.of_type("http").size() == (records == ProtocolRecords::all ? 1 : 0));
  CHECK(harness.records.of_type("fileinfo").size() == (records == ProtocolRecords::none ? 0 : 1));
}

TEST_CASE("A profile's records are bounded by the second") {
  engines::ips::Profile profile{.enabled = true};
  profile.records = engines::ips::ProtocolRecords::all;
  ConversationHarness harness("alert http any any -> any any (http.uri; content:\"/zz\"; sid:1;)",
                              gateway());
  harness.treatment.profile = &profile;
  harness.open();
  const std::string request = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
  const std::string answer = "HTTP/1.1 204 No Content\r\n\r\n";
  std::uint32_t asked = 101, answered = 501;
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      harness.client(asked, answered, request);
      asked += static_cast<std::uint32_t>(request.size());
      harness.server(answered, asked, answer);
      answered += static_cast<std::uint32_t>(answer.size());
    }
  };
  ask(300);
  CHECK(harness.records.of_type("http").size() == 200);
  harness.now_ns += 1'000'000'000;
  ask(1);
  CHECK(harness.records.of_type("http").size() == 201);
}

TEST_CASE("Rules look at frames that are cut beside the parser") {
  ConversationHarness harness(
      "alert telnet any any -> any any (frame:data; content:\"secret\"; startswith; sid:1;)\n"
      "alert telnet any any -> any any (frame:ctl; content:\"|ff fb 01|\"; bsize:3; sid:2;)\n"
      "alert telnet any any -> any any (frame:pdu; content:\"other\"; sid:3;)\n",
      gateway());
  harness.open();
  harness.server(501, 101, "\xff\xfb\x01login: ");
  harness.client(101, 511, "not secret\r\nsec");
  CHECK(harness.records.of_type("alert").size() == 1);
  harness.client(116, 511, "ret\r\n");
  harness.close();
  const auto alerts = harness.records.of_type("alert");
  REQUIRE(alerts.size() == 2);
  CHECK(alerts[0]["alert"]["signature_id"] == 2);
  CHECK(alerts[1]["alert"]["signature_id"] == 1);
}

TEST_CASE("A rule with tag asks for its flow's packets, unless the profile does") {
  struct Asked final : engines::PacketCapture {
    std::string_view capture(const engines::ips::RuleInfo& rule,
                             const engines::ips::CaptureSettings& settings) noexcept override {
      signature = rule.signature;
      wanted = settings;
      return "name.pcap";
    }
    std::uint32_t signature = 0;
    engines::ips::CaptureSettings wanted{};
  };
  Asked asked;
  const bool by_profile = GENERATE(false, true);
  engines::ips::Profile profile{.enabled = true};
  if (by_profile) profile.capture = {.seconds_after = 9, .packets_before = 3};
  ConversationHarness harness(
      "alert tcp any any -> any any (content:\"needle\"; tag:session,20,packets; sid:4;)",
      gateway());
  harness.treatment.profile = &profile;
  harness.capture_packets(asked);
  harness.open();
  harness.client(101, 501, "needle");
  harness.close();
  CHECK(asked.signature == 4);
  CHECK(asked.wanted ==
        (by_profile ? profile.capture
                    : engines::ips::CaptureSettings{.seconds_after = 60, .packets_after = 20}));
  CHECK(harness.records.of_type("alert").at(0)["capture_file"] == "name.pcap");
}

TEST_CASE("A flow is an elephant while a direction brings a gibibyte in ten seconds") {
  constexpr std::uint64_t kSecond = 1'000'000'000, kGibibyte = std::uint64_t{1} << 30;
  ConversationHarness harness("alert tcp any any -> any any (flow.elephant:toserver; sid:1;)",
                              gateway());
  harness.flow_bytes[0] = 3 * kGibibyte;  // before anybody asked
  harness.open();
  const auto told = [&] { return harness.records.of_type("alert").size(); };
  CHECK(told() == 0);
  harness.now_ns += 5 * kSecond;
  harness.flow_bytes[0] += kGibibyte - 1;
  harness.client(101, 501, "a");
  CHECK(told() == 0);
  harness.flow_bytes[0] += 1;
  harness.client(102, 501, "b");
  CHECK(told() == 1);
  harness.now_ns += 10 * kSecond;  // the window ends
  harness.client(103, 501, "c");
  harness.now_ns += 10 * kSecond;
  const auto before = told();
  harness.client(104, 501, "d");
  CHECK(told() == before);
}

}  // namespace
}  // namespace sekisho::tests
