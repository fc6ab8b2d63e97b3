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

std::string packet(int message, const std::string& body) {
  const std::string padding(4, 'p');
  const auto length = 2 + body.size() + padding.size();
  return be16(length >> 16) + be16(length) + bytes_of({4, message}) + body + padding;
}

std::string key_exchange(const std::vector<std::string>& lists) {
  std::string body(16, 'c');
  for (const auto& list : lists) body += be16(0) + be16(list.size()) + list;
  return packet(20, body + std::string(5, '\0'));
}

const std::string kLists[] = {
    "curve25519-sha256", "ssh-ed25519", "aes256-ctr", "aes128-ctr", "hmac-sha2-256",
    "hmac-sha1",         "none",        "zlib",       "",           ""};
std::string full_key_exchange() { return key_exchange({std::begin(kLists), std::end(kLists)}); }

Flights conversation() {
  return {{kClient, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + full_key_exchange()},
          {kServer, "SSH-2.0-libssh-0.7.2\n" + full_key_exchange() + packet(30, "x")},
          {kClient, packet(31, std::string(300, 'k')) + packet(21, "")},
          {kServer, packet(21, "") + "encrypted"}};
}

}  // namespace

TEST_CASE("Banners and key exchanges of both ends are shown, however they are cut") {
  const auto segment = GENERATE(values<std::size_t>({1, 5, 1460}));
  CAPTURE(segment);
  struct Case {
    Field field;
    Direction direction;
    const char* expected;
  };
  const Case cases[] = {
      {Field::ssh_proto, kServer, "2.0"},
      {Field::ssh_software, kServer, "libssh-0.7.2"},
      {Field::ssh_software, kClient, "OpenSSH_9.2p1"},
      {Field::ssh_hassh_string, kServer, "curve25519-sha256;aes256-ctr;hmac-sha2-256;none"},
      {Field::ssh_hassh, kServer, "3b170adc1f55e8746aa1bc8d32e38f6b"},
      {Field::ssh_hassh_server_string, kClient, "curve25519-sha256;aes128-ctr;hmac-sha1;zlib"},
      {Field::ssh_hassh_server, kClient, "040a91f814a77eb53b9a8196e05a26cd"},
  };
  Recorder recorder;
  std::vector<std::string> seen;
  recorder.on_end = [&](Transaction& tx) {
    for (const auto& [field, direction, expected] : cases)
      seen.push_back(text_of(tx, field, direction));
  };
  CHECK(play_stream(Protocol::ssh, conversation(), segment, recorder) == ParseStatus::enough);
  REQUIRE(seen.size() == std::size(cases));
  for (std::size_t i = 0; i < std::size(cases); ++i) CHECK(seen[i] == cases[i].expected);
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].event_type == "ssh");
  CHECK(
      recorder.records[0].json.find(
          R"("ssh":{"client":{"proto_version":"2.0","software_version":"libssh-0.7.2","hassh":{"hash":")") !=
      std::string::npos);
  CHECK(recorder.oddities.empty());
}

TEST_CASE("A banner alone is a record when the conversation ends, even without its line end") {
  Recorder recorder;
  play_stream(Protocol::ssh, {{kClient, "SSH-1.99-Cisco_server-1.24 " + std::string(100, '\0')}},
              50, recorder);
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].json ==
        R"({"ssh":{"server":{"proto_version":"1.99","software_version":"Cisco_server-1.24"}}})");
}

TEST_CASE("Bytes that are lost at one end leave the other end's banner to be read") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  const auto parser = spec_of(Protocol::ssh).make(*pool, {});
  Recorder recorder;
  parser->consume(kServer, as_bytes("SSH-2.0-PuTTY\r\n"), recorder);
  CHECK(parser->gap(kServer, 1000, recorder));
  CHECK(recorder.records.empty());
  parser->consume(kClient, as_bytes("SSH-2.0-OpenSSH_7.4\r\n"), recorder);
  CHECK_FALSE(parser->gap(kClient, 1000, recorder));  // nothing more can be known
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].json ==
        R"({"ssh":{"client":{"proto_version":"2.0","software_version":"PuTTY"},)"
        R"("server":{"proto_version":"2.0","software_version":"OpenSSH_7.4"}}})");
}

TEST_CASE("What is odd about banners and packets is named") {
  const std::string banner = "SSH-2.0-a\r\n";
  struct Case {
    const char* what;
    std::string bytes;
    const char* oddity;
    ParseStatus status;
  };
  const Case cases[] = {
      {"no banner", "HELLO\r\n", "ssh.invalid_banner", ParseStatus::failed},
      {"no software", "SSH-2.0\r\n", "ssh.invalid_banner", ParseStatus::failed},
      {"long banner", "SSH-2.0-a " + std::string(400, 'x') + "\r\n", "ssh.long_banner",
       ParseStatus::ok},
      {"empty packet", banner + bytes_of({0, 0, 0, 1, 0, 0}), "ssh.invalid_record",
       ParseStatus::failed},
      {"huge packet", banner + bytes_of({0x7f, 0, 0, 1, 0, 0}), "ssh.invalid_record",
       ParseStatus::failed},
      {"short key exchange", banner + key_exchange({"a"}), "ssh.invalid_record", ParseStatus::ok},
      {"long key exchange", banner + packet(20, std::string(20000, 'k')), "ssh.long_kex_record",
       ParseStatus::ok},
  };
  for (const auto& [what, bytes, oddity, status] : cases) {
    CAPTURE(what);
    Recorder recorder;
    CHECK(play_stream(Protocol::ssh, {{kServer, bytes}}, 7, recorder) == status);
    CHECK(recorder.has_oddity(oddity));
  }
}

TEST_CASE("A long banner is read by its beginning and packets follow it") {
  Recorder recorder;
  play_stream(Protocol::ssh,
              {{kServer, "SSH-2.0-a " + std::string(400, 'x') + "\r\n" + full_key_exchange()}}, 9,
              recorder);
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].json.find(R"("software_version":"a","hassh")") != std::string::npos);
}

TEST_CASE("SSH is recognised by its banner") {
  const auto& spec = spec_of(Protocol::ssh);
  const auto of = [&](std::string_view text) {
    return spec.probe({as_bytes(text), kServer, 22, 40000});
  };
  CHECK(of("SSH-2.0-x\r\n") == Likeness::yes);
  CHECK(of("SS") == Likeness::maybe);
  CHECK(of("GET /") == Likeness::no);
}
