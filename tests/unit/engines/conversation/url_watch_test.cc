// Which URLs requests are said to ask for, whatever is odd about them.
#include <catch2/catch.hpp>

#include "harness.h"

namespace sekisho::tests {
namespace {

using Texts = std::vector<std::string>;

/// The URLs, "?" for what is none.
class UrlsHeard final : public engines::UrlWatch {
 public:
  void url_seen(const engines::SeenUrl& seen) noexcept override {
    texts.emplace_back(seen.url == nullptr ? "?" : seen.url->text);
  }
  Texts texts;
};

/// What is heard of a connection on which the client says this, in segments of 1,000 bytes.
Texts heard_of(const std::string& said, std::uint32_t depth = 1 << 20) {
  UrlsHeard heard;
  auto config = ConversationHarness::listener();
  config.tcp.delivery = {};
  config.tcp.depth[0] = config.tcp.depth[1] = depth;
  ConversationHarness harness({}, config);
  harness.watch_urls(heard);
  harness.open();
  constexpr std::size_t kSegment = 1000;
  for (std::size_t at = 0; at < said.size(); at += kSegment) {
    const auto segment = said.substr(at, kSegment);
    harness.client(static_cast<std::uint32_t>(101 + at), 501, segment);
    harness.server(501, static_cast<std::uint32_t>(101 + at + segment.size()));
  }
  return heard.texts;
}

std::string request(const std::string& target, const std::string& fields) {
  return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n";
}

std::string host(const std::string& name) { return "Host: " + name + "\r\n"; }

}  // namespace

TEST_CASE("A request that is too long for a URL is judged by its beginning") {
  const auto text = "http://a.test/x?" + std::string(9000, 'y');
  for (const auto& target : {text.substr(13), text}) {
    CAPTURE(target.substr(0, 20));
    const auto heard = heard_of(request(target, host("a.test")));
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].substr(0, 17) == "http://a.test/x?y");
  }
  CHECK(heard_of(request("http://" + std::string(9000, 'u') + "@a.test/x", host("b.test"))) ==
        Texts{"http://b.test/x", "http://a.test/"});
}

TEST_CASE("A name with something odd behind it is the name that servers read") {
  for (const char* odd : {"a.test:foo", "a.test:0", "a.test:99999", "a.test:80:80"})
    CHECK(heard_of(request("/x", host(odd))) == Texts{"http://a.test/x"});
  for (const char* odd : {"x", "?x", "*x"})
    CHECK(heard_of(request(odd, host("a.test"))) == Texts{"http://a.test/"});
  CHECK(heard_of(request("/x", host("a b.test"))) == Texts{"http://10.0.0.2/x"});
}

TEST_CASE("Of several hosts that a request names each is told, whom it asks for last") {
  const Texts both{"http://b.test/x?q", "http://a.test/x?q"};
  for (const char* also : {"Host: b.test\r\n", "hOsT : b.test\r\n", "X: y\r\n Host: b.test\r\n",
                           "X: y\rHost: b.test\r\n", "Host:\r\nHost: b.test\r\n"}) {
    CAPTURE(also);
    CHECK(heard_of(request("/x?q", host("a.test") + also)) == both);
    CHECK(heard_of(request("http://a.test/x?q", also)) == both);
  }
  CHECK(heard_of(request("/x", host("a.test") + host("a.test"))) == Texts{"http://a.test/x"});
  CHECK(heard_of(request("/x", host("a.test") + host("b.test:odd") + host("c d"))) ==
        Texts{"http://b.test/x", "http://a.test/x"});
}

TEST_CASE("Who is asked does not hide behind other fields") {
  std::string many, large;
  for (int i = 0; i < 200; ++i) many += "x-" + std::to_string(i) + ": 1\r\n";
  for (int i = 0; i < 20; ++i)
    large += "x-" + std::to_string(i) + ": " + std::string(5000, 'y') + "\r\n";
  for (const auto& fields : {many, large}) {
    CHECK(heard_of(request("/x", fields + host("a.test"))) == Texts{"http://a.test/x"});
    CHECK(heard_of(request("/x", host("a.test") + fields + host("b.test"))) ==
          Texts{"http://b.test/x", "http://a.test/x"});
    const std::string body = "Content-Length: 5\r\n";
    CHECK(heard_of(request("/x", fields + host("a.test") + body) + "bytes" +
                   request("/y", host("b.test"))) == Texts{"http://a.test/x", "http://b.test/y"});
  }
}

TEST_CASE("Of HTTP/2 requests are told, and no frame of the connection") {
  const auto frame = [](char type, char flags, char stream, const std::string& payload) {
    return std::string{0, 0, static_cast<char>(payload.size()), type, flags, 0, 0, 0, stream} +
           payload;
  };
  const auto field = [](const std::string& name, const std::string& value) {
    return std::string{0, static_cast<char>(name.size())} + name + static_cast<char>(value.size()) +
           value;
  };
  const auto begin = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, std::string(6, '\0')) +
                     frame(8, 0, 0, std::string(4, '\1'));
  const auto block = field(":method", "GET") + field(":scheme", "http") + field(":path", "/x");
  CHECK(heard_of(begin).empty());
  CHECK(heard_of(begin + frame(1, 5, 1, block + field(":authority", "a.test"))) ==
        Texts{"http://a.test/x"});
  CHECK(heard_of(begin + frame(1, 5, 1, block)) == Texts{"http://10.0.0.2/x"});
  CHECK(
      heard_of(begin + frame(1, 5, 1, block + field("host", "a.test") + field("host", "b.test"))) ==
      Texts{"http://b.test/x", "http://a.test/x"});
}

TEST_CASE("Requests are heard of behind the depth") {
  const auto upload =
      "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 20000\r\n\r\n" + std::string(20000, 'x');
  CHECK(heard_of(upload + request("/y", host("b.test")), 5000) ==
        Texts{"http://a.test/", "http://b.test/y"});
  std::string many;
  Texts expected;
  for (int i = 0; i < 300; ++i) {
    const auto path = "/" + std::to_string(i);
    many += request(path, host("a.test"));
    expected.push_back("http://a.test" + path);
  }
  CHECK(heard_of(many, 5000) == expected);
}

}  // namespace sekisho::tests
