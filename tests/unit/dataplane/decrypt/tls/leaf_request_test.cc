// What a leaf takes over of an origin's certificate.
#include <openssl/obj_mac.h>

#include <catch2/catch.hpp>

#include "dataplane/decrypt/tls/leaf_store.h"
#include "pki/pki.h"

using namespace sekisho;
using namespace sekisho::decrypt;
using tests::kDay;
using tests::Party;
using Names = std::vector<std::string>;

namespace {

keys::SignRequest asked(const std::string& der, std::string_view host = "www.example.com",
                        keys::Issuer issuer = keys::Issuer::trusted) {
  auto request = request_for(der, issuer, host, tests::now());
  REQUIRE(request);
  return *std::move(request);
}

}  // namespace

TEST_CASE("a leaf has the origin's names and addresses") {
  const Party root = Party::root();
  const auto server = Party::server(
      root, "DNS:www.example.com,DNS:*.example.net,IP:192.0.2.7,IP:2001:db8::7,email:a@b.example",
      {.common_name = "www.example.com"});
  const auto request = asked(server.der());
  CHECK(request.common_name == "www.example.com");
  CHECK(request.dns_names == Names{"www.example.com", "*.example.net"});
  CHECK(request.addresses == Names{std::string("\xc0\x00\x02\x07", 4),
                                   std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16)});
}

TEST_CASE("what the client asked for is added where the certificate is not for it") {
  const Party root = Party::root();
  const auto server = Party::server(root, "DNS:*.example.net");
  CHECK(asked(server.der(), "a.example.net").dns_names == Names{"*.example.net"});
  CHECK(asked(server.der(), "www.example.com").dns_names ==
        Names{"*.example.net", "www.example.com"});
  CHECK(asked(server.der(), "192.0.2.7").addresses == Names{std::string("\xc0\x00\x02\x07", 4)});
  CHECK(asked(server.der(), "").dns_names == Names{"*.example.net"});
}

TEST_CASE("names that DNS cannot have are left out") {
  const Party root = Party::root();
  const auto server = Party::server(root, "DNS:www.example.com,DNS:a b.example,DNS:x/../y",
                                    {.common_name = "Example Works, Inc."});
  const auto request = asked(server.der(), "$(touch pwned).example");
  CHECK(request.common_name.empty());
  CHECK(request.dns_names == Names{"www.example.com"});
}

TEST_CASE("a leaf's dates are the origin's within what browsers take") {
  const Party root = Party::root();
  const auto lasting = [&](std::int64_t before, std::int64_t after,
                           keys::Issuer issuer = keys::Issuer::trusted) {
    return asked(
        Party::server(root, "DNS:www.example.com", {.days_before = before, .days_after = after})
            .der(),
        "www.example.com", issuer);
  };
  const auto now = tests::now();
  const auto is_about = [](std::int64_t time, std::int64_t wanted) {
    return time > wanted - 100 && time < wanted + 100;
  };
  const auto young = lasting(1, 90);
  CHECK(is_about(young.not_before, now - kDay));
  CHECK(is_about(young.not_after, now + 90 * kDay));
  const auto old = lasting(300, 3000);
  CHECK(is_about(old.not_before, now - 2 * kDay));
  CHECK(is_about(old.not_after, now + 395 * kDay));
  const auto over = lasting(90, -2, keys::Issuer::untrusted);
  CHECK(is_about(over.not_after, now - 2 * kDay));
  CHECK(over.not_before < over.not_after);
  const auto not_yet = lasting(-20, 200, keys::Issuer::untrusted);
  CHECK(is_about(not_yet.not_before, now + 20 * kDay));
  for (const auto& believed : {lasting(90, -2), lasting(-20, 200)}) {  // by exception
    CHECK(is_about(believed.not_before, now - 2 * kDay));
    CHECK(is_about(believed.not_after, now + 395 * kDay));
  }
}

TEST_CASE("what is no certificate is refused") {
  CHECK_FALSE(request_for("", keys::Issuer::trusted, "a.example", 0));
  CHECK_FALSE(request_for("no certificate", keys::Issuer::trusted, "a.example", 0));
}
