#include "controlplane/scan/file_judge.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "config/base/text_bytes.h"
#include "config/scan/memory_file.h"
#include "controlplane/scan/scan_service.h"
#include "fake_clamd.h"

namespace sekisho::controlplane {
namespace {

using scan::Verdict;

FileDescriptor sealed(std::string_view text) {
  auto file = scan::MemoryFile::create();
  REQUIRE(file);
  REQUIRE(file->append(bytes_of(text)));
  return *std::move(*file).seal();
}

TEST_CASE("a file that could change while it is judged is not taken") {
  FileJudge judge({.own_signatures = {}, .clamd_socket = {}});
  const auto unsealed = judge.judge(FileDescriptor(memfd_create("x", MFD_ALLOW_SEALING)));
  CHECK(unsealed.verdict == Verdict::failed);
  CHECK(unsealed.reason == "the file is no sealed memory file");
  CHECK(judge.judge(FileDescriptor(open("/proc/self/exe", O_RDONLY))).verdict == Verdict::failed);
  CHECK(judge.judge(FileDescriptor()).verdict == Verdict::failed);
}

TEST_CASE("a file is judged by clamd, and the second time from memory") {
  const test::FakeClamd clamd([](unsigned n) { return n == 0 ? "OK" : "Harm FOUND"; });
  FileJudge judge({.own_signatures = {}, .clamd_socket = clamd.path()});
  const auto clean = judge.judge(sealed("some text"));
  CHECK(clean.verdict == Verdict::clean);
  CHECK(clean.type == "text");
  CHECK(clean.size == 9);
  CHECK(clean.sha256 == "b94f6f125c79e3a5ffaa826f584c10d52ada669e6762051b826b55776d05aed2");
  const auto harm = judge.judge(sealed("other text"));
  CHECK(harm.verdict == Verdict::infected);
  CHECK(harm.threat == "Harm");
  CHECK(harm.engine == "clamav");
  const auto again = judge.judge(sealed("some text"));
  CHECK(again.verdict == Verdict::clean);
  CHECK(again.from_cache);
  CHECK(clamd.asked() == 2);
}

TEST_CASE("a file that ends clamd twice is failed, and not given to it again") {
  const test::FakeClamd clamd([](unsigned) { return ""; });
  FileJudge judge({.own_signatures = {}, .clamd_socket = clamd.path()});
  CHECK(judge.judge(sealed("poison")).verdict == Verdict::failed);
  CHECK(clamd.asked() == 2);
  CHECK(judge.judge(sealed("poison")).verdict == Verdict::failed);
  CHECK(clamd.asked() == 2);
}

TEST_CASE("a file over which clamd ended by chance gets its verdict from the next one") {
  const test::FakeClamd clamd([](unsigned n) { return n == 0 ? "" : "OK"; });
  FileJudge judge({.own_signatures = {}, .clamd_socket = clamd.path()});
  CHECK(judge.judge(sealed("fine")).verdict == Verdict::clean);
}

TEST_CASE("an error of clamd is no verdict, and is not remembered") {
  const test::FakeClamd clamd([](unsigned n) { return n == 0 ? "No memory ERROR" : "OK"; });
  FileJudge judge({.own_signatures = {}, .clamd_socket = clamd.path()});
  const auto failed = judge.judge(sealed("fine"));
  CHECK(failed.verdict == Verdict::failed);
  CHECK(failed.reason == "clamd: No memory");
  CHECK(judge.judge(sealed("fine")).verdict == Verdict::clean);
}

TEST_CASE("the own set knows a file without clamd, and is taken up anew") {
  const std::string path = "/tmp/own-set-" + std::to_string(getpid());
  const auto write = [&](const std::string& line) {
    const auto file =
        *engines::antimalware::compile_malware_database({*rules::parse_malware_signature(line)});
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    for (const auto byte : file) out.put(static_cast<char>(byte));
  };
  write("b94f6f125c79e3a5ffaa826f584c10d52ada669e6762051b826b55776d05aed2:9:Own.Name");
  FileJudge judge({.own_signatures = path, .clamd_socket = {}});
  const auto found = judge.judge(sealed("some text"));
  CHECK(found.verdict == Verdict::infected);
  CHECK(found.threat == "Own.Name");
  CHECK(found.engine == "hash");
  CHECK(judge.judge(sealed("other text")).verdict == Verdict::clean);
  write("4268fe6bd88a4b0b6e5d07d8d0a3ab11:*:Nobody");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  auto last = found;
  while (last.verdict != Verdict::clean && std::chrono::steady_clock::now() < until)
    last = judge.judge(sealed("some text"));
  CHECK(last.verdict == Verdict::clean);
  unlink(path.c_str());
}

TEST_CASE("the service answers one request a connection, and what is no request with a reason") {
  FileJudge judge({.own_signatures = {}, .clamd_socket = {}});
  ScanService service(judge);
  const auto ask = [&](const std::string& request, int file) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    service.serve(FileDescriptor(ends[0]));
    const FileDescriptor own(ends[1]);
    REQUIRE(send_message(own.get(), request, file, std::chrono::seconds(5)));
    auto reply = receive_message(own.get(), scan::kMaxMessageBytes, std::chrono::seconds(5));
    REQUIRE(reply);
    return reply->body;
  };
  const auto file = sealed("some text");
  const auto answer = scan::read_answer(
      ask(scan::write_request({scan::ScanRequest::Operation::scan, "x"}), file.get()));
  REQUIRE(answer);
  CHECK(answer->verdict == Verdict::clean);
  const auto odd = scan::read_answer(ask("{}", -1));
  REQUIRE(odd);
  CHECK(odd->verdict == Verdict::failed);
  CHECK(odd->reason == "scan message: no version");
  const auto status = nlohmann::json::parse(
      ask(scan::write_request({scan::ScanRequest::Operation::status, {}}), -1));
  CHECK(status["clamd"] == "off");
  CHECK(status["files"] == 1);
  CHECK(status["verdicts"]["clean"] == 1);
}

}  // namespace
}  // namespace sekisho::controlplane
