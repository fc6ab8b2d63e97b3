#include <catch2/catch.hpp>

#include "wire.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;

std::string opaque(const std::string& bytes) {
  return be(bytes.size(), 4) + bytes + std::string((4 - bytes.size() % 4) % 4, '\0');
}
std::string call(unsigned xid, unsigned version, unsigned procedure, const std::string& body) {
  const auto credentials = be(1, 4) + opaque("client") + be(1000, 4) + be(100, 4) + be(0, 4);
  return be(xid, 4) + be(0, 4) + be(2, 4) + be(100003, 4) + be(version, 4) + be(procedure, 4) +
         be(1, 4) + opaque(credentials) + be(0, 8) + body;
}
std::string reply(unsigned xid, const std::string& body) {
  return be(xid, 4) + be(1, 4) + be(0, 4) + be(0, 8) + be(0, 4) + body;
}
std::string marked(const std::string& message) {
  return be(0x80000000U | message.size(), 4) + message;
}
const std::string kHandle = opaque("handle-1");

std::string lookup(unsigned xid) { return call(xid, 3, 3, opaque("directory") + opaque("a.txt")); }
std::string looked_up(unsigned xid) { return reply(xid, be(0, 4) + kHandle + be(0, 8)); }
std::string read(unsigned xid, unsigned offset) {
  return call(xid, 3, 6, kHandle + be(offset, 8) + be(4096, 4));
}
std::string read_reply(unsigned xid, const std::string& data, bool end) {
  return reply(xid, be(0, 8) + be(data.size(), 4) + be(end ? 1 : 0, 4) + opaque(data));
}
std::string write(unsigned xid, unsigned offset, const std::string& data) {
  return call(xid, 3, 7, kHandle + be(offset, 8) + be(data.size(), 4) + be(0, 4) + opaque(data));
}
std::vector<Said> with_marks(std::vector<Said> said) {
  for (auto& one : said) one.bytes = marked(one.bytes);
  return said;
}

}  // namespace

TEST_CASE("A file that is read has the name it was looked up by, over TCP however it is cut") {
  const std::vector<Said> said{{kServer, lookup(1)},
                               {kClient, looked_up(1)},
                               {kServer, read(2, 0)},
                               {kServer, read(3, 6)},
                               {kClient, read_reply(2, "hello ", false)},
                               {kClient, read_reply(3, "world", true)}};
  const bool tcp = GENERATE(true, false);
  const auto segment = tcp ? GENERATE(values<std::size_t>({0, 1, 9, 100})) : 0;
  CAPTURE(tcp, segment);
  Recorder recorder;
  REQUIRE(play(rules::Protocol::nfs, tcp, tcp ? with_marks(said) : said, segment, recorder) ==
          ParseStatus::ok);
  REQUIRE(recorder.files.size() == 1);
  const auto& file = recorder.files[0];
  CHECK(file.name == "a.txt");
  CHECK(file.bytes == "hello world");
  CHECK(file.direction == kClient);
  CHECK((file.complete && !file.gaps && !file.truncated));
  REQUIRE(recorder.records.size() == 2);
  CHECK(json_of(recorder, 0)["nfs"] == nlohmann::json::parse(R"({"version":3,"procedure":"LOOKUP",
      "filename":"a.txt","hhash":"5bb98734","id":1,"file_tx":false,"type":"response",
      "status":"OK"})"));
  CHECK(json_of(recorder, 1)["nfs"] == nlohmann::json::parse(R"({"version":3,"procedure":"READ",
      "filename":"a.txt","hhash":"5bb98734","id":2,"file_tx":true,"type":"response",
      "status":"OK","read":{"first":true,"last":true,"last_xid":3,"chunks":2}})"));
  CHECK(json_of(recorder, 1)["rpc"] == nlohmann::json::parse(R"({"xid":2,"status":"ACCEPTED",
      "auth_type":"UNIX","creds":{"machine_name":"client","uid":1000,"gid":100}})"));
}

TEST_CASE("A file that is written ends with COMMIT; its parts may come out of order") {
  const std::vector<Said> said{{kServer, write(1, 4, "5678")},
                               {kServer, write(2, 0, "1234")},
                               {kServer, call(3, 3, 21, kHandle + be(0, 12))}};
  Recorder recorder;
  REQUIRE(play(rules::Protocol::nfs, true, with_marks(said), 50, recorder) == ParseStatus::ok);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].bytes == "12345678");
  CHECK(recorder.files[0].direction == kServer);
  CHECK((recorder.files[0].complete && !recorder.files[0].gaps && !recorder.files[0].truncated));
  CHECK(json_of(recorder, 0)["nfs"]["write"]["chunks"] == 2);
}

TEST_CASE("Bytes lost within a WRITE's data are a gap in the file and nothing more") {
  const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  Recorder recorder;
  {
    const auto parser = spec_of(rules::Protocol::nfs, true)->make(*pool, {});
    const std::string data(40'000, 'x');
    const auto whole = marked(write(1, 0, data));
    parser->consume(kServer, as_bytes(whole.substr(0, 20'000)), recorder);
    REQUIRE(parser->gap(kServer, 5'000, recorder));
    const auto rest = whole.substr(25'000) + marked(lookup(2));
    REQUIRE(parser->consume(kServer, as_bytes(rest), recorder) == ParseStatus::ok);
    REQUIRE(parser->current(kServer) != nullptr);
    CHECK(parser->current(kServer)->number(Field::nfs_procedure, kServer, 0) == 3);
    parser->end(kServer, recorder);
    parser->end(kClient, recorder);
  }
  CHECK(pool->used_bytes() == 0);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].gaps);
  CHECK(recorder.files[0].bytes.size() == 35'000);
}

TEST_CASE("A place that is lost is found again where a call begins") {
  const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  Recorder recorder;
  const auto parser = spec_of(rules::Protocol::nfs, true)->make(*pool, {});
  parser->consume(kServer, as_bytes(marked(lookup(1)).substr(0, 30)), recorder);
  REQUIRE(parser->gap(kServer, 9000, recorder));
  REQUIRE(parser->consume(kServer, as_bytes(std::string(60, 'x')), recorder) == ParseStatus::ok);
  CHECK(parser->current(kServer) == nullptr);
  REQUIRE(parser->consume(kServer, as_bytes(marked(lookup(2))), recorder) == ParseStatus::ok);
  CHECK(parser->current(kServer) != nullptr);
}

TEST_CASE("Version, procedure and both as one number are the call's") {
  struct Case {
    std::string message;
    std::uint64_t version, procedure;
  };
  const auto putfh = be(22, 4) + kHandle;
  const std::string handle2(32, 'h');
  const std::vector<Case> cases{
      {lookup(1), 3, 3},
      {call(1, 2, 11, handle2 + opaque("a") + handle2 + opaque("b")), 2, 11},
      {call(1, 4, 1, be(0, 8) + be(2, 4) + putfh + be(28, 4) + opaque("gone")), 4, 28},
      {call(1, 4, 1,
            be(0, 8) + be(2, 4) + putfh + be(38, 4) + std::string(16, '\0') + be(0, 12) +
                opaque("data")),
       4, 38},
  };
  for (const auto& one : cases) {
    CAPTURE(one.version, one.procedure);
    Recorder recorder;
    std::vector<std::uint64_t> seen;
    recorder.on_stage = [&](Transaction& tx, Direction direction) {
      if (direction != kServer) return;
      for (const auto field :
           {Field::nfs_version, Field::nfs_procedure, Field::nfs_versioned_procedure})
        seen.push_back(tx.number(field, kServer, 0).value_or(0));
    };
    play(rules::Protocol::nfs, false, {{kServer, one.message}}, 0, recorder);
    CHECK(seen == std::vector<std::uint64_t>{one.version, one.procedure,
                                             one.version << 32 | one.procedure});
  }
}

TEST_CASE("A rename over NFS tells both names, a refusal its status") {
  const auto rename =
      call(1, 3, 14, opaque("directory") + opaque("old") + opaque("directory") + opaque("new"));
  Recorder recorder;
  const std::vector<Said> said{{kServer, rename}, {kClient, reply(1, be(13, 4) + be(0, 16))}};
  REQUIRE(play(rules::Protocol::nfs, false, said, 0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 1);
  const auto json = json_of(recorder, 0)["nfs"];
  CHECK(json["rename"] == nlohmann::json::parse(R"({"from":"old","to":"new"})"));
  CHECK(json["status"] == "ERR_ACCES");
}

TEST_CASE("Version 4 names a file when it is opened, and closes it") {
  const auto putfh = be(22, 4) + kHandle;
  const auto open =
      be(18, 4) + be(0, 12) + be(0, 8) + opaque("owner") + be(0, 4) + be(0, 4) + opaque("b.txt");
  const auto opened = be(18, 4) + be(0, 4) + std::string(36, '\0') + be(0, 4) + be(0, 4) + be(0, 4);
  const auto file = opaque("file-1");
  const auto at_file = be(22, 4) + file;
  const std::vector<Said> said{
      {kServer, call(1, 4, 1, be(0, 8) + be(3, 4) + putfh + open + be(10, 4))},
      {kClient,
       reply(1, be(0, 8) + be(3, 4) + be(22, 4) + be(0, 4) + opened + be(10, 4) + be(0, 4) + file)},
      {kServer, call(2, 4, 1,
                     be(0, 8) + be(2, 4) + at_file + be(25, 4) + std::string(16, '\0') + be(0, 8) +
                         be(100, 4))},
      {kClient, reply(2, be(0, 8) + be(2, 4) + be(22, 4) + be(0, 4) + be(25, 4) + be(0, 4) +
                             be(0, 4) + opaque("bytes"))},
      {kServer, call(3, 4, 1, be(0, 8) + be(2, 4) + at_file + be(4, 4) + std::string(20, '\0'))}};
  Recorder recorder;
  REQUIRE(play(rules::Protocol::nfs, true, with_marks(said), 0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].name == "b.txt");
  CHECK(recorder.files[0].bytes == "bytes");
  CHECK(recorder.files[0].complete);
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["nfs"]["procedure"] == "READ");
}

TEST_CASE("A listing with handles names the files that are read later") {
  const auto entry =
      be(1, 4) + be(7, 8) + opaque("listed.txt") + be(1, 8) + be(0, 4) + be(1, 4) + kHandle;
  const std::vector<Said> said{
      {kServer, call(1, 3, 17, opaque("directory") + be(0, 24))},
      {kClient, reply(1, be(0, 4) + be(0, 4) + be(0, 8) + entry + be(0, 4) + be(1, 4))},
      {kServer, read(2, 0)},
      {kClient, read_reply(2, "x", true)}};
  Recorder recorder;
  REQUIRE(play(rules::Protocol::nfs, false, said, 0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].name == "listed.txt");
}

TEST_CASE("NFS is recognised by its program, replies by its port") {
  struct Case {
    std::string message;
    Direction direction;
    std::uint16_t port;
    Likeness likeness;
  };
  auto other = lookup(1);
  other.replace(12, 4, be(100005, 4));
  const std::vector<Case> cases{{lookup(1), kServer, 2049, Likeness::yes},
                                {lookup(1), kServer, 40000, Likeness::yes},
                                {lookup(1), kClient, 2049, Likeness::reversed},
                                {looked_up(1), kClient, 2049, Likeness::yes},
                                {looked_up(1), kServer, 2049, Likeness::reversed},
                                {looked_up(1), kClient, 40000, Likeness::no},
                                {other, kServer, 111, Likeness::no}};
  for (const auto& one : cases) {
    CAPTURE(one.direction, one.port);
    CHECK(spec_of(rules::Protocol::nfs, false)
              ->probe({as_bytes(one.message), one.direction, one.port, 900}) == one.likeness);
    CHECK(spec_of(rules::Protocol::nfs, true)
              ->probe({as_bytes(marked(one.message)), one.direction, one.port, 900}) ==
          one.likeness);
  }
}

TEST_CASE("More calls than are kept end the oldest, and nothing leaks") {
  std::vector<Said> said;
  for (unsigned i = 0; i < 400; ++i) said.push_back({kServer, lookup(i)});
  Recorder recorder;
  REQUIRE(play(rules::Protocol::nfs, false, said, 0, recorder) == ParseStatus::ok);
  CHECK(recorder.ended_transactions.size() == 400);
}
