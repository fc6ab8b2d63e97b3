#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "config/base/message_socket.h"
#include "office.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::LinkClient;
using tests::Office;

namespace {

const std::string kConsole = "SELECT console FROM gateways";
const std::string kReported =
    "SELECT CASE WHEN status LIKE '%eth_\"0%' THEN 'there' ELSE '' END FROM gateways";

link::v1::FromGateway status(const std::string& port) {
  link::v1::FromGateway message;
  auto& report = *message.mutable_status();
  report.set_flows(17);
  report.set_events_lost(3);
  report.add_ports()->set_name(port);
  return message;
}

}  // namespace

TEST_CASE("a gateway is online from Hello to the stream's end, and its reports are kept") {
  Office office(GENERATE(from_range(tests::backends_here())));
  auto client = office.client(office.enrol().identity);
  CHECK(office.text(kConsole).empty());
  client.open(tests::fresh_hello());
  const auto welcome = client.receive();
  REQUIRE(welcome);
  REQUIRE(welcome->has_welcome());
  CHECK(welcome->welcome().heartbeat_seconds() > 0);
  CHECK_FALSE(office.text(kConsole).empty());
  CHECK(office.text("SELECT software_version FROM gateways") == "1.2.3");
  client.send(status("eth\"0"));
  CHECK(office.eventually(kReported, "there") == "there");
  CHECK(office.number("SELECT events_lost FROM gateways") == 3);
  client.cancel();
  CHECK(office.eventually(kConsole, "") == "");
}

TEST_CASE("a second stream of a gateway ends the first") {
  Office office(Backend::sqlite);
  const auto identity = office.enrol().identity;
  auto first = office.client(identity);
  first.open(tests::fresh_hello());
  REQUIRE(first.receive()->has_welcome());
  auto second = office.client(identity);
  second.open(tests::fresh_hello());
  REQUIRE(second.receive()->has_welcome());
  CHECK(first.code() == LinkClient::kAborted);
  second.send(status("eth\"0"));
  CHECK(office.eventually(kReported, "there") == "there");
  CHECK(second.code(std::chrono::milliseconds(0)) == -1);
  CHECK_FALSE(office.text(kConsole).empty());  // the first's end took nothing from the second
}

TEST_CASE("a second stream over another console ends the first, and misses nothing") {
  Office office(GENERATE(from_range(tests::backends_here())));
  tests::Console other(office.database.where(), office.database.scratch().file("master.key"));
  const auto identity = office.enrol().identity;
  auto first = office.client(identity);
  first.open(tests::fresh_hello());
  REQUIRE(first.receive()->has_welcome());
  LinkClient second(other.server->port(), other.authority->certificate_pem(), identity);
  second.open(tests::fresh_hello());
  REQUIRE(second.receive()->has_welcome());
  CHECK(first.code() == LinkClient::kAborted);
  office.deliver(1);
  const auto bundle = second.receive();
  REQUIRE(bundle);
  CHECK(bundle->bundle().version() == 1);
}

TEST_CASE("a gateway that is revoked loses its stream") {
  Office office(GENERATE(from_range(tests::backends_here())));
  auto client = office.client(office.enrol().identity);
  client.open(tests::fresh_hello());
  REQUIRE(client.receive()->has_welcome());
  office.write([&](Database::Session& session) {
    session << "UPDATE gateways SET state = 'revoked'";
    notify_gateway(session, office.gateway);
  });
  CHECK(client.code() == LinkClient::kPermissionDenied);
  client.open(tests::fresh_hello());
  CHECK(client.code() == LinkClient::kPermissionDenied);
}

TEST_CASE("a gateway that is deleted loses its stream") {
  Office office(Backend::sqlite);
  auto client = office.client(office.enrol().identity);
  client.open(tests::fresh_hello());
  REQUIRE(client.receive()->has_welcome());
  office.write([&](Database::Session& session) {
    session << "DELETE FROM gateways";
    notify_gateway(session, office.gateway);
  });
  CHECK(client.code() == LinkClient::kPermissionDenied);
}

TEST_CASE("the first message is Hello, and the only one") {
  Office office(Backend::sqlite);
  auto client = office.client(office.enrol().identity);
  client.open();
  client.send(status("eth0"));
  CHECK(client.code() == LinkClient::kInvalidArgument);
  client.open(tests::fresh_hello());
  REQUIRE(client.receive()->has_welcome());
  link::v1::FromGateway again;
  *again.mutable_hello() = tests::fresh_hello();
  client.send(again);
  CHECK(client.code() == LinkClient::kInvalidArgument);
}

TEST_CASE("a console that stops ends its streams, and they come back to it") {
  Office office(Backend::sqlite);
  const auto identity = office.enrol().identity;
  auto client = office.client(identity);
  client.open(tests::fresh_hello());
  REQUIRE(client.receive()->has_welcome());
  office.console.server.reset();
  CHECK(client.code() == LinkClient::kUnavailable);
  CHECK(office.text(kConsole).empty());
  office.console.start();
  auto again = office.client(identity);
  again.open(tests::fresh_hello());
  CHECK(again.receive()->has_welcome());
}

TEST_CASE("a zero byte in a name is no trouble for any database") {
  Office office(GENERATE(from_range(tests::backends_here())));
  auto client = office.client(office.enrol().identity);
  auto hello = tests::fresh_hello();
  hello.set_software_version(
      std::string("1\0"
                  "2",
                  3));
  client.open(hello);
  CHECK(client.receive()->has_welcome());
  CHECK(office.text("SELECT software_version FROM gateways") == "12");
}

namespace {

/// This process may open so many descriptors, until the end of the block.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lower{limit, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lower);
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

FileDescriptor connect_to(int port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket.valid())
    static_cast<void>(
        connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  return socket;
}

}  // namespace

TEST_CASE("more connections than there are descriptors take none from others, and end") {
  constexpr rlim_t kLimit = 500;
  const DescriptorLimit limit(kLimit);
  Office office(Backend::sqlite);
  const auto identity = office.enrol().identity;
  std::size_t connected = 0;
  {
    std::vector<FileDescriptor> flood;
    auto one = connect_to(office.console.server->port());
    while (one.valid()) {
      flood.push_back(std::move(one));
      one = connect_to(office.console.server->port());
    }
    connected = flood.size();
    flood.resize(connected - 10);  // room for our own side of what comes
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  // As a gateway does: it tries again while the console still closes what the flood has left.
  bool welcome = false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!welcome && std::chrono::steady_clock::now() < deadline) {
    auto client = office.client(identity);
    client.open(tests::fresh_hello());
    const auto first = client.receive();
    welcome = first && first->has_welcome();
  }
  // Not earlier: a sanitizer that finds no descriptor takes any object for a broken one.
  CHECK(connected > 100);
  CHECK(welcome);
}
