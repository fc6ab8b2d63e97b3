#include <catch2/catch.hpp>

#include "wire.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;
constexpr bool kAnswer = true, kRequest = false;
constexpr std::uint32_t kPending = 0x103, kEndOfFile = 0xc0000011;

const std::string kFile = from_hex("4900000000000000 01000000ffffffff");

std::string framed(const std::string& records) { return be(records.size(), 4) + records; }

std::string smb2(unsigned command, unsigned message, bool answer, const std::string& body,
                 std::uint32_t status = 0, unsigned next = 0) {
  return "\xfeSMB" + le(64, 2) + le(0, 2) + le(status, 4) + le(command, 2) + le(1, 2) +
         le(answer ? 1 : 0, 4) + le(next, 4) + le(message, 8) + le(0, 4) + le(5, 4) + le(77, 8) +
         std::string(16, '\0') + body;
}
std::string tree_connect(unsigned message, const std::string& share) {
  return framed(smb2(3, message, kRequest,
                     le(9, 2) + le(0, 2) + le(72, 2) + le(2 * share.size(), 2) + utf16(share)));
}
std::string tree_connected(unsigned message, unsigned type) {
  return framed(smb2(3, message, kAnswer, le(16, 2) + le(type, 1) + std::string(13, '\0')));
}
std::string create(const std::string& name) {
  return smb2(5, 3, kRequest,
              le(57, 2) + std::string(34, '\0') + le(1, 4) + le(0, 4) + le(120, 2) +
                  le(2 * name.size(), 2) + std::string(8, '\0') + utf16(name));
}
std::string created() {
  constexpr std::uint64_t kTime = 116444736010000000;  // one second after 1970 began
  return smb2(5, 3, kAnswer,
              le(89, 2) + le(0, 6) + le(kTime, 8) + le(kTime, 8) + le(kTime, 8) + le(kTime, 8) +
                  le(0, 8) + le(11, 8) + le(0, 8) + kFile + le(0, 8));
}
std::string read_request(unsigned message, unsigned offset, unsigned count = 4096) {
  return smb2(8, message, kRequest,
              le(49, 2) + le(0, 2) + le(count, 4) + le(offset, 8) + kFile + le(0, 17));
}
std::string read_answer(unsigned message, const std::string& data, std::uint32_t status = 0) {
  return smb2(8, message, kAnswer, le(17, 2) + le(80, 2) + le(data.size(), 4) + le(0, 8) + data,
              status);
}
std::string write_request(unsigned message, unsigned offset, const std::string& data) {
  return smb2(9, message, kRequest,
              le(49, 2) + le(112, 2) + le(data.size(), 4) + le(offset, 8) + kFile +
                  std::string(16, '\0') + data);
}
std::string write_answer(unsigned message) {
  return smb2(9, message, kAnswer, le(17, 2) + le(0, 14));
}
std::string close_request(unsigned message) {
  return smb2(6, message, kRequest, le(24, 2) + le(0, 6) + kFile);
}
std::string close_answer(unsigned message) {
  return smb2(6, message, kAnswer, le(60, 2) + std::string(58, '\0'));
}
/// An open file of a share, its data in `exchange`, and its end.
std::vector<Said> with_file(const std::vector<Said>& exchange) {
  std::vector<Said> said{{kServer, tree_connect(1, "\\\\s\\c")},
                         {kClient, tree_connected(1, 1)},
                         {kServer, framed(create("dir\\a.txt"))},
                         {kClient, framed(created())}};
  said.insert(said.end(), exchange.begin(), exchange.end());
  said.push_back({kServer, framed(close_request(90))});
  said.push_back({kClient, framed(close_answer(90))});
  return said;
}

std::string smb1(unsigned command, bool answer, const std::string& words,
                 const std::string& bytes) {
  return "\xffSMB" + le(command, 1) + le(0, 4) + le(answer ? 0x80 : 0, 1) + le(0x4000, 2) +
         std::string(12, '\0') + le(9, 2) + le(1, 2) + le(2048, 2) + le(7, 2) +
         le(words.size() / 2, 1) + words + le(bytes.size(), 2) + bytes;
}
std::string dialects(const std::string& names) { return smb1(0x72, kRequest, "", names); }

std::string pdu(unsigned type, unsigned call, const std::string& body) {
  return from_hex("0500") + le(type, 1) + le(3, 1) + from_hex("10000000") +
         le(16 + body.size(), 2) + le(0, 2) + le(call, 4) + body;
}
const std::string kScheduler = from_hex("8206f71f 510a e830 076d 740be8cee98b");
std::string bind() {
  return pdu(11, 1,
             le(4280, 2) + le(4280, 2) + le(0, 4) + le(1, 4) + le(0, 2) + le(1, 2) + kScheduler +
                 le(1, 2) + le(0, 2) + std::string(20, '\0'));
}
std::string bind_ack() {
  return pdu(12, 1,
             le(4280, 2) + le(4280, 2) + le(7, 4) + le(4, 2) + std::string("135\0\0\0", 6) +
                 le(1, 4) + le(0, 2) + le(0, 2) + std::string(20, '\0'));
}
std::string transceive(unsigned message, bool answer, const std::string& data) {
  const auto at = answer ? 112U : 120U;
  const auto counts = answer ? le(0, 8) + le(at, 4) + le(data.size(), 4) + le(0, 8)
                             : le(at, 4) + le(data.size(), 4) + le(0, 24);
  return smb2(11, message, answer,
              le(answer ? 49 : 57, 2) + le(0, 2) + le(0x11c017, 4) + kFile + counts + data);
}

}  // namespace

TEST_CASE("A file that is read comes whole and named, however the stream is cut") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 7, 61, 1460}));
  CAPTURE(segment);
  Recorder recorder;
  const auto said = with_file({{kServer, framed(read_request(4, 0)) + framed(read_request(5, 6))},
                               {kClient, framed(read_answer(4, "hello "))},
                               {kClient, framed(read_answer(5, "world"))}});
  REQUIRE(play(rules::Protocol::smb, true, said, segment, recorder) == ParseStatus::ok);
  REQUIRE(recorder.files.size() == 1);
  const auto& file = recorder.files[0];
  CHECK(file.name == "dir\\a.txt");
  CHECK(file.bytes == "hello world");
  CHECK(file.direction == kClient);
  CHECK((file.complete && !file.gaps && !file.truncated));
  REQUIRE(recorder.records.size() == 4);
  CHECK(json_of(recorder, 0)["smb"] == nlohmann::json::parse(R"({"id":1,"dialect":"unknown",
      "command":"SMB2_COMMAND_TREE_CONNECT","status":"STATUS_SUCCESS","status_code":"0x0",
      "session_id":77,"tree_id":5,"share":"\\\\s\\c","share_type":"FILE"})"));
  CHECK(json_of(recorder, 1)["smb"] == nlohmann::json::parse(R"({"id":2,"dialect":"unknown",
      "command":"SMB2_COMMAND_CREATE","status":"STATUS_SUCCESS","status_code":"0x0",
      "session_id":77,"tree_id":5,"filename":"dir\\a.txt","disposition":"FILE_OPEN",
      "access":"normal","created":1,"accessed":1,"modified":1,"changed":1,"size":11,
      "fuid":"00000049-0000-0000-0001-0000ffffffff"})"));
  CHECK(json_of(recorder, 2)["smb"] == nlohmann::json::parse(R"({"id":3,"dialect":"unknown",
      "command":"SMB2_COMMAND_READ","status":"STATUS_SUCCESS","status_code":"0x0",
      "session_id":77,"tree_id":5,"filename":"dir\\a.txt","share":"\\\\s\\c",
      "fuid":"00000049-0000-0000-0001-0000ffffffff"})"));
  CHECK(json_of(recorder, 3)["smb"]["command"] == "SMB2_COMMAND_CLOSE");
}

TEST_CASE("Parts of a file that come out of order are put into order") {
  Recorder recorder;
  const auto said = with_file({{kServer, framed(write_request(4, 3, "def"))},
                               {kServer, framed(write_request(5, 6, "ghi"))},
                               {kServer, framed(write_request(6, 0, "abcd"))},
                               {kClient, framed(write_answer(4))}});
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].bytes == "abcdefghi");
  CHECK(recorder.files[0].direction == kServer);
  CHECK(!recorder.files[0].gaps);
}

TEST_CASE("A file that is never closed ends truncated, one read to its end does not") {
  const auto status = GENERATE(values<std::uint32_t>({0, kEndOfFile}));
  Recorder recorder;
  auto said = with_file({{kServer, framed(read_request(4, 0)) + framed(read_request(5, 5))},
                         {kClient, framed(read_answer(4, "hello"))},
                         {kClient, framed(read_answer(5, "", status))}});
  said.resize(said.size() - 2);
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].bytes == "hello");
  CHECK(recorder.files[0].truncated == (status == 0));
}

TEST_CASE("Bytes lost within a READ's data are a gap in the file and nothing more") {
  const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  Recorder recorder;
  {
    const auto parser = spec_of(rules::Protocol::smb, true)->make(*pool, {});
    for (const auto& one : with_file({{kServer, framed(read_request(4, 0))}})) {
      if (one.bytes == framed(close_request(90))) {
        const auto answer = framed(read_answer(4, "0123456789"));
        parser->consume(kClient, as_bytes(answer.substr(0, answer.size() - 8)), recorder);
        REQUIRE(parser->gap(kClient, 4, recorder));
        parser->consume(kClient, as_bytes(answer.substr(answer.size() - 4)), recorder);
      }
      REQUIRE(parser->consume(one.direction, as_bytes(one.bytes), recorder) == ParseStatus::ok);
    }
    parser->end(kServer, recorder);
    parser->end(kClient, recorder);
  }
  CHECK(pool->used_bytes() == 0);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].bytes == "016789");
  CHECK(recorder.files[0].gaps);
  CHECK(json_of(recorder, 3)["smb"]["status"] == "STATUS_SUCCESS");
}

TEST_CASE("After bytes were lost between messages the next message is found") {
  const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  Recorder recorder;
  const auto parser = spec_of(rules::Protocol::smb, true)->make(*pool, {});
  const auto first = tree_connect(1, "\\\\s\\c");
  parser->consume(kServer, as_bytes(first.substr(0, 50)), recorder);
  REQUIRE(parser->gap(kServer, 4000, recorder));
  const auto rest = "rest of something" + tree_connect(2, "\\\\s\\d");
  REQUIRE(parser->consume(kServer, as_bytes(rest), recorder) == ParseStatus::ok);
  REQUIRE(parser->current(kServer) != nullptr);
  CHECK(text_of(*parser->current(kServer), Field::smb_share, kServer) == "\\\\s\\d");
}

TEST_CASE("Records of one message that are related act on the file that was just opened") {
  Recorder recorder;
  const std::string any(16, '\xff');
  auto read = read_request(4, 0);
  auto close = close_request(5);
  read.replace(read.find(kFile), kFile.size(), any);
  close.replace(close.find(kFile), kFile.size(), any);
  const auto padded = [](std::string record) {
    record.resize((record.size() + 7) / 8 * 8);
    return record.replace(20, 4, le(record.size(), 4));
  };
  const std::vector<Said> said{
      {kServer, framed(padded(create("a")) + padded(read) + close)},
      {kClient, framed(padded(created()) + padded(read_answer(4, "content")) + close_answer(5))}};
  const auto segment = GENERATE(values<std::size_t>({0, 5}));
  REQUIRE(play(rules::Protocol::smb, true, said, segment, recorder) == ParseStatus::ok);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].name == "a");
  CHECK(recorder.files[0].bytes == "content");
  CHECK((recorder.files[0].complete && !recorder.files[0].truncated));
}

TEST_CASE("A call over a named pipe is a transaction with dcerpc's fields") {
  Recorder recorder;
  std::vector<std::string> interfaces, stubs, pipes;
  recorder.on_end = [&](Transaction& tx) {
    interfaces.push_back(text_of(tx, Field::dcerpc_iface, kServer));
    stubs.push_back(text_of(tx, Field::dcerpc_stub_data, kServer) + "/" +
                    text_of(tx, Field::dcerpc_stub_data, kClient));
    pipes.push_back(text_of(tx, Field::smb_named_pipe, kServer));
  };
  const auto request = pdu(0, 2, le(4, 4) + le(0, 2) + le(3, 2) + "stub");
  const auto response = pdu(2, 2, le(6, 4) + le(0, 4) + "answer");
  const std::vector<Said> said{{kServer, tree_connect(1, "\\\\s\\IPC$")},
                               {kClient, tree_connected(1, 2)},
                               {kServer, framed(create("atsvc"))},
                               {kClient, framed(created())},
                               {kServer, framed(write_request(4, 0, bind()))},
                               {kClient, framed(write_answer(4))},
                               {kServer, framed(read_request(5, 0))},
                               {kClient, framed(read_answer(5, bind_ack()))},
                               {kServer, framed(transceive(6, kRequest, request))},
                               {kClient, framed(transceive(6, kAnswer, response))}};
  const auto segment = GENERATE(values<std::size_t>({0, 1, 100}));
  REQUIRE(play(rules::Protocol::smb, true, said, segment, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 4);
  CHECK(recorder.files.empty());
  CHECK(pipes[0] == "\\\\s\\IPC$");
  CHECK(json_of(recorder, 2)["smb"]["dcerpc"] == nlohmann::json::parse(R"({"request":"BIND",
      "response":"BINDACK","call_id":1,"interfaces":[{"ack_result":0,"service":"atsvc",
      "uuid":"1ff70682-0a51-30e8-076d-740be8cee98b","version":"1.0"}]})"));
  const auto call = json_of(recorder, 3)["smb"];
  CHECK(call["command"] == "SMB2_COMMAND_IOCTL");
  CHECK(call["dcerpc"]["opnum"] == 3);
  CHECK(call["dcerpc"]["req"]["stub_data_size"] == 4);
  CHECK(call["dcerpc"]["res"]["stub_data_size"] == 6);
  CHECK(stubs[3] == "stub/answer");
  CHECK(interfaces[3] == from_hex("1ff70682 0a51 30e8 076d740be8cee98b 0001 0000"));
}

TEST_CASE("Who logs on by NTLMSSP is in fields and record") {
  const auto part = [](const std::string& text, unsigned at) {
    return le(2 * text.size(), 2) + le(2 * text.size(), 2) + le(at, 4);
  };
  const auto message = std::string("NTLMSSP\0", 8) + le(3, 4) + std::string(16, '\0') +
                       part("CONTOSO", 72) + part("admin", 86) + part("PC", 96) +
                       std::string(8, '\0') + le(0x02000001, 4) + from_hex("0a00 614a 000000 0f") +
                       utf16("CONTOSOadminPC");
  const auto setup =
      smb2(1, 1, kRequest,
           le(25, 2) + le(0, 10) + le(88, 2) + le(message.size(), 2) + le(0, 8) + message);
  Recorder recorder;
  std::string user, domain;
  recorder.on_stage = [&](Transaction& tx, Direction direction) {
    if (direction != kServer) return;
    user = text_of(tx, Field::smb_ntlmssp_user, kServer);
    domain = text_of(tx, Field::smb_ntlmssp_domain, kServer);
  };
  const std::vector<Said> said{{kServer, framed(setup)},
                               {kClient, framed(smb2(1, 1, kAnswer, le(9, 2) + le(0, 6)))}};
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder) == ParseStatus::ok);
  CHECK(user == "admin");
  CHECK(domain == "CONTOSO");
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["smb"]["ntlmssp"] ==
        nlohmann::json::parse(R"({"domain":"CONTOSO","user":"admin","host":"PC",
                                  "version":"10.0 build 19041 rev 15"})"));
}

TEST_CASE("An answer that is pending is not the answer") {
  Recorder recorder;
  const std::vector<Said> said{{kServer, framed(smb2(15, 9, kRequest, std::string(32, '\0')))},
                               {kClient, framed(smb2(15, 9, kAnswer, le(9, 8), kPending))},
                               {kClient, framed(smb2(15, 9, kAnswer, le(9, 8), 0xc0000120))}};
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["smb"]["command"] == "SMB2_COMMAND_CHANGE_NOTIFY");
  CHECK(json_of(recorder, 0)["smb"]["status"] == "STATUS_CANCELLED");
}

TEST_CASE("A rename tells both names") {
  const auto target = utf16("b.txt");
  const auto info = smb2(17, 4, kRequest,
                         le(33, 2) + le(1, 1) + le(10, 1) + le(20 + target.size(), 4) + le(96, 2) +
                             le(0, 6) + kFile + le(0, 16) + le(target.size(), 4) + target);
  Recorder recorder;
  const auto said =
      with_file({{kServer, framed(info)}, {kClient, framed(smb2(17, 4, kAnswer, le(2, 2)))}});
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 4);
  CHECK(json_of(recorder, 2)["smb"]["rename"] ==
        nlohmann::json::parse(R"({"from":"dir\\a.txt","to":"b.txt"})"));
}

TEST_CASE("SMB1's dialect, files and numbers come from its own words") {
  const auto words = std::string(35, '\0') + le(1, 4) + le(0, 4) + std::string(5, '\0');
  const auto opened = std::string(5, '\0') + le(0x4001, 2) + std::string(61, '\0');
  const auto write = from_hex("ff000000") + le(0x4001, 2) + le(0, 4) + std::string(8, '\0') +
                     le(0, 2) + le(7, 2) + le(64, 2) + le(0, 4);
  const std::vector<Said> said{
      {kServer, framed(dialects(std::string("\x02LANMAN1.0\0\x02NT LM 0.12\0", 23)))},
      {kClient, framed(smb1(0x72, kAnswer, le(1, 2) + std::string(32, '\0'), ""))},
      {kServer, framed(smb1(0xa2, kRequest, words, std::string("\\eicar\0", 7)))},
      {kClient, framed(smb1(0xa2, kAnswer, opened, ""))},
      {kServer, framed(smb1(0x2f, kRequest, write, std::string(1, '\0') + "content"))},
      {kServer, framed(smb1(4, kRequest, le(0x4001, 2) + le(0, 4), ""))}};
  const auto segment = GENERATE(values<std::size_t>({0, 1, 33}));
  Recorder recorder;
  std::vector<std::uint64_t> versions;
  recorder.on_end = [&](Transaction& tx) {
    versions.push_back(tx.number(Field::smb_version, kServer, 0).value_or(0));
  };
  REQUIRE(play(rules::Protocol::smb, true, said, segment, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 4);
  CHECK(json_of(recorder, 0)["smb"]["client_dialects"].dump() == R"(["LANMAN1.0","NT LM 0.12"])");
  CHECK(json_of(recorder, 0)["smb"]["dialect"] == "NT LM 0.12");
  CHECK(json_of(recorder, 1)["smb"]["filename"] == "\\eicar");
  CHECK(json_of(recorder, 1)["smb"]["fuid"] == "4001");
  CHECK(json_of(recorder, 2)["smb"]["command"] == "SMB1_COMMAND_WRITE_ANDX");
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].bytes == "content");
  CHECK(recorder.files[0].name == "\\eicar");
  CHECK(versions == std::vector<std::uint64_t>{1, 1, 1, 1});
}

TEST_CASE("SMB2's answer to SMB1's negotiation answers it") {
  const auto answer = smb2(0, 0, kAnswer,
                           le(65, 2) + le(0, 2) + le(0x2ff, 2) + le(0, 2) + std::string(20, '\0') +
                               le(65536, 4) + le(65536, 4) + le(65536, 4) + std::string(24, '\0'));
  const std::vector<Said> said{{kServer, framed(dialects(std::string("\x02SMB 2.???\0", 11)))},
                               {kClient, framed(answer)}};
  Recorder recorder;
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["smb"]["command"] == "SMB1_COMMAND_NEGOTIATE_PROTOCOL");
  CHECK(json_of(recorder, 0)["smb"]["dialect"] == "2.??");
}

TEST_CASE("What a side may not say, and a second negotiation, are oddities") {
  Recorder recorder;
  const auto first = framed(dialects(std::string("\x02NT LM 0.12\0", 12)));
  const std::vector<Said> said{{kServer, first}, {kServer, first}, {kClient, first}};
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder) == ParseStatus::ok);
  CHECK(recorder.has_oddity("smb.duplicate_negotiate"));
  CHECK(recorder.has_oddity("smb.request_to_client"));
}

TEST_CASE("SMB is recognised in both directions, and by whom it is said") {
  const auto* spec = spec_of(rules::Protocol::smb, true);
  REQUIRE(spec != nullptr);
  struct Case {
    std::string bytes;
    Direction direction;
    Likeness likeness;
  };
  const auto request = tree_connect(1, "\\\\s\\c"), answer = tree_connected(1, 1);
  const std::vector<Case> cases{
      {request, kServer, Likeness::yes},
      {answer, kClient, Likeness::yes},
      {answer, kServer, Likeness::reversed},
      {request, kClient, Likeness::reversed},
      {framed(dialects("")), kServer, Likeness::yes},
      {request.substr(0, 3), kServer, Likeness::maybe},
      {request.substr(0, 7), kServer, Likeness::maybe},
      {framed("\xfe"
              "SMC" +
              std::string(60, '\0')),
       kServer, Likeness::no},
      {"GET / HTTP/1.1\r\n", kServer, Likeness::no},
  };
  for (const auto& one : cases) {
    CAPTURE(one.bytes, one.direction);
    CHECK(spec->probe({as_bytes(one.bytes), one.direction, 445, 40000}) == one.likeness);
  }
}

TEST_CASE("More open requests than are kept end the oldest, and nothing leaks") {
  std::vector<Said> said;
  for (unsigned i = 0; i < 300; ++i)
    said.push_back({kServer, framed(smb2(13, i, kRequest, le(4, 4)))});
  Recorder recorder;
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder) == ParseStatus::ok);
  CHECK(recorder.records.size() == 300);
  CHECK(recorder.ended_transactions.size() == 300);
}

TEST_CASE("Only transactions of the kinds that are asked for have records") {
  const std::vector<Said> said{{kServer, tree_connect(1, "\\\\s\\c")},
                               {kClient, tree_connected(1, 1)},
                               {kServer, framed(create("a.txt"))},
                               {kClient, framed(created())}};
  ParserOptions options;
  options.smb_records = smb_record_bit("create");
  Recorder recorder;
  REQUIRE(play(rules::Protocol::smb, true, said, 0, recorder, options) == ParseStatus::ok);
  CHECK(recorder.ended_transactions.size() == 2);
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["smb"]["command"] == "SMB2_COMMAND_CREATE");
  CHECK(smb_record_bit("no such kind") == 0);
}
