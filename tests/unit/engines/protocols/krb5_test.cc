#include <catch2/catch.hpp>

#include "ber_writer.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;

std::string text(const std::string& value) { return ber(0x1b, value); }
std::string principal(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += text(name);
  return ber(0x30, ber(0xa0, ber_integer(1)) + ber(0xa1, ber(0x30, all)));
}
std::string encrypted(unsigned type) {
  return ber(0x30, ber(0xa0, ber_integer(type)) + ber(0xa2, ber_text("secret")));
}
std::string as_request() {
  const auto body =
      ber(0x30, ber(0xa0, ber(0x03, std::string(5, '\0'))) + ber(0xa1, principal({"test"})) +
                    ber(0xa2, text("DOM")) + ber(0xa3, principal({"krbtgt", "DOM"})));
  return ber(0x6a,
             ber(0x30, ber(0xa1, ber_integer(5)) + ber(0xa2, ber_integer(10)) + ber(0xa4, body)));
}
std::string as_reply() {
  const auto ticket =
      ber(0x61, ber(0x30, ber(0xa0, ber_integer(5)) + ber(0xa1, text("DOM")) +
                              ber(0xa2, principal({"krbtgt", "DOM"})) + ber(0xa3, encrypted(18))));
  return ber(0x6b, ber(0x30, ber(0xa0, ber_integer(5)) + ber(0xa1, ber_integer(11)) +
                                 ber(0xa3, text("DOM")) + ber(0xa4, principal({"test"})) +
                                 ber(0xa5, ticket) + ber(0xa6, encrypted(23))));
}
std::string error(unsigned code) {
  return ber(0x7e, ber(0x30, ber(0xa0, ber_integer(5)) + ber(0xa1, ber_integer(30)) +
                                 ber(0xa6, ber_integer(code)) + ber(0xa9, text("DOM")) +
                                 ber(0xaa, principal({"krbtgt", "DOM"}))));
}
std::string framed(const std::string& message) { return be(message.size(), 4) + message; }

}  // namespace

TEST_CASE("Kerberos messages are recorded over UDP and, however cut, over TCP") {
  const auto tcp = GENERATE(false, true);
  const auto segment = tcp ? GENERATE(values<std::size_t>({1, 9, 1460})) : std::size_t{0};
  const auto frame = [&](const std::string& message) { return tcp ? framed(message) : message; };
  Recorder recorder;
  std::vector<std::string> names;
  std::vector<std::uint64_t> numbers;
  recorder.on_end = [&](Transaction& tx) {
    names.push_back(text_of(tx, Field::krb5_cname, kServer) + "/" +
                    text_of(tx, Field::krb5_sname, kServer, 1));
    for (const auto field :
         {Field::krb5_msg_type, Field::krb5_err_code, Field::krb5_ticket_encryption})
      numbers.push_back(tx.number(field, kClient, 0).value_or(999));
  };
  REQUIRE(play(rules::Protocol::krb5, tcp,
               {{kServer, frame(as_request())},
                {kClient, frame(error(25))},
                {kServer, frame(as_request())},
                {kClient, frame(as_reply())}},
               segment, recorder) == ParseStatus::ok);
  CHECK(names == std::vector<std::string>{"test/DOM", "<none>/DOM", "test/DOM", "test/DOM"});
  CHECK(numbers ==
        std::vector<std::uint64_t>{10, 999, 999, 30, 25, 999, 10, 999, 999, 11, 999, 18});
  REQUIRE(recorder.records.size() == 4);
  CHECK(json_of(recorder, 0)["krb5"] ==
        nlohmann::json::parse(R"({"msg_type":"KRB_AS_REQ","cname":"test","realm":"DOM",
          "sname":"krbtgt/DOM","encryption":"<none>","weak_encryption":false})"));
  CHECK(json_of(recorder, 1)["krb5"] ==
        nlohmann::json::parse(R"({"msg_type":"KRB_ERROR","cname":"<empty>","realm":"<empty>",
          "sname":"krbtgt/DOM","encryption":"<none>","weak_encryption":false,
          "failed_request":"KRB_AS_REQ","error_code":"KDC_ERR_PREAUTH_REQUIRED"})"));
  CHECK(json_of(recorder, 3)["krb5"] ==
        nlohmann::json::parse(R"({"msg_type":"KRB_AS_REP","cname":"test","realm":"DOM",
          "sname":"krbtgt/DOM","encryption":"rc4-hmac","weak_encryption":true,
          "ticket_encryption":"aes256-cts-hmac-sha1-96","ticket_weak_encryption":false})"));
  CHECK(recorder.has_oddity("krb5.weak_encryption"));
}

TEST_CASE("Kerberos is recognised with and without a length before the message") {
  const auto stream = spec_of(rules::Protocol::krb5, true)->probe;
  const auto datagram = spec_of(rules::Protocol::krb5, false)->probe;
  const auto request = framed(as_request()), answer = as_reply();
  CHECK(stream({as_bytes(request), kServer, 88, 40000}) == Likeness::yes);
  CHECK(stream({as_bytes(request).first(3), kServer, 88, 40000}) == Likeness::maybe);
  CHECK(datagram({as_bytes(answer), kServer, 40000, 88}) == Likeness::reversed);
  CHECK(datagram({as_bytes(answer).first(40), kServer, 40000, 88}) == Likeness::no);
}
