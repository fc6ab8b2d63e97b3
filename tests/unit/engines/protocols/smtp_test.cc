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

struct Turn {
  Direction direction;
  std::string text;
};
Turn client(std::string text) { return {Direction::to_server, std::move(text)}; }
Turn server(std::string text) { return {Direction::to_client, std::move(text)}; }

/// A session up to the answer to DATA.
std::vector<Turn> session_to_data() {
  return {server("220 mx.test ESMTP\r\n"),
          client("EHLO client.test\r\n"),
          server("250-mx.test\r\n250 CHUNKING\r\n"),
          client("MAIL FROM:<a@x.test> SIZE=3\r\n"),
          server("250 ok\r\n"),
          client("RCPT TO:<b@y.test>\r\nRCPT TO: <c@y.test>\r\n"),
          server("250 ok\r\n250 ok\r\n"),
          client("DATA\r\n"),
          server("354 go\r\n")};
}

struct Session {
  Session() : pool(*MemoryPool::create(8 * MemoryPool::kLargestBlock)) {
    parser = spec_of(Protocol::smtp, true)->make(*pool, {});
  }
  ParseStatus play(const std::vector<Turn>& turns, std::size_t max_piece = 1 << 20,
                   unsigned seed = 0) {
    std::mt19937 random(seed);
    for (const auto& turn : turns) {
      for (std::size_t at = 0; at < turn.text.size();) {
        const auto length = std::min<std::size_t>(1 + random() % max_piece, turn.text.size() - at);
        const auto status = parser->consume(
            turn.direction, as_bytes(std::string_view(turn.text).substr(at, length)), events);
        if (status != ParseStatus::ok) return status;
        at += length;
      }
    }
    return ParseStatus::ok;
  }
  void end() {
    parser->end(Direction::to_server, events);
    parser->end(Direction::to_client, events);
  }
  nlohmann::json record(std::size_t i = 0) const {
    return nlohmann::json::parse(events.records.at(i).json);
  }
  std::unique_ptr<MemoryPool> pool;
  Recorder events;
  engines::Pooled<engines::Parser> parser;
};

/// Plays one mail, whole or in pieces, to its end.
void play_mail(Session& session, const std::string& mail, std::size_t max_piece = 1 << 20,
               unsigned seed = 0) {
  auto turns = session_to_data();
  session.play(turns);
  session.play({client(mail + ".\r\n"), server("250 queued\r\n")}, max_piece, seed);
}

const std::string kNestedMail =
    "From: \"Doe, J\" <a@x.test>\r\n"
    "To: b@y.test, \"Roe, R\" <c@y.test>\r\n"
    "Subject: a folded\r\n\tsubject\r\n"
    "Received: one\r\nReceived: two\r\n"
    "Content-Type: multipart/mixed;\r\n boundary=\"out er\"\r\n\r\n"
    "preamble http://not.test/\r\n"
    "--out er\r\n"
    "Content-Type: multipart/alternative; boundary=in\r\n\r\n"
    "--in\r\n\r\n"
    "see http://one.test/a.exe, or http://two.test.\r\n..stuffed\r\n"
    "--in\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<a href=3D\"http://thr=\r\nee.test/x\">\r\n"
    "--in--\r\n"
    "--out er\r\n"
    "Content-Type: application/x; name=\"ignored\"\r\n"
    "Content-Disposition: attachment; filename*0*=utf-8'en'r%C3%A9sum; filename*1=e.exe\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n"
    "AAEC\r\nAwQ=\r\n"
    "--out er\r\n"
    "Content-Disposition: attachment; filename=\"=?utf-8?B?cGxhaW4=?=.txt\"\r\n\r\n"
    "line one\r\n--out erx\r\n\r\nlast\r\n"
    "--out er\r\n\r\n"
    "begin 644 uu.bin\r\n#0V%T\r\n`\r\nend\r\n"
    "--out er--\r\nepilogue\r\n";

}  // namespace

TEST_CASE("a mail's envelope, header, addresses and attachments are found however it is cut") {
  const auto max_piece = GENERATE(1 << 20, 1, 3, 40, 700);
  for (unsigned seed = 0; seed < (max_piece > 10000 ? 1U : 8U); ++seed) {
    Session session;
    std::vector<std::uint8_t> stages;
    session.events.on_stage = [&](const engines::Transaction& transaction, Direction direction) {
      if (direction == Direction::to_client) return;
      stages.push_back(transaction.stage(direction));
      CHECK(text_of(transaction, Field::smtp_helo, direction) == "client.test");
      CHECK(text_of(transaction, Field::smtp_mail_from, direction) == "<a@x.test>");
      CHECK(text_of(transaction, Field::smtp_rcpt_to, direction, 1) == "<c@y.test>");
      if (stages.back() < 2) return;
      CHECK(text_of(transaction, Field::email_subject, direction) == "a folded\tsubject");
      CHECK(text_of(transaction, Field::email_received, direction, 1) == "two");
      CHECK(text_of(transaction, Field::email_to, direction) == "b@y.test, \"Roe, R\" <c@y.test>");
    };
    play_mail(session, kNestedMail, static_cast<std::size_t>(max_piece), seed);
    CHECK(stages == std::vector<std::uint8_t>{1, 2, engines::kStageEnd});
    REQUIRE(session.events.records.size() == 1);
    const auto record = session.record();
    CHECK(record["smtp"] == nlohmann::json::parse(R"({"helo":"client.test",
      "mail_from":"<a@x.test>","rcpt_to":["<b@y.test>","<c@y.test>"]})"));
    const auto& email = record["email"];
    CHECK(email["status"] == "PARSE_DONE");
    CHECK(email["from"] == "\"Doe, J\" <a@x.test>");
    CHECK(email["to"] == nlohmann::json{"b@y.test", "\"Roe, R\" <c@y.test>"});
    CHECK(email["url"] == nlohmann::json{"three.test/x", "two.test", "one.test/a.exe,"});
    CHECK(email["attachment"] == nlohmann::json{"r\xc3\xa9sume.exe", "plain.txt", "uu.bin"});
    REQUIRE(session.events.files.size() == 3);
    CHECK(session.events.files[0].name == "r\xc3\xa9sume.exe");
    CHECK(session.events.files[0].bytes == "\0\1\2\3\4"s);
    CHECK(session.events.files[1].bytes == "line one\r\n--out erx\r\n\r\nlast");
    CHECK(session.events.files[2].bytes == "Cat");
    for (const auto& file : session.events.files) {
      CHECK(file.complete);
      CHECK_FALSE(file.truncated);
      CHECK(file.completions == 1);
    }
    CHECK(session.events.contradictions == 0);
    CHECK(session.events.oddities.empty());
    session.parser.reset();
    CHECK(session.pool->used_bytes() == 0);
  }
}

TEST_CASE("the digest of a body is of the bytes after the header as they crossed the wire") {
  const bool asked = GENERATE(true, false);
  Session session;
  session.parser = spec_of(Protocol::smtp, true)->make(*session.pool, {.mail_digest = asked});
  play_mail(session, "Subject: x\r\n\r\n..a\r\n");
  const auto email = session.record()["email"];
  // MD5 of "..a\r\n"
  CHECK(email.value("body_md5", "") == (asked ? "8bbab0e146077aa6f6bd90292dbb3b4b" : ""));
}

TEST_CASE("mails and commands that share a connection are transactions of their own") {
  struct Case {
    std::string name;
    std::vector<Turn> turns;
    std::vector<std::string> senders;  // of the records; "-": none
    std::vector<std::string> oddities;
  };
  const auto hello = server("220 mx ESMTP\r\n");
  const auto helo = client("HELO c\r\n");
  const auto ok = server("250 ok\r\n");
  const auto from = [](const std::string& name) { return client("MAIL FROM:<" + name + ">\r\n"); };
  const auto data = client("DATA\r\n");
  const auto go = server("354 go\r\n");
  const auto mail = client("Subject: s\r\n\r\nbody\r\n.\r\n");
  const auto quit = client("QUIT\r\n");
  const auto example = GENERATE_COPY(values<Case>({
      {"two mails",
       {hello, helo, ok, from("a"), ok, data, go, mail, ok, from("b"), ok, data, go, mail, ok,
        quit},
       {"<a>", "<b>"},
       {}},
      {"a reset",
       {hello, helo, ok, from("a"), ok, client("RSET\r\n"), ok, from("b"), ok, data, go, mail, ok},
       {"<a>", "<b>"},
       {}},
      {"chunks",
       {hello, helo, ok, from("a"), ok, client("BDAT 4\r\nSubj"), ok,
        client("BDAT 9 LAST\r\nect: s\r\n\r"), ok, from("b"), ok},
       {"<a>", "<b>"},
       {}},
      {"pipelined mails",
       {hello, helo, ok,
        client("MAIL FROM:<a>\r\nBDAT 2 LAST\r\na:MAIL FROM:<b>"
               "\r\nBDAT 0 LAST\r\n"),
        server("250 a\r\n250 a\r\n250 b\r\n250 b\r\n")},
       {"<a>", "<b>"},
       {}},
      {"DATA refused",
       {hello, helo, ok, data, server("503 no\r\n"), from("a"), ok},
       {"<a>"},
       {"smtp.data_command_rejected"}},
      {"a second HELO",
       {hello, helo, ok, from("a"), ok, helo, ok, from("b")},
       {"<a>", "<b>"},
       {"smtp.duplicate_fields"}},
      {"a second sender",
       {hello, helo, ok, from("a"), ok, from("b"), server("503 no\r\n")},
       {"<a>"},
       {"smtp.duplicate_fields"}},
      {"no greeting", {helo, ok}, {"-"}, {"smtp.no_server_welcome_message"}},
      {"a reply to nothing",
       {hello, helo, ok, ok},
       {"-"},
       {"smtp.unable_to_match_reply_with_request"}},
      {"an unknown code", {hello, helo, server("472 no\r\n")}, {"-"}, {"smtp.invalid_reply"}},
      {"no reply at all", {hello, helo, server("what\r\n")}, {"-"}, {"smtp.invalid_reply"}},
      {"data before 354",
       {hello, helo, ok, from("a"), ok, client("DATA\r\nSubject: x\r\n\r\n.\r\n"), go, ok},
       {"<a>"},
       {"smtp.invalid_pipelined_sequence"}},
      {"a bad chunk",
       {hello, helo, ok, client("BDAT x\r\n"), server("501 no\r\n")},
       {"-"},
       {"smtp.invalid_bdat"}},
      {"STARTTLS refused",
       {hello, helo, ok, client("STARTTLS\r\n"), server("454 no\r\n")},
       {"-"},
       {"smtp.tls_rejected"}},
      {"a long command",
       {hello, client("HELO " + std::string(600, 'x') + "\r\n"), ok},
       {"-"},
       {"smtp.max_command_line_len_exceeded"}},
      {"a password that looks like a command",
       {hello, helo, ok, client("AUTH LOGIN\r\n"), server("334 u\r\n"), client("DATA\r\n"),
        server("334 p\r\n"), client("RSET\r\n"), server("235 ok\r\n"), from("a"), ok},
       {"<a>"},
       {}},
  }));
  CAPTURE(example.name);
  Session session;
  CHECK(session.play(example.turns) == ParseStatus::ok);
  session.end();
  std::vector<std::string> senders;
  for (std::size_t i = 0; i < session.events.records.size(); ++i)
    senders.push_back(session.record(i)["smtp"].value("mail_from", "-"));
  CHECK(senders == example.senders);
  CHECK(session.events.oddities == example.oddities);
  for (std::size_t i = 0; i < session.events.ended_transactions.size(); ++i)
    CHECK(session.events.ended_transactions[i] == i);
}

TEST_CASE("odd mails are named") {
  struct Case {
    std::string oddity, mail;
  };
  const std::string base64 = "Content-Transfer-Encoding: base64\r\n\r\n";
  const auto example = GENERATE_COPY(values<Case>({
      {"smtp.mime_long_line", "A: b\r\n\r\n" + std::string(999, 'x') + "\r\n"},
      {"smtp.mime_long_enc_line", base64 + std::string(80, 'A') + "\r\n"},
      {"smtp.mime_invalid_base64", base64 + "AAA!\r\n"},
      {"smtp.mime_invalid_qp", "Content-Transfer-Encoding: quoted-printable\r\n\r\na=zz\r\n"},
      {"smtp.mime_long_header_name", std::string(80, 'n') + ": v\r\n\r\n"},
      {"smtp.mime_long_header_value", "Subject: " + std::string(2001, 'v') + "\r\n\r\n"},
      {"smtp.mime_long_boundary",
       "Content-Type: multipart/mixed; boundary=" + std::string(255, 'b') + "\r\n\r\n"},
      {"smtp.mime_malformed_msg", "no colon here\r\n\r\n"},
  }));
  CAPTURE(example.oddity);
  Session session;
  play_mail(session, example.mail);
  CHECK(session.events.has_oddity(example.oddity));
  CHECK(session.events.records.size() == 1);
}

TEST_CASE("an encapsulated mail's attachments are found, encoded or not") {
  const auto inner =
      GENERATE("From: b\r\nContent-Disposition: attachment; filename=x.exe\r\n\r\nMZ\r\n"s,
               "\r\nFrom: b\r\nContent-Disposition: attachment; filename=x.exe\r\n\r\nMZ\r\n"s);
  Session session;
  play_mail(session, "From: a\r\nContent-Type: message/rfc822\r\n\r\n" + inner);
  CHECK(session.record()["email"]["from"] == "a");
  REQUIRE(session.events.files.size() == 1);
  CHECK(session.events.files[0].name == "x.exe");
  CHECK(session.events.files[0].bytes == "MZ");
}

TEST_CASE("nesting beyond the bound is read as text") {
  std::string mail;
  for (int i = 0; i < 40; ++i)
    mail += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" +
            std::to_string(i) + "\r\n";
  Session session;
  play_mail(session, mail + "\r\nhttp://deep.test/\r\n");
  CHECK(session.events.has_oddity("smtp.mime_malformed_msg"));
  CHECK(session.record()["email"]["url"][0] == "deep.test/");
}

TEST_CASE("a file over the depth, cut off, or with a gap says so") {
  Session session;
  const std::string header = "Content-Disposition: attachment; filename=f\r\n\r\n";
  SECTION("depth") {
    engines::ParserOptions options;
    options.body_depth = 10;
    session.parser = spec_of(Protocol::smtp, true)->make(*session.pool, options);
    play_mail(session, header + "0123456789abcdef\r\n");
    CHECK(session.events.files.at(0).bytes == "0123456789");
    CHECK(session.events.files.at(0).truncated);
  }
  SECTION("end") {
    session.play(session_to_data());
    session.play({client(header + "0123")});
    session.end();
    CHECK(session.events.files.at(0).bytes == "0123");
    CHECK(session.events.files.at(0).truncated);
    CHECK(session.events.records.size() == 1);
  }
  SECTION("gap") {
    session.play(session_to_data());
    session.play({client(header + "0123")});
    CHECK(session.parser->gap(Direction::to_server, 100, session.events));
    session.play({client("4567\r\n.\r\n"), server("250 ok\r\n")});
    CHECK(session.events.files.at(0).bytes == "01234567");
    CHECK(session.events.files.at(0).gaps);
    CHECK(session.events.records.size() == 1);
  }
  CHECK(session.events.contradictions == 0);
}

TEST_CASE("STARTTLS hands over after the server's line") {
  Session session;
  session.play({server("220 mx ESMTP\r\n"), client("EHLO c\r\n"), server("250 ok\r\n"),
                client("STARTTLS\r\n")});
  const auto reply = "220 go\r\n\x16\x03\x03"s;
  CHECK(session.parser->consume(Direction::to_client, as_bytes(reply), session.events) ==
        ParseStatus::upgraded);
  CHECK(session.parser->consumed() == 8);
  CHECK(session.parser->next_protocol() == Protocol::tls);
  CHECK(session.events.records.size() == 1);
}

TEST_CASE("SMTP is recognised by either side's first words") {
  struct Case {
    std::string text;
    Direction direction;
    std::uint16_t port;
    Likeness likeness;
  };
  const auto example = GENERATE(values<Case>({
      {"220 mx ESMTP Postfix\r\n", Direction::to_client, 2525, Likeness::yes},
      {"220 mx ready\r\n", Direction::to_client, 25, Likeness::yes},
      {"220 ftp ready\r\n", Direction::to_client, 21, Likeness::no},
      {"22", Direction::to_client, 25, Likeness::maybe},
      {"EHLO x\r\n", Direction::to_server, 9999, Likeness::yes},
      {"eh", Direction::to_server, 25, Likeness::maybe},
      {"GET / HTTP/1.1\r\n", Direction::to_server, 25, Likeness::no},
  }));
  CAPTURE(example.text);
  CHECK(spec_of(Protocol::smtp, true)
            ->probe({as_bytes(example.text), example.direction, example.port, 40000}) ==
        example.likeness);
}

}  // namespace sekisho::tests
