// Small parts: protocols that are offered on, and what was used lately.
#include <catch2/catch.hpp>

#include "dataplane/decrypt/tls/client_wish.h"
#include "dataplane/decrypt/tls/recent.h"

using namespace sekisho::decrypt;

TEST_CASE("an origin is offered HTTP where the client speaks it, else all that it speaks") {
  const auto list = [](std::initializer_list<std::string> names) {
    std::string bytes;
    for (const auto& name : names) bytes.append(1, static_cast<char>(name.size())).append(name);
    return bytes;
  };
  CHECK(offered_protocols(list({"h2", "http/1.1"})) == list({"h2", "http/1.1"}));
  CHECK(offered_protocols(list({"spdy/3", "http/1.1", "h2", "x"})) == list({"http/1.1", "h2"}));
  CHECK(offered_protocols(list({"dot"})) == list({"dot"}));
  CHECK(offered_protocols("").empty());
  CHECK(offered_protocols("\x09h2") == "\x09h2");  // cut off: OpenSSL refuses it
}

TEST_CASE("what was used lately stays, of the rest the older half goes") {
  Recent<int, int, std::hash<int>> recent(8);
  for (int i = 0; i < 100; ++i) {
    recent.put(i, i * i);
    REQUIRE(recent.find(0) != nullptr);  // used all the time
    CHECK(recent.size() <= 8);
  }
  CHECK(*recent.find(99) == 99 * 99);
  CHECK(recent.find(50) == nullptr);
  recent.put(99, 1);
  CHECK(*recent.find(99) == 1);
  recent.clear();
  CHECK(recent.find(99) == nullptr);
  CHECK(recent.size() == 0);
}
