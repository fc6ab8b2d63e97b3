// Which server a hello and a certificate say that a connection leads to.
#include <catch2/catch.hpp>

#include "../protocols/tls_handshake.h"
#include "engines/appid/host_table.h"
#include "harness.h"
#include "rules/applications/catalogue.h"

namespace sekisho::tests {
namespace {

using Texts = std::vector<std::string>;
using engines::Direction;

/// The URLs, "?" for what is none; the last one that is final ends in "!".
class NamesHeard final : public engines::UrlWatch {
 public:
  void url_seen(const engines::SeenUrl& seen) noexcept override {
    texts.emplace_back(seen.url == nullptr ? "?" : seen.url->text);
    if (seen.is_last) texts.back() += '!';
  }
  Texts texts;
};

/// What both ends say, in segments.
void hear(const HandshakeOptions& options, ConversationHarness& harness) {
  harness.open();
  std::uint32_t next[2] = {101, 501};
  for (const auto& [direction, bytes] : run_handshake(options).flights) {
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
}

engines::InspectorConfig unmodified_listener() {
  auto config = ConversationHarness::listener();
  config.tcp.delivery = {};
  return config;
}

Texts heard_of(const HandshakeOptions& options) {
  NamesHeard heard;
  ConversationHarness harness({}, unmodified_listener());
  harness.watch_urls(heard);
  hear(options, harness);
  return heard.texts;
}

/// Of a catalogue in which the client's fingerprint is of application 1, and example.com of 2.
engines::ApplicationId application_of(const HandshakeOptions& options, std::string_view ja4) {
  constexpr std::string_view kHosts[] = {"example.com"};
  rules::Application client{}, host{};
  client.id = 1;
  client.ja4 = {&ja4, 1};
  host.id = 2;
  host.hosts = kHosts;
  const std::array applications{client, host};
  const engines::appid::HostTable hosts(applications);
  ConversationHarness harness({}, unmodified_listener());
  harness.use_hosts(hosts);
  hear(options, harness);
  return harness.outcome.application;
}

std::string ja4_of(const HandshakeOptions& options) {
  ConversationHarness harness({}, unmodified_listener());
  hear(options, harness);
  return harness.records.of_type("tls").at(0).at("tls").at("ja4");
}

HandshakeOptions issued(const char* server_name, int version = 0x0303) {
  return {.version = version, .server_name = server_name, .issuer = "An issuer"};
}

}  // namespace

TEST_CASE("A hello's name that the certificate is for stands") {
  CHECK(heard_of(issued("www.example.com")) == Texts{"https://www.example.com/"});
  CHECK(heard_of(issued("WWW.Example.com")) == Texts{"https://www.example.com/"});
  CHECK(heard_of(issued("any.example.org")) == Texts{"https://any.example.org/"});
}

TEST_CASE("A hello's name that the certificate is not for gives way to the certificate's") {
  for (const char* name : {"allowed.test", "example.org", "a.b.example.org", "ww.example.com"}) {
    CAPTURE(name);
    CHECK(heard_of(issued(name)) ==
          Texts{"https://" + std::string(name) + "/", "https://www.example.com/!"});
  }
}

TEST_CASE("Without a name in the hello the certificate's is told") {
  CHECK(heard_of(issued(nullptr)) == Texts{"https://10.0.0.2/", "https://www.example.com/!"});
}

TEST_CASE("A certificate that its owner issued contradicts nobody") {
  CHECK(heard_of({.server_name = "nas.test"}) == Texts{"https://nas.test/"});
}

TEST_CASE("A certificate that cannot be read contradicts nobody") {
  CHECK(heard_of(issued("allowed.test", 0x0304)) == Texts{"https://allowed.test/"});
  auto resumed = issued("allowed.test");
  resumed.resume = true;
  CHECK(heard_of(resumed) == Texts{"https://allowed.test/"});
}

TEST_CASE("The client's fingerprint tells the application where no name does") {
  for (const char* name : {static_cast<const char*>(nullptr), "www.example.test"}) {
    const auto options = issued(name, 0x0304);
    const auto print = ja4_of(options);
    CHECK(application_of(options, print) == 1);
    CHECK(application_of(options, std::string_view(print).substr(0, 10)) == 1);
    CHECK(application_of(options, "t13d880900") == 0);
  }
  const auto named = issued("www.example.com", 0x0304);
  CHECK(application_of(named, ja4_of(named)) == 2);
}

TEST_CASE("A certificate's name stands before the client's fingerprint") {
  const auto options = issued(nullptr);
  CHECK(application_of(options, ja4_of(options)) == 2);
}

}  // namespace sekisho::tests
