// Flows that are judged by the reputation of the URLs that they ask for. The test stands where
// sekisho-control does.
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>

#include "../../engines/protocols/hello_builder.h"
#include "../../engines/protocols/quic_packets.h"
#include "config/events/eve.h"
#include "config/reputation/exchange.h"
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;
using reputation::Answer;
using reputation::AnswerSource;
using reputation::ServiceState;

namespace {

constexpr std::uint16_t kPhishing = 1;
constexpr std::uint64_t kMs = 1'000'000;
constexpr std::string_view kPage = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string get(std::string_view host, std::string_view path = "/") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) +
         "\r\nAccept-Language: en\r\n\r\n";
}

std::string hello(const std::string& name) {
  tests::HelloBuilder builder;
  builder.ciphers = {0x1301};
  builder.add_server_name(name);
  const auto message = builder.message();
  return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
}

/// A worker with a table of answers, and who writes them.
class Rated {
 public:
  explicit Rated(const std::string& settings = "", const std::string& more = "") {
    gateway_.harness().publish(policy(settings, more));
    say(ServiceState::up);
  }
  static std::string policy(const std::string& settings, const std::string& more = "") {
    return "version: 1\nprofiles: [{name: p, web_reputation: {" + settings + "}}]\n" + more +
           "rules: [{name: web, action: allow, log: false, profile: p}]\n";
  }
  void say(ServiceState state) { exchange_.set_service(state, now_s()); }
  std::uint32_t now_s() {
    return static_cast<std::uint32_t>(gateway_.harness().now_ns() / 1'000'000'000);
  }
  /// What workers asked for since the last call.
  std::vector<reputation::Lookup> asked() {
    std::vector<reputation::Lookup> all(16);
    all.resize(exchange_.ring(0).take(all));
    return all;
  }
  void answer(std::uint64_t key, std::uint8_t score, AnswerSource source = AnswerSource::service) {
    exchange_.answers().put(
        key, {.expires_s = now_s() + 60, .category = kPhishing, .score = score, .source = source},
        now_s());
  }
  /// The one URL that was asked for gets its answer.
  void answer(std::uint8_t score) {
    const auto all = asked();
    REQUIRE(all.size() == 1);
    answer(all[0].key, score);
  }
  Frames after_ms(std::uint64_t ms) {
    gateway_.harness().advance_ns(ms * kMs);
    for (int i = 0; i < 64; ++i) gateway_.harness().poll();  // every waiting flow is looked at
    return gateway_.io().take_sent(kWanPort);
  }
  ~Rated() { after_ms(3000); }  // nothing waits any more
  Rated(const Rated&) = delete;
  Rated& operator=(const Rated&) = delete;
  Gateway& gateway() { return gateway_; }
  std::uint64_t count(const std::string& name) { return gateway_.count(name); }

 private:
  static reputation::Exchange make() {
    std::string folder = (std::filesystem::temp_directory_path() / "sekisho-rep-XXXXXX").string();
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    auto made = reputation::Exchange::create(folder + "/reputation.table", 1);
    std::filesystem::remove_all(folder);
    REQUIRE(made);
    return std::move(*made);
  }
  HarnessOptions options() {
    auto options = inspecting();
    options.reputations = &exchange_;
    return options;
  }
  reputation::Exchange exchange_ = make();
  Gateway gateway_{{}, options()};
};

struct Client {
  explicit Client(Rated& to, bool v6 = false, std::uint16_t port = 80) : gateway(to.gateway()) {
    static std::uint16_t next_port = 30'000;
    connection.client_port = next_port++;
    connection.server_port = port;
    if (v6) connection.client = kClient6, connection.server = kServer6;
    REQUIRE(connection.open(gateway));
  }
  bool asks(std::string_view text) {
    return gateway.lan_passes(connection.to_server(kAck | kPsh, text));
  }
  bool is_answered(std::string_view text) {
    return gateway.wan_passes(connection.to_client(kAck | kPsh, text));
  }
  Gateway& gateway;
  Connection connection;
};

/// The events about reputations since the last call, as lines of EVE.
std::vector<std::string> told_reputations(Rated& rated) {
  const events::EveNames names{
      .rule = [](std::uint32_t, events::RuleNumber) { return std::string("web"); },
      .application = [](std::uint16_t) { return std::string(); },
      .port = [](std::uint8_t) { return std::string(); }};
  const auto records = rated.gateway().harness().take_events();
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < records.size();) {
    auto next = events::next_eve(std::span(records).subspan(at), names);
    if (has(next.line, R"("event_type":"reputation")")) lines.push_back(std::move(next.line));
    at += next.taken;
  }
  return lines;
}

std::string text_of(const Frames& frames) {
  std::string text;
  for (const auto& frame : frames) text.append(frame.begin(), frame.end());
  return text;
}

}  // namespace

TEST_CASE("the first request waits until its URL is known to be good") {
  const bool v6 = GENERATE(false, true);
  Rated rated;
  Client client(rated, v6);
  const auto request = client.connection.to_server(kAck | kPsh, get("new.test", "/a?b")).build();
  CHECK_FALSE(rated.gateway().passes(kLanPort, request));
  CHECK(rated.gateway().worker().num_waiting() == 1);
  CHECK(rated.gateway().io().take_discarded().empty());
  CHECK(rated.after_ms(100).empty());
  const auto asked = rated.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].url() == "http://new.test/a?b");
  rated.answer(asked[0].key, 80);
  const auto sent = rated.after_ms(1);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0] == request);
  CHECK(rated.gateway().worker().num_waiting() == 0);
  CHECK(client.is_answered(kPage));
  CHECK(rated.count("reputation.waited") == 1);
  CHECK(rated.count("reputation.blocked") == 0);
  CHECK(rated.count("forwarded.pkts") == rated.count("decoder.pkts"));  // counted once
  CHECK(told_reputations(rated).empty());

  Client next(rated, v6);
  CHECK(next.asks(get("new.test", "/a?b")));  // it is known now
  CHECK(rated.asked().empty());
  CHECK(rated.count("reputation.hits") == 1);
}

TEST_CASE("a request that waited for a bad URL gets a page that names the score") {
  const bool v6 = GENERATE(false, true);
  Rated rated;
  Client client(rated, v6);
  CHECK_FALSE(client.asks(get("bad.test", "/login")));
  rated.answer(12);
  CHECK(rated.after_ms(1).size() == 1);  // the server's reset
  const auto page = text_of(rated.gateway().io().take_sent(kLanPort));
  CHECK(has(page, "403 Forbidden"));
  CHECK(has(page, "Score, of 100: 12"));
  const auto events = told_reputations(rated);
  REQUIRE(events.size() == 1);
  CHECK(has(events[0], R"("hostname":"bad.test","url":"http://bad.test/login","score":12)"));
  CHECK(has(events[0], R"("sensitivity":"medium","action":"block","source":"service","id":")"));
  CHECK(rated.count("drop.web_reputation") == 1);
  CHECK(rated.count("reputation.blocked") == 1);
  CHECK_FALSE(client.asks(get("bad.test", "/login")));

  Client next(rated, v6);
  const auto fate = rated.gateway().from(
      kLanPort, next.connection.to_server(kAck | kPsh, get("bad.test", "/login")).build());
  CHECK_FALSE(fate.forwarded);
  CHECK(has(text_of(fate.to_lan), "403 Forbidden"));
  CHECK(has(told_reputations(rated)[0], R"("source":"cache")"));
}

TEST_CASE("a hello to a bad server is refused with an alert") {
  Rated rated;
  Client client(rated, false, 443);
  CHECK_FALSE(client.asks(hello("bad.test")));
  const auto asked = rated.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].url() == "https://bad.test/");
  rated.answer(asked[0].key, 0);
  rated.after_ms(1);
  CHECK(rated.count("policy.answers_tls") == 1);
  CHECK_FALSE(client.asks("more"));

  Client good(rated, false, 443);
  CHECK_FALSE(good.asks(hello("good.test")));
  rated.answer(100);
  CHECK(rated.after_ms(1).size() == 1);
  CHECK(good.is_answered("server hello"));
}

TEST_CASE("a QUIC hello to a bad server is answered as unreachable") {
  Rated rated;
  tests::HelloBuilder builder;
  builder.ciphers = {0x1301};
  builder.add_server_name("bad.test").add_alpn({"h3"}).add(43, tests::bytes_of({2, 3, 4}));
  builder.add(57, "");
  const std::string id = "01234567";
  const auto initial = tests::seal(
      {.destination = id, .key_id = id, .frames = tests::crypto_frame(0, builder.message())}, 1162);
  const auto frame =
      ethernet().ipv4(kClient, kServer).udp(20'000, 443).payload(std::string_view(initial));
  CHECK_FALSE(rated.gateway().lan_passes(frame));
  rated.answer(3);
  rated.after_ms(1);
  CHECK(rated.gateway().io().take_sent(kLanPort).size() == 1);
  CHECK(rated.count("drop.web_reputation") == 1);
}

TEST_CASE("how bad is too bad is the profile's sensitivity") {
  struct Case {
    std::string_view sensitivity;
    std::uint8_t passes, blocked;
  };
  const auto [sensitivity, passes, blocked] =
      GENERATE(Case{"low", 25, 24}, Case{"medium", 50, 49}, Case{"high", 70, 69});
  Rated rated("sensitivity: " + std::string(sensitivity));
  Client good(rated), bad(rated);
  CHECK_FALSE(good.asks(get("good.test")));
  rated.answer(passes);
  CHECK(rated.after_ms(1).size() == 1);
  CHECK(good.is_answered(kPage));
  CHECK_FALSE(bad.asks(get("bad.test")));
  rated.answer(blocked);
  rated.after_ms(1);
  CHECK(rated.count("reputation.blocked") == 1);
}

TEST_CASE("when the time is over on_failure decides") {
  const bool blocks = GENERATE(false, true);
  Rated rated(blocks ? "on_failure: block, wait_ms: 200" : "wait_ms: 200");
  Client client(rated);
  CHECK_FALSE(client.asks(get("slow.test")));
  CHECK(rated.after_ms(199).empty());
  const auto sent = rated.after_ms(1);
  CHECK(rated.count("reputation.timed_out") == 1);
  const auto events = told_reputations(rated);
  REQUIRE(events.size() == 1);
  CHECK(has(events[0], blocks ? R"("action":"block","source":"failed")"
                              : R"("action":"pass","source":"failed")"));
  CHECK(rated.count("reputation.blocked") == (blocks ? 1 : 0));
  const auto page = text_of(rated.gateway().io().take_sent(kLanPort));
  CHECK(has(page, "could not be checked") == blocks);
  CHECK(sent.size() == 1);  // the request, or a reset
  CHECK(client.is_answered(kPage) != blocks);
}

TEST_CASE("nobody waits for a service that cannot be reached") {
  Rated open, closed("on_failure: block");
  for (const auto state : {ServiceState::down, ServiceState::off}) {
    CAPTURE(static_cast<int>(state));
    open.say(state);
    closed.say(state);
    CHECK(Client(open).asks(get("a.test")));
    CHECK_FALSE(Client(closed).asks(get("a.test")));
    CHECK(closed.gateway().worker().num_waiting() == 0);
    // It is asked all the same: that shows when it is back.
    CHECK(open.asked().size() == 1);
    CHECK(told_reputations(open).size() == (state == ServiceState::down ? 1 : 0));
  }
  open.say(ServiceState::up);
  open.gateway().harness().advance_seconds(reputation::Exchange::kStateHoldsSeconds + 1);
  CHECK(Client(open).asks(get("a.test")));  // what was said is too old
}

TEST_CASE("an answer that says it failed decides at once") {
  Rated rated;
  Client client(rated);
  CHECK_FALSE(client.asks(get("a.test")));
  rated.answer(rated.asked()[0].key, Answer::kUnrated, AnswerSource::failed);
  CHECK(rated.after_ms(1).size() == 1);
}

TEST_CASE("monitor never holds a packet and reports what is bad") {
  Rated rated("action: monitor");
  Client client(rated), next(rated);
  CHECK(client.asks(get("bad.test")));
  CHECK(client.is_answered(kPage));
  rated.answer(5);
  rated.after_ms(1);
  auto events = told_reputations(rated);
  REQUIRE(events.size() == 1);
  CHECK(has(events[0], R"("score":5)"));
  CHECK(has(events[0], R"("action":"monitor","source":"service"})"));
  CHECK(next.asks(get("bad.test")));
  CHECK(has(told_reputations(rated)[0], R"("source":"cache")"));
  CHECK(rated.count("reputation.blocked") == 0);
  CHECK(rated.count("reputation.waited") == 0);
}

TEST_CASE(
    "what follows a packet that waits is dropped, a reset passes, the other direction goes on") {
  Rated rated;
  Client client(rated);
  auto& connection = client.connection;
  CHECK_FALSE(client.asks(get("a.test")));
  CHECK_FALSE(client.asks("more of it"));
  CHECK(rated.count("drop.web_reputation_wait") == 1);
  connection.client_next -= 10;
  CHECK(rated.gateway().wan_passes(connection.to_client(kAck)));
  rated.answer(90);
  CHECK(rated.after_ms(1).size() == 1);
  CHECK(client.asks("more of it"));

  Client gone(rated);
  CHECK_FALSE(gone.asks(get("b.test")));
  CHECK(rated.gateway().lan_passes(gone.connection.to_server(kRst | kAck)));
}

TEST_CASE("two packets of one burst: the second does not overtake the first") {
  Rated rated;
  Client client(rated);
  const auto first = client.connection.to_server(kAck | kPsh, get("a.test")).build();
  const auto second = client.connection.to_server(kAck | kPsh, "body").build();
  rated.gateway().burst(kLanPort, {first, second});
  CHECK(rated.gateway().io().take_sent(kWanPort).empty());
  CHECK(rated.count("drop.web_reputation_wait") == 1);
  rated.answer(90);
  CHECK(rated.after_ms(1) == Frames{first});
}

TEST_CASE("packets of several flows in one burst all wait") {
  Rated rated;
  Client a(rated), b(rated), c(rated);
  Frames frames;
  for (auto* client : {&a, &b, &c}) {
    const auto host = "h" + std::to_string(frames.size()) + ".test";
    frames.push_back(client->connection.to_server(kAck | kPsh, get(host)).build());
  }
  rated.gateway().burst(kLanPort, frames);
  CHECK(rated.gateway().io().take_sent(kWanPort).empty());
  CHECK(rated.gateway().io().take_discarded().empty());
  CHECK(rated.gateway().worker().num_waiting() == 3);
  for (const auto& asked : rated.asked()) rated.answer(asked.key, 80);
  auto sent = rated.after_ms(1);
  std::sort(sent.begin(), sent.end());
  std::sort(frames.begin(), frames.end());
  CHECK(sent == frames);
}

TEST_CASE("each request of a connection is asked for") {
  Rated rated;
  Client client(rated);
  CHECK_FALSE(client.asks(get("a.test", "/good")));
  rated.answer(90);
  CHECK(rated.after_ms(1).size() == 1);
  CHECK(client.is_answered(kPage));
  CHECK_FALSE(client.asks(get("a.test", "/bad")));
  rated.answer(9);
  rated.after_ms(1);
  CHECK(rated.count("reputation.blocked") == 1);
}

TEST_CASE("of two URLs in one packet the worse one counts") {
  Rated rated;
  Client client(rated);
  CHECK_FALSE(client.asks(get("bad.test") + get("good.test")));
  const auto asked = rated.asked();
  REQUIRE(asked.size() == 2);
  rated.answer(asked[1].key, 100);
  CHECK(rated.after_ms(1).empty());
  rated.answer(asked[0].key, 1);
  rated.after_ms(1);
  CHECK(rated.count("reputation.blocked") == 1);
}

TEST_CASE("the allow list wins over reputation, and a rule that blocks stands before it") {
  Rated rated("", "lists: {allow: [fine.test, 198.51.100.2], block: [blocked.test]}\n");
  CHECK(Client(rated).asks(get("fine.test")));
  CHECK(rated.asked().empty());
  CHECK(Client(rated).asks(get("blocked.test")));  // its server's address is allowed
  Client v6(rated, true);
  CHECK_FALSE(v6.asks(get("blocked.test")));
  CHECK(rated.asked().empty());
  CHECK(rated.count("drop.policy_answer") >= 1);
}

TEST_CASE("a new sensitivity holds for connections that go on") {
  Rated rated("sensitivity: low");
  Client client(rated, false, 443);
  CHECK_FALSE(client.asks(hello("grey.test")));
  rated.answer(40);
  CHECK(rated.after_ms(1).size() == 1);
  CHECK(client.asks("application data"));
  rated.gateway().harness().publish(Rated::policy("sensitivity: medium"));
  CHECK_FALSE(client.asks("application data"));
  CHECK(rated.count("drop.web_reputation") == 1);
}

TEST_CASE("flows without the section ask nothing") {
  Rated rated("enabled: false}, applications: {evasion: off");
  CHECK(Client(rated).asks(get("a.test")));
  CHECK(rated.asked().empty());
  CHECK(rated.gateway().worker().inspector()->counters().conversations == 0);
}

TEST_CASE("a flow that ends while it waits leaves nothing behind") {
  Rated rated("wait_ms: 2000");
  Client client(rated);
  CHECK_FALSE(client.asks(get("a.test")));
  rated.gateway().worker().end_flows(0, rated.gateway().worker().flow_capacity(),
                                     events::FlowEndReason::timeout);
  rated.gateway().harness().poll();
  CHECK(rated.after_ms(3000).empty());
  CHECK(rated.gateway().io().take_discarded().size() == 1);  // the pool is looked at in the end
}

TEST_CASE("without a place to wait on_failure decides") {
  Rated rated;
  std::vector<Client> clients;
  clients.reserve(WaitingRoom::kPlaces);
  for (std::size_t i = 0; i < WaitingRoom::kPlaces; ++i) {
    clients.emplace_back(rated);
    CHECK_FALSE(clients.back().asks(get("h" + std::to_string(i) + ".test")));
  }
  CHECK(Client(rated).asks(get("one-more.test")));
  CHECK(rated.count("reputation.lookups_lost") == 1);
  CHECK(rated.after_ms(500).size() == WaitingRoom::kPlaces);
}

TEST_CASE("what the box itself asks for is not judged: it asks the console over this path") {
  Rated rated("on_failure: block");
  rated.say(ServiceState::down);
  rated.gateway().harness().shared().quarantine.protect(*parse_ip_address(kClient));
  CHECK(Client(rated).asks(get("console.test")));
  CHECK(rated.asked().empty());
  CHECK_FALSE(Client(rated, true).asks(get("console.test")));
}
