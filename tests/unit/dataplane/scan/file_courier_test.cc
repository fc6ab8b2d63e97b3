#include "dataplane/scan/file_courier.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "config/base/text_bytes.h"

namespace sekisho::dataplane {
namespace {

using namespace std::chrono_literals;

std::string socket_path() { return "/tmp/courier-" + std::to_string(getpid()) + ".sock"; }

/// A sekisho-scan for which every file that begins with 'h' is harmful; its threat is the file.
void answer_one(const FileDescriptor& connection) {
  auto message = receive_message(connection.get(), scan::kMaxMessageBytes, 5s);
  if (!message) return;
  std::array<char, 64> begin{};
  const auto got = pread(message->attached.get(), begin.data(), begin.size(), 0);
  scan::ScanAnswer answer;
  answer.verdict = begin[0] == 'h' ? scan::Verdict::infected : scan::Verdict::clean;
  answer.threat.assign(begin.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  (void)send_message(connection.get(), scan::write_answer(answer), -1, 5s);
}

const FileVerdict* await(FileExchange& files, FileExchange::Number number) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (files.verdict_of(number) == nullptr && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(1ms);
  return files.verdict_of(number);
}

TEST_CASE("files of two workers are asked about whole, and verdicts reach whose they are") {
  const auto one = *FileExchange::create(), other = *FileExchange::create();
  const auto listener = *listen_unix(socket_path());
  std::jthread scanner([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const FileDescriptor connection(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (connection.valid())
        answer_one(connection);
      else
        std::this_thread::sleep_for(1ms);
    }
  });
  FileCourier courier(socket_path(), {one.get(), other.get()});
  const auto harmful = one->begin("h"), clean = other->begin("c");
  REQUIRE(one->append(harmful, bytes_of("ha")));
  REQUIRE(one->append(harmful, bytes_of("rm")));
  one->finish(harmful);
  REQUIRE(other->append(clean, bytes_of("clean")));
  other->finish(clean);
  const auto* first = await(*one, harmful);
  REQUIRE(first != nullptr);
  CHECK(first->verdict == scan::Verdict::infected);
  CHECK(first->threat.view() == "harm");
  const auto* second = await(*other, clean);
  REQUIRE(second != nullptr);
  CHECK(second->verdict == scan::Verdict::clean);
  unlink(socket_path().c_str());
}

TEST_CASE("without a scanner a file is failed, with the reason") {
  const auto files = *FileExchange::create();
  FileCourier courier("/tmp/there-is-no-such.sock", {files.get()});
  const auto number = files->begin("x");
  REQUIRE(files->append(number, bytes_of("x")));
  files->finish(number);
  const auto* verdict = await(*files, number);
  REQUIRE(verdict != nullptr);
  CHECK(verdict->verdict == scan::Verdict::failed);
  CHECK(verdict->reason.view().starts_with("sekisho-scan: "));
}

}  // namespace
}  // namespace sekisho::dataplane
