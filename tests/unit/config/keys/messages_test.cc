#include "config/keys/messages.h"

#include <catch2/catch.hpp>

#include "config/base/text_bytes.h"

namespace sekisho::keys {
namespace {

std::vector<Request> requests() {
  return {DescribeRequest{},
          SignRequest{.issuer = Issuer::untrusted,
                      .public_key = std::string("\0\xff key", 6),
                      .common_name = "例",
                      .dns_names = {"a.example", "*.b.example"},
                      .addresses = {std::string("\xc0\0\2\1", 4), std::string(16, '\x7f')},
                      .not_before = -1,
                      .not_after = 0x0123456789abcdef},
          RegenerateRequest{KeyType::rsa_3072, "Example Works", "Gateway"},
          ImportRequest{"certificate", "key"}};
}

DescribeReply description() {
  DescribeReply r;
  r.certificate = "der";
  r.certificate_pem = "pem";
  r.chain = {"one", "two"};
  r.untrusted_certificate = "nobody's";
  r.fingerprint.fill(0xa5);
  r.origin = Origin::imported;
  r.subject = "O=a, CN=b";
  r.issuer = "CN=c";
  r.organization = "a";
  r.common_name = "b";
  r.key = "ECDSA P-256";
  r.not_before = 1;
  r.not_after = 2;
  return r;
}

TEST_CASE("a request that was written is read as it was, and no part of it is a request") {
  for (const auto& request : requests()) {
    const std::string bytes = encode(request);
    CAPTURE(request.index());
    const auto read = parse_request(bytes_of(bytes));
    REQUIRE(read);
    CHECK(*read == request);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(parse_request(bytes_of(std::string_view(bytes).substr(0, size))));
    CHECK_FALSE(parse_request(bytes_of(bytes + "x")));
  }
}

TEST_CASE("a reply that was written is read as it was, and no part of it is a reply") {
  SignReply leaf{"leaf", {}};
  leaf.issuer.fill(7);
  for (const Reply& reply : {Reply(leaf), Reply(description())}) {
    const std::string bytes = encode(reply);
    const auto read = parse_reply(bytes_of(bytes));
    REQUIRE(read);
    REQUIRE(read->index() == reply.index());
    if (const auto* signed_leaf = std::get_if<SignReply>(&*read)) CHECK(*signed_leaf == leaf);
    if (const auto* described = std::get_if<DescribeReply>(&*read))
      CHECK(*described == description());
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(parse_reply(bytes_of(std::string_view(bytes).substr(0, size))));
    CHECK_FALSE(parse_reply(bytes_of(bytes + "x")));
  }
  const auto refused = parse_reply(bytes_of(encode(Error{Error::Code::signature, "no"})));
  REQUIRE(refused);
  REQUIRE(std::holds_alternative<Error>(*refused));
  CHECK(std::get<Error>(*refused).code == Error::Code::signature);
  CHECK(std::get<Error>(*refused).message == "no");
}

TEST_CASE("what is too much is refused before it is believed") {
  SignRequest many;
  many.dns_names.assign(kMaxNames + 1, "a");
  CHECK_FALSE(parse_request(bytes_of(encode(many))));
  SignRequest long_name;
  long_name.dns_names = {std::string(kMaxNameBytes + 1, 'a')};
  CHECK_FALSE(parse_request(bytes_of(encode(long_name))));
  const ImportRequest big{std::string(kMaxPemBytes + 1, 'x'), "key"};
  CHECK_FALSE(parse_request(bytes_of(encode(big))));
}

TEST_CASE("another version and an unknown kind are told apart from damage") {
  std::string bytes = encode(DescribeRequest{});
  bytes[0] = 2;
  const auto newer = parse_request(bytes_of(bytes));
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code == Error::Code::version);
  CHECK(newer.error().message == "protocol version 2 is not 1");
  bytes = {kProtocolVersion, 9};
  CHECK(parse_request(bytes_of(bytes)).error().message == "no request 9");
  bytes = {kProtocolVersion, 9};
  CHECK(parse_reply(bytes_of(bytes)).error().message == "no reply 9");
}

}  // namespace
}  // namespace sekisho::keys
