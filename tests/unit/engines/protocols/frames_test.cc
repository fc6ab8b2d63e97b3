#include <catch2/catch.hpp>

#include "engines/protocols/frame_cutter.h"
#include "recorder.h"

namespace sekisho::tests {
namespace {

using engines::MemoryPool;
using engines::Protocol;
using Flights = std::vector<std::pair<Direction, std::string>>;
using Frames = std::vector<std::pair<std::string, std::string>>;

constexpr auto kServer = Direction::to_server, kClient = Direction::to_client;

std::string be(std::uint64_t value, std::size_t count) {
  std::string out;
  for (std::size_t i = count; i-- > 0;) out += static_cast<char>(value >> (8 * i));
  return out;
}

/// What is cut from the flights, given in pieces of `segment` bytes (0: each as it is).
Frames frames_of(Protocol protocol, const Flights& flights, std::size_t segment = 0,
                 bool tcp = true) {
  const auto pool = *MemoryPool::create(std::size_t{8} << 20);
  Recorder recorder;
  {
    const auto cutter = engines::make_frame_cutter(protocol, tcp, *pool);
    REQUIRE(cutter);
    for (const auto& [direction, flight] : flights)
      for (auto rest = as_bytes(flight); !rest.empty();) {
        const auto piece = rest.first(segment == 0 ? rest.size() : std::min(segment, rest.size()));
        rest = rest.subspan(piece.size());
        const std::vector<std::uint8_t> alone(piece.begin(), piece.end());
        cutter->consume(direction, alone, recorder);
      }
    cutter->end(kServer, recorder);
    cutter->end(kClient, recorder);
  }
  CHECK(pool->used_bytes() == 0);
  return recorder.frames;
}

/// The bytes of the frames of one name.
std::vector<std::string> called(const Frames& frames, const std::string& name) {
  std::vector<std::string> out;
  for (const auto& one : frames)
    if (one.first == name) out.push_back(one.second);
  return out;
}

using Texts = std::vector<std::string>;

std::string record(int type, const std::string& data) {
  return be(static_cast<std::uint64_t>(type), 1) + be(0x0303, 2) + be(data.size(), 2) + data;
}
std::string nbss(const std::string& data) { return be(0, 1) + be(data.size(), 3) + data; }
std::string smb2(const std::string& body, std::uint32_t next = 0) {
  std::string head = "\xfeSMB" + std::string(60, 'h');
  for (std::size_t i = 0; i < 4; ++i) head[20 + i] = static_cast<char>(next >> (8 * i));
  return head + body;
}

}  // namespace

TEST_CASE("TLS: each record is a frame with head and data, alerts and heartbeats have one more") {
  const auto hello = record(22, "hello"), alert = record(21, "\x02\x28"), beat = record(24, "beat");
  for (const std::size_t segment : {0U, 1U, 4U, 7U}) {
    CAPTURE(segment);
    const auto frames =
        frames_of(Protocol::tls, {{kServer, hello + alert}, {kClient, beat}}, segment);
    CHECK(called(frames, "tls.pdu") == Texts{hello, alert, beat});
    CHECK(called(frames, "tls.hdr") ==
          Texts{hello.substr(0, 5), alert.substr(0, 5), beat.substr(0, 5)});
    CHECK(called(frames, "tls.data") == Texts{"hello", "\x02\x28", "beat"});
    CHECK(called(frames, "tls.alert") == Texts{"\x02\x28"});
    CHECK(called(frames, "tls.heartbeat") == Texts{"beat"});
  }
}

TEST_CASE("TLS: a hello of SSL 2 is a frame of its own kind") {
  const auto hello = be(0x8000 | 10, 2) + "\x01" + std::string(9, 'x');
  const auto frames = frames_of(Protocol::tls, {{kServer, hello}}, 1);
  CHECK(frames == Frames{{"tls.ssl2.pdu", hello}, {"tls.ssl2.hdr", hello.substr(0, 2)}});
}

TEST_CASE("a record that its direction's end cuts is a frame as far as it came") {
  const auto cut = record(23, "application data").substr(0, 9);
  CHECK(called(frames_of(Protocol::tls, {{kServer, cut}}), "tls.pdu") == Texts{cut});
}

TEST_CASE("SMB: messages, and the records of all versions in them") {
  const auto first = smb2("one", 67), second = smb2("two");
  const auto old = "\xffSMB" + std::string(28, 'h') + "old";
  const auto sealed = "\xfdSMB" + std::string(48, 'h') + "sealed";
  for (const std::size_t segment : {0U, 1U, 30U}) {
    CAPTURE(segment);
    const auto frames =
        frames_of(Protocol::smb,
                  {{kServer, nbss(first + second)}, {kClient, nbss(old) + nbss(sealed)}}, segment);
    CHECK(called(frames, "smb.nbss.pdu") == Texts{nbss(first + second), nbss(old), nbss(sealed)});
    CHECK(called(frames, "smb.nbss.hdr").at(1) == be(old.size(), 4));
    CHECK(called(frames, "smb.nbss.data").at(2) == sealed);
    CHECK(called(frames, "smb.smb2.pdu") == Texts{first, second});
    CHECK(called(frames, "smb.smb2.hdr") == Texts{first.substr(0, 64), second.substr(0, 64)});
    CHECK(called(frames, "smb.smb2.data") == Texts{"one", "two"});
    CHECK(called(frames, "smb.smb1.data") == Texts{"old"});
    CHECK(called(frames, "smb.smb3.data") == Texts{"sealed"});
  }
}

TEST_CASE("TELNET: commands and lines") {
  const std::string will("\xff\xfb\x01"), sub("\xff\xfa\x18\x01\xff\xf0", 6);
  for (const std::size_t segment : {0U, 1U, 2U}) {
    CAPTURE(segment);
    const auto frames =
        frames_of(Protocol::telnet,
                  {{kClient, will + sub + "login: "}, {kServer, "root\r\nls\r\n" + will}}, segment);
    CHECK(called(frames, "telnet.ctl") == Texts{will, sub, will});
    CHECK(called(frames, "telnet.data") == Texts{"root\r\n", "ls\r\n", "login: "});
    CHECK(called(frames, "telnet.pdu").size() == 6);
  }
}

TEST_CASE("NFS: the parts of calls and replies, of versions 3 and 4") {
  const auto call = [](std::uint32_t version, const std::string& body) {
    const auto rpc = be(7, 4) + be(0, 4) + be(2, 4) + be(100003, 4) + be(version, 4) + be(1, 4) +
                     be(0, 4) + be(4, 4) + "cred" + be(0, 8) + body;
    return be(0x80000000 | rpc.size(), 4) + rpc;
  };
  const auto reply = [](const std::string& body) {
    const auto rpc = be(7, 4) + be(1, 4) + be(0, 4) + be(0, 8) + be(0, 4) + body;
    return be(0x80000000 | rpc.size(), 4) + rpc;
  };
  const auto third =
      frames_of(Protocol::nfs,
                {{kServer, call(3, "arguments")}, {kClient, reply(be(2, 4) + "attributes")}}, 5);
  CHECK(called(third, "nfs.rpc.pdu") ==
        Texts{call(3, "arguments"), reply(be(2, 4) + "attributes")});
  CHECK(called(third, "nfs.rpc.creds") == Texts{"cred"});
  CHECK(called(third, "nfs.rpc.data").at(0) == "arguments");
  CHECK(called(third, "nfs.rpc.hdr").at(0).size() == 4 + 44);
  CHECK(called(third, "nfs.nfs.pdu").at(1) == be(2, 4) + "attributes");
  CHECK(called(third, "nfs.nfs.status") == Texts{be(2, 4)});
  const auto tag = be(4, 4) + "tag.";
  const auto fourth =
      frames_of(Protocol::nfs, {{kServer, call(4, tag + be(0, 4) + be(1, 4) + "operations")},
                                {kClient, reply(be(70, 4) + tag + be(1, 4) + "results")}});
  CHECK(called(fourth, "nfs.nfs4.ops") == Texts{"operations", "results"});
  CHECK(called(fourth, "nfs.nfs4.status") == Texts{be(70, 4)});
  CHECK(called(fourth, "nfs.nfs4.hdr").at(0) == tag + be(0, 4) + be(1, 4));
  CHECK(called(fourth, "nfs.nfs.pdu").empty());
}

TEST_CASE("MQTT, WebSocket, Modbus, LDAP, EtherNet/IP: messages as long as they say") {
  const std::string publish = "\x30" + be(0x8101, 2) + std::string(129, 'm');
  CHECK(called(frames_of(Protocol::mqtt, {{kServer, publish + publish}}, 2), "mqtt.header") ==
        Texts{publish.substr(0, 3), publish.substr(0, 3)});
  const std::string text = "\x81\x85" + std::string("maskhello");
  const auto frames = frames_of(Protocol::websocket, {{kServer, text + text}}, 3);
  CHECK(called(frames, "websocket.header").at(1) == text.substr(0, 6));
  CHECK(called(frames, "websocket.data") == Texts{"hello", "hello"});
  const auto request = be(1, 2) + be(0, 2) + be(4, 2) + "\x01\x03go";
  CHECK(frames_of(Protocol::modbus, {{kServer, request}}, 1) == Frames{{"modbus.pdu", request}});
  const std::string search = "0\x81\x05" + std::string("query");
  CHECK(frames_of(Protocol::ldap, {{kServer, search + search}}, 4) ==
        Frames{{"ldap.pdu", search}, {"ldap.pdu", search}});
  const auto list = std::string("\x63\0\x02\0", 4) + std::string(20, 'h') + "id";
  CHECK(called(frames_of(Protocol::enip, {{kServer, list}}, 0, false), "enip.data") == Texts{"id"});
}

TEST_CASE("after a gap frames go on where the next one is known to begin") {
  const auto pool = *MemoryPool::create(std::size_t{8} << 20);
  Recorder recorder;
  const auto cutter = engines::make_frame_cutter(Protocol::tls, true, *pool);
  REQUIRE(cutter);
  const auto lost = record(23, std::string(100, 'x'));
  cutter->consume(kServer, as_bytes(lost).first(50), recorder);
  CHECK(cutter->gap(kServer, 55));
  const auto next = record(23, "next");
  cutter->consume(kServer, as_bytes(next), recorder);
  CHECK(called(recorder.frames, "tls.pdu") == Texts{next});
  CHECK(cutter->gap(kServer, 1));
  CHECK_FALSE(cutter->gap(kClient, 1));
}

TEST_CASE("what no message begins like is cut no further") {
  CHECK(frames_of(Protocol::tls, {{kServer, "GET / HTTP/1.1\r\n"}}).empty());
  CHECK(frames_of(Protocol::ldap, {{kServer, "\x16\x03\x01"}}).empty());
  const auto pool = *MemoryPool::create(std::size_t{8} << 20);
  CHECK_FALSE(engines::make_frame_cutter(Protocol::http1, true, *pool));
}

}  // namespace sekisho::tests
