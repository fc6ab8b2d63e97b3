#include "engines/appid/appid.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "conversations.h"
#include "flow.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

}  // namespace

TEST_CASE("applications are recognised by what they say") {
  for (const auto& conversation : recognised_conversations()) {
    CAPTURE(conversation.what);
    Flow flow(conversation);
    for (std::size_t i = 0; i + 1 < conversation.said.size(); ++i) {
      CHECK_FALSE(flow.say(conversation.said[i].to_server, conversation.said[i].bytes));
      CHECK(flow.facts.application_known == Knowledge::not_yet);
    }
    CHECK(flow.say(conversation.said.back().to_server, conversation.said.back().bytes));
    CHECK(flow.facts.application_known == Knowledge::known);
    CHECK(flow.application() == conversation.application);
  }
}

TEST_CASE("what only looks like an application is none") {
  auto conversations = unknown_conversations();
  for (auto& one : further_unknown_conversations()) conversations.push_back(std::move(one));
  for (const auto& conversation : conversations) {
    CAPTURE(conversation.what);
    Flow flow(conversation);
    for (const auto& said : conversation.said) CHECK_FALSE(flow.say(said.to_server, said.bytes));
    CHECK(flow.facts.application_known == Knowledge::not_yet);
    CHECK(flow.facts.application == 0);
  }
}

TEST_CASE("every application of the catalogue is recognised somewhere in these tests") {
  std::vector<std::string_view> missing;
  const auto conversations = recognised_conversations();
  for (const auto& application : rules::applications()) {
    const bool by_content =
        std::any_of(conversations.begin(), conversations.end(),
                    [&](const auto& c) { return c.application == application.name; });
    if (!application.hosts.empty()) continue;          // by name, see host_table_test.cc
    if (!application.payloads.empty()) continue;       // by its payloads, below
    if (!application.patterns.empty()) continue;       // by its patterns, pattern_test.cc
    if (!application.content_types.empty()) continue;  // by what it carries: engines/conversation
    Flow flow(application.protocol, 0, 0);
    const bool by_protocol = application.protocol != kTcp && application.protocol != kUdp &&
                             flow.say(true, "") && flow.application() == application.name;
    namespace id = rules::application_id;
    constexpr std::array kBySequence{id::kRtp, id::kBittorrentEncrypted, id::kFullyEncrypted,
                                     id::kOpenvpnScrambled, id::kWireguardObfuscated};
    const bool by_sequence =
        std::count(kBySequence.begin(), kBySequence.end(), application.id) != 0;
    if (!by_content && !by_protocol && !by_sequence) missing.push_back(application.name);
  }
  CHECK(missing == std::vector<std::string_view>{});
}

TEST_CASE("a payload that begins as the catalogue says is of that application") {
  for (const auto& application : rules::applications())
    for (const auto& wanted : application.payloads) {
      CAPTURE(application.name);
      std::string bytes(wanted.value);
      bytes.resize(wanted.least, '\x33');
      Flow flow(wanted.protocol, 50000, wanted.port == 0 ? 50001 : wanted.port);
      const bool from_server = wanted.from == rules::ApplicationPayload::From::server;
      CHECK(flow.say(!from_server, bytes));
      CHECK(flow.application() == application.name);
      if (application.payloads.size() != 1) continue;  // else the others may fit what follows
      Flow other(wanted.protocol, 50000, wanted.port == 0 ? 50001 : wanted.port);
      const auto fixed = wanted.mask.find_first_not_of('\0');
      bytes[fixed] = static_cast<char>(bytes[fixed] ^ (wanted.mask[fixed] & 0x55));
      other.say(!from_server, bytes);
      CHECK(other.application() != application.name);
      Flow cut(wanted.protocol, 50000, wanted.port == 0 ? 50001 : wanted.port);
      cut.say(!from_server, std::string(wanted.value).substr(0, wanted.value.size() - 1));
      CHECK(cut.application() != application.name);
    }
}

TEST_CASE("protocols without ports are known from their first packet, others never") {
  struct Case {
    std::uint8_t protocol;
    const char* application;
  };
  const auto c =
      GENERATE(Case{1, "icmp"}, Case{2, "igmp"}, Case{47, "gre"}, Case{50, "esp"}, Case{51, "ah"},
               Case{58, "icmpv6"}, Case{89, "ospf"}, Case{103, "pim"}, Case{112, "vrrp"},
               Case{132, "sctp"}, Case{88, "eigrp"}, Case{113, "pgm"}, Case{4, ""}, Case{253, ""});
  CAPTURE(unsigned{c.protocol});
  Flow flow(c.protocol, 0, 0);
  CHECK(flow.say(true, ""));
  CHECK(flow.application() == c.application);
  CHECK(flow.facts.application_known ==
        (*c.application == '\0' ? Knowledge::never : Knowledge::known));
}

TEST_CASE("empty payloads tell nothing, however many") {
  Flow flow(kTcp, 50000, 80);
  for (int i = 0; i < 100; ++i) CHECK_FALSE(flow.say(i % 2 == 0, ""));
  CHECK(flow.facts.application_known == Knowledge::not_yet);
  CHECK(flow.say(true, "GET / HTTP/1.1\r\n\r\n"));
}

TEST_CASE("a one-sided flow is given up after eight payloads") {
  Flow flow(kTcp, 50000, 4000);
  for (int i = 0; i < 7; ++i) CHECK_FALSE(flow.say(true, "\x9f\x80\x81"));
  CHECK(flow.facts.application_known == Knowledge::not_yet);
  CHECK(flow.say(true, "\x9f\x80\x81"));
  CHECK(flow.facts.application_known == Knowledge::never);
  CHECK(flow.facts.application == 0);
}

TEST_CASE("a flow whose ends both spoke is given up after four payloads") {
  Flow flow(kUdp, 50000, 4000);
  CHECK_FALSE(flow.say(true, "\x9f\x80\x81"));
  CHECK_FALSE(flow.say(false, "\x9f\x80\x81"));
  CHECK_FALSE(flow.say(true, "\x9f\x80\x81"));
  CHECK(flow.say(true, "\x9f\x80\x81"));
  CHECK(flow.facts.application_known == Knowledge::never);
}

TEST_CASE("a decided flow is left alone") {
  Flow flow(kTcp, 50000, 80);
  REQUIRE(flow.say(true, "SSH-2.0-x\r\n"));
  CHECK_FALSE(flow.say(true, "GET / HTTP/1.1\r\n\r\n"));
  CHECK(flow.application() == "ssh");

  Flow given_up(kTcp, 50000, 80);
  given_up.facts.application_known = Knowledge::never;
  CHECK_FALSE(given_up.say(true, "GET / HTTP/1.1\r\n\r\n"));
  CHECK(given_up.facts.application == 0);
}

TEST_CASE("each flow of a batch is judged by itself") {
  const auto ruleset = loaded();
  const auto engine = appid::kSpec.make(*ruleset);
  const std::string http = "GET / HTTP/1.1\r\n\r\n", ssh = "SSH-2.0-x\r\n";
  std::array<Facts, 2> facts;
  std::array<std::array<std::uint8_t, 8>, 2> states{};
  std::array<Inspection, 2> batch;
  const auto as_bytes = [](const std::string& text) {
    return std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  for (std::size_t i = 0; i < 2; ++i) {
    facts[i].protocol = kTcp;
    batch[i].payload = as_bytes(i == 0 ? http : ssh);
    batch[i].facts = &facts[i];
    batch[i].flow_state = states[i].data();
  }
  engine->inspect(batch);
  CHECK(facts[0].application == rules::application_id::kHttp);
  CHECK(facts[1].application == rules::application_id::kSsh);
}

TEST_CASE(
    "no prefix of a payload is read past its end, and none is taken for another application") {
  for (const auto& conversation : recognised_conversations()) {
    if (conversation.said.size() != 1) continue;
    const auto& said = conversation.said.front();
    for (std::size_t size = 0; size < std::min<std::size_t>(said.bytes.size(), 320); ++size) {
      CAPTURE(conversation.what, size);
      Flow flow(conversation);
      flow.say(said.to_server, std::string_view(said.bytes).substr(0, size));
      if (flow.facts.application == 0) continue;
      const bool within = conversation.application == "webdav" ||
                          conversation.application == "dnscrypt" ||
                          conversation.application == "avast_securedns";
      const auto* const carrier = rules::application(flow.facts.carrier);
      CHECK((flow.application() == conversation.application || (within && carrier == nullptr)));
    }
  }
}

TEST_CASE("random bytes are hardly ever taken for an application") {
  std::mt19937 random(5);
  unsigned recognised = 0;
  constexpr unsigned kFlows = 20'000;
  Flow flow(kTcp, 0, 0);
  for (unsigned i = 0; i < kFlows; ++i) {
    flow.restart(i % 2 == 0 ? kTcp : kUdp, static_cast<std::uint16_t>(random()),
                 static_cast<std::uint16_t>(random()));
    std::string bytes(1 + random() % 200, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    flow.say(true, bytes);
    if (flow.facts.application != 0) ++recognised;
  }
  CHECK(recognised < kFlows / 1000);
}

TEST_CASE("an artifact of another version, cut or grown is refused") {
  Diagnostics warnings;
  const auto good =
      std::get<Artifact>(appid::kSpec.compile({.policy = policy::Policy{}}, warnings));
  constexpr std::size_t kKeyAt = 40, kHeader = 48;  // of the database's maker; the header's end
  for (std::size_t size = 0; size < good.size(); size += size < kHeader ? 1 : 997)
    CHECK_FALSE(appid::kSpec.load(std::span(good).first(size)));
  for (std::size_t at = 0; at < kKeyAt; ++at) {
    auto altered = good;
    altered[at] ^= std::byte{1};
    CHECK_FALSE(appid::kSpec.load(altered));
  }
  for (std::size_t at = good.size() / 2; at < good.size() - 100; at += good.size() / 16) {
    auto altered = good;
    altered[at] ^= std::byte{1};
    CHECK_FALSE(appid::kSpec.load(altered));
  }
  auto grown = good;
  grown.push_back(std::byte{0});
  CHECK_FALSE(appid::kSpec.load(grown));
}

TEST_CASE("what a flow remembers fits the slot that flows have for it") {
  CHECK(appid::kSpec.flow_state_bytes <= 8);
}

namespace {

/// A ClientHello with one extension besides the SNI, as a client sends it.
std::string hello_for(std::string_view host) {
  const auto number = [](std::size_t value, unsigned bytes) {
    std::string text;
    for (unsigned i = bytes; i-- > 0;) text += static_cast<char>(value >> 8 * i & 0xff);
    return text;
  };
  const auto block = [&](unsigned bytes, const std::string& content) {
    return number(content.size(), bytes) + content;
  };
  const auto name = block(2, std::string(1, '\0') + block(2, std::string(host)));
  const auto extensions = number(23, 2) + block(2, "") + number(0, 2) + block(2, name);
  const auto body = number(0x0303, 2) + std::string(32, 'r') + block(1, "") + block(2, "\x13\x01") +
                    block(1, std::string(1, '\0')) + block(2, extensions);
  return "\x16\x03\x01" + block(2, "\x01" + block(3, body));
}

}  // namespace

TEST_CASE("the host that a client names tells the application, its protocol is the carrier") {
  struct Case {
    std::string said;
    std::string_view application, carrier;
  };
  const auto c = GENERATE(
      Case{hello_for("www.youtube.com"), "youtube", "tls"},
      Case{hello_for("WWW.YouTube.Com"), "youtube", "tls"},
      Case{hello_for("unknown.example"), "tls", ""}, Case{hello_for(""), "tls", ""},
      Case{"GET / HTTP/1.1\r\nAccept: */*\r\nhost:  m.youtube.com:80\r\n\r\n", "youtube", "http"},
      Case{"GET http://www.youtube.com/a HTTP/1.1\r\nHost: x\r\n\r\n", "youtube", "http"},
      Case{"CONNECT www.youtube.com:443 HTTP/1.1\r\n\r\n", "youtube", "http"},
      Case{"GET / HTTP/1.1\r\n\r\nHost: www.youtube.com\r\n", "http", ""},
      Case{"GET / HTTP/1.1\r\nHost: www.youtube.com", "http", ""});
  CAPTURE(c.said);
  Flow flow(kTcp, 50000, 8080);
  CHECK(flow.say(true, c.said));
  CHECK(flow.application() == c.application);
  const auto* const carrier = rules::application(flow.facts.carrier);
  CHECK((carrier == nullptr ? "" : carrier->name) == c.carrier);
}

TEST_CASE("a hello that is cut anywhere is read no further than it goes") {
  const auto whole = hello_for("www.youtube.com");
  for (std::size_t size = 12; size < whole.size(); ++size) {
    CAPTURE(size);
    Flow flow(kTcp, 50000, 443);
    CHECK(flow.say(true, whole.substr(0, size)));
    CHECK(flow.application() == "tls");
  }
}

TEST_CASE("STUN is of whom its attributes are") {
  const std::string header = hex("00 01 00 08 21 12 a4 42") + std::string(12, 'i');
  const auto application_of = [](const std::string& message) {
    Flow flow(kUdp, 50000, 3478);
    flow.say(true, message);
    return flow.application();
  };
  CHECK(application_of(header + hex("80 08 00 04 00 00 00 06")) == "teams");
  CHECK(application_of(header + hex("40 00 00 04 00 00 00 06")) == "whatsapp");
  CHECK(application_of(header + hex("80 22 00 04 00 00 00 06")) == "stun");
}

TEST_CASE("RTP is told by two packets that follow each other, of one end") {
  const auto packet = [](const char* sequence, const char* source) {
    return hex("80 60") + hex(sequence) + hex("00 00 01 00") + hex(source) + "voice";
  };
  Flow flow(kUdp, 50000, 50002);
  SECTION("in a row") {
    CHECK_FALSE(flow.say(true, packet("00 10", "11 22 33 44")));
    CHECK_FALSE(flow.say(false, packet("00 11", "55 22 33 44")));
    CHECK(flow.say(true, packet("00 11", "11 22 33 44")));
    CHECK(flow.application() == "rtp");
  }
  SECTION("of another source") {
    CHECK_FALSE(flow.say(true, packet("00 10", "11 22 33 44")));
    CHECK_FALSE(flow.say(true, packet("00 11", "11 22 33 45")));
  }
  SECTION("repeated") {
    CHECK_FALSE(flow.say(true, packet("00 10", "11 22 33 44")));
    CHECK_FALSE(flow.say(true, packet("00 10", "11 22 33 44")));
  }
}
