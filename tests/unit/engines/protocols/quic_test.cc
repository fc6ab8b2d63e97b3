#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "hello_builder.h"
#include "protocol_support.h"
#include "quic/crypto_stream.h"
#include "quic_packets.h"
#include "recorder.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;
const std::string kClientId = unhex("8394c8f03e515708");  // of RFC 9001, appendix A

/// The server's Initial packet of RFC 9001, appendix A.3.
const std::string kServerInitial = unhex(
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780b"
    "b"
    "38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19f"
    "b"
    "84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee");

std::string client_hello() {
  HelloBuilder hello;
  hello.ciphers = {0x1301, 0x1302, 0x1303};
  hello.add_server_name("www.example.net").add_alpn({"h3"}).add_list16(10, {29, 23});
  hello.add_list16(13, {0x0403}).add(43, bytes_of({2, 3, 4})).add(57, std::string(600, 'p'));
  return hello.message();
}

std::string client_initial(const std::string& frames, std::uint32_t number = 0,
                           std::uint32_t version = quic::kVersion1) {
  return seal({.version = version,
               .destination = kClientId,
               .source = "",
               .key_id = kClientId,
               .number = number,
               .frames = frames},
              1162);
}

struct Played {
  Recorder recorder;
  ParseStatus status = ParseStatus::ok;
  std::vector<std::string> names;  // SNI of each transaction
};

void play(const std::vector<std::pair<Direction, std::string>>& datagrams, Played& played) {
  played.recorder.on_end = [&](Transaction& tx) {
    played.names.push_back(text_of(tx, Field::quic_sni, kServer));
  };
  played.status = play_stream(Protocol::quic, datagrams, 0, played.recorder);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string hex_of(std::span<const std::uint8_t> bytes) {
  std::string text;
  char pair[3];
  for (const auto byte : bytes) {
    std::snprintf(pair, sizeof pair, "%02x", byte);
    text += pair;
  }
  return text;
}

}  // namespace

TEST_CASE("Initial keys are those of the standards' examples") {
  const auto* first = quic::secrets_of(quic::kVersion1);
  const auto keys = quic::derive_initial_keys(first->salt, first->labels, as_bytes(kClientId));
  CHECK(hex_of(keys.client.key) == "1f369613dd76d5467730efcbe3b1a22d");
  CHECK(hex_of(keys.client.iv) == "fa044b2f42a3fd3b46fb255c");
  CHECK(hex_of(keys.client.header_protection) == "9f50449e04a0e810283a1e9933adedd2");
  CHECK(hex_of(keys.server.key) == "cf3a5331653c364c88f0f379b6067e37");
  CHECK(hex_of(keys.server.iv) == "0ac1493ca1905853b0bba03e");
  CHECK(hex_of(keys.server.header_protection) == "c206b8d9b9f0f37644430b490eeaa314");
  const auto* second = quic::secrets_of(quic::kVersion2);
  const auto keys2 = quic::derive_initial_keys(second->salt, second->labels, as_bytes(kClientId));
  CHECK(hex_of(keys2.client.key) == "8b1a0bc121284290a29e0971b5cd045d");
  CHECK(hex_of(keys2.client.iv) == "91f73e2351d8fa91660e909f");
  CHECK(hex_of(keys2.client.header_protection) == "45b95e15235d6f45a6b19cbcb0294ba9");
}

TEST_CASE("Hellos of both ends are read out of their Initial packets") {
  Played played;
  play({{kServer, client_initial(crypto_frame(0, client_hello()))}, {kClient, kServerInitial}},
       played);
  REQUIRE(played.recorder.records.size() == 2);
  const auto& client = played.recorder.records[0].json;
  CHECK(contains(client, R"("quic":{"version":"1","sni":"www.example.net")"));
  CHECK(contains(client, R"("ja4":"q13d0306h3_)"));
  CHECK(contains(client, R"({"name":"alpn","type":16,"values":["h3"]})"));
  CHECK(contains(client, R"("string":"771,4865-4866-4867,0-16-10-13-43-57,29-23,")"));
  CHECK(contains(played.recorder.records[1].json, R"("ja3s":{"hash":")"));
  CHECK(contains(played.recorder.records[1].json, R"("string":"771,4865,51-43")"));
  CHECK(played.recorder.oddities.empty());
}

TEST_CASE("A hello is found whatever the version, the packets and the order of its pieces") {
  const auto version = GENERATE(values<std::uint32_t>({1u, 0x6b3343cfu, 0xff00001du, 0xff000017u}));
  const auto seed = GENERATE(1u, 2u, 3u);
  CAPTURE(version, seed);
  const auto hello = client_hello();
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < hello.size(); at += 37) starts.push_back(at);
  std::mt19937 random(seed);
  std::shuffle(starts.begin(), starts.end(), random);
  std::string frames[2];
  for (std::size_t i = 0; i < starts.size(); ++i)
    frames[i % 2] += crypto_frame(starts[i], hello.substr(starts[i], 37)) + bytes_of({0, 1, 0});
  Played played;
  play({{kServer, client_initial(frames[0], 0, version)},
        {kServer, client_initial(frames[1], 1, version)}},
       played);
  CHECK(played.names == std::vector<std::string>{"www.example.net"});
  CHECK(played.recorder.oddities.empty());
}

TEST_CASE("Packets that share a datagram are all read") {
  const auto hello = client_hello();
  const auto first = seal({.destination = kClientId,
                           .key_id = kClientId,
                           .frames = crypto_frame(0, hello.substr(0, 300))});
  const auto second = seal({.destination = kClientId,
                            .key_id = kClientId,
                            .number = 1,
                            .frames = crypto_frame(300, hello.substr(300))});
  Played played;
  play({{kServer, first + second}}, played);
  CHECK(played.names == std::vector<std::string>{"www.example.net"});
}

TEST_CASE("Behind a Retry the keys are of the connection id that the server gave") {
  const std::string retry_id = "retry-id";
  const auto hello = crypto_frame(0, client_hello());
  const auto again = seal({.destination = retry_id,
                           .key_id = retry_id,
                           .number = 1,
                           .frames = hello,
                           .token = "token"});
  const std::string retry =
      bytes_of({0xf0, 0, 0, 0, 1, 0, 8}) + retry_id + "token" + std::string(16, 't');
  Played played;
  play({{kServer, client_initial(hello)}, {kClient, retry}, {kServer, again}}, played);
  CHECK(played.names == std::vector<std::string>{"www.example.net", "www.example.net"});
  CHECK(played.recorder.oddities.empty());
}

TEST_CASE("What cannot be opened or read is odd, once") {
  auto damaged = client_initial(crypto_frame(0, client_hello()));
  damaged[100] = static_cast<char>(damaged[100] ^ 1);
  struct Case {
    const char* what;
    std::string datagram;
    const char* oddity;
  };
  const Case cases[] = {
      {"damaged", damaged, "quic.failed_decrypt"},
      {"unknown frame", client_initial(bytes_of({0x1e})), "quic.error_on_data"},
      {"frame beyond the packet", client_initial(bytes_of({6, 0x40, 0, 0x7f, 0xff})),
       "quic.error_on_data"},
      {"no hello", client_initial(crypto_frame(0, bytes_of({1, 0, 0, 1, 9}))),
       "quic.error_on_data"},
      {"cut header", bytes_of({0xc0, 0, 0, 0, 1, 30}), "quic.error_on_header"},
  };
  for (const auto& [what, datagram, oddity] : cases) {
    CAPTURE(what);
    Played played;
    play({{kServer, datagram}, {kServer, datagram}}, played);
    CHECK(played.recorder.oddities == std::vector<std::string>{oddity});
    CHECK(played.recorder.records.empty());
  }
}

TEST_CASE("Google's hello shows its tags, the name and the user agent") {
  const std::string values = std::string(4, '-') + "www.example.org" + "Agent/1";
  std::string tags;
  const auto add = [&](const std::string& name, std::size_t end) {
    tags += name + bytes_of({static_cast<int>(end), 0, 0, 0});
  };
  add(std::string("PAD\0", 4), 4);
  add(std::string("SNI\0", 4), 19);
  add("UAID", 26);
  const auto hello = "CHLO" + bytes_of({3, 0, 0, 0}) + tags + values;
  const auto stream = bytes_of({0xa0, 1}) + be16(hello.size()) + hello;
  const std::string hash(12, 'h');
  const auto ack = bytes_of({0x40, 1, 0, 0, 1, 0});
  const std::string packets[] = {
      bytes_of({0xc3}) + "Q046" + bytes_of({0x50}) + "idididid" + bytes_of({0, 0, 0, 1}) + hash +
          ack + stream,
      bytes_of({0x09}) + "idididid" + "Q043" + bytes_of({1}) + hash + stream,
      // Flags as old clients set them; the length in little-endian, more frames behind.
      bytes_of({0x0d}) + "idididid" + "Q035" + bytes_of({1}) + hash + bytes_of({0xa0, 1}) +
          bytes_of({static_cast<int>(hello.size()), 0}) + hello + std::string(9, '\0')};
  const char* const versions[] = {"46", "43", "35"};
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(versions[i]);
    Played played;
    play({{kServer, packets[i]}}, played);
    REQUIRE(played.recorder.records.size() == 1);
    const auto& json = played.recorder.records[0].json;
    CHECK(contains(json, R"("sni":"www.example.org","ua":"Agent/1")"));
    CHECK(contains(json, std::string(R"("string":")") + versions[i] + ",PAD-SNI-UAID\""));
    CHECK(spec_of(Protocol::quic).probe({as_bytes(packets[i]), kServer, 443, 40000}) ==
          Likeness::yes);
  }
}

TEST_CASE("Deployments before the standard are opened with the keys of theirs") {
  const auto plain = crypto_frame(0, client_hello());
  for (const std::uint32_t version : {0xfaceb002U, 0xfaceb00eU}) {
    CAPTURE(version);
    Played played;
    play({{kServer, client_initial(plain, 0, version)}}, played);
    CHECK(played.names == std::vector<std::string>{"www.example.net"});
  }
  auto of_google = plain;
  of_google[0] = 8;  // T050 has another number for CRYPTO
  Played played, refused;
  play({{kServer, client_initial(of_google, 0, 0x54303530)}}, played);
  CHECK(played.names == std::vector<std::string>{"www.example.net"});
  play({{kServer, client_initial(of_google)}}, refused);
  CHECK(refused.names != std::vector<std::string>{"www.example.net"});
}

TEST_CASE("QUIC is recognised by version and form") {
  struct Case {
    const char* what;
    std::string bytes;
    Direction direction;
    Likeness expected;
  };
  const Case cases[] = {
      {"initial", client_initial(""), kServer, Likeness::yes},
      {"server initial", kServerInitial, kClient, Likeness::yes},
      {"negotiation", bytes_of({0x80, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 1}), kClient, Likeness::yes},
      {"negotiation from a client", bytes_of({0x80, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 1}), kServer,
       Likeness::no},
      {"cut", client_initial("").substr(0, 100), kServer, Likeness::no},
      {"unknown version", bytes_of({0xc0, 9, 9, 9, 9, 0, 0, 0, 1, 0}), kServer, Likeness::no},
      {"DNS", bytes_of({0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}), kServer, Likeness::no},
  };
  for (const auto& [what, bytes, direction, expected] : cases) {
    CAPTURE(what);
    CHECK(spec_of(Protocol::quic).probe({as_bytes(bytes), direction, 443, 40000}) == expected);
  }
}

TEST_CASE("Pieces of a crypto stream make the bytes that a map of bytes makes") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::string whole(1 + random() % 400, '\0');
    std::iota(whole.begin(), whole.end(), '\0');
    std::vector<bool> known(whole.size());
    quic::CryptoStream stream(*pool);
    for (int piece = 0; piece < 60; ++piece) {
      const auto at = random() % whole.size();
      const auto size = random() % std::min<std::size_t>(30, whole.size() - at + 1);
      if (!stream.add(at, as_bytes(std::string_view(whole).substr(at, size)))) continue;
      for (std::size_t i = at; i < at + size; ++i) known[i] = true;
      const auto hole = std::find(known.begin(), known.end(), false);
      REQUIRE(as_text(stream.contiguous()) ==
              std::string_view(whole).substr(0, static_cast<std::size_t>(hole - known.begin())));
    }
  }
  CHECK(pool->used_bytes() == 0);
}
