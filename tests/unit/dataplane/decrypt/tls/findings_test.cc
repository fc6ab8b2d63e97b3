// What is asked of sekisho-fetch, and what becomes of its word.
#include <openssl/objects.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "bench.h"
#include "config/base/text_bytes.h"

using namespace sekisho;
using namespace sekisho::decrypt;
using namespace sekisho::decrypt::test;
using engines::origin::Fault;
using engines::origin::Revocation;

namespace {

/// A server whose certificate says where it would be found out whether it is revoked, and by whom
/// it was issued.
struct Origin {
  Party root = Party::root("public root");
  Party between = Party::authority(root);
  Party server = Party::server(
      between, "DNS:www.example.com",
      {.extensions = {{NID_info_access, "caIssuers;URI:http://pki.example/ca.cer"},
                      {NID_crl_distribution_points, "URI:http://pki.example/ca.crl"}}});
  Judgements judgements{*engines::origin::TrustStore::from_pem(root.pem())};
  std::vector<std::string_view> whole{server.der(), between.der()}, cut{server.der()};

  engines::origin::Presented shown(const std::vector<std::string_view>& chain) const {
    return {.chain = chain, .host = kHost, .now = tests::now()};
  }
};

}  // namespace

TEST_CASE("what a certificate leaves open is open until somebody has looked") {
  Origin origin;
  const auto shown = origin.shown(origin.whole);
  CHECK(origin.judgements.judge(shown).leaves_open);
  const auto state =
      GENERATE(inquiry::State::unknown, inquiry::State::good, inquiry::State::revoked);
  const auto until = tests::now() + 100;
  const auto judged = origin.judgements.conclude(shown, {.state = state, .until = until});
  CHECK_FALSE(judged.leaves_open);
  CHECK(judged.revocation == static_cast<Revocation>(state));
  CHECK(judged.fault == (state == inquiry::State::revoked ? Fault::revoked : Fault::none));
  CHECK(judged.valid_until == until);
  const auto again = origin.judgements.judge(shown);  // as long as that holds
  CHECK_FALSE(again.leaves_open);
  CHECK(again.fault == judged.fault);
  auto later = shown;
  later.now = until + 1;
  CHECK(origin.judgements.judge(later).leaves_open);
}

TEST_CASE("a fetched authority is judged like one that was sent") {
  Origin origin;
  const auto shown = origin.shown(origin.cut);
  const auto open = origin.judgements.judge(shown);
  CHECK(open.fault == Fault::unknown_issuer);
  CHECK(open.leaves_open);
  const auto stranger = Party::root("stranger").der();
  const auto until = tests::now() + 100;
  CHECK(origin.judgements.conclude(shown, {.until = until, .issuers = {stranger}}).fault ==
        Fault::unknown_issuer);
  Origin other;
  const auto good = other.judgements.conclude(
      other.shown(other.cut),
      {.state = inquiry::State::good, .until = until, .issuers = {other.between.der()}});
  CHECK(good.fault == Fault::none);
  CHECK(good.revocation == Revocation::good);
}

TEST_CASE("a finding cannot make a bad certificate good") {
  Origin origin;
  auto shown = origin.shown(origin.whole);
  shown.host = "another.example";
  const auto judged = origin.judgements.conclude(
      shown, {.state = inquiry::State::good, .until = tests::now() + 100});
  CHECK(judged.fault == Fault::wrong_name);
  CHECK(judged.revocation == Revocation::unknown);
}

TEST_CASE("whoever asked is told, also that there is nobody any more") {
  Folder folder;
  const auto path = folder.path() + "/fetch.sock";
  Inquiries nobody(path);
  CHECK_FALSE(nobody.ask({.host = kHost, .chain = {"x"}}, 1));
  CHECK(nobody.unanswered() == 1);
  auto listener = listen_unix(path);
  REQUIRE(listener);
  Inquiries inquiries(path);
  REQUIRE(inquiries.ask({.host = kHost, .chain = {"first"}}, 41));
  REQUIRE(inquiries.ask({.host = kHost, .chain = {"second"}}, 42));
  FileDescriptor peer(accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::string in(4096, '\0');
  const auto got = recv(peer.get(), in.data(), in.size(), 0);
  REQUIRE(got > 0);
  const auto size = inquiry::size_of_frame(in);
  auto first =
      inquiry::parse_inquiry(bytes_of(std::string_view(in).substr(inquiry::kLengthBytes, size)));
  REQUIRE(first);
  CHECK(first->chain == std::vector<std::string>{"first"});
  const auto answer =
      inquiry::framed(encode(inquiry::Finding{.id = first->id, .state = inquiry::State::good}));
  REQUIRE(send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(answer.size()));
  peer.reset();
  std::vector<Inquiries::Told> told;
  inquiries.take_findings(told);
  REQUIRE(told.size() == 2);
  CHECK(told[0].waiter == 41);
  CHECK(told[0].finding.state == inquiry::State::good);
  CHECK(told[1].waiter == 42);
  CHECK(told[1].finding.state == inquiry::State::unknown);
  CHECK(told[1].finding.until > tests::now());
  CHECK(inquiries.descriptor() == -1);
  CHECK(inquiries.asked() == 2);
  CHECK(inquiries.unanswered() == 1);
}
