#include "dataplane/answers/request_head.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sekisho::dataplane;

namespace {

RequestHead head_of(std::string_view text) {
  return read_request_head({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

TEST_CASE("a whole request says what it asks for and in which language") {
  const auto head = head_of(
      "GET /watch?v=1 HTTP/1.1\r\nhOsT: www.example.com:8080\r\nAccept-Language: en;q=0.8, "
      "ja\r\n\r\n"
      "Host: not.a.field\r\n");
  CHECK(head.begins_here);
  CHECK_FALSE(head.wants_no_body);
  CHECK(head.host == "www.example.com");
  CHECK(head.target == "/watch?v=1");
  CHECK(head.accept_language == "en;q=0.8, ja");
}

TEST_CASE("the target of a proxy's request and of CONNECT names the host") {
  CHECK(head_of("GET http://a.example:81/x HTTP/1.0\r\nHost: b.example\r\n\r\n").host ==
        "a.example");
  CHECK(head_of("CONNECT a.example:443 HTTP/1.1\r\n\r\n").host == "a.example");
  CHECK(head_of("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n").host == "[2001:db8::1]");
  CHECK(head_of("HEAD / HTTP/1.1\r\n\r\n").wants_no_body);
}

TEST_CASE("what does not begin a request of HTTP/1 is none") {
  for (const std::string_view text :
       {"", "GET", "GET / HTTP/1.1", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "get / HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "GET HTTP/1.1\r\n\r\n", " / HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"})
    CHECK_FALSE(head_of(text).begins_here);
}

TEST_CASE("a later part of a head may still have the language, a field cut short counts for none") {
  const auto head = head_of("X: y\r\nAccept-Language: en\r\nHost: www.exam");
  CHECK_FALSE(head.begins_here);
  CHECK(head.accept_language == "en");
  CHECK(head.host.empty());
}

TEST_CASE("no prefix of a request is read past its end") {
  const std::string whole =
      "POST http://h.example/a HTTP/1.1\r\nHost: h.example\r\nAccept-Language: en\r\n\r\nbody";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string part(whole, 0, size);  // its own memory, for the sanitizer
    const auto head = head_of(part);
    CHECK(head.begins_here == (size > whole.find('\n')));
  }
}

TEST_CASE("the language of a page follows the weights of Accept-Language") {
  struct Case {
    std::string_view field;
    Language language;
  };
  for (const auto& [field, language] : {
           Case{"", Language::japanese},
           Case{"ja", Language::japanese},
           Case{"en-US,en;q=0.9,ja;q=0.8", Language::english},
           Case{"ja-JP, en;q=0.9", Language::japanese},
           Case{"en;q=0.5, ja;q=0.7", Language::japanese},
           Case{"ja;q=0.501,en;q=0.502", Language::english},
           Case{"JA;Q=0.3", Language::japanese},
           Case{"*", Language::japanese},
           Case{"fr, *;q=0.1", Language::japanese},
           Case{"fr, en;q=0.2", Language::english},
           Case{"fr-FR,de", Language::english},
           Case{"ja;q=0, en;q=0.1", Language::english},
           Case{"ja;q=0", Language::english},
           Case{"english", Language::english},
           Case{"jaa, ja", Language::japanese},
           Case{",,;;q=,", Language::japanese},
           Case{"ja;q=x,en;q=0.1", Language::english},
           Case{"ja ; level=1 ; q=0.9 , en ; q=0.95", Language::english},
       }) {
    CAPTURE(field);
    CHECK(preferred_language(field) == language);
  }
}
