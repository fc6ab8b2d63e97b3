#include "dataplane/decrypt/channel/session_messages.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace sekisho::decrypt;

TEST_CASE("how a connection is to be treated goes in the flags of its hand-over") {
  for (const bool lend : {false, true})
    for (const auto untrusted :
         {UntrustedOrigin::refuse, UntrustedOrigin::show, UntrustedOrigin::trust}) {
      const HandoverWish wish{lend, untrusted, !lend};
      CHECK(read_handover_flags(handover_flags(wish)) == wish);
    }
  CHECK(read_handover_flags(0) == HandoverWish{});  // what a worker says that wants nothing
  CHECK_FALSE(read_handover_flags(6));              // no way to treat untrusted origins
  CHECK_FALSE(read_handover_flags(16));
  CHECK_FALSE(read_handover_flags(0x8000));
}

TEST_CASE("a session that is open says what it agreed on") {
  OpenedSession said{.client_version = 0x0304,
                     .origin_version = 0x0303,
                     .fault = 4,
                     .revocation = 1,
                     .has_staple = 1,
                     .sct_count = 2,
                     .alpn_bytes = 2,
                     .alpn = {'h', '2'}};
  auto body = bytes_of(said);
  const auto read = read_opened(body);
  REQUIRE(read);
  CHECK(bytes_of(*read) == body);
  CHECK_FALSE(read_opened(std::span(body).first(body.size() - 1)));
  said.alpn_bytes = 16;  // more than there is room for
  body = bytes_of(said);
  CHECK_FALSE(read_opened(body));
  said.alpn_bytes = 0;
  said.has_staple = 2;
  body = bytes_of(said);
  CHECK_FALSE(read_opened(body));
}

TEST_CASE("a failure is one known byte") {
  CHECK(read_failure(std::vector<std::uint8_t>{2}) == TlsFailure::client_refused);
  CHECK(read_failure(std::vector<std::uint8_t>{6}) == TlsFailure::broken);
  CHECK(read_failure(std::vector<std::uint8_t>{9}) == TlsFailure::timed_out);
  CHECK(read_failure(std::vector<std::uint8_t>{10}) == TlsFailure::http2_flood);
  CHECK_FALSE(read_failure(std::vector<std::uint8_t>{11}));
  CHECK_FALSE(read_failure({}));
  CHECK_FALSE(read_failure(std::vector<std::uint8_t>{0, 0}));
  CHECK(name_of(TlsFailure::wants_certificate) == "wants_certificate");
  CHECK(name_of(TlsFailure::http2_flood) == "http2_flood");
}

TEST_CASE("what is cleared is a number of bytes") {
  const auto body = cleared_bytes(70'000);
  CHECK(read_cleared(body) == 70'000U);
  CHECK_FALSE(read_cleared(std::span(body).first(3)));
}
