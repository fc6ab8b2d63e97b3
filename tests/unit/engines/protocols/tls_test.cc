#include <catch2/catch.hpp>

#include "hello_builder.h"
#include "protocol_support.h"
#include "recorder.h"
#include "tls_handshake.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;

/// A conversation with the parser of TLS, and a copy of its transaction's fields at the end.
struct Played {
  Recorder recorder;
  ParseStatus status = ParseStatus::ok;
  std::string sni, subject, issuer, serial, fingerprint, certificate, ja3, ja3s, ja4;
  std::vector<std::string> alternative_names;
  std::optional<std::uint64_t> chain_length, not_before, not_after, version, state;
};

using Flights = std::vector<std::pair<Direction, std::string>>;

void play(const Flights& flights, std::size_t segment, Played& played) {
  played.recorder.on_end = [&](Transaction& tx) {
    played.sni = text_of(tx, Field::tls_sni, kServer);
    played.subject = text_of(tx, Field::tls_cert_subject, kClient);
    played.issuer = text_of(tx, Field::tls_cert_issuer, kClient);
    played.serial = text_of(tx, Field::tls_cert_serial, kClient);
    played.fingerprint = text_of(tx, Field::tls_cert_fingerprint, kClient);
    played.certificate = text_of(tx, Field::tls_certs, kClient);
    played.ja3 = text_of(tx, Field::ja3_string, kServer);
    played.ja3s = text_of(tx, Field::ja3s_string, kClient);
    played.ja4 = text_of(tx, Field::ja4_hash, kServer);
    for (std::uint32_t i = 0; i < 8; ++i)
      if (auto name = text_of(tx, Field::tls_subjectaltname, kClient, i); name != "<none>")
        played.alternative_names.push_back(name);
    played.chain_length = tx.number(Field::tls_cert_chain_len, kClient, 0);
    played.not_before = tx.number(Field::tls_cert_notbefore, kClient, 0);
    played.not_after = tx.number(Field::tls_cert_notafter, kClient, 0);
    played.version = tx.number(Field::tls_version, kClient, 0);
    played.state = tx.number(Field::tls_state, kClient, 0);
  };
  played.status = play_stream(Protocol::tls, flights, segment, played.recorder);
}

std::string record_of(const Played& played) {
  REQUIRE(played.recorder.records.size() == 1);
  REQUIRE(played.recorder.records[0].event_type == "tls");
  return played.recorder.records[0].json;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string record(std::uint8_t type, const std::string& payload) {
  return bytes_of({type, 3, 3, static_cast<std::uint8_t>(payload.size() >> 8),
                   static_cast<std::uint8_t>(payload.size())}) +
         payload;
}

}  // namespace

TEST_CASE("A handshake up to TLS 1.2 shows names, certificates and versions however it is cut") {
  const auto version = GENERATE(0x0301, 0x0302, 0x0303);
  const auto segment = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{1460});
  CAPTURE(version, segment);
  const auto handshake = run_handshake({.version = version});
  Played played;
  play(handshake.flights, segment, played);
  CHECK(played.status == ParseStatus::enough);
  CHECK(played.sni == "www.example.com");
  CHECK(played.subject == "C=DE, O=Example, Inc., CN=www.example.com");
  CHECK(played.issuer == played.subject);
  CHECK(played.serial == handshake.server.serial);
  CHECK(played.serial == "00:E1:F2");
  CHECK(played.fingerprint == handshake.server.fingerprint);
  CHECK(played.certificate == handshake.server.der);
  CHECK(played.chain_length == 1);
  CHECK(played.not_before == 1582979696);
  CHECK(played.not_after == 2524607999);
  CHECK(played.version == static_cast<std::uint64_t>(version));
  CHECK(played.state == 15);
  CHECK(played.alternative_names == std::vector<std::string>{"www.example.com", "*.example.org",
                                                             "192.0.2.7", "2001:db8::7",
                                                             "https://example.com/"});
  CHECK(played.recorder.oddities.empty());
  CHECK(played.recorder.contradictions == 0);
  const auto json = record_of(played);
  CHECK(contains(json, R"("notbefore":"2020-02-29T12:34:56","notafter":"2049-12-31T23:59:59")"));
  CHECK(contains(json, R"("client_alpns":["h2","http/1.1"],"server_alpns":["http/1.1"])"));
  CHECK(contains(json, R"("sni":"www.example.com")"));
  CHECK(contains(json, R"("serial":"00:E1:F2")"));
  CHECK_FALSE(contains(json, "session_resumed"));
}

TEST_CASE("TLS 1.3 shows its hellos and hides its certificates") {
  const auto handshake = run_handshake({.version = 0x0304});
  Played played;
  play(handshake.flights, 100, played);
  CHECK(played.status == ParseStatus::enough);
  CHECK(played.version == 0x0304);
  CHECK(played.subject == "<none>");
  CHECK_FALSE(played.chain_length.has_value());
  CHECK(played.ja3s.substr(0, 4) == "771,");
  CHECK(contains(record_of(played), R"("version":"TLS 1.3")"));
}

TEST_CASE("A resumed session of TLS 1.2 is told from one with certificates") {
  const auto handshake = run_handshake({.version = 0x0303, .resume = true});
  Played played;
  play(handshake.flights, 1460, played);
  CHECK(played.subject == "<none>");
  CHECK(contains(record_of(played), R"("session_resumed":true)"));
}

TEST_CASE("A client's certificate is in the record, under client") {
  const auto handshake = run_handshake({.version = 0x0303, .client_certificate = true});
  Played played;
  play(handshake.flights, 1460, played);
  const auto json = record_of(played);
  CHECK(contains(json, R"("client":{"subject":"C=DE, O=Example, Inc., CN=client")"));
  CHECK(contains(json, "\"serial\":\"2A\""));
  CHECK(contains(json, handshake.client.fingerprint));
}

TEST_CASE("Stages follow the handshake") {
  Played played;
  play(run_handshake({.version = 0x0303}).flights, 1460, played);
  std::string order;
  for (const auto& stage : played.recorder.stages)
    order += (stage.direction == kServer ? ">" : "<") + std::to_string(stage.stage) + " ";
  CHECK(order == ">1 <1 <2 >2 >250 <250 ");
}

TEST_CASE("JA3 and JA4 of a hello with known fingerprints") {
  // The example of the JA4 specification, with GREASE, which counts nowhere.
  HelloBuilder hello;
  hello.ciphers = {0x3a3a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                   0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  hello.add(0x4a4a, "").add_server_name("example.com").add(23, "").add(0xff01, bytes_of({0}));
  hello.add_list16(10, {0xaaaa, 29, 23, 24}).add(11, bytes_of({1, 0})).add(35, "");
  hello.add_alpn({"h2", "http/1.1"}).add(5, bytes_of({1, 0, 0, 0, 0}));
  hello.add_list16(13, {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601});
  hello.add(18, "").add(51, "").add(45, bytes_of({1, 1}));
  hello.add(43, bytes_of({6, 0xba, 0xba, 3, 4, 3, 3})).add(27, "").add(17513, "").add(21, "");
  Played played;
  play({{kServer, record(22, hello.message())}}, 1460, played);
  CHECK(played.ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1");
  CHECK(played.ja3 ==
        "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,"
        "0-23-65281-10-11-35-16-5-13-18-51-45-43-27-17513-21,29-23-24,0");
  CHECK(played.sni == "example.com");
}

TEST_CASE("Servers of early drafts of TLS 1.3 are understood") {
  struct Case {
    std::uint16_t header;
    const char* expected;
  };
  for (const auto& [header, expected] :
       {Case{0x0304, "TLS 1.3 draft-<16"}, Case{0x7f12, "TLS 1.3 draft-18"}}) {
    const auto body = be16(header) + std::string(32, 'r') + be16(0xc02b) + be16(0);
    HelloBuilder hello;
    Played played;
    play({{kServer, record(22, hello.message())},
          {kClient, record(22, bytes_of({2, 0}) + be16(body.size()) + body)}},
         1460, played);
    CHECK(contains(record_of(played), std::string(R"("version":")") + expected + '"'));
  }
}

TEST_CASE("A hello without extensions has fingerprints too") {
  HelloBuilder hello;
  hello.version = 0x0301;
  hello.ciphers = {0x002f};
  Played played;
  play({{kServer, record(22, hello.message())}}, 1460, played);
  CHECK(played.ja3 == "769,47,,,");
  // A client that got no answer is logged when the conversation ends.
  CHECK(contains(record_of(played), R"("version":"TLSv1")"));
  CHECK(played.ja4 == "t10i010000_ba72b8082249_000000000000");
}

TEST_CASE("What is odd about records and messages is named") {
  struct Case {
    const char* what;
    Flights flights;
    const char* oddity;
  };
  HelloBuilder twice;
  twice.ciphers = {0x002f};
  twice.add_server_name("a.example").add_server_name("b.example");
  const std::string hello = record(22, twice.message());
  const Case cases[] = {
      {"two server names", {{kServer, hello}}, "tls.multiple_sni_extensions"},
      {"no record type", {{kServer, bytes_of({99, 3, 1, 0, 1, 0})}}, "tls.invalid_record_type"},
      {"no version", {{kServer, bytes_of({22, 9, 9, 0, 1, 0})}}, "tls.invalid_record_version"},
      {"too long", {{kServer, bytes_of({22, 3, 1, 0xff, 0xff, 0})}}, "tls.invalid_record_length"},
      {"heartbleed",
       {{kServer, hello + record(24, bytes_of({1, 0x40, 0}))}},
       "tls.overflow_heartbeat_message"},
      {"bled",
       {{kServer, hello + record(24, bytes_of({1, 0x40, 0}))},
        {kClient, record(24, bytes_of({2, 0x40, 0}) + std::string(500, 'x'))}},
       "tls.dataleak_heartbeat_mismatch"},
      {"fatal alert", {{kServer, record(21, bytes_of({2, 40}))}}, "tls.error_message_encountered"},
      {"short hello",
       {{kServer, record(22, bytes_of({1, 0, 0, 2, 3, 3}))}},
       "tls.handshake_invalid_length"},
      {"unknown message",
       {{kServer, record(22, bytes_of({77, 0, 0, 1, 3}))}},
       "tls.invalid_handshake_message"},
      {"no certificate",
       {{kClient, record(22, bytes_of({11, 0, 0, 7, 0, 0, 4, 0, 0, 1, 9}))}},
       "tls.certificate_invalid_der"},
      {"a certificate that ends in a part's head",
       {{kClient, record(22, bytes_of({11, 0, 0, 11, 0, 0, 8, 0, 0, 5, 0x30, 3, 0x30, 0x82, 1}))}},
       "tls.certificate_invalid_length"},
      {"a certificate with a part that is longer than all of it",
       {{kClient, record(22, bytes_of({11, 0, 0, 11, 0, 0, 8, 0, 0, 5, 0x30, 3, 0x30, 9, 1}))}},
       "tls.invalid_certificate"},
      {"SSL 2 header", {{kServer, bytes_of({0x80, 3, 1, 0, 2})}}, "tls.invalid_sslv2_header"},
  };
  for (const auto& [what, flights, oddity] : cases) {
    CAPTURE(what);
    Played played;
    play(flights, 3, played);
    CHECK(played.recorder.has_oddity(oddity));
  }
}

TEST_CASE("An alert's level is its own first byte, not what lies behind its header in memory") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  Recorder recorder;
  const auto parser = spec_of(Protocol::tls).make(*pool, {});
  const std::string memory = bytes_of({21, 3, 1, 0, 2, 2});
  parser->consume(kServer, as_bytes(memory).first(5), recorder);
  parser->consume(kServer, as_bytes(bytes_of({1, 40})), recorder);
  parser->end(kServer, recorder);
  parser->end(kClient, recorder);
  CHECK_FALSE(recorder.has_oddity("tls.error_message_encountered"));
}

TEST_CASE("A hello in the form of SSL 2 goes before records") {
  auto handshake = run_handshake({.version = 0x0301});
  auto& [direction, first] = handshake.flights.front();
  REQUIRE(direction == kServer);
  first = bytes_of({0x80, 28, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 47}) + std::string(16, 'c');
  Played played;
  play(handshake.flights, 5, played);
  CHECK(played.status == ParseStatus::enough);
  CHECK(played.subject == "C=DE, O=Example, Inc., CN=www.example.com");
  CHECK(contains(record_of(played), R"("version":"TLSv1")"));
}

TEST_CASE("TLS is recognised by its first bytes") {
  struct Case {
    const char* what;
    std::string bytes;
    Direction direction;
    Likeness expected;
  };
  const Case cases[] = {
      {"client hello", bytes_of({22, 3, 1, 0, 100, 1}), kServer, Likeness::yes},
      {"server hello", bytes_of({22, 3, 3, 0, 100, 2}), kClient, Likeness::yes},
      {"hello of the wrong end", bytes_of({22, 3, 3, 0, 100, 2}), kServer, Likeness::no},
      {"alert first", bytes_of({21, 3, 1, 0, 2, 2, 40}), kClient, Likeness::yes},
      {"one byte", bytes_of({22}), kServer, Likeness::maybe},
      {"SSL 2", bytes_of({0x80, 46, 1, 0, 2}), kServer, Likeness::yes},
      {"SSL 2 with TLS", bytes_of({0x80, 46, 1, 3, 1}), kServer, Likeness::yes},
      {"text", "GET / HTTP/1.1", kServer, Likeness::no},
      {"record of nothing", bytes_of({22, 3, 1, 0, 0, 1}), kServer, Likeness::no},
  };
  const auto& spec = spec_of(Protocol::tls);
  for (const auto& [what, bytes, direction, expected] : cases) {
    CAPTURE(what);
    CHECK(spec.probe({as_bytes(bytes), direction, 443, 40000}) == expected);
  }
}

TEST_CASE("A conversation that changed to TLS says from what") {
  const auto handshake = run_handshake({.version = 0x0303});
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  const auto parser = spec_of(Protocol::tls).make(*pool, {});
  Recorder recorder;
  parser->upgraded_from(Protocol::ldap, {});
  for (const auto& [direction, bytes] : handshake.flights)
    parser->consume(direction, as_bytes(bytes), recorder);
  REQUIRE(recorder.records.size() == 1);
  CHECK(contains(recorder.records[0].json, R"("from_proto":"ldap")"));
}

TEST_CASE("A parser whose pool is exhausted goes on without the values") {
  const auto handshake = run_handshake({.version = 0x0303});
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  Recorder recorder;
  {
    const auto parser = spec_of(Protocol::tls).make(*pool, {});
    std::vector<void*> taken;
    while (void* block = pool->allocate(64)) taken.push_back(block);
    for (const auto& [direction, bytes] : handshake.flights)
      (void)parser->consume(direction, as_bytes(bytes), recorder);
    for (void* block : taken) pool->release(block, 64);
  }
  CHECK(recorder.contradictions == 0);
  CHECK(pool->used_bytes() == 0);
}
