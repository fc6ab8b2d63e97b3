#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "recorder.h"

namespace sekisho::tests {
namespace {

using engines::Likeness;
using engines::MemoryPool;
using engines::ParseStatus;
using engines::Protocol;
using rules::Field;
using namespace std::string_literals;

struct Conversation {
  Conversation(Protocol protocol, bool tcp)
      : pool(*MemoryPool::create(8 * MemoryPool::kLargestBlock)),
        parser(spec_of(protocol, tcp)->make(*pool, {})) {}
  ParseStatus say(Direction direction, std::string_view text, std::size_t piece = 1 << 20) {
    auto status = ParseStatus::ok;
    while (!text.empty() && status == ParseStatus::ok) {
      const auto part = text.substr(0, piece);
      status = parser->consume(direction, as_bytes(part), events);
      text.remove_prefix(part.size());
    }
    return status;
  }
  nlohmann::json record(std::size_t i, const char* key) const {
    return nlohmann::json::parse(events.records.at(i).json)[key];
  }
  std::unique_ptr<MemoryPool> pool;
  Recorder events;
  engines::Pooled<engines::Parser> parser;
};

const std::string kSdp =
    "v=0\r\no=bob 1 1 IN IP4 h.test\r\ns=Call\r\nb=AS:84\r\nb=TIAS:1\r\nt=0 0\r\na=tool\r\n"
    "m=audio 8000 RTP/AVP 0\r\nc=IN IP4 192.0.2.4\r\na=ptime:20\r\nm=video 9000 RTP/AVP 31\r\n";

std::string invite(const std::string& body) {
  return "INVITE sip:bob@x.test SIP/2.0\r\nVia: SIP/2.0/UDP one\r\nv: SIP/2.0/UDP two\r\n"
         "From: Alice\r\n <sip:a@y.test>\r\nt: Bob\r\nUser-Agent: phone\r\n"
         "c: application/sdp\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string kTrying = "SIP/2.0 100 Trying\r\nVia: x\r\nl: 0\r\n\r\n";

}  // namespace

TEST_CASE("SIP messages and the session in them are found, over UDP and however TCP is cut") {
  const bool tcp = GENERATE(false, true);
  const auto piece = GENERATE_COPY(filter([tcp](std::size_t n) { return tcp || n > 100000; },
                                          values<std::size_t>({1 << 20, 1, 10, 300})));
  Conversation sip(Protocol::sip, tcp);
  unsigned seen = 0;
  sip.events.on_stage = [&](const engines::Transaction& transaction, Direction direction) {
    ++seen;
    const auto value = [&](Field field, std::uint32_t instance = 0) {
      return text_of(transaction, field, direction, instance);
    };
    if (direction == Direction::to_client) {
      CHECK(value(Field::sip_stat_code) == "100");
      CHECK(value(Field::sip_stat_msg) == "Trying");
      CHECK(value(Field::sip_response_line) == "SIP/2.0 100 Trying");
      CHECK(value(Field::sip_method) == "<none>");
      CHECK(value(Field::sdp_origin) == "<none>");
      return;
    }
    CHECK(value(Field::sip_method) == "INVITE");
    CHECK(value(Field::sip_uri) == "sip:bob@x.test");
    CHECK(value(Field::sip_protocol) == "SIP/2.0");
    CHECK(value(Field::sip_via, 0) == "SIP/2.0/UDP one");
    CHECK(value(Field::sip_via, 1) == "SIP/2.0/UDP two");
    CHECK(value(Field::sip_via, 2) == "<none>");
    CHECK(value(Field::sip_from) == "Alice\r\n <sip:a@y.test>");
    CHECK(value(Field::sip_content_type) == "application/sdp");
    CHECK(value(Field::sdp_origin) == "bob 1 1 IN IP4 h.test");
    CHECK(value(Field::sdp_bandwidth, 1) == "TIAS:1");
    CHECK(value(Field::sdp_connection_data) == "<none>");
    CHECK(value(Field::sdp_media_connection_data) == "IN IP4 192.0.2.4");
    CHECK(value(Field::sdp_media_media, 1) == "video 9000 RTP/AVP 31");
    CHECK(value(Field::sdp_attribute, 1) == "ptime:20");
  };
  sip.say(Direction::to_server, invite(kSdp) + (tcp ? "\r\n\r\n" + invite(kSdp) : ""), piece);
  sip.say(Direction::to_client, kTrying, piece);
  CHECK(seen == (tcp ? 3U : 2U));
  CHECK(sip.record(0, "sip") == nlohmann::json::parse(R"({"method":"INVITE",
    "uri":"sip:bob@x.test","version":"SIP/2.0","request_line":"INVITE sip:bob@x.test SIP/2.0",
    "sdp":{"origin":"bob 1 1 IN IP4 h.test","session_name":"Call",
      "bandwidths":["AS:84","TIAS:1"],"time":"0 0","attributes":["tool"],
      "media_descriptions":[{"media":"audio 8000 RTP/AVP 0","connection_data":"IN IP4 192.0.2.4",
        "attributes":["ptime:20"]},{"media":"video 9000 RTP/AVP 31"}]}})"));
  CHECK(sip.record(seen - 1, "sip") == nlohmann::json::parse(R"({"version":"SIP/2.0",
    "code":"100","reason":"Trying","response_line":"SIP/2.0 100 Trying"})"));
  CHECK(sip.events.oddities.empty());
  sip.parser.reset();
  CHECK(sip.pool->used_bytes() == 0);
}

TEST_CASE("of a SIP body over the bound the rest is passed over, and the next message found") {
  Conversation sip(Protocol::sip, true);
  sip.say(Direction::to_server, invite(std::string(200000, 'x')) + invite(kSdp), 1000);
  CHECK(sip.events.records.size() == 2);
  CHECK(sip.say(Direction::to_server, "no SIP\r\n") == ParseStatus::failed);
}

TEST_CASE("SIP messages are frames with their lines, headers and body") {
  Conversation sip(Protocol::sip, false);
  sip.say(Direction::to_server, invite(kSdp));
  sip.say(Direction::to_client, kTrying);
  const auto head_end = invite(kSdp).find("\r\n\r\n");
  const auto headers = invite(kSdp).substr(31, head_end - 31);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"sip.pdu", invite(kSdp)},
      {"sip.request.line", "INVITE sip:bob@x.test SIP/2.0\r\n"},
      {"sip.request.headers", headers + "\r\n"},
      {"sip.request.body", kSdp},
      {"sip.pdu", kTrying},
      {"sip.response.line", "SIP/2.0 100 Trying\r\n"},
      {"sip.response.headers", "Via: x\r\nl: 0\r\n"},
      {"sip.response.body", ""}};
  CHECK(sip.events.frames == expected);
}

TEST_CASE("a long line of a session is cut in records") {
  Conversation sip(Protocol::sip, false);
  sip.say(Direction::to_server, invite("v=0\r\nk=" + std::string(5000, 'x') + "\r\n"));
  CHECK(sip.record(0, "sip")["sdp"]["encryption_key"] == std::string(1024, 'x'));
}

TEST_CASE("a SIP datagram without the header's end is odd, other datagrams are nothing") {
  Conversation sip(Protocol::sip, false);
  sip.say(Direction::to_server, "REGISTER sip:x SIP/2.0\r\nVia: x\r\n");
  CHECK(sip.events.has_oddity("sip.invalid_data"));
  sip.say(Direction::to_server, "\r\n\r\n");
  sip.say(Direction::to_server, "jaK");
  CHECK(sip.events.records.size() == 1);
}

TEST_CASE("POP3 answers are told with their commands, a mail with its attachments") {
  const auto piece = GENERATE(std::size_t{1} << 20, std::size_t{1}, std::size_t{9});
  Conversation pop3(Protocol::pop3, true);
  const std::string mail =
      "From: a@x.test\r\nContent-Disposition: attachment; filename=f.txt\r\n\r\n..one\r\ntwo\r\n";
  pop3.say(Direction::to_client, "+OK POP3 ready\r\n", piece);
  pop3.say(Direction::to_server, "USER bob\r\nPASS secret word\r\nLIST\r\nRETR 1\r\nNOOP\r\n",
           piece);
  pop3.say(Direction::to_client,
           "+OK\r\n-ERR no such\r\n+OK 2 messages\r\n1 10\r\n2 20\r\n.\r\n+OK 90 octets\r\n" +
               mail + ".\r\n+OK\r\n",
           piece);
  REQUIRE(pop3.events.records.size() == 6);
  CHECK(pop3.record(1, "pop3") == nlohmann::json::parse(R"({"request":{"command":"USER",
    "args":["bob"]},"response":{"success":true,"status":"OK","header":"","data":[]}})"));
  CHECK(pop3.record(2, "pop3") == nlohmann::json::parse(R"({"request":{"command":"PASS",
    "args":[]},"response":{"success":false,"status":"ERR","header":"no such","data":[]}})"));
  CHECK(pop3.record(3, "pop3")["response"]["data"] == nlohmann::json{"1 10", "2 20"});
  CHECK(pop3.record(4, "email")["from"] == "a@x.test");
  CHECK(pop3.record(5, "pop3")["request"]["command"] == "NOOP");
  REQUIRE(pop3.events.files.size() == 1);
  CHECK(pop3.events.files[0].bytes == ".one\r\ntwo");
  CHECK(pop3.events.files[0].direction == Direction::to_client);
  CHECK(pop3.events.files[0].completions == 1);
}

TEST_CASE("IMAP mails are found in literals of both directions") {
  const auto piece = GENERATE(std::size_t{1} << 20, std::size_t{1}, std::size_t{13});
  Conversation imap(Protocol::imap, true);
  const std::string mail =
      "Subject: s\r\nContent-Disposition: attachment; filename=f\r\n\r\nattached";
  const auto literal = "{" + std::to_string(mail.size()) + "}\r\n" + mail;
  imap.say(Direction::to_client, "* OK IMAP4rev1\r\n", piece);
  imap.say(Direction::to_server, "a1 FETCH 1 BODY[]\r\na2 APPEND box " + literal + "\r\n", piece);
  imap.say(Direction::to_client,
           "* 1 FETCH (X {4}\r\n{9}\rBODY[] " + literal + ")\r\na1 OK\r\na2 OK\r\n", piece);
  REQUIRE(imap.events.files.size() == 2);
  CHECK(imap.events.files[0].direction == Direction::to_server);
  CHECK(imap.events.files[1].direction == Direction::to_client);
  for (const auto& file : imap.events.files) {
    CHECK(file.bytes == "attached");
    CHECK(file.complete);
    CHECK_FALSE(file.truncated);
  }
  CHECK(imap.events.ended_transactions.size() == 2);
}

TEST_CASE("STLS and STARTTLS hand over when the server agrees") {
  Conversation pop3(Protocol::pop3, true);
  pop3.say(Direction::to_client, "+OK ready\r\n");
  pop3.say(Direction::to_server, "STLS\r\n");
  CHECK(pop3.say(Direction::to_client, "+OK begin\r\n\x16\x03") == ParseStatus::upgraded);
  CHECK(pop3.parser->consumed() == 11);
  Conversation imap(Protocol::imap, true);
  imap.say(Direction::to_server, "b7 STARTTLS\r\n");
  CHECK(imap.say(Direction::to_client, "* OK still here\r\nb7 OK begin\r\n\x16\x03") ==
        ParseStatus::upgraded);
  CHECK(imap.parser->consumed() == 30);
  CHECK(imap.parser->next_protocol() == Protocol::tls);
}

TEST_CASE("TFTP requests are recorded") {
  Conversation tftp(Protocol::tftp, false);
  tftp.say(Direction::to_server, "\0\2dir/f.bin\0OCTET\0blksize\0"s);
  tftp.say(Direction::to_server, "\0\3\0\1data"s);
  REQUIRE(tftp.events.records.size() == 1);
  CHECK(tftp.record(0, "tftp") ==
        nlohmann::json::parse(R"({"packet":"write","file":"dir/f.bin","mode":"OCTET"})"));
}

TEST_CASE("BitTorrent's DHT is recorded, a message without its name is odd") {
  struct Case {
    std::string message, record;
    bool odd;
  };
  const std::string id = "2:id20:abcdefghij0123456789";
  const std::string hex = "6162636465666768696a30313233343536373839";
  const auto example = GENERATE_COPY(values<Case>({
      {"d1:ad" + id + "4:porti-1e5:token1:xe1:q4:ping1:t2:aa1:v1:V1:y1:qe",
       R"({"transaction_id":"6161","client_version":"56","request_type":"ping",
           "request":{"id":")" +
           hex + R"(","token":"78","port":-1}})",
       false},
      {"d1:rd" + id + "5:nodes26:abcdefghij0123456789\x7f\0\0\1\1\2"s +
           "6:valuesl6:axje.u2:xxee1:t1:b1:y1:re",
       R"({"transaction_id":"62","response":{"id":")" + hex + R"(","nodes":[{"id":")" + hex +
           R"(","ip":"127.0.0.1","port":258}],"values":[{"ip":"97.120.106.101","port":11893}]}})",
       false},
      {"d1:eli203e9:Malformede1:y1:ee",
       R"({"transaction_id":"","error":{"num":203,"msg":"Malformed"}})", true},
      {"d1:ad2:id99:x", "", true},
      {"d1:a" + std::string(40, 'l') + std::string(40, 'e') + "1:t1:x1:y1:qe", "", true},
  }));
  CAPTURE(example.message);
  Conversation dht(Protocol::bittorrent_dht, false);
  dht.say(Direction::to_server, example.message);
  CHECK(dht.events.has_oddity("bittorrent_dht.malformed_packet") == example.odd);
  REQUIRE(dht.events.records.size() == (example.record.empty() ? 0 : 1));
  if (!example.record.empty())
    CHECK(dht.record(0, "bittorrent_dht") == nlohmann::json::parse(example.record));
}

TEST_CASE("text protocols are recognised by their first words") {
  struct Case {
    Protocol protocol;
    bool tcp;
    std::string text;
    Direction direction;
    std::uint16_t server_port, client_port;
    Likeness likeness;
  };
  const auto to_server = Direction::to_server;
  const auto to_client = Direction::to_client;
  const auto example = GENERATE_COPY(values<Case>({
      {Protocol::sip, false, invite(""), to_server, 9999, 40000, Likeness::yes},
      {Protocol::sip, false, kTrying, to_server, 40000, 5060, Likeness::reversed},
      {Protocol::sip, true, "INVITE sip:", to_server, 5060, 40000, Likeness::maybe},
      {Protocol::sip, true, "OPTIONS / RTSP/1.0\r\n", to_server, 554, 40000, Likeness::no},
      {Protocol::pop3, true, "+OK hello\r\n", to_client, 110, 40000, Likeness::yes},
      {Protocol::pop3, true, "+OK\r\n", to_client, 6379, 40000, Likeness::no},
      {Protocol::pop3, true, "USER bob\r\n", to_server, 21, 40000, Likeness::no},
      {Protocol::imap, true, "* OK Dovecot IMAP\r\n", to_client, 9143, 40000, Likeness::yes},
      {Protocol::imap, true, "a CAPABILITY\r\n", to_server, 143, 40000, Likeness::yes},
      {Protocol::telnet, true, "\xff\xfd\x18\xff", to_client, 2323, 40000, Likeness::yes},
      {Protocol::telnet, true, "\xff\xd8\xff\xe0", to_client, 23, 40000, Likeness::no},
      {Protocol::tftp, false, "\0\1a\0octet\0"s, to_server, 69, 40000, Likeness::yes},
      {Protocol::tftp, false, "\0\1a\0other\0"s, to_server, 69, 40000, Likeness::no},
      {Protocol::bittorrent, true,
       "\x13"
       "BitTorrent protocol",
       to_server, 6881, 1, Likeness::yes},
      {Protocol::bittorrent, true,
       "\x13"
       "Bit",
       to_server, 6881, 1, Likeness::maybe},
      {Protocol::bittorrent_dht, false, "d1:ad2:id2:xxe1:q4:ping1:t1:a1:y1:qe", to_server, 1, 2,
       Likeness::yes},
      {Protocol::bittorrent_dht, false, "d1:ad2:id2:xx", to_server, 1, 2, Likeness::no},
  }));
  CAPTURE(example.text);
  CHECK(spec_of(example.protocol, example.tcp)
            ->probe({as_bytes(example.text), example.direction, example.server_port,
                     example.client_port}) == example.likeness);
}

}  // namespace sekisho::tests
