#include "controlplane/console/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "controlplane/console/http/customer.h"

using namespace sekisho;
using namespace sekisho::console::http;
using namespace std::chrono_literals;

namespace {

/// Answers with what it was asked; /wait waits until it is let go.
class Echo : public Service {
 public:
  Response handle(const Request& request) override {
    ++requests;
    if (request.path == "/wait") {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return released; });
    }
    Response response;
    response.headers = {{"Content-Type", "text/plain"}};
    response.body = request.method + " " + request.path + " " + request.query + " " +
                    std::to_string(request.body.size()) + " " + request.client +
                    (request.secure ? " secure" : "");
    return response;
  }
  Admission admit(const Request& head) override {
    if (head.path == "/refused") {
      Response no;
      no.status = 401;
      return {0, no};
    }
    return {head.path == "/large" ? kMaxBody : kSmallBody, std::nullopt};
  }
  Response failure(int status, std::string_view message) override {
    Response response;
    response.status = status;
    response.body = message;
    return response;
  }
  void release() {
    const std::lock_guard lock(mutex);
    released = true;
    wake.notify_all();
  }

  std::atomic<int> requests{0};
  std::mutex mutex;
  std::condition_variable wake;
  bool released = false;
};

ServerSettings quick() {
  ServerSettings settings;
  settings.header_time = 300ms;
  settings.idle_time = 600ms;
  settings.transfer_time = 400ms;
  return settings;
}

bool connect_to(int fd, const Server& server) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Whether it becomes true within ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

class Client {
 public:
  explicit Client(const Server& server) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    REQUIRE(connect_to(fd_, server));
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// What comes until `end` was seen, the server closed or `patience` is over.
  std::string read_until(std::string_view end, std::chrono::milliseconds patience = 5s) {
    std::string text;
    while (end.empty() || text.find(end) == std::string::npos) {
      pollfd ready{fd_, POLLIN, 0};
      if (poll(&ready, 1, static_cast<int>(patience.count())) != 1) return text + "(nothing more)";
      char buffer[4096];
      const auto got = recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }
  std::string read_all() { return read_until(""); }
  int descriptor() const { return fd_; }

 private:
  int fd_;
};

struct Running {
  explicit Running(const ServerSettings& settings = quick())
      : server(*Server::start(settings, service)) {}
  ~Running() { service.release(); }
  Echo service;
  std::unique_ptr<Server> server;
};

constexpr std::string_view kGet = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

}  // namespace

TEST_CASE("a request is answered with the headers that protect a browser") {
  const Running running;
  Client client(*running.server);
  client.send(kGet);
  const auto answer = client.read_until("127.0.0.1");
  CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(answer, Catch::EndsWith("GET /a b=c 0 127.0.0.1"));
  for (const char* header :
       {"X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "script-src 'self'",
        "frame-ancestors 'none'", "X-Frame-Options: DENY", "Content-Length: 22"})
    CHECK_THAT(answer, Catch::Contains(header));
  CHECK_THAT(answer, !Catch::Contains("Strict-Transport-Security"));
}

TEST_CASE("requests that come at once are answered one after the other on one connection") {
  const Running running;
  Client client(*running.server);
  std::string three;
  for (const char* path : {"/1", "/2", "/3"})
    three += "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send(three);
  const auto answers = client.read_until("GET /3");
  CHECK(answers.find("GET /1") < answers.find("GET /2"));
  CHECK(answers.find("GET /2") < answers.find("GET /3"));
  CHECK(count(answers, "200 OK") == 3);
}

TEST_CASE("HEAD has the header of GET and no body") {
  const Running running;
  Client client(*running.server);
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_all();
  CHECK_THAT(answer, Catch::Contains("Content-Length: 19\r\n"));
  CHECK_THAT(answer, Catch::EndsWith("\r\n\r\n"));
}

TEST_CASE("what is no request is refused and the connection closed") {
  struct Case {
    const char* name;
    std::string text;
    const char* answer;
  };
  const auto test = GENERATE(values<Case>(
      {{"garbage", "\x16\x03\x01 hello\r\n\r\n", "HTTP/1.1 400"},
       {"no host", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
       {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400"},
       {"absolute target", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400"},
       {"version 3", "GET / HTTP/3.0\r\nHost: x\r\n\r\n", "HTTP/1.1 400"},
       {"length twice",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 400"},
       {"length and chunks",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 400"},
       {"negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 400"},
       {"bad chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 400"},
       {"header of 20 KiB",
        "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20480, 'x') + "\r\n\r\n", "HTTP/1.1 431"},
       {"body announced too long", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n",
        "HTTP/1.1 413"},
       {"body longer than any may be",
        "POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n", "HTTP/1.1 413"},
       {"not admitted", "POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n",
        "HTTP/1.1 401"}}));
  CAPTURE(test.name);
  const Running running;
  Client client(*running.server);
  client.send(test.text);
  const auto answer = client.read_all();
  CHECK_THAT(answer, Catch::StartsWith(test.answer));
  CHECK_THAT(answer, !Catch::Contains("(nothing more)"));
  CHECK(running.service.requests == 0);
}

TEST_CASE("bodies come whole, in one piece or in chunks, and after 100 Continue") {
  const Running running;
  const std::string large(300'000, 'x');
  {
    Client client(*running.server);
    client.send("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + large);
    CHECK_THAT(client.read_until("127.0.0.1"), Catch::Contains("POST /large  300000"));
  }
  {
    Client client(*running.server);
    client.send(
        "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    CHECK_THAT(client.read_until("127.0.0.1"), Catch::Contains("POST /a  3"));
  }
  {
    Client client(*running.server);
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    CHECK_THAT(client.read_until("\r\n\r\n"), Catch::StartsWith("HTTP/1.1 100 Continue"));
    client.send("ab");
    CHECK_THAT(client.read_until("127.0.0.1"), Catch::Contains("POST /a  2"));
  }
}

TEST_CASE("chunks that add up to more than the limit are refused") {
  const Running running;
  Client client(*running.server);
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (int i = 0; i < 6; ++i)
    if (!client.send(chunk)) break;
  CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 413"));
}

TEST_CASE("whoever is slow loses the connection, in the header, in the body and between requests") {
  const Running running;
  const auto started = std::chrono::steady_clock::now();
  Client header(*running.server);
  Client body(*running.server);
  Client idle(*running.server);
  body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab");
  idle.send(kGet);
  // A byte now and then does not help.
  std::thread dribble([&] {
    for (const char c : std::string_view("GET / HTTP/1.1\r\nX")) {
      if (!header.send({&c, 1})) break;
      std::this_thread::sleep_for(50ms);
    }
  });
  CHECK(header.read_all().empty());
  CHECK(body.read_all().empty());
  CHECK_THAT(idle.read_all(), Catch::EndsWith("127.0.0.1"));
  dribble.join();
  CHECK(std::chrono::steady_clock::now() - started < 4s);
  CHECK(running.service.requests == 1);
}

TEST_CASE("an address has only so many connections") {
  auto settings = quick();
  settings.connections_per_address = 2;
  const Running running(settings);
  {
    Client first(*running.server), second(*running.server), third(*running.server);
    for (Client* client : {&first, &second}) {
      client->send(kGet);
      CHECK_THAT(client->read_until("127.0.0.1"), Catch::Contains("200 OK"));
    }
    third.send(kGet);
    CHECK(third.read_all().empty());
  }
  // The server learns of the two that ended when it does.
  CHECK(eventually([&] {
    Client later(*running.server);
    later.send(kGet);
    return later.read_until("127.0.0.1").find("200 OK") != std::string::npos;
  }));
}

TEST_CASE("requests that find every worker busy and the queue full are told so") {
  auto settings = quick();
  settings.workers = 1;
  settings.waiting_requests = 1;
  Running running(settings);
  Client busy(*running.server), one(*running.server), other(*running.server);
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(eventually([&] { return running.service.requests == 1; }));
  // Whichever of the two is read first finds the queue free.
  one.send(kGet);
  other.send(kGet);
  std::array<pollfd, 2> both{{{one.descriptor(), POLLIN, 0}, {other.descriptor(), POLLIN, 0}}};
  REQUIRE(poll(both.data(), both.size(), 10'000) == 1);
  const bool other_waits = both[0].revents != 0;
  Client& refused = other_waits ? one : other;
  Client& waiting = other_waits ? other : one;
  CHECK_THAT(refused.read_all(), Catch::StartsWith("HTTP/1.1 503"));
  running.service.release();
  CHECK_THAT(busy.read_until("127.0.0.1"), Catch::Contains("200 OK"));
  CHECK_THAT(waiting.read_until("127.0.0.1"), Catch::Contains("200 OK"));
}

TEST_CASE("behind a proxy the client is whom the proxy names last") {
  auto settings = quick();
  settings.behind_proxy = true;
  const Running running(settings);
  Client client(*running.server);
  client.send(
      "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.66, 192.0.2.7\r\n"
      "X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_all();
  CHECK_THAT(answer, Catch::EndsWith("192.0.2.7 secure"));
  CHECK_THAT(answer, Catch::Contains("Strict-Transport-Security"));
}

TEST_CASE("stopping lets a request that runs end") {
  Running running;
  Client client(*running.server);
  client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(eventually([&] { return running.service.requests == 1; }));
  std::thread stopper([&] { running.server->stop(); });
  CHECK(eventually([&] {
    const int late = socket(AF_INET, SOCK_STREAM, 0);
    const bool taken = connect_to(late, *running.server);
    close(late);
    return !taken;
  }));
  running.service.release();
  CHECK_THAT(client.read_all(),
             Catch::Contains("GET /wait") && Catch::Contains("Connection: close"));
  stopper.join();
}

TEST_CASE("settings that cannot work are refused with the reason") {
  Echo service;
  ServerSettings no_address;
  no_address.address = "localhost";
  CHECK_FALSE(Server::start(no_address, service));
  ServerSettings plain;
  plain.address = "0.0.0.0";
  CHECK_FALSE(Server::start(plain, service));
  ServerSettings half;
  half.certificate_file = "/nonexistent";
  CHECK_FALSE(Server::start(half, service));
  half.key_file = "/nonexistent";
  CHECK_FALSE(Server::start(half, service));
  const Running running;
  ServerSettings taken;
  taken.port = running.server->port();
  const auto refused = Server::start(taken, service);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("in use"));
}

TEST_CASE("what is around the pieces of a chunked body is bounded") {
  constexpr std::string_view kHead =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto [begin, more] = GENERATE(values<std::pair<std::string, std::string>>(
      {{"5;a=", std::string(1000, 'e')}, {"0\r\n", "X-Name: " + std::string(990, 't') + "\r\n"}}));
  CAPTURE(begin);
  const Running running;
  Client client(*running.server);
  client.send(std::string(kHead) + begin);
  std::size_t sent = 0;
  while (sent < 200'000 && client.send(more)) sent += more.size();
  CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 400"));
  CHECK(running.service.requests == 0);
}

TEST_CASE("a client is an IPv4 address or a network of IPv6") {
  struct Case {
    const char* client;
    const char* customer;
  };
  const auto [client, customer] =
      GENERATE(values<Case>({{"192.0.2.7", "192.0.2.7"},
                             {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
                             {"2001:db8:1:2::9", "2001:db8:1:2::/64"},
                             {"2001:db8::1", "2001:db8::/64"},
                             {"2001:db8::2", "2001:db8::/64"},
                             {"2001:db8:1::5:6:7:8", "2001:db8:1::/64"},
                             {"::1", "::/64"},
                             {"fe80::1%eth0", "fe80::/64"},
                             {"no address", "no address"}}));
  CHECK(customer_of(client) == customer);
}
