#include "one_rule.h"

using namespace sekisho;
using namespace sekisho::rules;
using namespace sekisho::rules::test;

namespace {

bool contains(const AddressSet& set, std::string_view text) {
  const auto address = *parse_ip_address(text);
  if (set.any) return true;
  for (const auto& range : set.ranges)
    if (range.contains(address)) return true;
  return false;
}

Rule headed(const std::string& header) { return rule_of(header + " (sid:1;)"); }

}  // namespace

TEST_CASE("positions are those of the file, also in lines that a backslash joins") {
  const auto set = parse(
      "# a comment \\\n"
      "\r\n"
      "alert tcp any any -> any any (sid:1;)\r\n"
      "   alert tcp any any -> any any ( \\\r\n"
      "     msg:\"two\"; \\\r\n"
      "     nonsense; sid:2;)\n"
      "#alert tcp any any -> any any (sid:3;)\n"
      "alert tcp any any -> any any (sid:4");
  REQUIRE(set.rules.size() == 1);
  CHECK(set.rules[0].position.line == 3);
  CHECK(set.num_disabled == 1);
  REQUIRE(set.refused.size() == 2);
  CHECK(set.refused[0].position.line == 6);
  CHECK(set.refused[0].position.column == 6);
  CHECK(set.refused[0].signature == 2);
  CHECK(set.refused[1].position.line == 8);
}

TEST_CASE("a header is refused where it is wrong") {
  const auto [rule, column, part] = GENERATE(table<std::string, std::uint32_t, std::string>({
      {"alart tcp any any -> any any (sid:1;)", 1, "unknown action"},
      {"accept:hook tcp:all any any <> any 80 (sid:1;)", 1, "firewall rule set"},
      {"alert tcpp any any -> any any (sid:1;)", 7, "unknown protocol"},
      {"alert 256 any any -> any any (sid:1;)", 7, "unknown protocol"},
      {"alert tcp any any >> any any (sid:1;)", 19, "direction"},
      {"alert tcp any any -> any (sid:1;)", 1, "words"},
      {"alert tcp $NOWHERE any -> any any (sid:1;)", 11, "variable $NOWHERE is not defined"},
      {"alert tcp any $NO_PORTS -> any any (sid:1;)", 15, "variable $NO_PORTS is not defined"},
      {"alert tcp any 70000 -> any any (sid:1;)", 15, "not a number from 0 to 65535"},
      {"alert tcp any 90:80 -> any any (sid:1;)", 15, "backwards"},
      {"alert tcp 10.0.0.300 any -> any any (sid:1;)", 11, "no address"},
      {"alert tcp [10.0.0.1 any -> any any (sid:1;)", 1, "words"},
      {"alert tcp !any any -> any any (sid:1;)", 11, "no address is left"},
      {"alert tcp [10.0.0.1,!10.0.0.0/8] any -> any any (sid:1;)", 11, "no address is left"},
      {"alert tcp:flow_stop any any -> any any (sid:1;)", 11, "unknown hook"},
      {"alert tcp any any -> any any", 1, "\"(\" is missing"},
      {"alert tcp any any -> any any (sid:1;", 36, "do not end with \")\""},
  }));
  const auto set = parse(rule);
  CAPTURE(rule);
  REQUIRE(set.refused.size() == 1);
  CHECK(set.refused[0].position.column == column);
  CHECK(set.refused[0].message.find(part) != std::string::npos);
}

TEST_CASE("address groups are resolved with their exclusions") {
  const auto rule = headed(
      "alert ip [10.0.0.0/8,!10.1.0.0/16,[192.0.2.1,2001:db8::/32]] any -> $EXTERNAL_NET any");
  const auto& source = rule.header.source;
  CHECK(contains(source, "10.0.0.1"));
  CHECK_FALSE(contains(source, "10.1.2.3"));
  CHECK(contains(source, "10.2.0.0"));
  CHECK(contains(source, "192.0.2.1"));
  CHECK(contains(source, "2001:db8::5"));
  CHECK_FALSE(contains(source, "2001:db9::"));
  const auto& destination = rule.header.destination;
  CHECK_FALSE(contains(destination, "192.168.3.4"));
  CHECK(contains(destination, "8.8.8.8"));
  CHECK(contains(destination, "2001:db8::5"));
  CHECK(contains(headed("alert ip ![10.0.0.0/8,!10.1.0.0/16] any -> any any").header.source,
                 "10.1.0.9"));
  CHECK(headed("alert ip [any] any -> any any").header.source.any);
  CHECK(contains(headed("alert ip 10.0.0.0/255.255.255.0 any -> any any").header.source,
                 "10.0.0.77"));
}

TEST_CASE("port groups are resolved with their exclusions") {
  const auto [text, ranges] = GENERATE(table<std::string, std::vector<std::pair<int, int>>>({
      {"80", {{80, 80}}},
      {":1024", {{0, 1024}}},
      {"1024:", {{1024, 65535}}},
      {"!80", {{0, 79}, {81, 65535}}},
      {"[80:90,!85]", {{80, 84}, {86, 90}}},
      {"[80, 81, 443]", {{80, 81}, {443, 443}}},
      {"[1:10,5:20,!8:9]", {{1, 7}, {10, 20}}},
      {"$HTTP_PORTS", {{80, 80}}},
      {"0:65535", {}},
  }));
  CAPTURE(text);
  const auto rule = headed("alert tcp any " + text + " -> any any");
  const auto& set = rule.header.source_ports;
  CHECK(set.any == ranges.empty());
  REQUIRE(set.ranges.size() == ranges.size());
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    CHECK(set.ranges[i].first == ranges[i].first);
    CHECK(set.ranges[i].last == ranges[i].second);
  }
}

TEST_CASE("a variable that contains itself is refused") {
  auto context = RuleContext::defaults();
  context.address_variables["A"] = "$B";
  context.address_variables["B"] = "[10.0.0.1,$A]";
  RuleSet set;
  parse_rules("alert ip $A any -> any any (sid:1;)", "f", context, set);
  REQUIRE(set.refused.size() == 1);
  CHECK(set.refused[0].message.find("contains itself") != std::string::npos);
}

TEST_CASE("actions, protocols and directions are what they say") {
  CHECK(headed("rejectboth tcp any any -> any any").header.action == RuleAction::reject_both);
  CHECK(headed("pass IP any any <> any any").header.bidirectional);
  CHECK(headed("alert tls any any => any any").header.transactional);
  CHECK(headed("alert tcp-pkt any any -> any any").header.layer == RuleLayer::packet);
  CHECK(headed("alert tcp-stream any any -> any any").header.layer == RuleLayer::tcp_stream);
  CHECK(headed("alert pkthdr any any -> any any").header.layer == RuleLayer::packet_header);
  CHECK(headed("alert tcp:flow_start any any -> any any").header.hook == PacketHook::flow_start);
  const auto v6 = headed("alert icmpv6 any any -> any any").header;
  CHECK((v6.ip_protocols.test(58) && v6.ip_protocols.count() == 1 && !v6.ipv4));
  CHECK(headed("alert 89 any any -> any any").header.ip_protocols.test(89));
  const auto http = headed("alert http any any -> any any").header;
  CHECK(http.layer == RuleLayer::application);
  CHECK((http.app_protocols & bit_of(Protocol::http2)) != 0);
  const auto state = headed("drop tls:client_hello_done any any -> any any");
  CHECK(test_of<ApplicationStateTest>(state).stage == 1);
  CHECK(test_of<ApplicationStateTest>(state).direction == FieldDirection::to_server);
}

TEST_CASE("keywords of an application make a rule one of that application") {
  const auto rule = with("http.uri; content:\"/x\";");
  CHECK(rule.header.layer == RuleLayer::application);
  CHECK((rule.header.app_protocols & bit_of(Protocol::http1)) != 0);
  CHECK(with("dns.query; content:\"x\";", "alert udp any any -> any any").header.app_protocols ==
        (bit_of(Protocol::dns) | bit_of(Protocol::doh2) | bit_of(Protocol::mdns) |
         bit_of(Protocol::llmnr)));
  CHECK(with("dns.query; content:\"x\";", "alert dns any any -> any any").header.app_protocols ==
        (bit_of(Protocol::dns) | bit_of(Protocol::doh2)));
  CHECK(refusal_with("tls.sni; content:\"x\";", "alert http any any -> any any") ==
        "tls.sni is no field of \"http\"");
  CHECK(refusal_with("http.uri; content:\"x\";", "alert tcp-pkt any any -> any any") ==
        "http.uri cannot be tested in a rule for \"tcp-pkt\"");
  CHECK(refusal_with("http.uri; tls.sni; content:\"x\";") == "nothing is tested of http.uri");
  CHECK(refusal_with("http.uri; content:\"x\"; flow:to_client;") ==
        "http.uri does not exist in the direction of \"flow\"");
}

TEST_CASE("of rules with one sid the highest revision stays, with a warning") {
  const auto set = parse(
      "alert tcp any any -> any any (msg:\"a\"; sid:1; rev:2;)\n"
      "alert tcp any any -> any any (msg:\"b\"; sid:1; rev:3;)\n"
      "alert tcp any any -> any any (msg:\"c\"; sid:1; rev:1;)\n"
      "alert tcp any any -> any any (msg:\"d\"; gid:2; sid:1;)\n");
  REQUIRE(set.rules.size() == 2);
  CHECK(set.rules[0].message == "b");
  REQUIRE(set.warnings.size() == 2);
  CHECK(set.warnings[0].position.line == 1);
  CHECK(set.warnings[0].same_sid->line == 2);
  CHECK(set.warnings[1].position.line == 3);
  CHECK(set.warnings[1].same_sid->line == 2);
}

TEST_CASE("rules whose requirements are not met are passed over, whatever else they say") {
  const auto [requirement, is_met] = GENERATE(table<std::string, bool>({
      {"version >= 7.0.3", true},
      {"version >= 99", false},
      {"version >= 7 < 8 | >= 9.0.0", true},
      {"version >= 7 < 8", false},
      {"feature ja4", true},
      {"feature teleportation", false},
      {"keyword dns.query", true},
      {"keyword no.such", false},
      {"version >= 8, keyword no.such", false},
      {"moonphase full", false},
  }));
  CAPTURE(requirement);
  const auto set = parse("alert tcp any any -> any any (requires:" + requirement + "; " +
                         (is_met ? "" : "of.tomorrow; ") + "sid:1;)");
  CHECK(set.refused.empty());
  CHECK(set.rules.size() == (is_met ? 1 : 0));
  CHECK(set.num_not_for_us == (is_met ? 0U : 1U));
}

TEST_CASE("class types give category and priority, which the rule may say itself") {
  const auto rule = with("classtype:trojan-activity;");
  CHECK(rule.priority == 1);
  CHECK_FALSE(rule.class_description.empty());
  CHECK(with("priority:4; classtype:trojan-activity;").priority == 4);
  auto context = RuleContext::defaults();
  parse_classifications(
      "# comment\nconfig classification: our-own,Text of ours,2\nconfig nonsense\n"
      "config classification: bad,x,none\n",
      context);
  CHECK(context.class_types.at("our-own").description == "Text of ours");
  CHECK(context.class_types.at("our-own").priority == 2);
  CHECK_FALSE(context.class_types.contains("bad"));
  const auto set = parse("alert tcp any any -> any any (classtype:unheard-of; sid:1;)");
  CHECK(set.rules.size() == 1);
  CHECK(set.warnings.size() == 1);
}

TEST_CASE("texts around a rule are kept as they are meant") {
  const auto rule = with(
      "msg:\"a \\\"b\\\" \\; c\"; reference:CVE,2021-44228; reference:url,example.com/a,b; "
      "metadata:policy x, tag Two Words; target:dest_ip; rev:7; gid:3;");
  CHECK(rule.message == "a \"b\" ; c");
  REQUIRE(rule.references.size() == 2);
  CHECK(rule.references[0].system == "cve");
  CHECK(rule.references[1].id == "example.com/a,b");
  REQUIRE(rule.metadata.size() == 2);
  CHECK(rule.metadata[1].first == "tag");
  CHECK(rule.metadata[1].second == "Two Words");
  CHECK(rule.target == RuleTarget::destination);
  CHECK(rule.revision == 7);
  CHECK(rule.generator == 3);
  CHECK(refusal_of("alert tcp any any -> any any (msg:\"x\";)") == "sid is missing");
}

TEST_CASE("config rules keep records from being written and never alert") {
  const auto rule = with("dns.query; content:\"x\"; config:logging disable, type tx, scope tx;",
                         "config dns any any -> any any");
  CHECK(rule.disable_logging == Rule::Quiet::transaction);
  CHECK(rule.no_alert);
  CHECK_FALSE(refusal_with("content:\"x\";", "config tcp any any -> any any").empty());
  CHECK_FALSE(refusal_with("config:logging disable, type tx, scope tx;").empty());
}

TEST_CASE("rules with nothing to search for are told") {
  const auto set = parse(
      "alert tcp any any -> any any (content:\"abc\"; sid:1;)\n"
      "alert tcp any any -> any any (content:\"ab\"; sid:2;)\n"
      "alert tcp any any -> any any (content:!\"abcdef\"; pcre:!\"/abc/\"; sid:3;)\n"
      "alert tcp any any -> any any (content:\"ab\"; pcre:\"/abc/\"; sid:5;)\n"
      "alert tcp any any -> any any (content:\"ab\"; pcre:\"/abc/R\"; sid:6;)\n"
      "alert tcp any any -> any any (flags:S; sid:4;)\n");
  const auto slow = slow_rules(set);
  REQUIRE(slow.size() == 3);
  CHECK(slow[0].signature == 2);
  CHECK(slow[1].signature == 3);
  CHECK(slow[2].signature == 6);
}

TEST_CASE("a keyword without effect on a gateway is told, and its rule is in force") {
  struct Case {
    std::string options, told;
  };
  const auto [options, told] = GENERATE(values<Case>({
      {"filestore;", "filestore: a gateway keeps no files"},
      {"tag:host,5,packets,src;", "tag host: packets of the alert's own flow only are captured"},
      {"http.uri; content:\"abc\"; prefilter;",
       "prefilter: what is searched for first is chosen by itself"},
      {"http.uri; dataset:set,seen,type string,save seen.lst;",
       "dataset save: nothing is written, what rules add to the data set is kept in memory"},
      {"http.uri; dataset:set,seen,type string,state seen.lst;",
       "dataset state: nothing is written, what rules add to the data set is kept in memory"},
  }));
  CAPTURE(options);
  const auto set = parse("alert http any any -> any any (" + options + " sid:7;)\n");
  CHECK(set.rules.size() == 1);
  REQUIRE(set.warnings.size() == 1);
  CHECK(set.warnings[0].message == "no effect here: " + told);
  CHECK(set.warnings[0].signature == 7);
  CHECK(set.warnings[0].no_effect);
}

TEST_CASE("bypass has an effect") {
  const auto set = parse("alert http any any -> any any (bypass; sid:7;)\n");
  CHECK(set.warnings.empty());
  CHECK(set.rules.at(0).bypass);
}
