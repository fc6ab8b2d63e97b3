#include <catch2/catch.hpp>

#include "hello_builder.h"
#include "protocol_support.h"
#include "recorder.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;
using Flights = std::vector<std::pair<Direction, std::string>>;

std::string dhcp(int operation, const std::string& options, const std::string& file = "") {
  std::string head = bytes_of({operation, 1, 6, 0, 0, 0, 1, 2}) + std::string(4, '\0') +
                     bytes_of({0, 0, 0, 0, 10, 0, 0, 9, 10, 0, 0, 1, 0, 0, 0, 0}) +
                     bytes_of({2, 0, 0, 0, 0, 7}) + std::string(10, '\0') + std::string(64, '\0');
  std::string area = file;
  area.resize(128, '\0');
  return head + area + bytes_of({0x63, 0x82, 0x53, 0x63}) + options;
}

std::string ntp(int first, int stratum) {
  return bytes_of({first, stratum}) + std::string(10, '\0') + "GPS" + std::string(33, '\0');
}

std::string tpkt(const std::string& body) {
  return bytes_of({3, 0}) + be16(body.size() + 4) + body;
}
std::string le32(unsigned value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
  return bytes;
}
std::string le16(unsigned value) { return le32(value).substr(0, 2); }
std::string wide(const std::string& text, std::size_t size) {
  std::string bytes;
  for (const char c : text) bytes += std::string(1, c) + '\0';
  bytes.resize(size, '\0');
  return bytes;
}
std::string connect_initial() {
  std::string core = le32(0x80004) + le16(1024) + le16(864) + le16(0xca01) + le16(0xaa03) +
                     le32(0x409) + le32(2600) + wide("HOST", 32) + le32(4) + le32(0) + le32(12) +
                     std::string(64, '\0') + le16(0xca01) + le16(1) + le32(0) + le16(16) + le16(7) +
                     le16(1) + wide("id-1", 64);
  core = le16(0xc001) + le16(static_cast<unsigned>(core.size() + 4)) + core;
  std::string channel = "rdpdr";
  channel.resize(8, '\0');
  const std::string network = le16(0xc003) + le16(20) + le32(1) + channel + le32(0);
  const std::string blocks = core + network;
  return tpkt(bytes_of({2, 0xf0, 0x80, 0x7f, 0x65}) + std::string(20, 'x') + "Duca" +
              be16(0x8000 | blocks.size()) + blocks);
}

Flights rfb(int minor, const std::string& result) {
  const std::string version = "RFB 003.00" + std::to_string(minor) + "\n";
  return {{kClient, version},
          {kServer, version},
          {kClient, bytes_of({1, 2})},
          {kServer, bytes_of({2})},
          {kClient, std::string(16, '\x11')},
          {kServer, std::string(16, '\x22')},
          {kClient, result}};
}

}  // namespace

TEST_CASE("A DHCP message is a record, with options wherever they lie") {
  const std::string options =
      bytes_of({53, 1,   5,  1, 4, 255, 255, 255, 0,  51, 4,  0, 0, 14, 16, 12,
                1,  'h', 52, 1, 1, 61,  3,   1,   10, 11, 55, 2, 1, 3,  255});
  const std::string file = bytes_of({3, 4, 10, 0, 0, 1, 6, 4, 10, 0, 0, 2, 255});
  Recorder recorder;
  std::optional<std::uint64_t> lease;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    lease = transaction.number(Field::dhcp_leasetime, direction, 0);
    CHECK_FALSE(transaction.number(Field::dhcp_renewal_time, direction, 0));
  };
  play_stream(Protocol::dhcp, {{kClient, dhcp(2, options, file)}}, 0, recorder);
  CHECK(lease == 3600u);
  REQUIRE(recorder.records.size() == 1);
  CHECK(
      recorder.records[0].json ==
      R"({"dhcp":{"type":"reply","id":258,"client_mac":"02:00:00:00:00:07","assigned_ip":"10.0.0.9","client_ip":"0.0.0.0","relay_ip":"0.0.0.0","next_server_ip":"10.0.0.1","dhcp_type":"ack","subnet_mask":"255.255.255.0","routers":["10.0.0.1"],"dns_servers":["10.0.0.2"],"hostname":"h","lease_time":3600,"client_id":"0a:0b","params":["subnet_mask","router"]}})");
  CHECK(recorder.oddities.empty());
}

TEST_CASE("What is odd about DHCP options is named") {
  const auto of = [](const std::string& options) {
    Recorder recorder;
    play_stream(Protocol::dhcp, {{kServer, dhcp(1, options)}}, 0, recorder);
    return recorder.oddities;
  };
  CHECK(of(bytes_of({53, 9, 1})) == std::vector<std::string>{"dhcp.truncated_options"});
  CHECK(of(bytes_of({51, 1, 1, 255})) == std::vector<std::string>{"dhcp.malformed_options"});
  CHECK(of(bytes_of({0, 0, 53, 1, 1, 255})).empty());
}

TEST_CASE("NTP messages have version, mode, stratum and reference") {
  Recorder recorder;
  std::vector<std::uint64_t> numbers;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    for (const auto field : {Field::ntp_version, Field::ntp_mode, Field::ntp_stratum})
      numbers.push_back(transaction.number(field, direction, 0).value_or(99));
  };
  play_stream(Protocol::ntp, {{kServer, ntp(0x23, 0)}, {kClient, ntp(0x1c, 1)}, {kClient, "x"}}, 0,
              recorder);
  CHECK(numbers == std::vector<std::uint64_t>{4, 3, 0, 3, 4, 1, 99, 99, 99});
  REQUIRE(recorder.records.size() == 2);
  CHECK(recorder.records[1].json ==
        R"({"ntp":{"version":3,"mode":4,"stratum":1,"reference_id":"47505300"}})");
  CHECK(recorder.oddities == std::vector<std::string>{"ntp.malformed_data"});
}

TEST_CASE("NTP of the wrong direction is odd") {
  Recorder recorder;
  play_stream(Protocol::ntp, {{kClient, ntp(0x23, 0)}, {kServer, ntp(0x24, 0)}}, 0, recorder);
  CHECK(recorder.oddities == std::vector<std::string>{"ntp.unsolicited_response",
                                                      "ntp.not_response", "ntp.not_request"});
}

TEST_CASE("An RFB handshake is one record, however it is cut") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 5}));
  auto flights = rfb(7, std::string(4, '\0'));
  flights.push_back({kServer, bytes_of({1})});
  flights.push_back({kClient, be16(1280) + be16(800) + bytes_of({32, 24, 0, 1}) + be16(255) +
                                  be16(255) + be16(255) + bytes_of({16, 8, 0, 0, 0, 0}) + be16(0) +
                                  be16(4) + "desk"});
  Recorder recorder;
  std::string name;
  recorder.on_end = [&](Transaction& tx) {
    name = text_of(tx, Field::rfb_name, kClient);
    CHECK(tx.number(Field::rfb_sectype, kServer, 0) == 2u);
    CHECK(tx.number(Field::rfb_secresult, kClient, 0) == 0u);
  };
  CAPTURE(segment);
  CHECK(play_stream(Protocol::rfb, flights, segment, recorder) == ParseStatus::enough);
  CHECK(name == "desk");
  REQUIRE(recorder.records.size() == 1);
  CHECK(
      recorder.records[0].json ==
      R"({"rfb":{"server_protocol_version":{"major":"003","minor":"007"},"client_protocol_version":{"major":"003","minor":"007"},"authentication":{"security_type":2,"vnc":{"challenge":"11111111111111111111111111111111","response":"22222222222222222222222222222222"},"security_result":"OK"},"screen_shared":true,"framebuffer":{"width":1280,"height":800,"name":"desk","pixel_format":{"bits_per_pixel":32,"depth":24,"big_endian":false,"true_color":true,"red_max":255,"green_max":255,"blue_max":255,"red_shift":16,"green_shift":8,"blue_shift":0}}}})");
}

TEST_CASE("RFB failures have their reason, and oddities their names") {
  struct Case {
    Flights flights;
    const char* oddity;
    const char* part;
  };
  const std::string version = "RFB 003.008\n";
  const Case cases[] = {
      {rfb(8, be16(0) + be16(1) + be16(0) + be16(3) + "bad"), "",
       R"("security_result":"FAIL"},"server_security_failure_reason":"bad")"},
      {rfb(8, be16(0) + be16(9)), "rfb.unknown_security_result", "UNKNOWN"},
      {{{kClient, version}, {kServer, version}, {kClient, bytes_of({1, 30})}, {kServer, "\x1e"}},
       "rfb.unimplemented_security_type",
       R"("security_type":30)"},
      {{{kClient, version}, {kServer, "XXXXXXXXXXXX"}}, "rfb.malformed_message", "server_protocol"},
  };
  for (const auto& [flights, oddity, part] : cases) {
    CAPTURE(part);
    Recorder recorder;
    play_stream(Protocol::rfb, flights, 0, recorder);
    REQUIRE(recorder.records.size() == 1);
    CHECK(recorder.records[0].json.find(part) != std::string::npos);
    if (*oddity != '\0') CHECK(recorder.has_oddity(oddity));
  }
}

TEST_CASE("The beginning of an RDP connection is recorded until it is encrypted") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 50}));
  const std::string cookie = "Cookie: mstshash=ME\r\n";
  const auto negotiation = [](int type, int selected) {
    return bytes_of({type, 0, 8, 0, selected, 0, 0, 0});
  };
  const auto head = [](int type) { return bytes_of({6, type, 0, 0, 0, 0, 0}); };
  CAPTURE(segment);
  Recorder recorder;
  CHECK(play_stream(Protocol::rdp,
                    {{kServer, tpkt(head(0xe0) + cookie)},
                     {kClient, tpkt(head(0xd0))},
                     {kServer, connect_initial()},
                     {kClient, tpkt(bytes_of({2, 0xf0, 0x80, 0x7f, 0x66, 0}))}},
                    segment, recorder) == ParseStatus::enough);
  const std::string expected[] = {
      R"({"rdp":{"tx_id":0,"event_type":"initial_request","cookie":"ME"}})",
      R"({"rdp":{"tx_id":1,"event_type":"initial_response"}})",
      R"({"rdp":{"tx_id":2,"event_type":"connect_request","client":{"version":"v5","desktop_width":1024,"desktop_height":864,"color_depth":16,"build":"Windows XP","client_name":"HOST","function_keys":12,"product_id":1,"capabilities":["support_errinfo_pdf"],"id":"id-1"},"channels":["rdpdr"]}})",
      R"({"rdp":{"tx_id":3,"event_type":"connect_response"}})",
  };
  REQUIRE(recorder.records.size() == std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i)
    CHECK(recorder.records[i].json == expected[i]);

  Recorder encrypted;
  CHECK(play_stream(Protocol::rdp,
                    {{kServer, tpkt(head(0xe0) + negotiation(1, 3))},
                     {kClient, tpkt(head(0xd0) + negotiation(2, 2))},
                     {kServer, "\x16\x03\x01"}},
                    segment, encrypted) == ParseStatus::enough);
  REQUIRE(encrypted.records.size() == 2);
  CHECK(encrypted.records[1].json.find(R"("protocol":"hybrid")") != std::string::npos);
}

TEST_CASE("IKE of both versions: identities, keys, nonces and what was chosen") {
  const auto payload = [](int next, const std::string& body) {
    return bytes_of({next, 0}) + be16(body.size() + 4) + body;
  };
  const auto message = [](int next, int version, int exchange, const std::string& body) {
    return std::string(8, '\xaa') + std::string(8, '\xbb') +
           bytes_of({next, version, exchange, 0, 0, 0, 0, 0, 0, 0}) + be16(28 + body.size()) + body;
  };
  const std::string transform =
      bytes_of({0, 0, 0, 20, 1, 1, 0, 0, 0x80, 1, 0, 7, 0, 12, 0, 4, 0, 1, 0x51, 0x80});
  const std::string security = std::string(8, '\0') + bytes_of({0, 0}) +
                               be16(8 + transform.size()) + bytes_of({1, 1, 0, 1}) + transform;
  struct Seen {
    std::string text;
    std::vector<std::uint64_t> numbers;
  };
  std::vector<Seen> seen;
  Recorder recorder;
  recorder.on_stage = [&](Transaction& tx, Direction direction) {
    Seen one;
    for (const auto field : {Field::ike_init_spi, Field::ike_vendor, Field::ike_nonce_payload,
                             Field::ike_key_exchange_payload})
      one.text += text_of(tx, field, direction) + " ";
    for (std::uint32_t i = 0; i < 3; ++i)
      if (const auto number = tx.number(Field::ike_chosen_sa_attribute, direction, i))
        one.numbers.push_back(*number);
    seen.push_back(one);
  };
  play_stream(Protocol::ike,
              {{kClient, message(1, 0x10, 2, payload(13, security) + payload(0, "\x01\x02"))},
               {kServer, message(34, 0x20, 34,
                                 payload(40, be16(2) + be16(0) + "key") + payload(0, "nonce"))},
               {kServer, message(13, 0x10, 2, "\x01")}},
              0, recorder);
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].text == "aaaaaaaaaaaaaaaa 0102 <none> <none> ");
  CHECK(seen[0].numbers == std::vector<std::uint64_t>{1ull << 32 | 7, 12ull << 32 | 86400});
  CHECK(seen[1].text == "aaaaaaaaaaaaaaaa <none> nonce key ");
  REQUIRE(recorder.records.size() == 3);
  CHECK(recorder.records[0].json.find(R"("ike":{"version_major":1,"version_minor":0,)") !=
        std::string::npos);
  CHECK(recorder.records[1].json.find(
            R"("exchange_type":34,"role":"responder","payload":[34,40])") != std::string::npos);
  CHECK(recorder.oddities == std::vector<std::string>{"ike.malformed_data"});
}

TEST_CASE("Binary protocols are recognised by what only they begin with") {
  struct Case {
    Protocol protocol;
    std::string bytes;
    std::uint16_t port;
    Likeness expected;
  };
  const std::string request = tpkt(bytes_of({14, 0xe0, 0, 0, 0, 0, 0}) + "Cookie: mstshash=A\r\n");
  const auto asked = bytes_of({0x23, 0}) + std::string(38, '\0') + "a time..";
  const auto hello = "initiate" + std::string(8, '\0') + bytes_of({33, 0x20, 34, 8}) +
                     std::string(4, '\0') + bytes_of({0, 0, 0, 36}) + bytes_of({0, 0, 0, 8}) +
                     "prop";
  const Case cases[] = {
      {Protocol::dhcp, dhcp(1, ""), 67, Likeness::yes},
      {Protocol::dhcp, dhcp(1, ""), 4011, Likeness::yes},
      {Protocol::dhcp, dhcp(1, ""), 53, Likeness::no},
      {Protocol::dhcp, dhcp(1, "").substr(0, 239), 67, Likeness::no},
      {Protocol::dhcp, dhcp(3, ""), 67, Likeness::no},
      {Protocol::ntp, ntp(0x23, 0), 123, Likeness::yes},
      {Protocol::ntp, ntp(0x23, 0), 1230, Likeness::no},
      {Protocol::ntp, asked, 1230, Likeness::yes},
      {Protocol::ntp, asked, 53, Likeness::no},  // hides no DNS behind it
      {Protocol::ntp, asked + "x", 1230, Likeness::no},
      {Protocol::ntp, "\x24" + asked.substr(1), 1230, Likeness::no},
      {Protocol::ntp, asked.substr(0, 20) + "t" + asked.substr(21), 1230, Likeness::no},
      {Protocol::ike, hello, 500, Likeness::yes},
      {Protocol::ike, hello, 5500, Likeness::yes},
      {Protocol::ike, std::string(4, '\0') + hello, 5500, Likeness::yes},
      {Protocol::ike, hello + "x", 5500, Likeness::no},
      {Protocol::ike, hello.substr(0, 8) + "responds" + hello.substr(16), 5500, Likeness::no},
      {Protocol::ike, hello.substr(0, 18) + bytes_of({35}) + hello.substr(19), 5500, Likeness::no},
      {Protocol::ntp, ntp(0x03, 0), 123, Likeness::no},
      {Protocol::rfb, "RFB 003.008\n", 5900, Likeness::yes},
      {Protocol::rfb, "RFB 0", 80, Likeness::maybe},
      {Protocol::rfb, "RFC 0", 80, Likeness::no},
      {Protocol::rdp, request, 80, Likeness::yes},
      {Protocol::rdp, request.substr(0, 6), 80, Likeness::maybe},
      {Protocol::rdp, tpkt(std::string(20, 'x')), 3389, Likeness::no},
  };
  for (const auto& [protocol, bytes, port, expected] : cases) {
    CAPTURE(rules::name_of(protocol), port, bytes);
    CHECK(spec_of(protocol).probe({as_bytes(bytes), kServer, port, 40000}) == expected);
  }
}
