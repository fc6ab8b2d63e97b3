#include "controlplane/agent/control_request.h"

#include <catch2/catch.hpp>

namespace sekisho::controlplane {
namespace {

TEST_CASE("a request's fields arrive") {
  const auto r = parse_control_request(
      R"({"op":"policy.apply","yaml":"a: \"b\"\n","comment":"なぜ","serial":4294967295})");
  REQUIRE(r);
  CHECK(r->op == "policy.apply");
  CHECK(r->yaml == "a: \"b\"\n");
  CHECK(r->has_yaml);
  CHECK(r->comment == "なぜ");
  CHECK(r->serial == 4294967295U);
  CHECK_FALSE(parse_control_request(R"({"op":"status"})")->has_yaml);
  const auto top = parse_control_request(
      R"({"op":"bandwidth.top","by":"user","address":"a","user":"u","application":"p","category":"c","seconds":60,"limit":5})");
  REQUIRE(top);
  CHECK((top->by + top->address + top->user + top->application + top->category) == "useraupc");
  CHECK(top->seconds == 60);
  CHECK(top->limit == 5);
  const auto authority = parse_control_request(
      R"({"op":"ca.import","certificate":"c","key":"k","organization":"o","common_name":"n","key_type":"t"})");
  REQUIRE(authority);
  CHECK((authority->certificate + authority->key + authority->organization +
         authority->common_name + authority->key_type) == "ckont");
}

TEST_CASE("what is not a request is refused with the reason") {
  struct Row {
    std::string json, message;
  };
  const auto row = GENERATE(values<Row>({
      {"", "request: not JSON at byte 1"},
      {"{", "request: not JSON at byte 2"},
      {"{}", "request: 'op' is missing"},
      {"[]", "request: a list is not expected"},
      {"\"status\"", "request: not an object"},
      {"3", "request: not an object"},
      {"null", "request: not an object"},
      {R"({"op":"a"} x)", "request: not JSON at byte 12"},
      {R"({"op":"a","op":"b"})", "request: 'op' is given twice"},
      {R"({"op":3})", "request: 'op' has the wrong type"},
      {R"({"op":{"a":1}})", "request: a value may not be an object"},
      {R"({"op":["a"]})", "request: a list is not expected"},
      {R"({"op":"a","file":"/etc"})", "request: no field 'file'"},
      {R"({"op":"a","limit":0})", "request: 'limit' is from 1 to 31622400"},
      {R"({"op":"a","seconds":31622401})", "request: 'seconds' is from 1 to 31622400"},
      {R"({"op":"a","by":1})", "request: 'by' has the wrong type"},
      {R"({"op":"a","user":")" + std::string(513, 'x') + "\"}",
       "request: 'user' is longer than 512 bytes"},
      {R"({"op":"a","key":")" + std::string(32'769, 'x') + "\"}",
       "request: 'key' is longer than 32768 bytes"},
      {R"({"op":"a","key_type":3})", "request: 'key_type' has the wrong type"},
      {R"({"op":"a","serial":0})", "request: a serial is from 1 to 4294967295"},
      {R"({"op":"a","serial":4294967296})", "request: a serial is from 1 to 4294967295"},
      {R"({"op":"a","serial":-1})", "request: 'serial' has the wrong type"},
      {R"({"op":"a","serial":1.5})", "request: 'serial' has the wrong type"},
      {R"({"op":"a","serial":"1"})", "request: 'serial' has the wrong type"},
      {"{\"op\":\"\xff\"}", "request: not JSON at byte 8"},
  }));
  CAPTURE(row.json);
  const auto r = parse_control_request(row.json);
  REQUIRE_FALSE(r);
  CHECK(r.error().message == row.message);
}

TEST_CASE("hostile nesting and length cost nothing but a refusal") {
  CHECK_FALSE(parse_control_request(std::string(16 << 20, '[')));
  CHECK_FALSE(parse_control_request(std::string(1 << 20, '{')));
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "{\"op\":";
  CHECK_FALSE(parse_control_request(deep));
  CHECK_FALSE(parse_control_request(R"({"op":"a","comment":")" + std::string(1025, 'x') + "\"}"));
  CHECK(parse_control_request(R"({"op":"a","comment":")" + std::string(1024, 'x') + "\"}"));
}

TEST_CASE("no prefix of a request is taken for one") {
  const std::string whole = R"({"op":"policy.rollback","serial":12,"comment":"\u3042"})";
  REQUIRE(parse_control_request(whole));
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK_FALSE(parse_control_request(std::string_view(whole).substr(0, n)));
}

}  // namespace
}  // namespace sekisho::controlplane
