#include "one_rule.h"

using namespace sekisho::rules;
using namespace sekisho::rules::test;

TEST_CASE("number keywords take every way of comparing") {
  struct Case {
    std::string text;
    Comparison comparison;
    std::uint64_t low, high;
    bool negated;
  };
  const auto one = GENERATE(values<Case>({
      {"19", Comparison::equal, 19, 0, false},
      {"=0x13", Comparison::equal, 19, 0, false},
      {"!20", Comparison::equal, 20, 0, true},
      {"!=20", Comparison::not_equal, 20, 0, false},
      {">21", Comparison::greater, 21, 0, false},
      {">= 21", Comparison::greater_or_equal, 21, 0, false},
      {"<22", Comparison::less, 22, 0, false},
      {"<=22", Comparison::less_or_equal, 22, 0, false},
      {"19-22", Comparison::between, 19, 22, false},
      {"3<>20", Comparison::between, 3, 20, false},
      {"3 <=> 20", Comparison::between_inclusive, 3, 20, false},
      {"!19-22", Comparison::between, 19, 22, true},
      {"&0xc0=0x80", Comparison::bits_equal, 0xc0, 0x80, false},
      {"&0xc0!=0", Comparison::bits_equal, 0xc0, 0, true},
      {"2kb", Comparison::equal, 2048, 0, false},
      {">1 KiB", Comparison::greater, 1024, 0, false},
  }));
  CAPTURE(one.text);
  const auto test = test_of<PacketNumberTest>(with("dsize:" + one.text + ";")).test;
  CHECK(test.comparison == one.comparison);
  CHECK(test.low == one.low);
  CHECK(test.high == one.high);
  CHECK(test.negated == one.negated);
}

TEST_CASE("numbers that cannot be are refused") {
  const auto options = GENERATE(values<std::string>(
      {"ttl:256;", "dsize:-1;", "dsize:abc;", "dsize:5<>6;", "dsize:20<>3;", "itype:;", "ttl:>;",
       "websocket.flags:&0xc0=2;", "tcp.mss:65536;", "dsize:99999999999999999999999;",
       "dns.opcode:1,0;", "vlan.id:5000;", "dsize:!!5;", "vlan.id:5,9;"}));
  CAPTURE(options);
  CHECK_FALSE(refusal_with(options).empty());
}

TEST_CASE("names stand for the numbers of their protocol's wire format") {
  const auto [options, number] = GENERATE(table<std::string, std::uint64_t>({
      {"mqtt.type:CONNECT;", 1},
      {"mqtt.type:auth;", 15},
      {"ldap.request.operation:search_request;", 3},
      {"snmp.pdu_type:get_bulk_request;", 5},
      {"websocket.opcode:pong;", 10},
      {"dns.rrtype:AAAA;", 28},
      {"dns.rcode:NXDOMAIN;", 3},
      {"krb5_msg_type:AS_REP;", 11},
      {"http2.frametype:GOAWAY;", 7},
      {"dnp3_func:read;", 1},
      {"dnp3_obj:12,1;", 12 << 8 | 1},
      {"ftpdata_command:retr;", 2},
      {"rfb.secresult:fail;", 1},
      {"tls.version:1.2;", 0x0303},
      {"enip_command:list_identity;", 0x63},
      {"tls_cert_notafter:2015-10-22;", 1445472000},
  }));
  CAPTURE(options);
  const auto& test = test_of<FieldNumberTest>(with(options)).test;
  CHECK(test.comparison == Comparison::equal);
  CHECK(test.low == number);
}

TEST_CASE("flags by name become a mask and what it must be") {
  const auto test = test_of<FieldNumberTest>(with("websocket.flags:fin,!comp;")).test;
  CHECK((test.comparison == Comparison::bits_equal && test.low == 0xc0 && test.high == 0x80));
  CHECK(test_of<FieldNumberTest>(with("mqtt.flags:!retain,!dup;")).test.high == 0);
}

TEST_CASE("of many numbers a rule says which must satisfy") {
  const auto [text, quantifier, index] = GENERATE(table<std::string, Quantifier, int>({
      {"1", Quantifier::any, 0},
      {"1,any", Quantifier::any, 0},
      {"1,all", Quantifier::all, 0},
      {"1,all_or_absent", Quantifier::all_or_absent, 0},
      {"1,or_absent", Quantifier::any_or_absent, 0},
      {"1,-1", Quantifier::at, -1},
      {"1,0", Quantifier::at, 0},
      {"1,oob_or 2", Quantifier::at_or_absent, 2},
      {"1,nb>3", Quantifier::count, 0},
      {"count >3", Quantifier::count, 0},
  }));
  CAPTURE(text);
  const auto test = test_of<FieldNumberTest>(with("dns.rrtype:" + text + ";"));
  CHECK(test.quantifier == quantifier);
  CHECK(test.index == index);
  if (quantifier == Quantifier::count) CHECK(test.count.low == 3);
  const auto sliced = test_of<FieldNumberTest>(with("dns.rrtype:1,all,-4:-1;"));
  CHECK((sliced.slice && sliced.slice_first == -4 && sliced.slice_last == -1));
}

TEST_CASE("a pair's name and value are tested as one number") {
  const auto test = [](const std::string& options) {
    return test_of<FieldNumberTest>(with(options)).test;
  };
  const auto settings = test("http2.settings:SETTINGS_HEADER_TABLE_SIZE>1000;");
  CHECK(settings.comparison == Comparison::between);
  CHECK(settings.low == (1ULL << 32) + 1000);
  CHECK(settings.high == 2ULL << 32);
  CHECK(test("ike.chosen_sa_attribute:alg_enc=7;").low == (1ULL << 32) + 7);
  const auto modbus = with("modbus:access write coils, address 5, value >200;");
  CHECK(test_of<FieldNumberTest>(modbus, 0).test.low == (2 | 8));
  CHECK(test_of<FieldNumberTest>(modbus, 3).test.low == (5 << 16) + 201);
  const auto range = test_of<FieldNumberTest>(with("nfs_procedure:2<>4;"));
  CHECK(range.test.comparison == Comparison::between_inclusive);
  const auto write = test_of<FieldNumberTest>(with("nfs_procedure:WRITE;"));
  CHECK(write.alternatives ==
        std::vector<std::uint64_t>{2ULL << 32 | 8, 3ULL << 32 | 7, 4ULL << 32 | 38});
}

TEST_CASE("a Modbus address is asked of the first and the last that are touched") {
  const auto range = with("modbus:unit >9, access read coils, address 0<>2;");
  const auto first = test_of<FieldNumberTest>(range, 2), last = test_of<FieldNumberTest>(range, 3);
  CHECK((first.field == Field::modbus_read_first && first.test.comparison == Comparison::less));
  CHECK(first.test.low == 2);
  CHECK((last.field == Field::modbus_read_last && last.test.comparison == Comparison::greater));
  CHECK(last.test.low == 0);
  CHECK(test_of<FieldNumberTest>(with("modbus:access write, address >7;"), 1).field ==
        Field::modbus_write_last);
  CHECK_FALSE(refusal_with("modbus:address 5;").empty());
  CHECK_FALSE(refusal_with("modbus:access read holding, address 5, value 1;").empty());
  CHECK_FALSE(refusal_with("modbus:access read, address !5;").empty());
}

TEST_CASE("class and attribute of cip_service are those of one service") {
  const auto rule = with("cip_service:16,246,6;");
  CHECK(test_of<FieldNumberTest>(rule, 0).test.low == (16ULL << 32 | 246 << 16));
  CHECK(test_of<FieldNumberTest>(rule, 1).test.low == (16ULL << 32 | 246 << 16 | 6));
  CHECK(test_of<FieldNumberTest>(with("cip_service:75;")).field == Field::enip_cip_service);
  CHECK(test_of<FieldNumberTest>(with("cip_service:16,246,!6;"), 1).test.comparison ==
        Comparison::not_equal);
  CHECK(test_of<FieldNumberTest>(with("enip.status:invalid_session;")).test.low == 0x64);
}

TEST_CASE("TCP flags, fragment bits, options and protocols are the header's own bits") {
  const auto flags = [](const std::string& text) {
    return test_of<TcpFlags>(with("flags:" + text + ";"));
  };
  CHECK((flags("S,12").set == 0x02 && flags("S,12").mask == 0x3f));
  CHECK((flags("PA+").set == 0x18 && flags("PA+").mode == TcpFlags::Mode::all));
  CHECK(flags("*SF").mode == TcpFlags::Mode::any);
  CHECK(flags("!R").mode == TcpFlags::Mode::none);
  CHECK_FALSE(refusal_with("flags:SX;").empty());
  const auto bits = test_of<FragmentBits>(with("fragbits:!DM;"));
  CHECK((bits.bits == 3 && bits.mode == TcpFlags::Mode::none));
  CHECK(test_of<IpOption>(with("ipopts:rtralt;")).number == 148);
  CHECK(with("ip_proto:!tcp;", "alert ip any any -> any any").header.ip_protocols.count() == 255);
  CHECK(refusal_with("ip_proto:udp;") == "ip_proto and the header leave no IP protocol");
}

TEST_CASE("flow says direction and state and does not contradict itself") {
  const auto flow = with("flow:established, from_server, no_stream;").flow;
  CHECK((flow.established && flow.to_client && flow.no_stream && !flow.to_server));
  for (const auto* text : {"to_server,to_client", "established,stateless",
                           "not_established,established", "only_stream,no_stream", "sideways"}) {
    CAPTURE(text);
    CHECK_FALSE(refusal_with("flow:" + std::string(text) + ";").empty());
  }
}

TEST_CASE("state keywords ask before and set after") {
  const auto set = parse(
      "alert tcp any any -> any any (flowbits:isset,a|b; flowbits:set,c; flowbits:noalert; "
      "sid:1;)\n"
      "alert tcp any any -> any any (flowbits:isnotset,b; flowint:n,+,1; flowint:n,>,3; sid:2;)\n"
      "alert tcp any any -> any any (xbits:set,x,track ip_pair,expire 60; hostbits:isset,x,dst; "
      "sid:3;)");
  REQUIRE(set.rules.size() == 3);
  const auto& asked = test_of<FlowBits>(set.rules[0]);
  CHECK(asked.bits == std::vector<std::uint32_t>{0, 1});
  CHECK(set.rules[0].set_flow_bits[0].bits[0] == 2);
  CHECK(set.rules[0].no_alert);
  CHECK(test_of<FlowBits>(set.rules[1]).bits[0] == 1);
  CHECK(set.flow_bits == std::vector<std::string>{"a", "b", "c"});
  CHECK(set.rules[1].set_flow_integers[0].command == FlowInteger::Command::add);
  CHECK(test_of<FlowInteger>(set.rules[1], 1).comparison == Comparison::greater);
  CHECK(set.rules[2].set_host_bits[0].track == HostBits::Track::pair);
  CHECK(set.rules[2].set_host_bits[0].expire_seconds == 60);
  CHECK(test_of<HostBits>(set.rules[2]).track == HostBits::Track::destination);
  CHECK_FALSE(refusal_with("flowbits:maybe,a;").empty());
  CHECK_FALSE(refusal_with("flowbits:set,two words;").empty());
  CHECK_FALSE(refusal_with("xbits:set,x;").empty());
}

TEST_CASE("thresholds are read from rules and from threshold.config") {
  const auto own =
      with("threshold:type limit, track by_src, count 5, seconds 60;").thresholds.at(0);
  CHECK((own.type == Threshold::Type::limit && own.count == 5 && own.seconds == 60));
  const auto unique =
      with("detection_filter:track by_dst, count 1, seconds 60, unique_on dst_port;");
  CHECK(unique.thresholds.at(0).unique == Threshold::Unique::destination_port);
  CHECK_FALSE(refusal_with("threshold:type limit, track by_src, count 5;").empty());
  auto set = parse(
      "alert tcp any any -> any any (threshold:type limit,track by_src,count 5,seconds 60; "
      "sid:1;)\n"
      "alert tcp any any -> any any (sid:2;)\n");
  parse_thresholds(
      "# comment\n"
      "event_filter gen_id 1, sig_id 1, type threshold, track by_dst, count 9, seconds 10\n"
      "threshold gen_id 0, sig_id 0, type both, track by_rule, count 2, seconds 3\n"
      "rate_filter gen_id 1, sig_id 2, track by_src, count 7, seconds 60, new_action drop, timeout "
      "30\n"
      "suppress gen_id 1, sig_id 2, track by_src, ip [192.0.2.0/24,$HOME_NET]\n"
      "suppress gen_id 1, sig_id 9\n"
      "suppress gen_id 1, sig_id 2, track by_src\n"
      "limit everything\n",
      "threshold.config", RuleContext::defaults(), set);
  const auto& first = set.rules[0].thresholds;
  REQUIRE(first.size() == 1);
  CHECK((first[0].type == Threshold::Type::threshold && first[0].count == 9));
  const auto& second = set.rules[1].thresholds;
  REQUIRE(second.size() == 3);
  CHECK(second[0].type == Threshold::Type::both);
  CHECK((second[1].new_action == RuleAction::drop && second[1].timeout_seconds == 30));
  CHECK((second[2].type == Threshold::Type::suppress && second[2].addresses.ranges.size() == 4));
  CHECK(set.warnings.size() == 1);
  REQUIRE(set.refused.size() == 2);
  CHECK(set.refused[0].position.line == 7);
}

TEST_CASE("files, data sets and addresses are tested by their own keywords") {
  const auto name = element_of<Content>(with("fileext:\"pdf\";"));
  CHECK((name.ends_with && name.nocase && name.pattern.size() == 4));
  CHECK(element_of<DatasetTest>(with("filemd5:!list;")).command == DatasetTest::Command::isnotset);
  const auto data = element_of<DatasetTest>(
      with("dns.query; dataset:isset,bad,type string,load bad.json,format json,value_key name;"));
  CHECK((data.format == DatasetTest::Format::json && data.json_value_key == "name"));
  const auto address = test_of<AddressTest>(with("ip.src; dataset:isset,l,type ip,load l.lst;"));
  CHECK((address.source && address.dataset.type == DatasetTest::Type::ip));
  CHECK(refusal_with("ip.src; content:\"a\";") == "content cannot test ip.src");
  CHECK(refusal_with("ip.dst;") == "nothing is tested of ip.dst");
  const auto reputation =
      element_of<DatasetTest>(with("dns.query; datarep:r, >, 200, load r.rep, type string;"));
  CHECK((reputation.comparison == Comparison::greater && reputation.reputation == 200));
  CHECK(test_of<ReputationTest>(with("iprep:src,CnC,>,30;")).score.low == 30);
  CHECK(test_of<GeoTest>(with("geoip:src,!de,FR;")).negated);
}

TEST_CASE("an interface is its UUID and its version") {
  const auto rule =
      with("dcerpc.iface:12345678-1234-abcd-ef00-0123456789ab,>1,any_frag; content:\"p\";");
  CHECK(element_of<Content>(rule).pattern.size() == 16);
  CHECK(element_of<ByteTest>(rule, 0, 1).value.value == 1);
  CHECK(rule.buffers[1].field == Field::payload);
  CHECK(test_of<FieldNumberTest>(with("dcerpc.opnum:1,3-5;")).alternatives ==
        std::vector<std::uint64_t>{1, 3, 4, 5});
  CHECK_FALSE(refusal_with("dcerpc.iface:1234;").empty());
}

TEST_CASE("Snort 3 is told from the rule and read as it means") {
  const auto rule = rule_of(
      "alert http ( msg:\"x\"; flow:to_server,established; http_uri; "
      "content:\"/a.php\",fast_pattern,"
      "nocase; content:\"b;c\",within 20,distance 2; http_header:field user-agent; "
      "content:\"curl\"; "
      "service:http; sid:1; )");
  CHECK(rule.dialect == Dialect::snort3);
  REQUIRE(rule.buffers.size() == 2);
  CHECK((element_of<Content>(rule).fast_pattern && element_of<Content>(rule).nocase));
  CHECK(element_of<Content>(rule, 0, 1).distance.value == 2);
  CHECK(rule.buffers[1].field == Field::http_user_agent);
  CHECK(with("content:\"GET\"; http_method;").dialect == Dialect::suricata);
  CHECK(with("http_method; content:\"GET\";").dialect == Dialect::snort3);
  const auto service =
      rule_of("alert tcp any any -> any 25 (content:\"abc\"; service:smtp; sid:1;)");
  CHECK(test_of<ApplicationProtocolTest>(service).protocols == bit_of(Protocol::smtp));
  CHECK(rule_of("alert tcp any any -> any 111 (content:\"abc\"; service:sunrpc; sid:1;)")
            .tests.empty());
  CHECK(element_of<BufferSize>(
            rule_of("alert tcp any any -> any 80 (http_uri; bufferlen:1<=>5; sid:1;)"))
            .size.comparison == Comparison::between_inclusive);
  CHECK(refusal_of("alert http (sd_pattern:\"x\"; sid:1;)") ==
        "Snort's sd_pattern has no counterpart here");
}

TEST_CASE("what names a rule stands in it once") {
  const auto set = parse(
      "alert tcp any any -> any any (msg:\"a\"; sid:1; sid:2;)\n"
      "alert tcp any any -> any any (msg:\"a\"; msg:\"b\"; sid:3;)\n"
      "alert tcp any any -> any any (rev:1; sid:4; rev:2;)\n"
      "alert tcp any any -> any any (gid:1; sid:5; gid:1;)\n");
  CHECK(set.rules.empty());
  REQUIRE(set.refused.size() == 4);
  CHECK(set.refused[0].message == "sid stands a second time");
  CHECK(set.refused[0].position.column == 47);
  CHECK(set.refused[1].message == "msg stands a second time");
  CHECK(set.refused[2].message == "rev stands a second time");
  CHECK(set.refused[3].message == "gid stands a second time");
}

TEST_CASE("of two class types the one of higher priority counts, with a warning") {
  const auto set = parse(
      "alert tcp any any -> any any (classtype:misc-activity; classtype:trojan-activity; sid:1;)\n"
      "alert tcp any any -> any any (classtype:trojan-activity; classtype:misc-activity; "
      "sid:2;)\n");
  REQUIRE(set.rules.size() == 2);
  CHECK(set.rules[0].class_type == "trojan-activity");
  CHECK(set.rules[1].class_type == "trojan-activity");
  REQUIRE(set.warnings.size() == 2);
  CHECK(set.warnings[0].position.column == 56);
}

TEST_CASE("a version of TLS may stand in quotes") {
  const auto plain = test_of<FieldNumberTest>(with("tls.version:1.2;"));
  const auto quoted = test_of<FieldNumberTest>(with("tls.version:\"1.2\";"));
  CHECK(plain.test.low == quoted.test.low);
}

TEST_CASE("validity of certificates is compared with seconds since 1970, too") {
  const auto rule = with("tls_cert_notafter:>1445852105;");
  const auto test = test_of<FieldNumberTest>(rule);
  CHECK(test.test.comparison == Comparison::greater);
  CHECK(test.test.low == 1445852105);
  CHECK(test_of<FieldNumberTest>(with("tls_cert_notbefore:<2015;")).test.low == 1420070400);
}

TEST_CASE("older names of SSH and DNS keywords mean what the newer do") {
  const auto software = with("ssh.softwareversion:\"PuTTY\";");
  REQUIRE(software.buffers.size() == 1);
  CHECK(software.buffers[0].field == Field::ssh_software);
  const auto version = element_of<Content>(with("ssh.protoversion:\"2.0\";"));
  CHECK(version.starts_with);
  CHECK(version.ends_with);
  CHECK(element_of<Pcre>(with("ssh.protoversion:2_compat;")).pattern == "^(?:2(?:\\.0)?|1\\.99)$");
  CHECK(refusal_with("ssh.protoversion:new;") == "\"new\" is no version of SSH");
  CHECK(with("dns.query.name; content:\"x\";", "alert dns any any -> any any").buffers[0].field ==
        Field::dns_queries_rrname);
  CHECK(with("dns.answer.name; content:\"x\";", "alert dns any any -> any any").buffers[0].field ==
        Field::dns_answers_rrname);
}

TEST_CASE("l3_proto leaves one version of IP") {
  CHECK_FALSE(with("l3_proto:ipv4; content:\"x\";").header.ipv6);
  CHECK_FALSE(with("l3_proto:ip6; content:\"x\";").header.ipv4);
  CHECK(refusal_with("l3_proto:ipx;") == "\"ipx\" is neither ipv4 nor ipv6");
  CHECK(refusal_with("l3_proto:ipv6; content:\"x\";", "alert ipv4 any any -> any any") ==
        "l3_proto and the header leave no IP version");
}

TEST_CASE("Snort's headers of files and its http_version are known") {
  const auto rule = rule_of("alert file (file_data; content:\"x\"; sid:1;)");
  CHECK(rule.header.app_protocols != 0);
  CHECK(rule.buffers[0].field == Field::file_data);
  CHECK(refusal_of("alert file any any -> any any (file_data; content:\"x\"; sid:1;)") ==
        "\"file\" stands in a header without addresses");
  const auto version = rule_of("alert http (http_version; content:\"1.0\"; sid:1;)");
  CHECK(version.buffers[0].field == Field::http_protocol);
}

TEST_CASE("a certificate is expired or valid when its packet came") {
  const auto expired = test_of<FieldNumberTest>(with("tls_cert_expired;"));
  CHECK(expired.field == Field::tls_cert_notafter);
  CHECK(expired.test.comparison == Comparison::less);
  CHECK(expired.against_clock);
  const auto valid = with("tls_cert_valid;");
  CHECK(test_of<FieldNumberTest>(valid).field == Field::tls_cert_notbefore);
  CHECK(test_of<FieldNumberTest>(valid, 1).test.comparison == Comparison::greater_or_equal);
  CHECK(refusal_with("tls_cert_valid:yes;") == "tls_cert_valid takes no value");
}

TEST_CASE("ike.vendor is a buffer, or a whole vendor ID") {
  const auto whole = element_of<Content>(with("ike.vendor:4A131c81;"));
  CHECK(whole.pattern == std::vector<std::uint8_t>{'4', 'a', '1', '3', '1', 'c', '8', '1'});
  CHECK((whole.starts_with && whole.ends_with));
  CHECK(with("ike.vendor; content:\"4a\";").buffers.at(0).field == Field::ike_vendor);
  CHECK_FALSE(refusal_with("ike.vendor:xyz;").empty());
}

TEST_CASE("modes of NTP and chunks of SCTP have names") {
  CHECK(test_of<FieldNumberTest>(with("ntp.mode:client;")).test.low == 3);
  CHECK(test_of<FieldNumberTest>(with("ntp.mode:!server;")).test.low == 4);
  CHECK(test_of<FieldNumberTest>(with("sctp.chunk_type:init_ack;", "alert sctp any any -> any any"))
            .test.low == 2);
}

TEST_CASE("flowvar and pktvar ask for what a pcre kept") {
  const auto flow = test_of<FlowText>(with("flowvar:user,\"a|20|b\";"));
  CHECK(flow.name == "user");
  CHECK(flow.value == std::vector<std::uint8_t>{'a', ' ', 'b'});
  CHECK_FALSE(flow.of_packet);
  CHECK(test_of<FlowText>(with("pktvar:agent,curl;")).of_packet);
  CHECK(refusal_with("flowvar:user;") == "flowvar takes a name and a value");
  CHECK_FALSE(refusal_with("flowvar:,\"x\";").empty());
}

TEST_CASE("flow.elephant, and host bits that last as long as they say") {
  const auto large = test_of<PacketNumberTest>(with("flow.elephant:toclient;"));
  CHECK(large.number == PacketNumber::flow_elephant_to_client);
  CHECK_FALSE(refusal_with("flow.elephant:sideways;").empty());
  const auto bits = with("hostbits:set,seen,both,600;").set_host_bits.at(0);
  CHECK(bits.expire_seconds == 600);
  CHECK(bits.track == HostBits::Track::pair);
  CHECK(with("hostbits:set,seen;").set_host_bits.at(0).expire_seconds == 300);
  CHECK_FALSE(refusal_with("hostbits:set,seen,src,never;").empty());
}

TEST_CASE("tag says for how long packets are kept after an alert, within bounds") {
  const auto tag = [](const std::string& what) { return with("tag:" + what + ";").tag; };
  CHECK(tag("session,10,packets").packets == 10);
  CHECK(tag("session,10,packets").seconds == 60);
  CHECK(tag("session,30,seconds").seconds == 30);
  CHECK(tag("session,86400,seconds").seconds == Tag::kMostSeconds);
  CHECK(tag("session,bytes 2000").bytes == 2000);
  CHECK(tag("session").packets == 256);
  CHECK(tag("host,src").packets == 256);
  CHECK(tag("session,10,packets; tag:session,20,packets").packets == 20);
  CHECK(tag("session,10,packets; tag:session,90,seconds").packets == 0);
  CHECK(with("content:\"abc\";").tag.seconds == 0);
  CHECK_FALSE(refusal_with("tag:session,10;").empty());
  CHECK_FALSE(refusal_with("tag:flow,10,packets;").empty());
}

TEST_CASE("frames of a protocol are named with it, or without in its rules") {
  const auto field = [](const std::string& name, const std::string& protocol) {
    return with("frame:" + name + "; content:\"x\";", "alert " + protocol + " any any -> any any")
        .buffers.at(0)
        .field;
  };
  CHECK(field("tls.pdu", "tcp") == Field::frame_tls_pdu);
  CHECK(field("ssl2.hdr", "tls") == Field::frame_tls_ssl2_hdr);
  CHECK(field("smb2.data", "smb") == Field::frame_smb_smb2_data);
  CHECK(field("smb.nbss.hdr", "tcp") == Field::frame_smb_nbss_hdr);
  CHECK(field("ctl", "telnet") == Field::frame_telnet_ctl);
  CHECK(field("nfs4.ops", "nfs") == Field::frame_nfs_nfs4_ops);
  CHECK(field("header", "mqtt") == Field::frame_mqtt_header);
  CHECK(refusal_with("frame:tls.record; content:\"x\";") == "no frame is called \"tls.record\"");
}

TEST_CASE("Snort's http_param is a parameter of the URI, http_num_headers a number") {
  const std::string header = "alert http";
  const auto rule = with("http_param:\"user\",nocase; content:\"root\";", header);
  REQUIRE(rule.buffers.size() == 1);
  CHECK(rule.buffers[0].field == Field::http_uri);
  CHECK(rule.buffers[0].transforms.at(0).kind == Transform::Kind::form_value);
  CHECK(rule.buffers[0].transforms.at(0).nocase);
  const auto number = test_of<FieldNumberTest>(with("http_num_headers:>100;", header));
  CHECK(number.field == Field::http_num_headers);
  CHECK_FALSE(refusal_with("http_param:\"\"; content:\"x\";", header).empty());
  CHECK_FALSE(refusal_with("http_num_headers:many;", header).empty());
}

TEST_CASE("Snort's names for numbers of TCP, Modbus and CIP, its regex and version of HTTP") {
  CHECK(test_of<PacketNumberTest>(with("mss:<500;", "alert tcp")).number == PacketNumber::tcp_mss);
  CHECK(test_of<FieldNumberTest>(with("modbus_func:write_single_coil;", "alert tcp")).test.low ==
        5);
  CHECK(test_of<FieldNumberTest>(with("cip_class:5<=>6;", "alert tcp")).field ==
        Field::enip_cip_class);
  const auto regex = element_of<Pcre>(with("regex:\"ab+c\",nocase,fast_pattern;", "alert tcp"));
  CHECK(regex.pattern == "ab+c");
  CHECK(regex.options != 0);
  const auto version = with("http_version_match:\"1.0 2\";", "alert http");
  CHECK(version.buffers.at(0).field == Field::http_protocol);
  CHECK(element_of<Pcre>(version).pattern == "^HTTP/(?:1\\.0|2)$");
  CHECK(with("http_raw_request; content:\"GET\";", "alert http").buffers.at(0).field ==
        Field::http_request_line);
  CHECK_FALSE(refusal_with("regex:\"(\";", "alert tcp").empty());
  CHECK_FALSE(refusal_with("http_version_match:\"x\";", "alert http").empty());
  CHECK(refusal_with("sha256:\"aa\";", "alert tcp") == "Snort's sha256 has no counterpart here");
}
