// A decrypted connection, between OpenSSL's own client and server.
#include "dataplane/decrypt/tls/tls_session.h"

#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>
#include <random>

#include "bench.h"

using namespace sekisho;
using namespace sekisho::decrypt;
using namespace sekisho::decrypt::test;
using tests::Party;

namespace {

/// Answers what it is asked by a line, once; true: the handshake and the ends were as they should.
bool echo(End& origin) {
  if (!origin.handshake()) return false;
  const auto asked = origin.read();
  if (!origin.write("answer to " + asked)) return false;
  origin.notify();
  origin.finish();
  return origin.read().empty();
}

}  // namespace

TEST_CASE("a client that trusts our authority and an origin talk through a session") {
  Bench bench;
  for (const bool tls12 : {false, true}) {
    CAPTURE(tls12);
    Decrypted decrypted(bench.parts);
    auto wish = bench.client();
    wish.protocols = kBothProtocols;
    if (tls12) wish.suites12 = "ECDHE-ECDSA-AES128-GCM-SHA256";
    End client(decrypted.take_client(), wish), origin(decrypted.take_origin(), bench.origin());
    auto served = beside([&] { return echo(origin); });
    REQUIRE(client.handshake());
    CHECK(client.version() == (tls12 ? "TLSv1.2" : "TLSv1.3"));
    CHECK(client.protocol() == "h2");
    REQUIRE(client.write("question"));
    CHECK(client.read_all() == "answer to question");
    CHECK(client.was_notified());
    client.notify();
    client.finish();
    CHECK(served.get());
    CHECK(origin.version() == "TLSv1.3");  // never less than both can
    CHECK(origin.protocol() == "h2");
    CHECK(origin.asked_host() == kHost);
    REQUIRE(decrypted.wait_over());
    CHECK(decrypted.session().failure() == TlsFailure::none);
    CHECK(decrypted.session().judgement().fault == engines::origin::Fault::none);
    CHECK(decrypted.session().carried(Side::client) == 8);
    CHECK(decrypted.lent_buffers() == 0);
  }
  CHECK(bench.keys.signed_leafs() == 1);  // the second time it was there
  CHECK(bench.parts.judgements.remembered() == 1);
}

TEST_CASE("a client's session with an origin is gone on with, by it and for this host alone") {
  Bench bench;
  const auto connect = [&](const std::string& host) {
    Decrypted decrypted(bench.parts);
    auto wish = bench.client();
    wish.host = host;
    End client(decrypted.take_client(), wish), origin(decrypted.take_origin(), bench.origin());
    auto served = beside([&] { return echo(origin); });
    REQUIRE(client.handshake());
    REQUIRE(client.write("question"));
    CHECK(client.read_all() == "answer to question");
    client.notify();
    client.finish();
    CHECK(served.get());
    REQUIRE(decrypted.wait_over());
    CHECK(decrypted.session().judgement().fault == engines::origin::Fault::none);
    return origin.resumed();
  };
  CHECK_FALSE(connect(kHost));
  CHECK(connect(kHost));
  CHECK_FALSE(connect("a.example.net"));
  CHECK(connect(kHost));
}

TEST_CASE("a client that takes no key on a curve gets a certificate with RSA") {
  Bench bench;
  Decrypted decrypted(bench.parts);
  auto wish = bench.client();
  wish.suites12 = "ECDHE-RSA-AES128-GCM-SHA256";
  End client(decrypted.take_client(), wish), origin(decrypted.take_origin(), bench.origin());
  auto served = beside([&] { return origin.handshake(); });
  REQUIRE(client.handshake());
  CHECK(client.peer_key() == "RSA");
  CHECK(served.get());
}

TEST_CASE("megabytes go through whole in both directions at once") {
  Bench bench;
  Decrypted decrypted(bench.parts);
  End client(decrypted.take_client(), bench.client()),
      origin(decrypted.take_origin(), bench.origin());
  std::string data(8 << 20, '\0');
  std::mt19937 random(20261123);
  for (auto& byte : data) byte = static_cast<char>(random());
  auto served = beside([&] {
    if (!origin.handshake()) return false;
    std::string got;
    for (std::size_t at = 0; at < data.size();) {  // as it comes, so it goes
      const auto piece = origin.read();
      if (piece.empty() || !origin.write(piece)) return false;
      at += piece.size();
      got += piece;
    }
    origin.notify();
    origin.finish();
    return got == data && origin.read().empty();
  });
  REQUIRE(client.handshake());
  // One at a time at this end, as an SSL object is one thread's.
  std::string got;
  for (std::size_t at = 0; at < data.size(); at += 50'000) {
    const auto piece = std::string_view(data).substr(at, 50'000);
    REQUIRE(client.write(piece));
    for (std::size_t back = 0; back < piece.size();) {
      const auto some = client.read();
      REQUIRE_FALSE(some.empty());
      got += some;
      back += some.size();
    }
  }
  CHECK(got == data);
  client.notify();
  client.finish();
  CHECK(served.get());
  REQUIRE(decrypted.wait_over());
  CHECK(decrypted.session().carried(Side::client) == data.size());
  CHECK(decrypted.session().carried(Side::server) == data.size());
  CHECK(decrypted.lent_buffers() == 0);
}

TEST_CASE("an end that does not read stops the other, and nothing is lost") {
  Bench bench;
  Decrypted decrypted(bench.parts);
  End client(decrypted.take_client(), bench.client()),
      origin(decrypted.take_origin(), bench.origin());
  const std::string data(6 << 20, 'd');
  std::atomic<std::size_t> sent{0};
  auto served = beside([&] {
    if (!origin.handshake()) return false;
    for (; sent < data.size(); sent += 65'536)
      if (!origin.write(std::string_view(data).substr(sent, 65'536))) return false;
    origin.notify();
    origin.finish();
    return true;
  });
  REQUIRE(client.handshake());
  std::size_t before = 0;
  do {  // until the origin gets no further
    before = sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  } while (sent != before);
  CHECK(sent < data.size());
  CHECK(decrypted.lent_buffers() <= 2);
  CHECK(client.read_all() == data);
  CHECK(served.get());
}

TEST_CASE("what an origin cuts off looks cut off to the client") {
  Bench bench;
  Decrypted decrypted(bench.parts);
  End client(decrypted.take_client(), bench.client()),
      origin(decrypted.take_origin(), bench.origin());
  auto served = beside([&] {
    const bool is_met = origin.handshake() && origin.write("half of");
    origin.finish();  // without a close_notify
    return is_met;
  });
  REQUIRE(client.handshake());
  CHECK(client.read_all() == "half of");
  CHECK_FALSE(client.was_notified());
  CHECK(served.get());
}

TEST_CASE("one direction's end leaves the other open") {
  Bench bench;
  Decrypted decrypted(bench.parts);
  End client(decrypted.take_client(), bench.client()),
      origin(decrypted.take_origin(), bench.origin());
  auto served = beside([&] {
    if (!origin.handshake()) return false;
    const auto asked = origin.read_all();
    const bool is_notified = origin.was_notified();
    const bool is_sent = origin.write("still here: " + asked);
    origin.notify();
    origin.finish();
    return is_notified && is_sent;
  });
  REQUIRE(client.handshake());
  REQUIRE(client.write("all I have"));
  client.notify();
  CHECK(client.read_all() == "still here: all I have");
  CHECK(served.get());
}

TEST_CASE("an origin that is not to be trusted is not trusted through us either") {
  Bench bench;
  const Party stranger = Party::root("stranger");
  const Party expired = Party::server(bench.root, "DNS:www.example.com", {.days_after = -1});
  const Party other_host = Party::server(bench.root, "DNS:other.example");
  const Party unknown = Party::server(stranger, "DNS:www.example.com");
  for (const auto* party : {&expired, &other_host, &unknown}) {
    for (const bool insists : {false, true}) {
      CAPTURE(insists);
      Decrypted decrypted(bench.parts);
      auto wish = bench.client();
      if (insists) wish.trusted.clear();  // the user clicks on
      auto origin_wish = bench.origin();
      origin_wish.party = party;
      End client(decrypted.take_client(), wish), origin(decrypted.take_origin(), origin_wish);
      auto served = beside([&] { return origin.handshake(); });
      CHECK(client.handshake() == insists);
      if (insists) {
        const auto issuer = X509_get_issuer_name(SSL_get0_peer_certificate(client.tls()));
        CHECK(X509_NAME_cmp(issuer, X509_get_subject_name(bench.keys.untrusted().certificate())) ==
              0);
      }
      CHECK(served.get());
      client.close();
      origin.close();
      REQUIRE(decrypted.wait_over());
      CHECK(decrypted.session().judgement().fault != engines::origin::Fault::none);
      if (!insists) CHECK(decrypted.session().failure() == TlsFailure::client_refused);
    }
  }
}

TEST_CASE("a stapled answer that revokes the certificate makes it one that nobody trusts") {
  Bench bench;
  Decrypted decrypted(bench.parts);
  auto wish = bench.origin();
  wish.staple = bench.between.answer(bench.server, bench.between, Party::Says::revoked);
  End client(decrypted.take_client(), bench.client()), origin(decrypted.take_origin(), wish);
  auto served = beside([&] { return origin.handshake(); });
  CHECK_FALSE(client.handshake());
  client.close();
  CHECK(served.get());
  REQUIRE(decrypted.wait_over());
  CHECK(decrypted.session().judgement().fault == engines::origin::Fault::revoked);
}

TEST_CASE("a client that names nobody gets a certificate for the server's address") {
  Bench bench;
  Decrypted decrypted(bench.parts, "192.0.2.7");
  End client(decrypted.take_client(), {.trusted = {&bench.keys.authority()}}),
      origin(decrypted.take_origin(), bench.origin());
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(client.tls()), "192.0.2.7");
  auto served = beside([&] { return origin.handshake(); });
  CHECK(client.handshake());
  CHECK(served.get());
  CHECK(origin.asked_host().empty());
}

TEST_CASE("an origin that wants a client's certificate is told apart") {
  Bench bench;
  Decrypted decrypted(bench.parts);
  auto wish = bench.origin();
  wish.wants_certificate = true;
  End client(decrypted.take_client(), bench.client()), origin(decrypted.take_origin(), wish);
  auto served = beside([&] { return origin.handshake(); });
  if (client.handshake()) CHECK(client.read().empty());
  CHECK_FALSE(served.get());
  REQUIRE(decrypted.wait_over());
  CHECK(decrypted.session().failure() == TlsFailure::wants_certificate);
}

TEST_CASE("without a leaf, and without an origin that speaks TLS, the client hears an alert") {
  Bench bench;
  {
    bench.keys.refuse();
    Decrypted decrypted(bench.parts);
    End client(decrypted.take_client(), bench.client()),
        origin(decrypted.take_origin(), bench.origin());
    auto served = beside([&] { return origin.handshake(); });
    CHECK_FALSE(client.handshake());
    CHECK(client.last_error() == "tlsv1 alert internal error");
    CHECK(served.get());
    REQUIRE(decrypted.wait_over());
    CHECK(decrypted.session().failure() == TlsFailure::no_leaf);
  }
  Decrypted decrypted(bench.parts);
  End client(decrypted.take_client(), bench.client());
  const auto origin = decrypted.take_origin();
  auto served = beside([&] {
    const std::string_view plain = "HTTP/1.1 400 Bad Request\r\n\r\n";
    return ::write(origin.get(), plain.data(), plain.size()) > 0;
  });
  CHECK_FALSE(client.handshake());
  CHECK(client.last_error() == "sslv3 alert handshake failure");
  CHECK(served.get());
  REQUIRE(decrypted.wait_over());
  CHECK(decrypted.session().failure() == TlsFailure::origin_refused);
}

TEST_CASE("what is no hello ends the session, wherever it is cut or damaged") {
  Bench bench;
  for (const std::string_view text :
       {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x40\x01", "\x16", "\x15\x03\x01\x00\x02\x02\x28"}) {
    Decrypted decrypted(bench.parts);
    const auto client = decrypted.take_client();
    REQUIRE(::write(client.get(), text.data(), text.size()) > 0);
    ::shutdown(client.get(), SHUT_WR);
    REQUIRE(decrypted.wait_over());
    CHECK(decrypted.session().failure() == TlsFailure::not_tls);
  }
}

TEST_CASE("an authority that was made anew signs what is shown from then on") {
  Bench bench;
  const auto connect = [&](const Party& host_of) {
    Decrypted decrypted(bench.parts);
    auto origin_wish = bench.origin();
    origin_wish.party = &host_of;
    End client(decrypted.take_client(), bench.client()),
        origin(decrypted.take_origin(), origin_wish);
    auto served = beside([&] { return origin.handshake(); });
    const bool is_met = client.handshake();
    served.get();
    return is_met;
  };
  CHECK(connect(bench.server));
  bench.keys.regenerate();
  const Party second = Party::server(bench.between, "DNS:www.example.com");
  CHECK(connect(second));
  CHECK(connect(bench.server));  // not the one that the authority before has signed
  CHECK(bench.keys.signed_leafs() == 3);
}
