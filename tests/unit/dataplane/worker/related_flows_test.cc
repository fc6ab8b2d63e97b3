// Packets that belong to another packet's flow: fragments, ICMP errors, FTP data connections.
#include <array>

#include "gateway.h"

using namespace sekisho;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kBlockEcho = R"(
version: 1
rules:
  - {name: no discard, action: block, services: [udp/9]}
  - {name: rest, action: allow}
)";
/// Only FTP's control connection, and only from the LAN.
constexpr std::string_view kFtpOnly = R"(
version: 1
rules:
  - {name: ftp, from: lan, services: [tcp/21], action: allow}
  - {name: nothing else, action: block}
)";

std::vector<Bytes> datagram(bool v6, std::uint16_t port) {
  auto frame = v6 ? ethernet().ipv6(kClient6, kServer6) : ethernet().ipv4(kClient, kServer);
  return frame.udp(5000, port).payload_bytes(200).build_fragments(77, 64);
}

PacketBuilder icmp_error_about(const Bytes& packet, bool v6) {
  return v6 ? ethernet().ipv6("2001:db8:2::3", kClient6).icmp_error(1, 4, packet)
            : ethernet().ipv4("203.0.113.1", kClient).icmp_error(3, 3, packet);
}

Connection control_connection() { return {.client_port = 40'021, .server_port = 21}; }

constexpr std::string_view kPassive =
    "227 Entering Passive Mode (198,51,100,2,195,81).\r\n";  // port 50,001

/// Nothing but the one name's addresses.
constexpr std::string_view kOneName = R"(
version: 1
rules:
  - {name: dns, services: [udp/53], action: allow}
  - {name: a site, destination: {fqdns: [www.a.com]}, action: allow}
  - {name: nothing else, action: block}
)";

constexpr std::string_view kNoZoom = R"(
version: 1
rules:
  - {name: no, action: block, content: {applications: [zoom]}}
  - {name: rest, action: allow}
)";

constexpr std::uint16_t kTypeA = 1, kTypeAaaa = 28;

void append_be16(Bytes& to, std::uint16_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

/// A DNS message about `name`, whose labels are all shorter than 10: "\3www\1a\3com".
Bytes dns_message(std::uint16_t id, std::uint16_t flags, std::string_view name,
                  std::uint16_t type) {
  Bytes message;
  for (const std::uint16_t field :
       {id, flags, std::uint16_t{1}, std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{0}})
    append_be16(message, field);
  message.insert(message.end(), name.begin(), name.end());
  message.push_back(0);
  append_be16(message, type);
  append_be16(message, 1);
  return message;
}
Bytes dns_query(std::uint16_t id, std::string_view name = "\3www\1a\3com",
                std::uint16_t type = kTypeA) {
  return dns_message(id, 0x0100, name, type);
}
/// An answer to the question of type A or AAAA: the address ends in `host`.
Bytes dns_answer(std::uint16_t id, std::uint8_t host, std::string_view name = "\3www\1a\3com",
                 std::uint16_t type = kTypeA) {
  Bytes message = dns_message(id, 0x8180, name, type);
  message[7] = 1;
  append_be16(message, 0xc00c);
  append_be16(message, type);
  append_be16(message, 1);
  append_be16(message, 0);
  append_be16(message, 300);
  Bytes address{198, 51, 100, host};
  if (type == kTypeAaaa) address = {0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, host};
  append_be16(message, static_cast<std::uint16_t>(address.size()));
  message.insert(message.end(), address.begin(), address.end());
  return message;
}

/// A client's DNS socket behind a gateway, and its resolver.
struct DnsConversation {
  explicit DnsConversation(std::string_view policy = kOneName) : gateway(policy) {}
  Gateway gateway;

  bool asks(const Bytes& message) {
    return gateway.lan_passes(
        ethernet().ipv4(kClient, "198.51.100.53").udp(40'053, 53).payload(message));
  }
  bool answers(const Bytes& message) {
    return gateway.wan_passes(
        ethernet().ipv4("198.51.100.53", kClient).udp(53, 40'053).payload(message));
  }
  std::uint64_t learned() const { return gateway.count("policy.fqdn_learned"); }
};

PacketBuilder syn(std::string_view from, std::uint16_t source_port, std::string_view to,
                  std::uint16_t port) {
  return ethernet().ipv4(from, to).tcp(source_port, port, kSyn, 77, 0);
}

}  // namespace

TEST_CASE("every fragment gets its flow's verdict and leaves as it came") {
  const bool v6 = GENERATE(false, true);
  Gateway gateway(kBlockEcho);
  for (const auto& fragment : datagram(v6, 7)) CHECK(gateway.passes(kLanPort, fragment));
  for (const auto& fragment : datagram(v6, 9)) CHECK_FALSE(gateway.passes(kLanPort, fragment));
  CHECK(gateway.count("flow.total") == 2);
  CHECK(gateway.count("drop.policy_block") == datagram(v6, 9).size());
}

TEST_CASE("later fragments pass in any order, but only behind the first one and only once") {
  const bool v6 = GENERATE(false, true);
  const auto pieces = datagram(v6, 7);
  REQUIRE(pieces.size() == 4);
  {
    Gateway gateway(kBlockEcho);
    CHECK(gateway.passes(kLanPort, pieces[0]));
    CHECK(gateway.passes(kLanPort, pieces[3]));
    CHECK(gateway.passes(kLanPort, pieces[1]));
    CHECK_FALSE(gateway.passes(kLanPort, pieces[1]));  // its bytes could differ
    CHECK(gateway.count("drop.fragment_overlap") == 1);
    CHECK(gateway.passes(kLanPort, pieces[2]));
  }
  {
    Gateway gateway(kBlockEcho);
    for (std::size_t i = 3; i > 0; --i) CHECK_FALSE(gateway.passes(kLanPort, pieces[i]));
    CHECK(gateway.count("drop.fragment_before_first") == 3);
    CHECK(gateway.count("flow.total") == 0);
    CHECK(gateway.passes(kLanPort, pieces[0]));
  }
}

TEST_CASE("fragments behind a first one that opened no flow are dropped and open none") {
  Gateway gateway(kAllowAll);
  const auto fragments = ethernet()
                             .ipv4(kClient, kServer)
                             .tcp(5000, 80, kRst, 1, 0)
                             .payload_bytes(64)
                             .build_fragments(7, 32);
  REQUIRE(fragments.size() >= 2);
  for (const auto& fragment : fragments) CHECK_FALSE(gateway.passes(kLanPort, fragment));
  CHECK(gateway.count("flow.total") == 0);
}

TEST_CASE("what came in fragments of a segment may be acknowledged, and no more") {
  Gateway gateway;
  Connection connection;
  REQUIRE(connection.open(gateway));
  auto segment = connection.to_server(packets::kAck | packets::kPsh, std::string(200, 'x'));
  for (const auto& fragment : segment.build_fragments(7, 64))
    REQUIRE(gateway.passes(kLanPort, fragment));
  ++connection.client_next;
  CHECK_FALSE(gateway.wan_passes(connection.to_client(packets::kAck)));
  --connection.client_next;
  CHECK(gateway.wan_passes(connection.to_client(packets::kAck, "answer")));
  CHECK(gateway.lan_passes(connection.to_server(packets::kAck, "more")));
}

TEST_CASE("the end of a connection may come in fragments") {
  Gateway gateway;
  Connection connection;
  REQUIRE(connection.open(gateway));
  auto segment = connection.to_server(packets::kAck | packets::kFin, std::string(100, 'x'));
  for (const auto& fragment : segment.build_fragments(9, 64))
    REQUIRE(gateway.passes(kLanPort, fragment));
  CHECK(gateway.wan_passes(connection.to_client(packets::kAck | packets::kFin)));
  CHECK(gateway.lan_passes(connection.to_server(packets::kAck)));
}

TEST_CASE("fragments of one burst find the flow that their first one opens") {
  Gateway gateway(kBlockEcho);
  auto frames = datagram(false, 7);
  for (const auto& blocked : datagram(true, 9)) frames.push_back(blocked);
  gateway.burst(kLanPort, frames);
  CHECK(gateway.io().take_sent(kWanPort) == datagram(false, 7));
  CHECK(gateway.io().take_discarded() == datagram(true, 9));
}

TEST_CASE("an ICMP error passes with the flow it is about and not without one") {
  const bool v6 = GENERATE(false, true);
  const auto packet = [&](std::uint16_t port) {
    return (v6 ? ipv6(kClient6, kServer6) : ipv4(kClient, kServer)).udp(5000, port).build();
  };
  const auto frame = [&](std::uint16_t port) {
    return (v6 ? ethernet().ipv6(kClient6, kServer6) : ethernet().ipv4(kClient, kServer))
        .udp(5000, port);
  };
  Gateway gateway(kBlockEcho);
  CHECK_FALSE(gateway.wan_passes(icmp_error_about(packet(7), v6)));
  CHECK(gateway.count("drop.icmp_error_without_flow") == 1);

  CHECK(gateway.lan_passes(frame(7)));
  CHECK(gateway.wan_passes(icmp_error_about(packet(7), v6)));
  CHECK_FALSE(gateway.lan_passes(frame(9)));
  CHECK_FALSE(gateway.wan_passes(icmp_error_about(packet(9), v6)));
  CHECK(gateway.count("drop.policy_block") == 2);
  CHECK(gateway.count("flow.total") == 2);
}

TEST_CASE("a policy that blocks a flow blocks the ICMP errors about it too") {
  Gateway gateway(kAllowAll);
  CHECK(gateway.lan_passes(ethernet().ipv4(kClient, kServer).udp(5000, 9)));
  gateway.harness().publish(kBlockEcho);
  CHECK_FALSE(
      gateway.wan_passes(icmp_error_about(ipv4(kClient, kServer).udp(5000, 9).build(), false)));
}

TEST_CASE("neighbour discovery and multicast listeners pass like ARP, under any rule") {
  Gateway gateway(kBlockAll);
  for (const auto type : std::array<std::uint8_t, 5>{133, 134, 135, 136, 137}) {
    CAPTURE(type);
    const auto message = [&](std::uint8_t hops) {
      return ethernet().ipv6("fe80::1", "ff02::1").ttl(hops).icmp(type, 0).payload_bytes(24);
    };
    CHECK(gateway.lan_passes(message(255)));
    CHECK(gateway.wan_passes(message(255)));
    CHECK_FALSE(gateway.lan_passes(message(254)));  // came over a router, which never happens
  }
  for (const auto type : std::array<std::uint8_t, 4>{130, 131, 132, 143}) {
    CAPTURE(type);
    const auto message = [&](std::uint8_t hops) {
      return ethernet().ipv6("fe80::1", "ff02::16").ttl(hops).icmp(type, 0).payload_bytes(20);
    };
    CHECK(gateway.lan_passes(message(1)));
    CHECK_FALSE(gateway.lan_passes(message(2)));
  }
  CHECK_FALSE(gateway.lan_passes(
      ethernet().ipv6(kClient6, kServer6).ttl(255).icmp_echo(1, 1).payload_bytes(8)));
}

TEST_CASE("what looks like neighbour discovery inside a tunnel or behind headers is judged") {
  constexpr std::array<std::uint8_t, 4> kPadding{1, 2, 0, 0};
  Gateway gateway(kBlockAll);
  CHECK_FALSE(gateway.wan_passes(ethernet()
                                     .ipv4(kServer, kClient)
                                     .ipv6("fe80::1", "ff02::1")
                                     .ttl(255)
                                     .icmp(135, 0)
                                     .payload_bytes(900)));
  CHECK_FALSE(gateway.wan_passes(ethernet()
                                     .ipv6("fe80::1", "ff02::1")
                                     .ttl(255)
                                     .hop_by_hop(kPadding)
                                     .icmp(135, 0)
                                     .payload_bytes(24)));
  CHECK_FALSE(gateway.wan_passes(
      ethernet().ipv6("fe80::1", "ff02::1").ttl(255).icmp(135, 1).payload_bytes(24)));
}

TEST_CASE("multicast listener reports pass with their router alert in front") {
  constexpr std::array<std::uint8_t, 4> kRouterAlert{5, 2, 0, 0};
  Gateway gateway(kBlockAll);
  CHECK(gateway.lan_passes(ethernet()
                               .ipv6("fe80::1", "ff02::16")
                               .ttl(1)
                               .hop_by_hop(kRouterAlert)
                               .icmp(143, 0)
                               .payload_bytes(20)));
}

TEST_CASE("passive FTP: the client may open the data connection that the server announced") {
  Gateway gateway(kFtpOnly);
  auto control = control_connection();
  REQUIRE(control.open(gateway));
  const auto data = syn(kClient, 40'100, kServer, 50'000);
  CHECK_FALSE(gateway.lan_passes(data));
  CHECK(gateway.lan_passes(control.to_server(kAck | kPsh, "PASV\r\n")));
  CHECK(gateway.wan_passes(control.to_client(
      kAck | kPsh, "227 Entering Passive Mode (198,51,100,2,195,81).\r\n")));  // port 50,001
  CHECK_FALSE(gateway.lan_passes(syn(kClient, 40'101, kServer, 50'002)));
  CHECK_FALSE(gateway.lan_passes(syn("192.0.2.9", 40'102, kServer, 50'001)));
  CHECK(gateway.lan_passes(syn(kClient, 40'103, kServer, 50'001)));
  CHECK_FALSE(gateway.lan_passes(syn(kClient, 40'104, kServer, 50'001)));  // once
  CHECK(gateway.count("flow.expected") == 1);
}

TEST_CASE("active FTP: the server may open the data connection that the client announced") {
  Gateway gateway(kFtpOnly);
  auto control = control_connection();
  REQUIRE(control.open(gateway));
  CHECK_FALSE(gateway.wan_passes(syn(kServer, 20, kClient, 50'000)));
  CHECK(gateway.lan_passes(
      control.to_server(kAck | kPsh, "PORT 192,0,2,1,195,81\r\n")));  // port 50,001
  CHECK(gateway.wan_passes(control.to_client(kAck | kPsh, "200 PORT command successful.\r\n")));
  CHECK_FALSE(gateway.wan_passes(syn("198.51.100.9", 20, kClient, 50'001)));
  Connection data{.client = std::string(kServer),
                  .server = std::string(kClient),
                  .client_port = 20,
                  .server_port = 50'001};
  CHECK(gateway.wan_passes(data.to_server(kSyn)));
  CHECK(gateway.lan_passes(data.to_client(kSyn | kAck)));
  CHECK(gateway.wan_passes(data.to_server(kAck)));
  CHECK(gateway.wan_passes(data.to_server(kAck | kPsh, "a file")));
  CHECK(gateway.count("flow.expected") == 1);
}

TEST_CASE("a data connection dies with the rule that let its control connection pass") {
  Gateway gateway(kFtpOnly);
  auto control = control_connection();
  REQUIRE(control.open(gateway));
  CHECK(gateway.wan_passes(
      control.to_client(kAck | kPsh, "227 Entering Passive Mode (198,51,100,2,195,81).\r\n")));
  Connection data{.client_port = 40'100, .server_port = 50'001};
  REQUIRE(data.open(gateway));
  gateway.harness().publish(kFtpOnly);
  CHECK(gateway.lan_passes(data.to_server(kAck | kPsh, "one")));
  gateway.harness().publish(kBlockAll);
  CHECK_FALSE(gateway.lan_passes(data.to_server(kAck | kPsh, "two")));
}

TEST_CASE("a blocked control connection announces nothing") {
  Gateway gateway(
      "version: 1\nrules: [{name: no ftp, action: block, services: [tcp/21]}, "
      "{name: no data, action: block, services: [tcp/50001]}]\n");
  auto control = control_connection();
  CHECK_FALSE(control.open(gateway));
  gateway.passes(
      kWanPort,
      control.to_client(kAck | kPsh, "227 Entering Passive Mode (198,51,100,2,195,81).\r\n")
          .build());
  CHECK_FALSE(gateway.lan_passes(syn(kClient, 40'103, kServer, 50'001)));
  CHECK(gateway.count("flow.expected") == 0);
}

TEST_CASE("a server's line quoted over two segments announces nothing") {
  Gateway gateway(kFtpOnly);
  auto control = control_connection();
  REQUIRE(control.open(gateway));
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, "220 hello\r\n")));
  // The client chose its segment size so that its own text begins one.
  REQUIRE(gateway.lan_passes(control.to_server(kAck | kPsh, "XXXX227 (198,51,100,2,195,81)\r\n")));
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, "500 Unknown command XXXX")));
  auto quoted = control;
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, "227 (198,51,100,2,195,81)\r\n")));
  CHECK_FALSE(gateway.lan_passes(syn(kClient, 40'103, kServer, 50'001)));
  // Nor does it when it is sent again, now behind a whole line.
  REQUIRE(gateway.wan_passes(quoted.to_client(kAck | kPsh, "227 (198,51,100,2,195,81)\r\n")));
  CHECK_FALSE(gateway.lan_passes(syn(kClient, 40'104, kServer, 50'001)));
  CHECK(gateway.count("flow.expected") == 0);

  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, kPassive)));
  CHECK(gateway.lan_passes(syn(kClient, 40'105, kServer, 50'001)));
}

TEST_CASE("a command in the middle of a client's line announces nothing") {
  Gateway gateway(kFtpOnly);
  auto control = control_connection();
  REQUIRE(control.open(gateway));
  REQUIRE(gateway.lan_passes(control.to_server(kAck | kPsh, "RETR a long name ")));
  REQUIRE(gateway.lan_passes(control.to_server(kAck | kPsh, "PORT 192,0,2,1,195,81\r\n")));
  CHECK_FALSE(gateway.wan_passes(syn(kServer, 20, kClient, 50'001)));
  REQUIRE(gateway.lan_passes(control.to_server(kAck | kPsh, "PORT 192,0,2,1,195,81\r\n")));
  CHECK(gateway.wan_passes(syn(kServer, 2020, kClient, 50'001)));
}

TEST_CASE("a reply that is sent again with other text announces nothing new") {
  Gateway gateway(kFtpOnly);
  auto control = control_connection();
  REQUIRE(control.open(gateway));
  auto again = control;
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, kPassive)));
  REQUIRE(gateway.wan_passes(
      again.to_client(kAck | kPsh, "227 Entering Passive Mode (198,51,100,2,195,82).\r\n")));
  CHECK_FALSE(gateway.lan_passes(syn(kClient, 40'103, kServer, 50'002)));
  CHECK(gateway.lan_passes(syn(kClient, 40'104, kServer, 50'001)));
}

TEST_CASE("each way of FTP to name a data connection is heard behind an ordinary session") {
  const auto [to_server, announcement] = GENERATE(table<bool, std::string>(
      {{true, "PORT 192,0,2,1,195,81\r\n"},
       {true, "EPRT |1|192.0.2.1|50001|\r\n"},
       {false, std::string(kPassive)},
       {false, "227 (198,51,100,2,195,81) and (more) behind\r\n"},
       {false, "229 Entering Extended Passive Mode (|||50001|)\r\n"},
       {false, "200 Switched\r\n229 Entering Extended Passive Mode (|||50001|)\r\n"}}));
  CAPTURE(announcement);
  Gateway gateway(kFtpOnly);
  auto control = control_connection();
  SECTION("from a number on") {}
  SECTION("where the numbers begin again") {
    control.client_next = control.server_next = 0xffffffe0;
  }
  REQUIRE(control.open(gateway));
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, "220-hello\r\n220 you\r\n")));
  REQUIRE(gateway.lan_passes(control.to_server(kAck | kPsh, "USER anonymous\r\n")));
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, "331 half a li")));
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, "ne\r\n")));
  REQUIRE(gateway.lan_passes(control.to_server(kAck)));
  if (to_server) {
    REQUIRE(gateway.lan_passes(control.to_server(kAck | kPsh, announcement)));
    CHECK(gateway.wan_passes(syn(kServer, 20, kClient, 50'001)));
  } else {
    REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, announcement)));
    CHECK(gateway.lan_passes(syn(kClient, 40'103, kServer, 50'001)));
  }
}

TEST_CASE("a control connection picked up midstream announces from the second line on") {
  Gateway gateway(kFtpOnly);
  auto control = control_connection();
  REQUIRE(gateway.lan_passes(control.to_server(kAck)));
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, kPassive)));  // may be a line's end
  CHECK_FALSE(gateway.lan_passes(syn(kClient, 40'103, kServer, 50'001)));
  REQUIRE(gateway.wan_passes(control.to_client(kAck | kPsh, kPassive)));
  CHECK(gateway.lan_passes(syn(kClient, 40'104, kServer, 50'001)));
}

TEST_CASE("what tells nothing itself is of the application whose address its client asked for") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  DnsConversation dns(kNoZoom);
  const auto passes_whole = [&](std::string_view mac, std::uint16_t port) {
    bool passes = true;
    for (int i = 0; i < 8; ++i) {
      auto frame = ethernet(mac);
      v6 ? frame.ipv6(kClient6, kServer6) : frame.ipv4(kClient, kServer);
      passes = dns.gateway.lan_passes(frame.udp(port, 7777).payload("of nobody's protocol"));
    }
    return passes;
  };
  CHECK(passes_whole(kClientMac, 41'001));
  const auto type = v6 ? kTypeAaaa : kTypeA;
  REQUIRE(dns.asks(dns_query(7, "\4zoom\2us", type)));
  REQUIRE(dns.answers(dns_answer(8, 2, "\4zoom\2us", type)));  // of another question
  CHECK(passes_whole(kClientMac, 41'002));
  REQUIRE(dns.answers(dns_answer(7, 2, "\4zoom\2us", type)));
  CHECK(passes_whole("02:00:00:00:00:77", 41'003));
  CHECK_FALSE(passes_whole(kClientMac, 41'004));
}

TEST_CASE("a DNS answer teaches only when its client asked for it, and once") {
  DnsConversation dns;
  REQUIRE(dns.asks(dns_query(7, "\1b\3com")));
  CHECK(dns.answers(dns_answer(7, 2)));  // another name
  CHECK(dns.answers(dns_answer(8, 2, "\1b\3com")));
  CHECK(dns.learned() == 0);
  CHECK_FALSE(dns.gateway.lan_passes(syn(kClient, 40'100, kServer, 80)));

  REQUIRE(dns.asks(dns_query(9)));
  CHECK(dns.answers(dns_answer(8, 2)));                              // another id
  CHECK(dns.answers(dns_answer(9, 2, "\3www\1a\3com", kTypeAaaa)));  // another type
  CHECK(dns.asks(dns_answer(9, 3)));                                 // from the client
  CHECK(dns.learned() == 0);
  CHECK(dns.answers(dns_answer(9, 2, "\3WWW\1a\3CoM")));
  CHECK(dns.learned() == 1);
  CHECK(dns.gateway.lan_passes(syn(kClient, 40'101, kServer, 80)));
  CHECK(dns.answers(dns_answer(9, 4)));  // once more, elsewhere
  CHECK(dns.learned() == 1);
}

TEST_CASE("two questions of one socket are both remembered, a third takes the oldest's place") {
  DnsConversation dns;
  const auto a = [&](std::uint16_t id) { return dns.answers(dns_answer(id, 2)); };
  const auto aaaa = [&](std::uint16_t id) {
    return dns.answers(dns_answer(id, 2, "\3www\1a\3com", kTypeAaaa));
  };
  REQUIRE(dns.asks(dns_query(1)));
  REQUIRE(dns.asks(dns_query(2, "\3www\1a\3com", kTypeAaaa)));
  SECTION("answered in order") { CHECK((a(1) && aaaa(2))); }
  SECTION("answered in the other order") { CHECK((aaaa(2) && a(1))); }
  SECTION("asked again before they are answered") {
    REQUIRE(dns.asks(dns_query(1)));
    CHECK((aaaa(2) && a(1)));
  }
  SECTION("and another") {
    REQUIRE(dns.asks(dns_query(3, "\1b\3com")));
    CHECK(a(1));
    CHECK(dns.learned() == 0);
    CHECK(aaaa(2));
    CHECK(dns.learned() == 1);
    return;
  }
  CHECK(dns.learned() == 2);
}
