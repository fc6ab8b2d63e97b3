#include <catch2/catch.hpp>

#include "ber_writer.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;

std::string message(unsigned id, const std::string& operation) {
  return ber(0x30, ber_integer(id) + operation);
}
std::string result(unsigned tag, unsigned code, const std::string& text) {
  return ber(tag, ber_integer(code, 0x0a) + ber_text("") + ber_text(text));
}
std::string search(unsigned id) {
  return message(id, ber(0x63, ber_text("dc=example") + ber_integer(2, 0x0a) +
                                   ber_integer(0, 0x0a) + ber_integer(0) + ber_integer(9) +
                                   ber(0x01, std::string(1, '\0')) + ber_text("objectClass", 0x87) +
                                   ber(0x30, ber_text("cn") + ber_text("mail"))));
}
std::string entry(unsigned id) {
  return message(
      id, ber(0x64, ber_text("cn=a,dc=example") +
                        ber(0x30, ber(0x30, ber_text("cn") + ber(0x31, ber_text("a"))) +
                                      ber(0x30, ber_text("mail") + ber(0x31, ber_text("a@b"))))));
}

}  // namespace

TEST_CASE("Each answer to a search is looked at as it comes, with those before") {
  Recorder recorder;
  std::vector<std::uint64_t> counts;
  recorder.on_stage = [&](Transaction& tx, Direction direction) {
    if (direction != kClient) return;
    CHECK(tx.inspection.inspected_stage[1] == 0);
    tx.inspection.inspected_stage[1] = tx.stage(kClient);  // as the rules do
    counts.push_back(tx.number(Field::ldap_responses_count, kClient, 0).value_or(99));
  };
  play(rules::Protocol::ldap, true,
       {{kServer, search(2)},
        {kClient, entry(2) + entry(2)},
        {kClient, message(2, result(0x65, 0, ""))}},
       0, recorder);
  CHECK(counts == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("A search and its responses are one transaction, however they are cut") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 5, 1460}));
  Recorder recorder;
  std::vector<std::string> seen;
  std::vector<std::uint64_t> numbers;
  recorder.on_end = [&](Transaction& tx) {
    seen = {text_of(tx, Field::ldap_request_dn, kServer),
            text_of(tx, Field::ldap_request_attribute_type, kServer, 1),
            text_of(tx, Field::ldap_responses_dn, kClient, 0),
            text_of(tx, Field::ldap_responses_attribute_type, kClient, 1),
            text_of(tx, Field::ldap_responses_attribute_type, kClient, 2),
            text_of(tx, Field::ldap_responses_message, kClient, 1)};
    for (std::uint32_t i = 0; i < 3; ++i)
      numbers.push_back(tx.number(Field::ldap_responses_operation, kClient, i).value_or(99));
    numbers.push_back(tx.number(Field::ldap_responses_count, kClient, 0).value_or(99));
    numbers.push_back(tx.number(Field::ldap_responses_result_code, kClient, 0).value_or(99));
    numbers.push_back(tx.number(Field::ldap_request_operation, kServer, 0).value_or(99));
  };
  REQUIRE(play(rules::Protocol::ldap, true,
               {{kServer, search(2)}, {kClient, entry(2) + message(2, result(0x65, 32, "no"))}},
               segment, recorder) == ParseStatus::ok);
  CHECK(seen ==
        std::vector<std::string>{"dc=example", "mail", "cn=a,dc=example", "mail", "<none>", "no"});
  CHECK(numbers == std::vector<std::uint64_t>{4, 5, 99, 2, 32, 3});
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["ldap"] == nlohmann::json::parse(R"({
    "request":{"message_id":2,"operation":"search_request","search_request":{
      "base_object":"dc=example","scope":2,"deref_alias":0,"size_limit":0,"time_limit":9,
      "types_only":false,"attributes":["cn","mail"]}},
    "responses":[{"operation":"search_result_entry","search_result_entry":{
      "base_object":"cn=a,dc=example","attributes":[{"type":"cn","values":["a"]},
      {"type":"mail","values":["a@b"]}]}},
      {"operation":"search_result_done","search_result_done":{
      "result_code":"no_such_object","matched_dn":"","message":"no"}}]})"));
}

TEST_CASE("Operations of LDAP are recorded with their parts") {
  struct Case {
    std::string operation;
    const char* expected;
  };
  const auto change =
      ber(0x30, ber_integer(2, 0x0a) + ber(0x30, ber_text("cn") + ber(0x31, ber_text("x"))));
  const Case cases[] = {
      {ber(0x60, ber_integer(3) + ber_text("cn=root") +
                     ber(0xa3, ber_text("GSS-SPNEGO") + ber_text("token"))),
       R"({"operation":"bind_request","bind_request":{"version":3,"name":"cn=root",
           "sasl":{"mechanism":"GSS-SPNEGO","credentials":"token"}}})"},
      {ber(0x42, ""), R"({"operation":"unbind_request"})"},
      {ber(0x66, ber_text("uid=j") + ber(0x30, change)),
       R"({"operation":"modify_request","modify_request":{"object":"uid=j","changes":[
           {"operation":"replace","modification":{"attribute_type":"cn",
            "attribute_values":["x"]}}]}})"},
      {ber(0x4a, "uid=j"), R"({"operation":"del_request","del_request":{"dn":"uid=j"}})"},
      {ber(0x6c, ber_text("uid=j") + ber_text("uid=k") + ber(0x01, "\xff")),
       R"({"operation":"mod_dn_request","mod_dn_request":{"entry":"uid=j","new_rdn":"uid=k",
           "delete_old_rdn":true}})"},
      {ber(0x6e, ber_text("uid=j") + ber(0x30, ber_text("sn") + ber_text("Doe"))),
       R"({"operation":"compare_request","compare_request":{"entry":"uid=j",
           "attribute_value_assertion":{"description":"sn","value":"Doe"}}})"},
      {ber(0x50, "\x05"), R"({"operation":"abandon_request","abandon_request":{"message_id":5}})"},
  };
  for (const auto& [operation, expected] : cases) {
    CAPTURE(expected);
    Recorder recorder;
    play(rules::Protocol::ldap, true, {{kServer, message(7, operation)}}, 0, recorder);
    REQUIRE(recorder.records.size() == 1);
    auto wanted = nlohmann::json::parse(expected);
    wanted["message_id"] = 7;
    CHECK(json_of(recorder, 0)["ldap"]["request"] == wanted);
  }
}

TEST_CASE("StartTLS that was accepted hands the connection over to TLS") {
  const auto ask = message(1, ber(0x77, ber_text("1.3.6.1.4.1.1466.20037", 0x80)));
  Recorder recorder;
  CHECK(play(rules::Protocol::ldap, true,
             {{kServer, ask}, {kClient, message(1, result(0x78, 0, "")) + "\x16\x03"}}, 0,
             recorder) == ParseStatus::upgraded);
  Recorder refused;
  CHECK(play(rules::Protocol::ldap, true,
             {{kServer, ask}, {kClient, message(1, result(0x78, 53, ""))}}, 0,
             refused) == ParseStatus::ok);
}

TEST_CASE("LDAP is recognised by its first message") {
  const auto probe = spec_of(rules::Protocol::ldap, true)->probe;
  const auto likeness = [&](const std::string& bytes) {
    return probe({as_bytes(bytes), kServer, 389, 40000});
  };
  CHECK(likeness(search(1)) == Likeness::yes);
  CHECK(likeness(search(1).substr(0, 4)) == Likeness::maybe);
  CHECK(likeness(entry(1)) == Likeness::reversed);
  CHECK(likeness(ber(0x30, ber_integer(1) + ber_text("public"))) == Likeness::no);
}
