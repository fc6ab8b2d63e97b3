// HTTP/2 that is sent to wear the other end out: whoever looks at the plaintext, and if nobody
// does.
#include <catch2/catch.hpp>
#include <thread>

#include "bench.h"

using namespace sekisho;
using namespace sekisho::decrypt;
using namespace sekisho::decrypt::test;

namespace {

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const std::string kPing{"\x00\x00\x08\x06\x00\x00\x00\x00\x00pingpong", 17};

/// Both ends speak the first of `protocols`.
struct Spoken {
  Bench bench;
  Decrypted decrypted{bench.parts, "192.0.2.7", {}};
  End client, origin;

  explicit Spoken(const std::string& protocols)
      : client(decrypted.take_client(), wish(bench.client(), protocols)),
        origin(decrypted.take_origin(), wish(bench.origin(), protocols)) {
    auto met = beside([&] { return origin.handshake(); });
    REQUIRE(client.handshake());
    REQUIRE(met.get());
  }

 private:
  static End::Wish wish(End::Wish wish, const std::string& protocols) {
    wish.protocols = protocols;
    return wish;
  }
};

}  // namespace

TEST_CASE("a flood of HTTP/2 ends the connection for both ends") {
  Spoken spoken("\x02h2");
  auto read = beside([&] { return spoken.origin.read_all().size(); });
  REQUIRE(spoken.client.write(kPreface));
  int sent = 0;
  while (sent < 100'000 && spoken.client.write(kPing)) ++sent;
  CHECK(sent < 100'000);
  CHECK(spoken.decrypted.wait_over());
  CHECK(spoken.decrypted.session().failure() == TlsFailure::http2_flood);
  CHECK(spoken.decrypted.session().was_reset());
  CHECK(read.get() <= kPreface.size() + 512 * kPing.size());
}

TEST_CASE("bytes of another protocol are not taken for floods") {
  Spoken spoken("\x08http/1.1");
  constexpr std::size_t kPings = 2000;
  auto read = beside([&] { return spoken.origin.read_all().size(); });
  for (std::size_t i = 0; i < kPings; ++i) REQUIRE(spoken.client.write(kPing));
  spoken.client.notify();
  spoken.client.finish();
  CHECK(read.get() == kPings * kPing.size());
  CHECK(spoken.decrypted.session().failure() == TlsFailure::none);
}
