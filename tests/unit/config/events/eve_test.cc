#include "config/events/eve.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>

#include "config/events/block_id.h"
#include "config/events/drop_reason.h"

using namespace sekisho;
using namespace sekisho::events;
using nlohmann::json;

namespace {

/// 2026-11-21T01:02:03.004005 UTC.
constexpr std::uint64_t kTime = 1'795'222'923'004'005'678;

void use_tokyo() {
  ::setenv("TZ", "JST-9", 1);
  ::tzset();
}

EveNames names() {
  return {
      .rule =
          [](std::uint32_t serial, RuleNumber rule) {
            return "rule " + std::to_string(rule) + " of " + std::to_string(serial);
          },
      .application = [](std::uint16_t id) { return id == 42 ? "tls" : ""; },
      .port = [](std::uint8_t port) { return "lan" + std::to_string(port); },
      .bundle_version = [](std::uint32_t serial) -> std::uint64_t { return serial == 9 ? 41 : 0; }};
}

EventRecord tcp_record(EventType type) {
  EventRecord record{};
  record.time_ns = kTime;
  record.flow_id = 123456789012345;
  record.type = type;
  record.policy_serial = 7;
  record.rule = 3;
  record.source_mac = {2, 0, 0, 0, 0, 1};
  record.destination_mac = {2, 0, 0, 0, 0, 2};
  record.tuple.source = IpAddress::from_v4(0xc0000201);
  record.tuple.destination = IpAddress::from_v4(0xc6336407);
  record.tuple.source_port = 40000;
  record.tuple.destination_port = 443;
  record.tuple.protocol = 6;
  return record;
}

EventRecord flow_record() {
  auto record = tcp_record(EventType::flow);
  record.flow = FlowFields{.start_ns = kTime - 2'500'000'000,
                           .last_ns = kTime,
                           .packets_to_server = 10,
                           .packets_to_client = 8,
                           .bytes_to_server = 1000,
                           .bytes_to_client = 20000,
                           .reason = FlowEndReason::timeout,
                           .state = FlowState::closed,
                           .tcp_flags_to_server = 0x1b,
                           .tcp_flags_to_client = 0x12,
                           .tcp_state = 7,
                           .alerted = 0,
                           .application = 42,
                           .app_protocol = 0,
                           .passed = 0,
                           .carrier = 0,
                           .function = 0,
                           .details = {},
                           .parent_flow_id = 0,
                           .hint = 0};
  return record;
}

json parsed(const EventRecord& record) {
  use_tokyo();
  const auto line = to_eve(record, names());
  CHECK(line.find('\n') == line.npos);
  return json::parse(line);
}

}  // namespace

TEST_CASE("what another flow announced names that one") {
  auto flow = flow_record();
  CHECK_FALSE(parsed(flow).contains("parent_id"));
  flow.flow.parent_flow_id = 0xffff'ffff'0000'0001;
  CHECK(parsed(flow)["parent_id"] == 0xffff'ffff'0000'0001);
  auto policy = tcp_record(EventType::policy);
  policy.policy = {};
  CHECK_FALSE(parsed(policy).contains("parent_id"));
  policy.policy.parent_flow_id = 77;
  CHECK(parsed(policy)["parent_id"] == 77);
}

TEST_CASE("a flow record names what its directions spoke where that differs, and counts") {
  use_tokyo();
  auto record = flow_record();
  record.flow.app_protocol = record.flow.details.app_protocol_to_server = 1;
  record.flow.details.app_protocol_to_client = 2;
  record.flow.details.app_protocol_original = 3;
  record.flow.details.transactions = 5;
  auto with = names();
  with.app_protocol = [](std::uint8_t protocol) {
    return protocol == 0 ? std::string() : "p" + std::to_string(protocol);
  };
  with.community_id = [](const EventTuple& tuple) {
    return "1:" + std::to_string(tuple.destination_port);
  };
  const auto line = json::parse(to_eve(record, with));
  CHECK(line["app_proto"] == "p1");
  CHECK_FALSE(line.contains("app_proto_ts"));
  CHECK(line["app_proto_tc"] == "p2");
  CHECK(line["app_proto_orig"] == "p3");
  CHECK(line["flow"]["tx_cnt"] == 5);
  CHECK(line["community_id"] == "1:443");
}

TEST_CASE("an application within a protocol is named beside it, with what it is part of") {
  auto with = names();
  with.application = [](std::uint16_t id) { return id == 42 ? "tls" : "tube"; };
  with.application_category = [](std::uint16_t id) { return id == 42 ? "web" : "streaming"; };
  with.application_part_of = [](std::uint16_t id) {
    return id == 42 ? std::vector<std::string>{} : std::vector<std::string>{"big", "bigger"};
  };
  auto record = flow_record();
  CHECK(json::parse(to_eve(record, with))["app"] ==
        json::parse(R"({"name": "tls", "category": "web"})"));
  record.flow.application = 7;
  record.flow.carrier = 42;
  record.flow.function = 4;
  CHECK_FALSE(json::parse(to_eve(record, with))["app"].contains("function"));
  with.application_function = [](std::uint8_t id) { return id == 4 ? "upload" : ""; };
  CHECK(json::parse(to_eve(record, with))["app"]["function"] == "upload");
  record.flow.function = 0;
  const auto line = json::parse(to_eve(record, with));
  CHECK(line["app_proto"] == "tls");
  CHECK(
      line["app"] ==
      json::parse(
          R"({"name": "tube", "carrier": "tls", "category": "streaming", "part_of": ["big", "bigger"]})"));
}

TEST_CASE("a flow that says nothing of itself may have a hint of its server, never a name") {
  auto with = names();
  with.application = [](std::uint16_t id) { return id == 42 ? "tls" : id == 7 ? "tube" : ""; };
  auto record = flow_record();
  record.flow.hint = 7;
  CHECK_FALSE(json::parse(to_eve(record, with))["app"].contains("hint"));
  record.flow.application = 0;
  const auto line = json::parse(to_eve(record, with));
  CHECK(line["app"] == json::parse(R"({"hint": "tube"})"));
  CHECK_FALSE(line.contains("app_proto"));
  record.flow.hint = 8;  // that nobody knows
  CHECK_FALSE(json::parse(to_eve(record, with)).contains("app"));
}

TEST_CASE("every drop reason has a name of its own") {
  std::vector<std::string_view> all;
  for (std::size_t i = 0; i < kDropReasons; ++i) all.push_back(name_of(static_cast<DropReason>(i)));
  CHECK(all.front() == "none");
  CHECK(all.back() == "no_buffer");
  CHECK(name_of(DropReason::policy_block) == "policy_block");
  CHECK(name_of(DropReason::count_) == "unknown");
  CHECK(name_of(static_cast<DropReason>(65535)) == "unknown");
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("a flow record has Suricata's fields with Suricata's types") {
  const auto expected = json::parse(R"({
    "timestamp": "2026-11-21T10:02:03.004005+0900", "flow_id": 123456789012345,
    "in_iface": "lan0", "event_type": "flow",
    "src_ip": "192.0.2.1", "src_port": 40000, "dest_ip": "198.51.100.7", "dest_port": 443,
    "proto": "TCP", "ip_v": 4,
    "ether": {"src_macs": ["02:00:00:00:00:01"], "dest_macs": ["02:00:00:00:00:02"]},
    "app_proto": "tls", "app": {"name": "tls"},
    "flow": {"pkts_toserver": 10, "pkts_toclient": 8, "bytes_toserver": 1000,
             "bytes_toclient": 20000, "start": "2026-11-21T10:02:00.504005+0900",
             "end": "2026-11-21T10:02:03.004005+0900", "age": 3, "state": "closed",
             "reason": "timeout", "alerted": false},
    "tcp": {"tcp_flags": "1b", "tcp_flags_ts": "1b", "tcp_flags_tc": "12", "syn": true,
            "fin": true, "psh": true, "ack": true, "state": "closed"},
    "policy": {"serial": 7, "rule": 3, "name": "rule 3 of 7"}})");
  CHECK(parsed(flow_record()) == expected);
}

TEST_CASE("a flow record says what the streams made of the connection, if they followed it") {
  auto record = flow_record();
  CHECK_FALSE(parsed(record)["tcp"].contains("ts_max_regions"));
  CHECK_FALSE(parsed(record)["flow"].contains("exception_policy"));
  record.flow.details.least_ttl[0] = 64;
  record.flow.details.midstream = 1;
  const auto flow = parsed(record);
  CHECK(flow["tcp"]["ts_max_regions"] == 1);
  CHECK(flow["tcp"]["tc_max_regions"] == 1);
  CHECK(flow["flow"]["exception_policy"] ==
        json::parse(R"([{"target": "stream_midstream", "policy": "ignore"}])"));
}

TEST_CASE("flow states read as Suricata's, and a blocked flow says that it was dropped") {
  struct Case {
    FlowState state;
    std::uint64_t answered;
    const char* expected;
  };
  const auto c =
      GENERATE(Case{FlowState::fresh, 0, "new"}, Case{FlowState::fresh, 1, "established"},
               Case{FlowState::established, 5, "established"}, Case{FlowState::closed, 5, "closed"},
               Case{FlowState::blocked, 0, "new"}, Case{FlowState::blocked, 2, "established"});
  auto record = flow_record();
  record.flow.state = c.state;
  record.flow.packets_to_client = c.answered;
  const auto eve = parsed(record);
  CHECK(eve["flow"]["state"] == c.expected);
  CHECK(eve["flow"].contains("action") == (c.state == FlowState::blocked));
}

TEST_CASE("a record names the user behind the flow's source, where somebody is known") {
  auto named = names();
  named.user = [](std::uint32_t serial, std::uint32_t id) {
    CHECK(serial == 7);
    return id == 5   ? EveUser{"taro", {"sales", "board"}}
           : id == 6 ? EveUser{"jiro", {}}
                     : EveUser{};
  };
  auto record = tcp_record(EventType::drop);
  record.drop.direction = 1;  // the sender is the server
  const auto line = [&](std::uint32_t user) {
    record.user = user;
    return json::parse(to_eve(record, named));
  };
  CHECK(line(5)["user"] == "taro");
  CHECK(line(5)["groups"] == json{"sales", "board"});
  CHECK(line(6)["user"] == "jiro");
  for (const std::uint32_t user : {6U, 7U, 0U}) CHECK_FALSE(line(user).contains("groups"));
  for (const std::uint32_t user : {7U, 0U}) CHECK_FALSE(line(user).contains("user"));
}

TEST_CASE("a flow record has a netflow line for each direction that was seen") {
  use_tokyo();
  auto record = flow_record();
  record.flow.details.least_ttl[1] = 60;
  record.flow.details.most_ttl[1] = 64;
  const auto both = netflow_to_eve(record, names());
  const auto end = both.find('\n');
  REQUIRE(end != both.npos);
  const auto there = json::parse(both.substr(0, end)), back = json::parse(both.substr(end + 1));
  CHECK(there["event_type"] == "netflow");
  CHECK(there["src_ip"] == back["dest_ip"]);
  CHECK(there["netflow"]["pkts"] == 10);
  CHECK(back["netflow"]["bytes"] == 20000);
  CHECK(back["netflow"]["min_ttl"] == 60);
  CHECK(back["netflow"]["max_ttl"] == 64);
  record.flow.packets_to_client = 0;
  const auto one = netflow_to_eve(record, names());
  CHECK(std::count(one.begin(), one.end(), '\n') == 1);
  CHECK(netflow_to_eve(tcp_record(EventType::drop), names()).empty());
}

TEST_CASE("a flow that ends before it begins by the clock has age 0") {
  auto record = flow_record();
  std::swap(record.flow.start_ns, record.flow.last_ns);
  CHECK(parsed(record)["flow"]["age"] == 0);
}

TEST_CASE("a drop record is about the packet: its sender is the source") {
  auto record = tcp_record(EventType::drop);
  record.drop = DropFields{.reason = static_cast<std::uint16_t>(DropReason::policy_block),
                           .packet_bytes = 60,
                           .direction = 1,
                           .tcp_flags = 0x12,
                           .ttl = 64,
                           .pad = 0,
                           .tcp_seq = 4'000'000'000,
                           .tcp_ack = 1,
                           .tcp_window = 65535,
                           .ip_id = 9};
  const auto eve = parsed(record);
  CHECK(eve["event_type"] == "drop");
  CHECK(eve["src_ip"] == "198.51.100.7");
  CHECK(eve["src_port"] == 443);
  CHECK(eve["dest_ip"] == "192.0.2.1");
  CHECK(eve["dest_port"] == 40000);
  CHECK(eve["direction"] == "to_client");
  CHECK(eve["ether"] == json::parse(R"({"src_mac": "02:00:00:00:00:02",
                                        "dest_mac": "02:00:00:00:00:01"})"));
  CHECK(eve["drop"] == json::parse(R"({"len": 60, "ttl": 64, "ipid": 9, "tcpseq": 4000000000,
        "tcpack": 1, "tcpwin": 65535, "syn": true, "ack": true, "psh": false, "rst": false,
        "urg": false, "fin": false, "reason": "policy_block"})"));
  CHECK(eve["policy"]["rule"] == 3);
}

TEST_CASE("the end of the policy is rule 0 and has no name") {
  auto record = tcp_record(EventType::policy);
  record.rule = 0;
  record.policy = {};
  record.policy.action = record.policy.rejudged = 1;
  record.policy.application = 9;
  const auto eve = parsed(record);
  CHECK(eve["policy"] ==
        json::parse(R"({"serial": 7, "rule": 0, "action": "block", "rejudged": true})"));
  CHECK_FALSE(eve.contains("app"));  // 9 has no name
}

TEST_CASE("a block that was answered has the id that the answer shows") {
  auto record = tcp_record(EventType::policy);
  const auto id = make_block_id(1'795'000'000, 3, 17);
  record.policy = {};
  record.policy.action = 1;
  record.policy.block_id = id;
  const auto text = block_id_text(id);
  CHECK(parsed(record)["policy"]["block_id"] == std::string(text.data(), text.size()));
}

TEST_CASE("a record of a policy that came in a bundle says which one") {
  EventRecord record = tcp_record(EventType::policy);
  record.policy_serial = 9;
  CHECK(json::parse(to_eve(record, names()))["policy"]["bundle_version"] == 41);
  record.policy_serial = 8;
  CHECK_FALSE(json::parse(to_eve(record, names()))["policy"].contains("bundle_version"));
}

TEST_CASE("an anomaly names its reason as a decode event") {
  auto record = tcp_record(EventType::anomaly);
  record.tuple = EventTuple{};
  record.source_mac = record.destination_mac = {};
  record.flow_id = 0;
  record.anomaly = {.reason = static_cast<std::uint16_t>(DropReason::ipv4_bad_option),
                    .packet_bytes = 60};
  CHECK(parsed(record) == json::parse(R"({"timestamp": "2026-11-21T10:02:03.004005+0900",
        "in_iface": "lan0", "event_type": "anomaly",
        "anomaly": {"type": "decode", "event": "ipv4_bad_option"}})"));
}

TEST_CASE("protocols, tags and families are spelt as Suricata spells them") {
  auto record = flow_record();
  record.tuple.vlan = 100;
  record.tuple.inner_vlan = 200;
  record.tuple.protocol = 58;
  record.tuple.source_port = 128;
  record.tuple.destination_port = 0;
  record.tuple.source = *parse_ip_address("2001:db8::1");
  record.tuple.destination = *parse_ip_address("2001:db8::2");
  const auto eve = parsed(record);
  CHECK(eve["vlan"] == json::array({100, 200}));
  CHECK(eve["proto"] == "IPv6-ICMP");
  CHECK(eve["icmp_type"] == 128);
  CHECK(eve["icmp_code"] == 0);
  CHECK_FALSE(eve.contains("src_port"));
  CHECK_FALSE(eve.contains("tcp"));
  CHECK(eve["src_ip"] == "2001:0db8:0000:0000:0000:0000:0000:0001");
  CHECK(eve["ip_v"] == 6);
  record.tuple.protocol = 253;
  CHECK(parsed(record)["proto"] == "253");
  record.tuple.protocol = 132;
  CHECK(parsed(record)["proto"] == "SCTP");
  CHECK(parsed(record)["src_port"] == 128);
}

TEST_CASE("names are escaped, and bytes that are not UTF-8 are replaced") {
  use_tokyo();
  struct Case {
    std::string name;
    std::string read_back;
  };
  const std::string replacement = "\xef\xbf\xbd";
  const auto c = GENERATE_COPY(
      Case{"quote \" back\\slash", "quote \" back\\slash"},
      Case{"line\nreturn\rtab\t", "line\nreturn\rtab\t"},
      Case{std::string("\0\x01\x1f\x7f", 4), std::string("\0\x01\x1f\x7f", 4)},
      Case{"営業部 é 𠮷", "営業部 é 𠮷"},
      Case{"a\xff"
           "b",
           "a" + replacement + "b"},
      Case{"\xc0\xaf", replacement + replacement}, Case{"\xe5\x96", replacement + replacement},
      Case{"\xed\xa0\x80", replacement + replacement + replacement},
      Case{"\xf4\x90\x80\x80", replacement + replacement + replacement + replacement});
  auto n = names();
  n.rule = [&](std::uint32_t, RuleNumber) { return c.name; };
  const auto eve = json::parse(to_eve(flow_record(), n));
  CHECK(eve["policy"]["name"] == c.read_back);
}

TEST_CASE("whatever bytes a record holds, the line is JSON") {
  use_tokyo();
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    EventRecord record{};
    auto* const bytes = reinterpret_cast<unsigned char*>(&record);
    for (std::size_t i = 0; i < sizeof record; ++i) bytes[i] = static_cast<unsigned char>(random());
    if (round % 2 == 0) record.type = static_cast<EventType>(1 + random() % 4);
    const auto eve = json::parse(to_eve(record, names()), nullptr, false);
    REQUIRE(eve.is_object());
    REQUIRE(eve["timestamp"].get_ref<const std::string&>().size() == 31);
  }
}

TEST_CASE("a record without anybody to name its numbers still gives a line") {
  use_tokyo();
  const auto eve = json::parse(to_eve(flow_record(), {}));
  CHECK_FALSE(eve.contains("in_iface"));
  CHECK_FALSE(eve.contains("app_proto"));
  CHECK(eve["policy"] == json::parse(R"({"serial": 7, "rule": 3})"));
}

TEST_CASE("stats nest at the dots of counter names") {
  use_tokyo();
  const auto eve = json::parse(stats_to_eve(kTime, 60,
                                            {{"decoder.pkts", 5},
                                             {"decoder.ipv4.tcp", 3},
                                             {"decoder.ipv4.udp", 2},
                                             {"drop.none", 0},
                                             {"flows", 1},
                                             {"decoder-x.y", 4}}));
  CHECK(eve["event_type"] == "stats");
  CHECK(eve["stats"] == json::parse(R"({"uptime": 60, "decoder": {"pkts": 5, "ipv4": {"tcp": 3,
      "udp": 2}}, "decoder-x": {"y": 4}, "drop": {"none": 0}, "flows": 1})"));
}

TEST_CASE("content that grows old is a record of its own type") {
  use_tokyo();
  CHECK(json::parse(content_age_to_eve(kTime, "stale", "urls", 90, 60)) ==
        json::parse(R"({"timestamp": "2026-11-21T10:02:03.004005+0900", "event_type": "content",
        "content": {"what": "stale", "kind": "urls", "age_seconds": 90,
        "max_age_seconds": 60}})"));
}

TEST_CASE("a policy change is a record of its own type") {
  use_tokyo();
  CHECK(json::parse(policy_change_to_eve(kTime, "applied", 8, "ab12", "by \"admin\"")) ==
        json::parse(R"({"timestamp": "2026-11-21T10:02:03.004005+0900",
        "event_type": "policy_change", "policy_change": {"what": "applied", "serial": 8,
        "content_address": "ab12", "detail": "by \"admin\""}})"));
  CHECK_FALSE(
      json::parse(policy_change_to_eve(kTime, "refused", 8, "", ""))["policy_change"].contains(
          "detail"));
}
