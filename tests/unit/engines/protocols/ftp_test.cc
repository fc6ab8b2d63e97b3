#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "recorder.h"

namespace sekisho::tests {
namespace {

using engines::Expectation;
using engines::Likeness;
using engines::MemoryPool;
using engines::ParseStatus;
using engines::Protocol;
using rules::Field;

struct Control {
  Control()
      : pool(*MemoryPool::create(8 * MemoryPool::kLargestBlock)),
        parser(spec_of(Protocol::ftp, true)->make(*pool, {})) {}
  ParseStatus client(std::string_view text, std::size_t piece = 1 << 20) {
    return say(Direction::to_server, text, piece);
  }
  ParseStatus server(std::string_view text, std::size_t piece = 1 << 20) {
    return say(Direction::to_client, text, piece);
  }
  ParseStatus say(Direction direction, std::string_view text, std::size_t piece) {
    auto status = ParseStatus::ok;
    while (!text.empty() && status == ParseStatus::ok) {
      const auto part = text.substr(0, piece);
      status = parser->consume(direction, as_bytes(part), events);
      text.remove_prefix(part.size());
    }
    return status;
  }
  nlohmann::json record(std::size_t i) const {
    return nlohmann::json::parse(events.records.at(i).json)["ftp"];
  }
  std::unique_ptr<MemoryPool> pool;
  Recorder events;
  engines::Pooled<engines::Parser> parser;
};

std::string name_of_transfer(const Expectation& expectation) {
  const auto& transfer = expectation.transfer;
  return {transfer.name.begin(), transfer.name.begin() + transfer.name_size};
}

}  // namespace

TEST_CASE("each FTP command is a transaction with all replies to it, the greeting one without") {
  const auto piece = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{1} << 20);
  Control ftp;
  std::vector<std::string> commands, replies;
  ftp.events.on_stage = [&](const engines::Transaction& transaction, Direction direction) {
    if (direction == Direction::to_server)
      commands.push_back(text_of(transaction, Field::ftp_command, direction) + "|" +
                         text_of(transaction, Field::ftp_command_data, direction));
    for (std::uint32_t i = 0; direction == Direction::to_client &&
                              text_of(transaction, Field::ftp_reply, direction, i) != "<none>";
         ++i)
      replies.push_back(text_of(transaction, Field::ftp_completion_code, direction, i) + "|" +
                        text_of(transaction, Field::ftp_reply, direction, i));
  };
  ftp.server("220-hello\r\n there\r\n220 FTP ready\r\n", piece);
  ftp.client("USER bob\r\n", piece);
  ftp.server("331 password?\r\n", piece);
  ftp.client("NLST\r\n", piece);
  ftp.server("150 coming\r\n226 done\r\n", piece);
  CHECK(commands == std::vector<std::string>{"<none>|<none>", "USER|bob", "NLST|<none>"});
  CHECK(replies == std::vector<std::string>{"220|hello", "220|there", "<none>|FTP ready",
                                            "331|password?", "150|coming", "226|done"});
  REQUIRE(ftp.events.records.size() == 3);
  CHECK(ftp.record(0) == nlohmann::json::parse(R"({"completion_code":["220","220"],
    "reply":["hello","there","FTP ready"],"reply_received":"yes","reply_truncated":false})"));
  CHECK(ftp.record(2) == nlohmann::json::parse(R"({"command":"NLST","command_truncated":false,
    "completion_code":["150","226"],"reply":["coming","done"],"reply_received":"yes",
    "reply_truncated":false})"));
}

TEST_CASE("data connections are announced with their port, then with what will cross them") {
  struct Case {
    std::string command, reply, address;
    std::uint16_t port;
    Direction from;
    std::string mode;
  };
  const auto to_server = Direction::to_server;
  const auto to_client = Direction::to_client;
  const auto example = GENERATE_COPY(values<Case>({
      {"PORT 192,0,2,7,4,1", "200 ok", "192.0.2.7", 1025, to_client, "active"},
      {"EPRT |2|2001:db8::1|2000|", "200 ok", "2001:db8::1", 2000, to_client, "active"},
      {"PASV", "227 Entering (192,0,2,9,4,2).", "192.0.2.9", 1026, to_server, "passive"},
      {"PASV", "227 at 192,0,2,9,4,2", "192.0.2.9", 1026, to_server, "passive"},
      {"EPSV", "229 Entering (|||2001|)", "::", 2001, to_server, "passive"},
  }));
  CAPTURE(example.command, example.reply);
  Control ftp;
  ftp.client(example.command + "\r\n");
  ftp.server(example.reply + "\r\n");
  ftp.client("RETR dir/file.txt\r\n");
  REQUIRE(ftp.events.expectations.size() == 2);
  for (const auto& expectation : ftp.events.expectations) {
    CHECK(to_string(expectation.address) == example.address);
    CHECK(expectation.port == example.port);
    CHECK(expectation.from == example.from);
    CHECK(expectation.protocol == Protocol::ftp_data);
  }
  CHECK(ftp.events.expectations[0].transfer.command.empty());
  CHECK(ftp.events.expectations[1].transfer.command == "RETR");
  CHECK(name_of_transfer(ftp.events.expectations[1]) == "dir/file.txt");
  CHECK(ftp.record(0)["dynamic_port"] == example.port);
  CHECK(ftp.record(0)["mode"] == example.mode);
}

TEST_CASE("odd FTP is named, and nothing false is announced") {
  struct Case {
    std::string client, server, oddity;
  };
  const auto example = GENERATE(values<Case>({
      {"RETR x\r\n", "425 no\r\n", "ftp.file_before_port"},
      {"CWD " + std::string(5000, 'x') + "\r\n", "250 ok\r\n", "ftp.request_command_too_long"},
      {"NOOP\r\n", "200 " + std::string(5000, 'x') + "\r\n", "ftp.response_command_too_long"},
      {"PORT 1,2,3,4,5\r\n", "501 no\r\n", ""},
      {"PORT 1,2,3,4,5,256\r\n", "501 no\r\n", ""},
      {"EPRT |2|x|70000|\r\n", "501 no\r\n", ""},
      {"EPSV\r\n", "229 no port\r\n", ""},
      {"NOOP\r\n", "227 (1,2,3,4,5,6)\r\n", ""},
  }));
  CAPTURE(example.client.substr(0, 30));
  Control ftp;
  ftp.client(example.client);
  ftp.server(example.server);
  CHECK(ftp.events.expectations.empty());
  CHECK(ftp.events.records.size() == 1);
  const std::vector<std::string> none;
  CHECK(ftp.events.oddities == (example.oddity.empty() ? none : std::vector{example.oddity}));
}

TEST_CASE("commands without a reply end with the conversation, or when there are too many") {
  Control ftp;
  for (int i = 0; i < 100; ++i) ftp.client("NOOP\r\n");
  CHECK(ftp.events.records.size() == 68);
  ftp.parser->end(Direction::to_server, ftp.events);
  ftp.parser->end(Direction::to_client, ftp.events);
  CHECK(ftp.events.records.size() == 100);
  CHECK(ftp.record(99)["reply_received"] == "no");
  ftp.parser.reset();
  CHECK(ftp.pool->used_bytes() == 0);
}

TEST_CASE("AUTH TLS hands over when the server agrees") {
  Control ftp;
  ftp.client("AUTH TLS\r\n");
  CHECK(ftp.server("534 no\r\n") == ParseStatus::ok);
  ftp.client("AUTH TLS\r\n");
  CHECK(ftp.server("234 yes\r\n\x16\x03") == ParseStatus::upgraded);
  CHECK(ftp.parser->consumed() == 9);
  CHECK(ftp.parser->next_protocol() == Protocol::tls);
}

TEST_CASE("a data connection is the file that was announced; a listing is none") {
  struct Case {
    std::string command, name;
    Direction sender;
    std::size_t files;
    std::optional<std::uint64_t> number;
  };
  const auto example = GENERATE(values<Case>({
      {"RETR", "a.bin", Direction::to_client, 1, 2},
      {"STOR", "b.bin", Direction::to_server, 1, 1},
      {"STOU", "<stou>", Direction::to_server, 1, 3},
      {"NLST", "", Direction::to_client, 0, std::nullopt},
  }));
  CAPTURE(example.command);
  const auto pool = *MemoryPool::create(4 * MemoryPool::kLargestBlock);
  Recorder events;
  std::optional<std::uint64_t> number;
  events.on_stage = [&](const engines::Transaction& transaction, Direction direction) {
    number = transaction.number(Field::ftpdata_command, direction, 0);
  };
  Expectation expectation;
  expectation.transfer.command = example.command;
  expectation.transfer.name_size = static_cast<std::uint8_t>(example.name.size());
  std::copy(example.name.begin(), example.name.end(), expectation.transfer.name.begin());
  const auto parser = spec_of(Protocol::ftp_data, true)->make(*pool, {});
  parser->announced(expectation);
  std::string sent;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(1000, static_cast<char>('a' + i % 26));
    parser->consume(example.sender, as_bytes(piece), events);
    sent += piece;
  }
  parser->end(example.sender, events);
  parser->end(engines::opposite(example.sender), events);
  CHECK(number == example.number);
  REQUIRE(events.files.size() == example.files);
  if (example.files != 0) {
    CHECK(events.files[0].bytes == sent);
    CHECK(events.files[0].name == example.name);
    CHECK(events.files[0].direction == example.sender);
    CHECK(events.files[0].completions == 1);
  }
  REQUIRE(events.records.size() == 1);
  auto expected = nlohmann::json{{"command", example.command}};
  if (!example.name.empty()) expected["filename"] = example.name;
  CHECK(nlohmann::json::parse(events.records[0].json)["ftp_data"] == expected);
}

TEST_CASE("FTP is recognised by its greeting, on its port by any") {
  const auto* spec = spec_of(Protocol::ftp, true);
  const auto probe = [&](std::string_view text, Direction direction, std::uint16_t port) {
    return spec->probe({as_bytes(text), direction, port, 40000});
  };
  CHECK(probe("220 (vsFTPd 3.0.2)\r\n", Direction::to_client, 2121) == Likeness::yes);
  CHECK(probe("220 ready\r\n", Direction::to_client, 21) == Likeness::yes);
  CHECK(probe("220 mx ESMTP\r\n", Direction::to_client, 25) == Likeness::no);
  CHECK(probe("22", Direction::to_client, 21) == Likeness::maybe);
  CHECK(probe("USER bob\r\n", Direction::to_server, 21) == Likeness::yes);
  CHECK(probe("USER bob\r\n", Direction::to_server, 110) == Likeness::no);
}

}  // namespace sekisho::tests
