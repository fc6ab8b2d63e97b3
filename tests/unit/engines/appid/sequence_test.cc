// Protocols that hide what they are, built as they are published, under random keys; and others
// that come near to them.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <numeric>
#include <random>

#include "conversations.h"
#include "engines/appid/appid.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;
using Flow = std::vector<Said>;

std::mt19937& dice() {
  static std::mt19937 generator(20261123);
  return generator;
}
std::size_t between(std::size_t least, std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(least, most)(dice());
}
std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(between(0, 255));
  return bytes;
}

/// RC4 under a key of its own, the first 1,024 bytes thrown away: a stream of any cipher's looks.
class Cipher {
 public:
  Cipher() {
    const auto key = random_bytes(20);
    std::iota(state_.begin(), state_.end(), std::uint8_t{0});
    for (std::size_t i = 0, j = 0; i < state_.size(); ++i) {
      j = (j + state_[i] + static_cast<std::uint8_t>(key[i % key.size()])) % state_.size();
      std::swap(state_[i], state_[j]);
    }
    operator()(std::string(1024, '\0'));
  }
  std::string operator()(std::string text) {
    for (auto& byte : text) {
      i_ = (i_ + 1) % state_.size();
      j_ = (j_ + state_[i_]) % state_.size();
      std::swap(state_[i_], state_[j_]);
      const std::size_t at = (state_[i_] + std::size_t{state_[j_]}) % state_.size();
      byte = static_cast<char>(byte ^ state_[at]);
    }
    return text;
  }

 private:
  std::array<std::uint8_t, 256> state_{};
  std::size_t i_ = 0, j_ = 0;
};

std::string be16(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}
std::string be32(std::size_t value) { return be16(value >> 16) + be16(value & 0xffff); }

/// Message stream encryption, as Vuze and its fellows publish it.
Flow message_stream_encryption() {
  Cipher to_b, to_a;
  const auto handshake =
      "\x13"
      "BitTorrent protocol" +
      std::string(8, '\0') + random_bytes(40);
  const auto pad_c = std::string(between(0, 512), '\0'), pad_d = std::string(between(0, 512), '\0');
  const auto offer = to_b(std::string(8, '\0') + be32(3) + be16(pad_c.size()) + pad_c +
                          be16(handshake.size()) + handshake);
  const auto pick = to_a(std::string(8, '\0') + be32(2) + be16(pad_d.size()) + pad_d + handshake);
  return {{true, random_bytes(96 + between(0, 512))},
          {false, random_bytes(96 + between(0, 512))},
          {true, random_bytes(40) + offer},
          {false, pick}};
}

/// A chunk of Shadowsocks' AEAD ciphers (SIP004): length and payload, each with its tag.
std::string chunk(Cipher& cipher, const std::string& payload) {
  return cipher(be16(payload.size())) + random_bytes(16) + cipher(payload) + random_bytes(16);
}
Flow shadowsocks() {
  Cipher up, down;
  const auto hello = hex("16 03 01 02 00 01 00 01 fc 03 03") + random_bytes(506);
  const auto address =
      "\x03\x0f"
      "www.example.com" +
      be16(443);
  return {{true, random_bytes(32) + chunk(up, address + hello)},
          {false, random_bytes(32) + chunk(down, std::string(between(200, 1300), 'c'))},
          {true, chunk(up, hex("14 03 03 00 01 01") + random_bytes(between(60, 600)))},
          {false, chunk(down, random_bytes(between(60, 1300)))}};
}

Flow in_segments(const std::vector<Said>& flights) {
  constexpr std::size_t kSegment = 1448;
  Flow flow;
  for (const auto& flight : flights)
    for (std::size_t at = 0; at < flight.bytes.size(); at += kSegment)
      flow.push_back({flight.to_server, flight.bytes.substr(at, kSegment)});
  return flow;
}

/// obfs4's handshake (obfs4-spec §4): a representative, padding, a mark and a MAC; the server's
/// with what proves it, and the frame with a seed.
Flow obfs4() {
  return in_segments({{true, random_bytes(32 + between(77, 8096) + 16 + 16)},
                      {false, random_bytes(32 + 32 + between(0, 8051) + 16 + 16 + 45)},
                      {true, random_bytes(between(200, 1448))},
                      {false, random_bytes(between(200, 1448))}});
}

/// The beginning of OpenVPN (ssl_pkt.h), with the `auth` bytes that tls-auth puts behind the
/// session.
Flow openvpn(std::size_t auth, bool acknowledges_first) {
  const auto client = random_bytes(8), server = random_bytes(8);
  const auto authentic = [&](char opcode, const std::string& session, const std::string& rest) {
    return opcode + session + random_bytes(auth) + rest;
  };
  const auto hello = hex("16 03 01") + be16(240) + random_bytes(240);
  const auto first = zeros(4), second = be32(1);
  const auto acknowledges = "\1" + first + server;
  Flow flow{{true, authentic('\x38', client, zeros(1) + first)},
            {false, authentic('\x40', server, "\1" + first + client + first)}};
  if (acknowledges_first) {
    flow.push_back({true, authentic('\x28', client, acknowledges)});
    flow.push_back({true, authentic('\x20', client, zeros(1) + second + hello)});
  } else {
    flow.push_back({true, authentic('\x20', client, acknowledges + second + hello)});
    flow.push_back({false, authentic('\x28', server, "\1" + second + client)});
  }
  return flow;
}

// What the patch openvpn_xorpatch does to each message.
std::string masked(std::string text, const std::string& key) {
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<char>(text[i] ^ key[i % key.size()]);
  return text;
}
std::string with_positions(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<char>(static_cast<unsigned char>(text[i]) ^ (i + 1));
  return text;
}
std::string reversed(std::string text) {
  std::reverse(text.begin() + 1, text.end());
  return text;
}
using Scramble = std::function<std::string(const std::string&)>;
std::vector<Scramble> scrambles() {
  const auto key = random_bytes(between(1, 40));
  return {[key](const std::string& text) { return masked(text, key); },
          [](const std::string& text) { return with_positions(text); },
          [](const std::string& text) { return reversed(text); },
          [key](const std::string& text) {
            return masked(with_positions(reversed(with_positions(text))), key);
          }};
}
Flow scrambled(Flow flow, const Scramble& scramble, bool over_tcp) {
  for (auto& said : flow) {
    said.bytes = scramble(said.bytes);
    if (over_tcp) said.bytes = be16(said.bytes.size()) + said.bytes;
  }
  return flow;
}

/// WireGuard's first messages with other types and junk, as AmneziaWG sends them.
Flow amnezia(std::size_t junk_packets, std::size_t junk_before_first,
             std::size_t junk_before_answer) {
  const auto index = random_bytes(4);
  Flow flow;
  for (std::size_t i = 0; i < junk_packets; ++i)
    flow.push_back({true, random_bytes(between(40, 900))});
  flow.push_back({true, random_bytes(junk_before_first) + random_bytes(4) + index +
                            random_bytes(32 + 48 + 28 + 16) + zeros(16)});
  flow.push_back({false, random_bytes(junk_before_answer) + random_bytes(4) + random_bytes(4) +
                             index + random_bytes(32 + 16 + 16) + zeros(16)});
  return flow;
}

/// One worker's engine.
class Worker {
 public:
  /// `later`: who sees all payloads but the first.
  std::string name(std::uint8_t protocol, const Flow& flow, bool midstream = false,
                   const Worker* later = nullptr) const {
    Facts facts;
    facts.source = *parse_ip_address("192.168.1.7");
    facts.destination = *parse_ip_address("203.0.113.5");
    facts.protocol = protocol;
    facts.source_port = static_cast<std::uint16_t>(between(32768, 60999));
    facts.destination_port = server_port;
    std::array<std::uint8_t, 8> state{};
    for (const auto& said : flow) {
      const std::vector<std::uint8_t> bytes(said.bytes.begin(), said.bytes.end());
      Inspection inspection;
      inspection.payload = bytes;
      inspection.to_server = said.to_server;
      inspection.midstream = midstream;
      inspection.facts = &facts;
      inspection.flow_state = state.data();
      const bool is_first = &said == flow.data();
      (later == nullptr || is_first ? *this : *later).engine_->inspect({&inspection, 1});
    }
    const auto* const found = rules::application(facts.application);
    return found == nullptr ? std::string() : std::string(found->name);
  }
  /// How many of `flows` are called so.
  unsigned count(std::string_view name_wanted, std::uint8_t protocol, unsigned flows,
                 const std::function<Flow()>& make) {
    unsigned counted = 0;
    for (unsigned i = 0; i < flows; ++i) counted += name(protocol, make()) == name_wanted ? 1 : 0;
    return counted;
  }
  void speak_bittorrent() {
    REQUIRE(name(kUdp, {{true, "d1:ad2:id20:" + std::string(20, 'i') +
                                   "e1:q4:ping1:t2:aa1:y1:qe"}}) == "bittorrent-dht");
  }

  std::uint16_t server_port = 8388;

 private:
  static std::unique_ptr<const Ruleset> loaded() {
    Diagnostics warnings;
    const auto artifact =
        std::get<Artifact>(appid::kSpec.compile({.policy = policy::Policy{}}, warnings));
    return *appid::kSpec.load(artifact);
  }
  std::unique_ptr<const Ruleset> ruleset_ = loaded();
  std::unique_ptr<Engine> engine_ = appid::kSpec.make(*ruleset_);
};

constexpr unsigned kFlows = 1000;

}  // namespace

TEST_CASE("what is encrypted from its first byte on is called that, whatever it is") {
  Worker worker;
  CHECK(worker.count("fully_encrypted", kTcp, kFlows, shadowsocks) > kFlows * 9 / 10);
  CHECK(worker.count("fully_encrypted", kTcp, kFlows, obfs4) > kFlows * 9 / 10);
  CHECK(worker.count("fully_encrypted", kTcp, kFlows, message_stream_encryption) > kFlows * 9 / 10);
}

TEST_CASE("message stream encryption is BitTorrent's at a host that speaks BitTorrent") {
  Worker worker;
  worker.speak_bittorrent();
  CHECK(worker.count("bittorrent_encrypted", kTcp, kFlows, message_stream_encryption) >
        kFlows * 9 / 10);
  // Its handshakes are longer than a key with padding.
  const auto long_obfs4 = [] {
    auto flow = obfs4();
    while (flow[0].bytes.size() <= 608) flow = obfs4();
    return flow;
  };
  CHECK(worker.count("bittorrent_encrypted", kTcp, kFlows, long_obfs4) == 0);
}

TEST_CASE("message stream encryption is BitTorrent's at the ports of its peers") {
  Worker worker;
  for (const auto port : {std::uint16_t{6881}, std::uint16_t{6889}}) {
    worker.server_port = port;
    CHECK(worker.count("bittorrent_encrypted", kTcp, kFlows, message_stream_encryption) >
          kFlows * 9 / 10);
  }
  for (const auto port : {std::uint16_t{6880}, std::uint16_t{6890}}) {
    worker.server_port = port;
    CHECK(worker.count("bittorrent_encrypted", kTcp, kFlows, message_stream_encryption) == 0);
  }
}

TEST_CASE("one who sends only, or begins as the server, or began unseen is not called so") {
  Worker worker;
  const auto only = [](bool to_server) {
    return [to_server] {
      Flow flow;
      for (int i = 0; i < 9; ++i) flow.push_back({to_server, random_bytes(1448)});
      return flow;
    };
  };
  CHECK(worker.count("", kTcp, kFlows, only(true)) == kFlows);
  CHECK(worker.count("", kTcp, kFlows, only(false)) == kFlows);
  const auto server_first = [] {
    auto flow = shadowsocks();
    for (auto& said : flow) said.to_server = !said.to_server;
    return flow;
  };
  CHECK(worker.count("", kTcp, kFlows, server_first) == kFlows);
  for (unsigned i = 0; i < kFlows; ++i) CHECK(worker.name(kTcp, shadowsocks(), true).empty());
  CHECK(worker.count("fully_encrypted", kUdp, kFlows, shadowsocks) == 0);
}

namespace {

/// Messages of `header(size of the body)` and an encrypted body, from either end in turn.
std::function<Flow()> headed(const std::function<std::string(std::size_t)>& header) {
  return [header] {
    Flow flow;
    for (int i = 0; i < 4; ++i) {
      const auto body = random_bytes(between(100, 1200));
      flow.push_back({i % 2 == 0, header(body.size()) + body});
    }
    return flow;
  };
}

std::string le16(std::size_t value) {
  const auto big = be16(value);
  return {big[1], big[0]};
}

}  // namespace

TEST_CASE("encrypted messages behind a header are not fully encrypted") {
  const std::vector<std::function<std::string(std::size_t)>> headers{
      [](std::size_t size) { return be16(size); },
      [](std::size_t size) { return le16(size + 2); },
      [](std::size_t size) { return be32(size + 4); },
      [](std::size_t size) { return random_bytes(1) + be16(size); },
      [](std::size_t size) { return random_bytes(4) + le16(size) + zeros(2); },
      [](std::size_t) { return std::string("\xd7\xa3"); },
      [](std::size_t) { return hex("9f 81 c2 e4"); },
      [](std::size_t) { return hex("01 00 00 00") + random_bytes(4); },
      [](std::size_t) { return random_bytes(3) + zeros(2); },
  };
  for (std::size_t i = 0; i < headers.size(); ++i) {
    CAPTURE(i);
    Worker worker;
    worker.speak_bittorrent();
    CHECK(worker.count("", kTcp, kFlows, headed(headers[i])) >= kFlows - 1);
  }
}

TEST_CASE("what is not random is not fully encrypted") {
  Worker worker;
  const auto both = [](const std::function<std::string()>& say) {
    return [say] { return Flow{{true, say()}, {false, say()}, {true, say()}, {false, say()}}; };
  };
  const auto base64 = both([] {
    auto text = random_bytes(400);
    for (auto& c : text)
      c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[c & 63];
    return text;
  });
  const auto seven_bits = both([] {
    auto text = random_bytes(600);
    for (auto& c : text) c = static_cast<char>(c & 0x7f);
    return text;
  });
  const auto with_text = both([] { return random_bytes(200) + "content-type: application/octet"; });
  const auto records = both([] {
    std::string text;
    for (int i = 0; i < 40; ++i) text += random_bytes(10) + hex("00 07");
    return text;
  });
  CHECK(worker.count("fully_encrypted", kTcp, kFlows, base64) == 0);
  CHECK(worker.count("fully_encrypted", kTcp, kFlows, seven_bits) == 0);
  CHECK(worker.count("fully_encrypted", kTcp, kFlows, with_text) == 0);
  CHECK(worker.count("fully_encrypted", kTcp, kFlows, records) == 0);
}

TEST_CASE("protocols that are known keep their names") {
  Worker worker;
  worker.speak_bittorrent();
  const auto hello = hex("16 03 01 00 fa 01 00 00 f6 03 03") + random_bytes(244);
  CHECK(worker.name(kTcp, {{true, hello}, {false, random_bytes(1448)}}) == "tls");
  CHECK(worker.name(kTcp, {{true, "SSH-2.0-OpenSSH_9.2\r\n"}, {false, random_bytes(900)}}) ==
        "ssh");
  CHECK(worker.name(kUdp, {{true, hex("c3 00 00 00 01 08") + random_bytes(8) + hex("00 00 44 d0") +
                                      random_bytes(1182)}}) == "quic");
  CHECK(worker.name(kUdp, openvpn(0, true)) == "openvpn");
}

TEST_CASE("a scrambled OpenVPN is known by its first messages' lengths and opcodes") {
  for (const std::size_t auth : {0U, 24U, 28U, 40U, 72U})
    for (const bool acknowledges : {true, false})
      for (const bool over_tcp : {true, false})
        for (const auto& scramble : scrambles()) {
          CAPTURE(auth, acknowledges, over_tcp);
          Worker worker;
          const auto flow = scrambled(openvpn(auth, acknowledges), scramble, over_tcp);
          const auto name = worker.name(over_tcp ? kTcp : kUdp, flow);
          CHECK((name == "openvpn_scrambled" || name == "openvpn"));  // a mask may be zero there
          auto cut = flow;
          cut.pop_back();
          CHECK(worker.name(over_tcp ? kTcp : kUdp, cut) != "openvpn_scrambled");
          auto longer = flow;
          longer[1].bytes += 'x';
          CHECK(worker.name(over_tcp ? kTcp : kUdp, longer) != "openvpn_scrambled");
        }
}

TEST_CASE("messages as long as OpenVPN's are not its by that alone") {
  Worker worker;
  const auto same_lengths = [] {
    auto flow = openvpn(0, true);
    for (auto& said : flow) said.bytes = random_bytes(said.bytes.size());
    return flow;
  };
  CHECK(worker.count("openvpn_scrambled", kUdp, 20 * kFlows, same_lengths) == 0);
  const auto numbered = [] {  // a protocol that counts its messages
    auto flow = openvpn(0, true);
    const auto first = between(0, 255);
    for (std::size_t i = 0; i < flow.size(); ++i)
      flow[i].bytes = static_cast<char>(first + i) + random_bytes(flow[i].bytes.size() - 1);
    return flow;
  };
  CHECK(worker.count("openvpn_scrambled", kUdp, kFlows, numbered) == 0);
}

TEST_CASE("OpenVPN with tls-crypt is OpenVPN") {
  // opcode, session, packet number and time, HMAC of SHA-256, then what is encrypted.
  const auto packet = [](char opcode, std::size_t encrypted) {
    return opcode + random_bytes(8) + be32(1) + random_bytes(4) + random_bytes(32 + encrypted);
  };
  Worker worker;
  CHECK(worker.name(kUdp, {{true, packet('\x38', 5)}, {false, packet('\x40', 17)}}) == "openvpn");
  CHECK(worker.name(kUdp, {{true, packet('\x50', 300)}, {false, packet('\x40', 17)}}) == "openvpn");
}

TEST_CASE("an obfuscated WireGuard is known by the index that its answer repeats") {
  Worker worker;
  for (const std::size_t junk : {0U, 1U, 5U})
    for (const std::size_t before : {0U, 15U, 150U}) {
      CAPTURE(junk, before);
      CHECK(worker.count("wireguard_obfuscated", kUdp, kFlows,
                         [&] { return amnezia(junk, before, before / 2); }) >= kFlows - 5);
    }
  const auto other_index = [] {
    auto flow = amnezia(1, 10, 10);
    flow.back().bytes = amnezia(1, 10, 10).back().bytes;
    return flow;
  };
  CHECK(worker.count("wireguard_obfuscated", kUdp, kFlows, other_index) == 0);
  const auto other_lengths = [] {  // the index at another place
    auto flow = amnezia(1, 10, 10);
    flow.back().bytes.insert(flow.back().bytes.size() - 20, 1, 'x');
    return flow;
  };
  CHECK(worker.count("wireguard_obfuscated", kUdp, kFlows, other_lengths) == 0);
}

TEST_CASE("a sequence of which the beginning is lost names nothing") {
  Worker worker, under_a_new_policy;
  for (unsigned i = 0; i < kFlows; ++i)
    CHECK(worker.name(kTcp, shadowsocks(), false, &under_a_new_policy).empty());
}
