#include "config/scan/scan_message.h"

#include <catch2/catch.hpp>

namespace sekisho::scan {
namespace {

TEST_CASE("requests are read as they were written") {
  const auto scan = read_request(write_request({ScanRequest::Operation::scan, "報告.zip"}));
  REQUIRE(scan);
  CHECK(scan->operation == ScanRequest::Operation::scan);
  CHECK(scan->name == "報告.zip");
  const auto status = read_request(write_request({ScanRequest::Operation::status, {}}));
  REQUIRE(status);
  CHECK(status->operation == ScanRequest::Operation::status);
}

TEST_CASE("a name is cut, and bytes that are no text are replaced") {
  const auto longer = read_request(
      write_request({ScanRequest::Operation::scan, std::string(kMaxNameBytes + 9, 'n')}));
  REQUIRE(longer);
  CHECK(longer->name.size() == kMaxNameBytes);
  const auto odd = read_request(
      write_request({ScanRequest::Operation::scan, std::string(kMaxNameBytes, '\xff')}));
  REQUIRE(odd);
  CHECK(odd->name.starts_with("\xef\xbf\xbd"));
}

TEST_CASE("answers are read as they were written, each verdict") {
  for (const auto verdict : {Verdict::clean, Verdict::infected, Verdict::encrypted,
                             Verdict::over_limits, Verdict::failed}) {
    const ScanAnswer answer{.verdict = verdict,
                            .threat = "EICAR-Test-File",
                            .engine = "clamav",
                            .reason = "why",
                            .sha256 = std::string(64, 'a'),
                            .type = "zip",
                            .size = 5'000'000'000,
                            .took_ms = 12,
                            .from_cache = true,
                            .is_scored = false,
                            .score = 0,
                            .suspicion = Suspicion::none,
                            .measures = {}};
    const auto read = read_answer(write_answer(answer));
    REQUIRE(read);
    CHECK(*read == answer);
  }
}

TEST_CASE("what machine learning said is read as it was written") {
  for (const auto suspicion :
       {Suspicion::none, Suspicion::weak, Suspicion::fair, Suspicion::strong}) {
    ScanAnswer answer;
    answer.verdict = Verdict::clean;
    answer.is_scored = true;
    answer.score = 987;
    answer.suspicion = suspicion;
    answer.measures = {{"pe_writable_code", "sections", 2, 1.5}, {"text_joins", "", 0.25, 0.125}};
    const auto read = read_answer(write_answer(answer));
    REQUIRE(read);
    CHECK(*read == answer);
  }
}

TEST_CASE("scores that cannot be are refused") {
  for (const auto* said :
       {R"("score":1001,"suspicion":"weak")", R"("score":-1,"suspicion":"weak")", R"("score":5)",
        R"("score":5,"suspicion":"odd")", R"("score":5,"suspicion":"weak","measures":3)",
        R"("score":5,"suspicion":"weak","measures":[3])",
        R"("score":5,"suspicion":"weak","measures":[{"name":"x","value":"1","share":1}])"}) {
    CAPTURE(said);
    CHECK_FALSE(read_answer(R"({"v":1,"verdict":"clean",)" + std::string(said) + "}"));
  }
}

TEST_CASE("what is no message is refused with its reason") {
  struct Case {
    std::string text;
    Error::Code code;
    std::string message;
  };
  const auto wrong = GENERATE_COPY(
      Case{"", Error::Code::invalid_input, "scan message: no JSON object"},
      Case{"[1]", Error::Code::invalid_input, "scan message: no JSON object"},
      Case{R"({"op":"scan"})", Error::Code::invalid_input, "scan message: no version"},
      Case{R"({"v":2,"op":"scan"})", Error::Code::version, "scan message: version 2, not 1"},
      Case{R"({"v":1,"op":"eat"})", Error::Code::invalid_input,
           "scan message: op must be scan or status"},
      Case{R"({"v":1,"op":3})", Error::Code::invalid_input,
           "scan message: op and name must be texts"},
      Case{R"({"v":1,"op":"scan","name":[[[[]]]]})", Error::Code::invalid_input,
           "scan message: nested too deeply"},
      Case{std::string(kMaxMessageBytes + 1, ' '), Error::Code::invalid_input,
           "scan message: too long"});
  CAPTURE(wrong.text.substr(0, 100));
  const auto read = read_request(wrong.text);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == wrong.code);
  CHECK(read.error().message == wrong.message);
}

TEST_CASE("an answer with a verdict that is none, or a member of the wrong type, is refused") {
  CHECK_FALSE(read_answer(R"({"v":1,"verdict":"fine"})"));
  CHECK_FALSE(read_answer(R"({"v":1})"));
  CHECK_FALSE(read_answer(R"({"v":1,"verdict":"clean","size":-1})"));
  CHECK_FALSE(read_answer(R"({"v":1,"verdict":"clean","took_ms":4294967296})"));
  CHECK_FALSE(read_answer(R"({"v":1,"verdict":"clean","threat":7})"));
  CHECK(read_answer(R"({"v":1,"verdict":"clean"})"));
}

}  // namespace
}  // namespace sekisho::scan
