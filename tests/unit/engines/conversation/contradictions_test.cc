// Which names in a conversation are said to contradict each other.
#include <catch2/catch.hpp>

#include "../protocols/hello_builder.h"
#include "../protocols/tls_handshake.h"
#include "harness.h"

namespace sekisho::tests {
namespace {

using engines::Direction;
using Texts = std::vector<std::string>;
using Said = std::vector<std::pair<Direction, std::string>>;

/// "kind claimed actual" of each, with "+ech" behind that of a hello with ECH.
class EvasionsHeard final : public engines::EvasionWatch {
 public:
  void evasion_seen(const engines::evasion::Evasion& seen) noexcept override {
    std::string text(engines::evasion::name_of(seen.kind));
    text.append(" ").append(seen.claimed).append(" ").append(seen.actual);
    if (seen.encrypted_hello) text += "+ech";
    texts.push_back(std::move(text));
  }
  Texts texts;
};

/// What is heard of a connection on which this is said, in segments of 1,000 bytes.
Texts heard_of(const Said& said) {
  EvasionsHeard heard;
  auto config = ConversationHarness::listener();
  config.tcp.delivery = {};
  ConversationHarness harness({}, config);
  harness.watch_evasion(heard);
  harness.open();
  std::uint32_t next[2] = {101, 501};
  for (const auto& [direction, bytes] : said) {
    constexpr std::size_t kSegment = 1000;
    for (std::size_t at = 0; at < bytes.size(); at += kSegment) {
      const auto segment = bytes.substr(at, kSegment);
      const bool to_server = direction == Direction::to_server;
      auto& sequence = next[to_server ? 0 : 1];
      if (to_server)
        harness.client(sequence, next[1], segment);
      else
        harness.server(sequence, next[0], segment);
      sequence += static_cast<std::uint32_t>(segment.size());
    }
  }
  return heard.texts;
}

Texts heard_of_client(const std::string& text) { return heard_of({{Direction::to_server, text}}); }

HandshakeOptions issued(const char* server_name, int version = 0x0303) {
  return {.version = version, .server_name = server_name, .issuer = "An issuer"};
}

std::string request_for(const std::string& target, const std::string& host,
                        const std::string& method = "GET") {
  return method + " " + target + " HTTP/1.1\r\nAccept: */*\r\nHost: " + host + "\r\n\r\n";
}

std::string hello_of(const std::string& name, bool encrypted = false) {
  HelloBuilder builder;
  builder.ciphers = {0x1301};
  if (!name.empty()) builder.add_server_name(name);
  if (encrypted) builder.add(0xfe0d, std::string(32, 'e'));
  const auto message = builder.message();
  return bytes_of({22, 3, 1}) + be16(message.size()) + message;
}

constexpr std::string_view kEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";

/// Through a proxy, to `host`.
Texts heard_in_tunnel(const std::string& host, const std::string& first) {
  return heard_of({{Direction::to_server, request_for(host, host, "CONNECT")},
                   {Direction::to_client, std::string(kEstablished)},
                   {Direction::to_server, first}});
}

}  // namespace

TEST_CASE("A certificate for others than the hello asks for contradicts it, once") {
  CHECK(heard_of(run_handshake(issued("allowed.test")).flights) ==
        Texts{"certificate_mismatch allowed.test www.example.com"});
  for (const char* name : {"www.example.com", "any.example.org"}) {
    CAPTURE(name);
    CHECK(heard_of(run_handshake(issued(name)).flights).empty());
  }
  CHECK(heard_of(run_handshake(issued(nullptr)).flights).empty());
  CHECK(heard_of(run_handshake(issued("allowed.test", 0x0304)).flights).empty());  // hidden
  CHECK(heard_of(run_handshake({.server_name = "nas.test"}).flights).empty());     // its own issuer
}

TEST_CASE("A server's name that is an address or no host name is told") {
  for (const auto& name : {std::string("192.0.2.7"), std::string("2001:db8::7"), std::string("a b"),
                           std::string("a..test"), std::string(64, 'x') + ".test"}) {
    CAPTURE(name);
    CHECK(heard_of_client(hello_of(name)) == Texts{"invalid_server_name " + name + " "});
  }
  for (const auto* name : {"", "www.example.com", "WWW.example.com.", "a_b.test", "localhost"}) {
    CAPTURE(name);
    CHECK(heard_of_client(hello_of(name)).empty());
  }
}

TEST_CASE("Host is not whom the target of a request names") {
  CHECK(heard_of_client(request_for("http://a.test/x", "b.test")) ==
        Texts{"host_mismatch a.test b.test"});
  CHECK(heard_of_client(request_for("http://a.test:8080/x", "A.test")).empty());
  CHECK(heard_of_client(request_for("http://a.test/x", "a.test:80")).empty());
  CHECK(heard_of_client(request_for("/x?http://a.test/", "b.test")).empty());
  CHECK(heard_of_client("GET http://a.test/ HTTP/1.0\r\n\r\n").empty());
  std::string many = "GET http://a.test/ HTTP/1.1\r\n";
  for (int i = 0; i < 200; ++i) many += "x-" + std::to_string(i) + ": 1\r\n";
  CHECK(heard_of_client(many + "host:\tb.test\r\n\r\n") == Texts{"host_mismatch a.test b.test"});
}

TEST_CASE("Of several headers Host each is compared, wherever it hides") {
  const auto heard = [](const std::string& also) {
    return heard_of_client("GET /x HTTP/1.1\r\nHost: a.test\r\n" + also + "\r\n");
  };
  for (const char* also : {"Host: b.test\r\n", "Host : b.test\r\n", "X: y\r\n\tHost: b.test\r\n"}) {
    CAPTURE(also);
    CHECK(heard(also) == Texts{"host_mismatch a.test b.test"});
  }
  CHECK(heard("Host: A.test:80\r\n").empty());
  std::string many;
  for (int i = 0; i < 200; ++i) many += "x-" + std::to_string(i) + ": 1\r\n";
  CHECK(heard(many + "Host: b.test\r\nHost: a.test\r\nHost: c.test\r\nContent-Length: 0\r\n") ==
        Texts{"host_mismatch a.test c.test", "host_mismatch a.test b.test"});
}

TEST_CASE("A request that names what is no host") {
  for (const char* odd :
       {"a b.test", "a.test/b", "a.test@b.test", "a.test:odd", "a..test", "a%00b"}) {
    CAPTURE(odd);
    CHECK(heard_of_client(request_for("/", odd)) ==
          Texts{"invalid_host " + std::string(odd) + " "});
    CHECK(heard_of_client(request_for("http://a.test/", odd)) ==
          Texts{"invalid_host " + std::string(odd) + " "});
  }
  for (const char* usual : {"", "192.0.2.7:8080", "[2001:db8::7]", "a_b.test", "localhost."}) {
    CAPTURE(usual);
    CHECK(heard_of_client(request_for("/", usual)).empty());
  }
}

TEST_CASE("Each request of a connection is compared") {
  CHECK(heard_of_client(request_for("http://a.test/", "a.test") +
                        request_for("http://a.test/", "b.test") +
                        request_for("http://a.test/", "c.test")) ==
        Texts{"host_mismatch a.test b.test", "host_mismatch a.test c.test"});
}

TEST_CASE("What is said within CONNECT is not whom CONNECT asks for") {
  CHECK(heard_in_tunnel("a.test:443", hello_of("b.test")) ==
        Texts{"tunnel_mismatch a.test b.test"});
  CHECK(heard_in_tunnel("a.test:443", hello_of("b.test", true)) ==
        Texts{"tunnel_mismatch a.test b.test+ech"});
  CHECK(heard_in_tunnel("a.test:80", request_for("/", "b.test")) ==
        Texts{"tunnel_mismatch a.test b.test"});
  for (const auto& first : {hello_of("A.test"), hello_of(""), request_for("/", "a.test:80")})
    CHECK(heard_in_tunnel("a.test:443", first).empty());
  CHECK(heard_in_tunnel("192.0.2.7:443", hello_of("b.test")).empty());  // it names nobody
}

TEST_CASE("A CONNECT that the proxy refused opens no tunnel") {
  CHECK(heard_of({{Direction::to_server, request_for("a.test:443", "a.test", "CONNECT")},
                  {Direction::to_client, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"},
                  {Direction::to_server, request_for("http://b.test/", "b.test")}})
            .empty());
}

TEST_CASE("Over HTTP/2 Host is compared with :authority") {
  const auto frame = [](char type, char flags, char stream, const std::string& payload) {
    return std::string{0, 0, static_cast<char>(payload.size()), type, flags, 0, 0, 0, stream} +
           payload;
  };
  const auto heard = [&](const std::string& host) {
    std::string block;
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{":method", "GET"},
                                                          {":scheme", "http"},
                                                          {":authority", "a.test"},
                                                          {":path", "/"},
                                                          {"host", host}})
      block += std::string{0, static_cast<char>(name.size())} + name +
               static_cast<char>(value.size()) + value;
    return heard_of_client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "") +
                           frame(1, 5, 1, block));
  };
  CHECK(heard("b.test") == Texts{"host_mismatch a.test b.test"});
  CHECK(heard("a.test").empty());
}

}  // namespace sekisho::tests
