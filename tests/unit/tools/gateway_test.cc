#include "tools/sekisho/gateway.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "config/base/message_socket.h"
#include "scratch_dir.h"

using namespace sekisho;
using namespace sekisho::tools;
using sekisho::tools::test::contents;
using sekisho::tools::test::ScratchDir;

namespace {

constexpr std::chrono::seconds kSoon{5};

/// Answers one connection with `frames` and closes; writes into a descriptor that came along.
class OneShotServer {
 public:
  OneShotServer(const std::filesystem::path& path, std::vector<std::string> frames)
      : listener_(*listen_unix(path.string())), thread_([this, frames = std::move(frames)] {
          pollfd entry{listener_.get(), POLLIN, 0};  // the listener does not block
          if (poll(&entry, 1, static_cast<int>(std::chrono::milliseconds(kSoon).count())) != 1)
            return;
          const FileDescriptor peer(accept(listener_.get(), nullptr, nullptr));
          const auto request = receive_message(peer.get(), kMaxRequestBytes, kSoon);
          if (!request) return;
          if (request->attached.valid() && write(request->attached.get(), "pcap", 4) != 4) return;
          for (const auto& frame : frames)
            if (!send_message(peer.get(), frame, -1, kSoon)) return;
        }) {}
  ~OneShotServer() { thread_.join(); }

 private:
  FileDescriptor listener_;
  std::thread thread_;
};

bool never() { return false; }

}  // namespace

TEST_CASE("a request crosses the socket and its reply comes back") {
  ScratchDir dir;
  const auto gateway = open_sockets((dir / "").string());
  const OneShotServer server(dir / "dataplane.sock", {R"({"ok":true,"ports":[]})"});
  const auto answer = gateway->request(Peer::dataplane, {{"op", "ports"}}, kSoon);
  REQUIRE(std::holds_alternative<nlohmann::json>(answer));
  CHECK(std::get<nlohmann::json>(answer).at("ports").empty());
}

TEST_CASE("nobody at the socket, or one who hangs up, is an exit code of 3") {
  ScratchDir dir;
  const auto gateway = open_sockets((dir / "").string());
  const auto nobody = gateway->request(Peer::control, {{"op", "status"}}, kSoon);
  REQUIRE(std::holds_alternative<Failure>(nobody));
  CHECK(std::get<Failure>(nobody).exit == ExitCode::unreachable);
  const OneShotServer server(dir / "control.sock", {});
  const auto silence = gateway->request(Peer::control, {{"op", "status"}}, kSoon);
  REQUIRE(std::holds_alternative<Failure>(silence));
  CHECK(std::get<Failure>(silence).exit == ExitCode::unreachable);
}

TEST_CASE("a stream ends when the reader has enough, and carries a descriptor") {
  ScratchDir dir;
  const auto gateway = open_sockets((dir / "").string());
  const FileDescriptor file(open((dir / "out").c_str(), O_CREAT | O_WRONLY, 0600));
  const OneShotServer server(dir / "dataplane.sock",
                             {R"({"ok":true,"n":1})", R"({"ok":true,"n":2})"});
  int last = 0;
  const auto failure = gateway->stream(Peer::dataplane, {{"op", "trace"}}, file.get(), never,
                                       [&](const nlohmann::json& frame) {
                                         last = frame.at("n").get<int>();
                                         return last < 2;
                                       });
  CHECK_FALSE(failure);
  CHECK(last == 2);
  CHECK(contents(dir / "out") == "pcap");
}

TEST_CASE("a stream stops at a refusal, at nonsense, and when told to") {
  ScratchDir dir;
  const auto gateway = open_sockets((dir / "").string());
  const auto [frame, exit] = GENERATE(table<std::string, ExitCode>(
      {{R"({"ok":false,"error":{"code":"resource","message":"4 traces are running"}})",
        ExitCode::refused},
       {"nonsense", ExitCode::unreachable}}));
  const OneShotServer server(dir / "dataplane.sock", {frame});
  const auto any = [](const nlohmann::json&) { return true; };
  const auto failure = gateway->stream(Peer::dataplane, {{"op", "trace"}}, -1, never, any);
  REQUIRE(failure);
  CHECK(failure->exit == exit);
  const auto stop_at_once = [] { return true; };
  const OneShotServer idle(dir / "control.sock", {});
  CHECK_FALSE(gateway->stream(Peer::control, {{"op", "trace"}}, -1, stop_at_once, any));
}
