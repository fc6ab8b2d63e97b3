#include "one_rule.h"

using namespace sekisho::rules;
using namespace sekisho::rules::test;

TEST_CASE("events that nothing raises are refused with the names near them") {
  const auto set = parse(
      "alert http any any -> any any (app-layer-event:http.missing_host_heder; sid:1;)\n"
      "alert tcp any any -> any any (stream-event:pkt_broken_ackk; sid:2;)\n"
      "alert ip any any -> any any (decode-event:ipv4.no_such; sid:3;)\n"
      "alert ip any any -> any any (decode-event:nothing.like_it; sid:4;)\n");
  REQUIRE(set.refused.size() == 4);
  CHECK(set.refused[0].position.column == 48);
  CHECK(set.refused[0].message.starts_with(
      "unknown event \"http.missing_host_heder\" (near: http.missing_host_header"));
  CHECK(set.refused[1].message.starts_with(
      "unknown event \"stream.pkt_broken_ackk\" (near: stream.pkt_broken_ack"));
  CHECK(set.refused[1].position.column == 44);
  CHECK(set.refused[2].message.find("near: ipv4.") != std::string::npos);
  CHECK(set.refused[3].message == "unknown event \"nothing.like_it\"");
}

TEST_CASE("events that only Suricata raises load with a warning") {
  const auto set = parse(
      "alert tcp any any -> any any (stream-event:4whs_invalid_ack; sid:1;)\n"
      "alert tcp any any -> any any (stream-event:pkt_broken_ack; sid:2;)\n"
      "alert ip any any -> any any (app-layer-event:applayer_mismatch_protocol_both_directions; "
      "sid:3;)\n");
  CHECK(set.refused.empty());
  CHECK(set.rules.size() == 3);
  REQUIRE(set.warnings.size() == 1);
  CHECK(set.warnings[0].message == "event \"stream.4whs_invalid_ack\" is never raised here");
  CHECK(set.warnings[0].position.column == 44);
}
