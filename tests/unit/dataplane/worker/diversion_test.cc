// Connections that policy wants opened: from their SYN to the decrypting process, or past it.
#include <memory>
#include <span>

#include "../../engines/protocols/hello_builder.h"
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;
using decrypt::MessageKind;

namespace {

std::string hello(const std::string& name, bool encrypted = false) {
  sekisho::tests::HelloBuilder builder;
  builder.ciphers = {0x1301};
  if (!name.empty()) builder.add_server_name(name);
  if (encrypted) builder.add(0xfe0d, std::string(1, '\0') + std::string(40, 'e'));
  const auto message = builder.message();
  return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
}

const std::string kObjects =
    "objects: {url_categories: [{name: own, entries: [own.test]}], applications: [{name: erp, "
    "hosts: erp.test}]}\n";

constexpr auto kShutdown = events::FlowEndReason::shutdown;

/// A worker with a channel to a decrypting process that the test itself is.
class Box {
 public:
  explicit Box(const std::string& section = "", const std::string& more = "") {
    publish(section, more);
    gateway.worker().follow_connections(
        std::make_unique<Diversion>(decrypt::DiversionSettings{.most_connections = 64}));
    attach();
  }
  ~Box() { gateway.worker().end_flows(0, gateway.worker().flow_capacity(), kShutdown); }
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;
  void publish(const std::string& section, const std::string& more = "",
               const std::string& rules = "{name: r, action: allow, log: false, profile: p}") {
    auto next = gateway.harness().load(tests::compile_snapshot(
        "version: 1\n" + kObjects + more + "profiles: [{name: p, ips: {enabled: false}, " +
        "https_decryption: {enabled: true" + section + "}}]\nrules: [" + rules + "]\n"));
    next->use_decryption(true);
    gateway.harness().publish_policy(std::move(next));
  }
  void attach() {
    to_decrypt = {};
    from_decrypt = {};
    const std::span<std::byte> there(to_decrypt), back(from_decrypt);
    gateway.worker().attach_decryption(decrypt::RingWriter(there), decrypt::RingReader(back), -1);
    in = decrypt::RingReader(there);
    out = decrypt::RingWriter(back);
  }
  std::vector<MessageKind> heard() {
    std::vector<MessageKind> kinds;
    decrypt::RingReader::Message message;
    while (in.next(message) == decrypt::RingReader::Outcome::message) {
      kinds.push_back(message.header.kind);
      flow = message.header.flow_id;
      flags = message.header.flags;
    }
    in.release();
    return kinds;
  }
  void say(MessageKind kind, std::span<const std::uint8_t> body = {}) {
    bool sleeps = false;
    REQUIRE(out.send(kind, 0, flow, body, sleeps));
    gateway.harness().poll();
    (void)gateway.io().take_discarded();
  }
  /// What the worker sent meanwhile.
  std::size_t sent() {
    (void)gateway.io().take_discarded();
    return gateway.io().take_sent(kLanPort).size() + gateway.io().take_sent(kWanPort).size();
  }

  alignas(64) std::array<std::byte, sizeof(decrypt::RingPlaces) + 65'536> to_decrypt{};
  alignas(64) std::array<std::byte, sizeof(decrypt::RingPlaces) + 65'536> from_decrypt{};
  Gateway gateway{{}, inspecting()};
  decrypt::RingReader in;
  decrypt::RingWriter out;
  std::uint64_t flow = 0;
  std::uint16_t flags = 0;
};

/// A TLS connection of its own.
struct Tls : Connection {
  explicit Tls(Box& to, std::uint16_t port = 443) {
    static std::uint16_t next_port = 20'000;
    client_port = next_port++;
    server_port = port;
    REQUIRE(open(to.gateway));
  }
};

}  // namespace

TEST_CASE("a hello to be decrypted is held and its connection handed over") {
  const auto box = std::make_unique<Box>(", untrusted_origin: trust");
  Tls tls(*box);
  const auto fate =
      box->gateway.from(kLanPort, tls.to_server(kAck | kPsh, hello("a.test")).build());
  CHECK(fate.to_wan.empty());
  CHECK(fate.to_lan.empty());
  CHECK(box->heard() == std::vector{MessageKind::handover});
  CHECK(decrypt::read_handover_flags(box->flags)->untrusted_origin ==
        decrypt::UntrustedOrigin::trust);
  box->say(MessageKind::ready);
  CHECK(box->heard() == std::vector{MessageKind::packet});  // the hello, as it was held
  // From now on its packets are the process's, whatever their numbers.
  tls.server_next += 70'000;
  CHECK_FALSE(box->gateway.wan_passes(tls.to_client(kAck | kPsh, "server hello")));
  CHECK_FALSE(box->gateway.lan_passes(tls.to_server(kAck)));
  CHECK(box->heard() == std::vector(2, MessageKind::packet));
  CHECK(box->sent() == 0);
  const auto frame =
      ethernet().ipv4(kServer, kClient).tcp(443, tls.client_port).payload_bytes(99).build();
  box->say(MessageKind::emitted, std::span(frame).subspan(14));
  CHECK(box->gateway.io().take_sent(kLanPort) == Frames{frame});
  CHECK(box->gateway.num_flows() == 1);
}

TEST_CASE("what is exempt goes its way untouched") {
  struct Case {
    const char* section;
    const char* host;
    const char* reason;
  };
  const auto given =
      GENERATE(Case{", exempt_hosts: [a.test]", "a.test", "exempt_host"},
               Case{", exempt_hosts: ['*.b.test']", "x.b.test", "exempt_host"},
               Case{"", "www.akamai.com", "exempt_host"},
               Case{", exempt_categories: [own]", "own.test", "exempt_category"},
               Case{", exempt_applications: [erp]", "erp.test", "exempt_application"});
  CAPTURE(given.host);
  const auto box = std::make_unique<Box>(given.section);
  Tls tls(*box);
  box->gateway.harness().drop_events();
  CHECK(box->gateway.lan_passes(tls.to_server(kAck | kPsh, hello(given.host))));
  CHECK(box->gateway.wan_passes(tls.to_client(kAck | kPsh, "server hello")));
  CHECK(box->gateway.lan_passes(tls.to_server(kAck)));
  CHECK(box->heard().empty());
  CHECK(box->gateway.count("decryption.exempt") == 1);
}

TEST_CASE("the allow list is exempt from decryption") {
  const auto box = std::make_unique<Box>("", "lists: {allow: [allowed.test]}\n");
  Tls tls(*box);
  CHECK(box->gateway.lan_passes(tls.to_server(kAck | kPsh, hello("allowed.test"))));
  CHECK(box->heard().empty());
}

TEST_CASE("other ports and rules without decryption are not followed") {
  const auto box = std::make_unique<Box>();
  Tls other(*box, 9443);
  CHECK(box->gateway.lan_passes(other.to_server(kAck | kPsh, hello("a.test"))));
  box->publish("", "", "{name: r, action: allow, log: false}");
  Tls plain(*box);
  CHECK(box->gateway.lan_passes(plain.to_server(kAck | kPsh, hello("a.test"))));
  CHECK(box->heard().empty());
}

TEST_CASE("a hello in two segments is held until it is whole") {
  const bool is_exempt = GENERATE(false, true);
  const auto box = std::make_unique<Box>(is_exempt ? ", exempt_hosts: [a.test]" : "");
  Tls tls(*box);
  const auto whole = hello("a.test");
  const auto first = tls.to_server(kAck, whole.substr(0, 40)).build();
  const auto second = tls.to_server(kAck | kPsh, whole.substr(40)).build();
  CHECK(box->gateway.from(kLanPort, first).to_wan.empty());
  CHECK(box->gateway.from(kLanPort, second).to_wan ==
        (is_exempt ? Frames{first, second} : Frames{}));
  CHECK(box->heard().size() == (is_exempt ? 0 : 1));
}

TEST_CASE("a blocked host is blocked before anything is handed over") {
  const auto box = std::make_unique<Box>();
  box->publish("", "",
               "{name: no, action: block, content: {url_categories: [own]}}, "
               "{name: r, action: allow, profile: p}");
  Tls tls(*box);
  const auto whole = hello("own.test");
  CHECK(
      box->gateway.from(kLanPort, tls.to_server(kAck, whole.substr(0, 40)).build()).to_wan.empty());
  CHECK_FALSE(box->gateway.lan_passes(tls.to_server(kAck | kPsh, whole.substr(40))));
  box->gateway.harness().advance_seconds(5);
  box->gateway.harness().poll_all();
  CHECK(box->sent() == 0);  // what was held of it, neither
  CHECK(box->heard().empty());
}

TEST_CASE("what is no TLS passes or is reset") {
  const bool block = GENERATE(false, true);
  const auto box = std::make_unique<Box>(block ? ", not_tls: block" : "");
  Tls tls(*box);
  const auto fate =
      box->gateway.from(kLanPort, tls.to_server(kAck | kPsh, "SSH-2.0-x\r\n").build());
  CHECK(fate.forwarded == !block);
  CHECK(fate.to_lan.size() == (block ? 1 : 0));
  CHECK(fate.to_wan.size() == 1);
  CHECK(box->gateway.count("decryption.blocked") == (block ? 1 : 0));
  CHECK(box->heard().empty());
}

TEST_CASE("without the process what is not exempt passes or is reset") {
  const bool block = GENERATE(false, true);
  const auto box = std::make_unique<Box>(std::string(", exempt_hosts: [a.test], on_failure: ") +
                                         (block ? "block" : "pass"));
  box->gateway.worker().lose_decryption();
  Tls exempt(*box);
  CHECK(box->gateway.lan_passes(exempt.to_server(kAck | kPsh, hello("a.test"))));
  Tls other(*box);
  const auto fate =
      box->gateway.from(kLanPort, other.to_server(kAck | kPsh, hello("b.test")).build());
  CHECK(fate.forwarded == !block);
  CHECK(fate.to_lan.size() == (block ? 1 : 0));
}

TEST_CASE("a death resets open connections alone, and later ones find the next process") {
  const auto box = std::make_unique<Box>(", exempt_hosts: [a.test]");
  Tls exempt(*box);
  CHECK(box->gateway.lan_passes(exempt.to_server(kAck | kPsh, hello("a.test"))));
  Tls open(*box);
  CHECK_FALSE(box->gateway.lan_passes(open.to_server(kAck | kPsh, hello("b.test"))));
  (void)box->heard();
  box->say(MessageKind::ready);
  (void)box->sent();
  box->gateway.worker().lose_decryption();
  CHECK(box->sent() == 2);
  CHECK(box->gateway.wan_passes(exempt.to_client(kAck | kPsh, "server hello")));
  box->attach();
  // Its client begins anew from the same port.
  open.client_next += 100'000;
  open.server_next += 100'000;
  CHECK(open.open(box->gateway));
  CHECK_FALSE(box->gateway.lan_passes(open.to_server(kAck | kPsh, hello("b.test"))));
  CHECK(box->heard() == std::vector{MessageKind::handover});
}

TEST_CASE("a policy that blocks an open connection resets it") {
  const auto box = std::make_unique<Box>();
  Tls tls(*box);
  CHECK_FALSE(box->gateway.lan_passes(tls.to_server(kAck | kPsh, hello("b.test"))));
  (void)box->heard();
  box->say(MessageKind::ready);
  (void)box->heard();
  box->publish("", "", "{name: no, action: block, log: false}");
  const auto fate = box->gateway.from(kLanPort, tls.to_server(kAck).build());
  CHECK(fate.to_lan.size() + fate.to_wan.size() >= 2);
  CHECK(box->heard() == std::vector{MessageKind::abandon});
}

TEST_CASE("a pair whose decryption failed is spared the next time") {
  const bool smart = GENERATE(true, false);
  const auto box =
      std::make_unique<Box>(smart ? ", smart_bypass: true, smart_bypass_minutes: 10" : "");
  Tls tls(*box);
  CHECK_FALSE(box->gateway.lan_passes(tls.to_server(kAck | kPsh, hello("pinned.test"))));
  (void)box->heard();
  box->say(MessageKind::ready);
  box->say(MessageKind::failed,
           Bytes{static_cast<std::uint8_t>(decrypt::TlsFailure::client_refused)});
  box->say(MessageKind::closed);
  (void)box->heard();
  const auto& table = box->gateway.harness().shared().smart_bypasses;
  const auto now = static_cast<std::uint32_t>(box->gateway.harness().now_ns() / 1'000'000'000);
  REQUIRE(table.list(now).size() == (smart ? 1 : 0));
  if (smart) {
    CHECK(table.list(now)[0].host == "pinned.test");
    CHECK(table.list(now)[0].seconds_left == 600);
  }
  Tls again(*box);
  CHECK(box->gateway.lan_passes(again.to_server(kAck | kPsh, hello("pinned.test"))) == smart);
  Tls other(*box);
  CHECK_FALSE(box->gateway.lan_passes(other.to_server(kAck | kPsh, hello("x.pinned.test"))));
  box->gateway.harness().advance_seconds(601);
  Tls later(*box);
  CHECK_FALSE(box->gateway.lan_passes(later.to_server(kAck | kPsh, hello("pinned.test"))));
}

TEST_CASE("a failure that says nothing of the pair spares nobody") {
  const auto box = std::make_unique<Box>(", smart_bypass: true");
  Tls tls(*box);
  CHECK_FALSE(box->gateway.lan_passes(tls.to_server(kAck | kPsh, hello("b.test"))));
  (void)box->heard();
  box->say(MessageKind::ready);
  box->say(MessageKind::failed, Bytes{static_cast<std::uint8_t>(decrypt::TlsFailure::no_leaf)});
  CHECK(box->gateway.harness().shared().smart_bypasses.list(3600).empty());
  CHECK(box->gateway.count("decryption.failed") == 1);
}

TEST_CASE("a hello that hides its name behind a known one cannot be decrypted") {
  const bool block = GENERATE(false, true);
  const auto box = std::make_unique<Box>(block ? ", encrypted_client_hello: block" : "");
  Tls hidden(*box);
  const auto fate = box->gateway.from(
      kLanPort, hidden.to_server(kAck | kPsh, hello("cloudflare-ech.com", true)).build());
  CHECK(fate.forwarded == !block);
  CHECK(box->heard().empty());
  Tls greased(*box);  // browsers pretend
  CHECK_FALSE(box->gateway.lan_passes(greased.to_server(kAck | kPsh, hello("b.test", true))));
  CHECK(box->heard() == std::vector{MessageKind::handover});
}

TEST_CASE("a flow that ends gives back what was held of it") {
  const auto box = std::make_unique<Box>();
  Tls tls(*box);
  CHECK_FALSE(box->gateway.lan_passes(tls.to_server(kAck, hello("b.test").substr(0, 30))));
  box->gateway.worker().end_flows(0, box->gateway.worker().flow_capacity(), kShutdown);
  CHECK(box->sent() == 0);
  // Gateway looks that every buffer was let go.
}
