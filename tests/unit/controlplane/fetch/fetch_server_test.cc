#include "controlplane/fetch/fetch_server.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "config/base/text_bytes.h"
#include "scratch_folder.h"

using namespace sekisho;
using namespace sekisho::controlplane;
using namespace std::chrono_literals;

namespace {

class Bench {
 public:
  explicit Bench(FetchServer::Find find, uid_t peer = geteuid()) {
    auto listener = listen_unix(path());
    REQUIRE(listener);
    end_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this, find, peer, socket = std::move(*listener)]() mutable {
      FetchServer server(std::move(socket), FileDescriptor(end_), peer, find);
      ended_well_ = static_cast<bool>(server.run());
    });
  }
  ~Bench() {
    const std::uint64_t one = 1;
    CHECK(write(end_, &one, sizeof one) == sizeof one);
    thread_.join();
    CHECK(ended_well_);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  FileDescriptor connect() const {
    auto socket = connect_unix(path());
    REQUIRE(socket);
    const timeval patience{10, 0};
    setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return std::move(*socket);
  }

 private:
  std::string path() const { return folder_.file("fetch.sock"); }

  ScratchFolder folder_;
  int end_ = -1;
  std::atomic<bool> ended_well_{false};
  std::thread thread_;
};

void ask(const FileDescriptor& socket, std::uint32_t id, const std::string& host) {
  const auto frame = inquiry::framed(encode(inquiry::Inquiry{id, host, {"certificate"}}));
  REQUIRE(send(socket.get(), frame.data(), frame.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(frame.size()));
}

/// The next one; id 0 and no end: the server has closed.
inquiry::Finding hear(const FileDescriptor& socket) {
  std::string in;
  char byte = 0;
  while (recv(socket.get(), &byte, 1, 0) == 1) {
    in.push_back(byte);
    const auto size = inquiry::size_of_frame(in);
    if (size == inquiry::kIncomplete || in.size() < inquiry::kLengthBytes + size) continue;
    const auto body = in.substr(inquiry::kLengthBytes);
    const auto finding = inquiry::parse_finding(bytes_of(body));
    REQUIRE(finding);
    return *finding;
  }
  return {};
}

}  // namespace

TEST_CASE("Who asks hears what was found, and which of his questions it answers") {
  Bench bench([](const inquiry::Inquiry& asked) {
    return inquiry::Finding{
        .id = asked.id,
        .state = asked.host == "bad.example" ? inquiry::State::revoked : inquiry::State::good,
        .until = 77,
        .issuers = asked.chain};
  });
  const auto socket = bench.connect();
  ask(socket, 1, "bad.example");
  const auto first = hear(socket);
  CHECK(first.id == 1);
  CHECK(first.state == inquiry::State::revoked);
  CHECK(first.until == 77);
  CHECK(first.issuers == std::vector<std::string>{"certificate"});
  ask(socket, 2, "good.example");
  CHECK(hear(socket).state == inquiry::State::good);
}

TEST_CASE("What takes long is said to be unknown yet, and found out once for all who ask") {
  std::atomic<int> found{0};
  std::atomic<bool> goes_on{false};
  Bench bench([&](const inquiry::Inquiry& asked) {
    if (asked.host == "quick.example") return inquiry::Finding{.state = inquiry::State::good};
    ++found;
    while (!goes_on) std::this_thread::sleep_for(1ms);
    return inquiry::Finding{.state = inquiry::State::good};
  });
  const auto one = bench.connect(), another = bench.connect();
  const auto begin = std::chrono::steady_clock::now();
  ask(one, 1, "slow.example");
  ask(another, 2, "slow.example");
  const auto first = hear(one), second = hear(another);
  CHECK(std::chrono::steady_clock::now() - begin >= FetchServer::kPatience);
  CHECK(first.id == 1);
  CHECK(second.id == 2);
  CHECK(first.state == inquiry::State::unknown);
  CHECK(second.state == inquiry::State::unknown);
  ask(one, 3, "slow.example");  // still under way
  ask(one, 4, "quick.example");
  CHECK(hear(one).id == 4);  // so what came before it has been taken
  goes_on = true;
  const auto third = hear(one);
  CHECK(third.id == 3);
  CHECK(third.state == inquiry::State::good);
  CHECK(found == 1);
}

TEST_CASE("More than can be found out is said to be unknown at once") {
  std::atomic<bool> goes_on{false};
  Bench bench([&](const inquiry::Inquiry&) {
    while (!goes_on) std::this_thread::sleep_for(1ms);
    return inquiry::Finding{.state = inquiry::State::good};
  });
  const auto socket = bench.connect();
  constexpr auto kMost = FetchServer::kMostWaiting + FetchServer::kWorkers;
  for (std::size_t i = 0; i <= kMost; ++i)
    ask(socket, static_cast<std::uint32_t>(i), std::to_string(i));
  CHECK(hear(socket).state == inquiry::State::unknown);
  goes_on = true;
}

TEST_CASE("Who says what is no question, or is somebody else, is not served") {
  const auto find = [](const inquiry::Inquiry&) { return inquiry::Finding{.until = 1}; };
  Bench bench(find);
  for (const std::string& bytes : {std::string("\xff\xff\xff\xff"), inquiry::framed("nonsense")}) {
    const auto socket = bench.connect();
    REQUIRE(send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
    CHECK(hear(socket).until == 0);
  }
  const auto still_served = bench.connect();
  ask(still_served, 1, "a.example");
  CHECK(hear(still_served).until == 1);
  Bench strangers(find, geteuid() + 1);
  const auto stranger = strangers.connect();
  CHECK(hear(stranger).until == 0);
}
