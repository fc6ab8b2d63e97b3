#include "controlplane/keys/key_server.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "config/keys/client.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using namespace std::chrono_literals;

/// A server that answers each request with its bytes twice, or as `answer` says.
class Bench {
 public:
  explicit Bench(KeyServer::Answer answer = twice) : answer_(std::move(answer)) { start(); }
  ~Bench() { stop(); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void start() {
    auto listener = listen_unix(path());
    REQUIRE(listener);
    end_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this, socket = std::move(*listener)]() mutable {
      KeyServer server(std::move(socket), FileDescriptor(end_), answer_);
      ended_well_ = static_cast<bool>(server.run());
    });
  }
  void stop() {
    const std::uint64_t one = 1;
    REQUIRE(write(end_, &one, sizeof one) == sizeof one);
    thread_.join();
    CHECK(ended_well_);
  }
  std::string path() const { return folder_.file("keys.sock"); }
  FileDescriptor connect() const {
    auto socket = connect_unix(path());
    REQUIRE(socket);
    return std::move(*socket);
  }

 private:
  static std::string twice(uid_t user, std::span<const std::uint8_t> request) {
    CHECK(user == geteuid());
    const std::string text(request.begin(), request.end());
    return text + text;
  }
  ScratchFolder folder_;
  KeyServer::Answer answer_;
  int end_ = -1;
  bool ended_well_ = false;
  std::thread thread_;
};

std::string received(const FileDescriptor& socket) {
  const auto message = receive_message(socket.get(), 1 << 20, 5s);
  return message ? message->body : "(" + message.error().message + ")";
}

TEST_CASE("requests on one connection are answered in order, however they are cut") {
  Bench bench;
  const auto socket = bench.connect();
  std::string frames;
  for (const std::string body : {"a", "", "ccc"}) {
    frames.push_back(static_cast<char>(body.size()));
    frames.append(3, '\0').append(body);
  }
  const std::size_t cut = GENERATE(1U, 4U, 5U, 9U, 14U);
  REQUIRE(send(socket.get(), frames.data(), cut, 0) == static_cast<ssize_t>(cut));
  std::this_thread::sleep_for(10ms);
  REQUIRE(send(socket.get(), frames.data() + cut, frames.size() - cut, 0) > 0);
  for (const std::string answer : {"aa", "", "cccccc"}) CHECK(received(socket) == answer);
}

TEST_CASE("peers that are silent, slow or do not read hold up nobody") {
  Bench bench;
  const auto silent = bench.connect();
  const auto slow = bench.connect();
  REQUIRE(send(slow.get(), "\5\0\0\0he", 6, 0) == 6);
  const auto deaf = bench.connect();
  const std::string large(60'000, 'x');
  int sent = 0;
  while (send_message(deaf.get(), large, -1, 50ms)) REQUIRE(++sent < 1000);
  const auto other = bench.connect();
  REQUIRE(send_message(other.get(), "me", -1, 5s));
  CHECK(received(other) == "meme");
  REQUIRE(send(slow.get(), "llo", 3, 0) == 3);
  CHECK(received(slow) == "hellohello");
  for (int i = 0; i < sent; ++i) REQUIRE(received(deaf).size() == 2 * large.size());
}

TEST_CASE("who sends a frame over the limit is let go") {
  Bench bench;
  const auto socket = bench.connect();
  REQUIRE(send(socket.get(), "\1\0\1\0", 4, 0) == 4);
  CHECK(received(socket) == "(the peer closed the connection)");
}

TEST_CASE("of too many connections the last ones are closed, and there is room when one has gone") {
  Bench bench;
  std::vector<FileDescriptor> many;
  for (int i = 0; i < 64; ++i) many.push_back(bench.connect());
  for (const auto& one : many) {
    REQUIRE(send_message(one.get(), "x", -1, 5s));
    CHECK(received(one) == "xx");
  }
  const auto refused = bench.connect();
  CHECK(received(refused) == "(the peer closed the connection)");
  many.pop_back();
  for (int tries = 0;; ++tries) {
    const auto socket = bench.connect();
    (void)send_message(socket.get(), "x", -1, 5s);
    if (received(socket) == "xx") break;
    REQUIRE(tries < 100);
  }
}

TEST_CASE("a client goes on after the server was another one, and says when there is none") {
  Bench bench([](uid_t, std::span<const std::uint8_t>) {
    keys::DescribeReply reply;
    reply.subject = "CN=a";
    return keys::encode(reply);
  });
  keys::Client client(bench.path());
  CHECK(client.describe(5s)->subject == "CN=a");
  bench.stop();
  bench.start();
  CHECK(client.describe(5s)->subject == "CN=a");
  keys::Client nowhere(bench.path() + "x");
  CHECK(nowhere.describe(5s).error().code == Error::Code::not_found);
  CHECK(client.sign({}, 5s).error().message ==
        "sekisho-keys: answered something else than was asked");
}

TEST_CASE("a refusal reaches the client as the error that it is, nonsense as an error of its own") {
  const bool nonsense = GENERATE(false, true);
  Bench bench([&](uid_t, std::span<const std::uint8_t>) {
    return nonsense ? std::string("\1x")
                    : keys::encode(Error{Error::Code::signature, "not with me"});
  });
  keys::Client client(bench.path());
  const auto refused = client.describe(5s);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == (nonsense ? "sekisho-keys: no reply 120" : "not with me"));
}

}  // namespace
}  // namespace sekisho::controlplane
