// Plaintext of decrypted connections on the way of every packet.
#include <nghttp2/nghttp2.h>

#include <array>
#include <optional>

#include "config/base/byte_reader.h"
#include "dataplane/lent/lent_io.h"
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;
using decrypt::Side;
using tests::packet_pool;
using tests::RecordingIo;
using tests::WorkerHarness;

namespace {

constexpr std::string_view kRequest = "GET /a HTTP/1.1\r\nHost: www.example.com\r\n\r\n";
constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

/// Sums up what a LentIo says.
struct Heard final : LentSink {
  std::array<std::vector<std::uint32_t>, 2> cleared_bytes;
  std::string answer;
  bool is_answered = false;
  int condemnations = 0;

  void cleared(LentNumber, Side from, std::uint32_t bytes) noexcept override {
    cleared_bytes[static_cast<std::size_t>(from)].push_back(bytes);
  }
  void answered(LentNumber, std::span<const std::uint8_t> bytes, bool is_last) noexcept override {
    answer += as_text(bytes);
    is_answered |= is_last;
  }
  void condemned(LentNumber) noexcept override { ++condemnations; }
};

/// A worker whose ports have others beside them, with one decrypted connection.
class Lender {
 public:
  explicit Lender(const std::string& policy, int version = 4) : Lender(policy, version, {}) {}
  Lender(const std::string& policy, int version, const engines::ips::Ruleset* rules)
      : wire_(packet_pool()) {
    auto io = LentIo::make(wire_, 2, packet_pool());
    REQUIRE(io);
    io_ = *std::move(io);
    io_->furnish(LentIo::Room(4));
    io_->tell(&heard);
    auto options = inspecting();
    options.lent = io_.get();
    harness_.emplace(*io_, options);
    rules == nullptr ? harness_->publish(policy) : harness_->publish_with_rules(policy, *rules);
    const auto address = [&](std::string_view v4, std::string_view v6) {
      return *parse_ip_address(version == 4 ? v4 : v6);
    };
    LentConnection connection{.ends = {.client = address("10.0.0.10", "2001:db8::10"),
                                       .server = address("203.0.113.5", "2001:db8:1::5"),
                                       .client_port = 40000,
                                       .server_port = 443},
                              .link = {},
                              .port = {kLanPort, kWanPort}};
    const auto type = version == 4 ? std::uint16_t{0x0800} : std::uint16_t{0x86dd};
    const std::array<std::uint8_t, 18> link{2,
                                            0,
                                            0,
                                            0,
                                            0,
                                            2,
                                            2,
                                            0,
                                            0,
                                            0,
                                            0,
                                            1,
                                            0x81,
                                            0,
                                            0,
                                            7,
                                            static_cast<std::uint8_t>(type >> 8),
                                            static_cast<std::uint8_t>(type)};
    for (auto& header : connection.link) REQUIRE(header.keep(link));
    const auto opened = io_->open(connection);
    REQUIRE(opened);
    number = *opened;
  }

  bool offer(Side side, std::string_view text) {
    const bool is_taken = io_->offer(number, side, bytes_of(text));
    harness_->poll_all();
    return is_taken;
  }
  LentIo& io() { return *io_; }
  RecordingIo& wire() { return wire_; }
  WorkerHarness& harness() { return *harness_; }

  Heard heard;
  LentNumber number = 0;

 private:
  RecordingIo wire_;
  std::unique_ptr<LentIo> io_;
  std::optional<WorkerHarness> harness_;
};

/// What a client of HTTP/2 sends first, its request on stream 1.
std::string http2_request(std::string host, std::string path) {
  nghttp2_session_callbacks* callbacks = nullptr;
  REQUIRE(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session* session = nullptr;
  REQUIRE(nghttp2_session_client_new(&session, callbacks, nullptr) == 0);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
  std::vector<std::array<std::string, 2>> fields{{":method", "GET"},
                                                 {":scheme", "https"},
                                                 {":authority", std::move(host)},
                                                 {":path", std::move(path)},
                                                 {"accept-language", "en"}};
  std::vector<nghttp2_nv> request;
  for (auto& [name, value] : fields)
    request.push_back({reinterpret_cast<std::uint8_t*>(name.data()),
                       reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                       NGHTTP2_NV_FLAG_NONE});
  nghttp2_submit_request(session, nullptr, request.data(), request.size(), nullptr, nullptr);
  std::string sent;
  const std::uint8_t* piece = nullptr;
  for (auto size = nghttp2_session_mem_send(session, &piece); size > 0;
       size = nghttp2_session_mem_send(session, &piece))
    sent.append(piece, piece + size);
  nghttp2_session_del(session);
  nghttp2_session_callbacks_del(callbacks);
  return sent;
}

using Bytes32 = std::vector<std::uint32_t>;
std::uint32_t size_of(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }

std::vector<std::string> texts(WorkerHarness& harness, std::string_view what) {
  std::vector<std::string> list;
  for (const auto& event : harness.take_events()) {
    if (event.type != events::EventType::text) continue;
    CHECK(event.decrypted == 1);
    const std::string text(reinterpret_cast<const char*>(&event), sizeof event);
    if (has(text, what)) list.push_back(text);
  }
  return list;
}

}  // namespace

TEST_CASE("plaintext that nothing is wrong with is cleared, and read as what it is") {
  const auto version = GENERATE(4, 6);
  Lender lender(policy_with(""), version);
  CHECK(lender.offer(Side::client, kRequest));
  CHECK(lender.offer(Side::server, kResponse));
  CHECK(lender.heard.cleared_bytes[0] == Bytes32{size_of(kRequest)});
  CHECK(lender.heard.cleared_bytes[1] == Bytes32{size_of(kResponse)});
  lender.io().end(lender.number, Side::client);
  lender.io().end(lender.number, Side::server);
  lender.io().close(lender.number);
  lender.harness().poll_all();
  CHECK(lender.wire().take_sent(kLanPort).empty());
  CHECK(lender.wire().take_sent(kWanPort).empty());
  CHECK(lender.wire().take_discarded().empty());
  CHECK(lender.io().size() == 0);
  lender.harness().advance_seconds(3600);
  lender.harness().poll_all();
  bool has_flow = false;
  for (const auto& event : lender.harness().take_events()) {
    if (event.type != events::EventType::flow) continue;
    has_flow = true;
    CHECK(event.decrypted == 1);
    CHECK(event.tuple.ingress_port == kLanPort);
    CHECK(event.tuple.vlan == 7);
    CHECK(event.flow.app_protocol == static_cast<std::uint8_t>(engines::Protocol::http1));
  }
  CHECK(has_flow);
}

TEST_CASE("what is offered may be of any length up to the bound, one offer a side at a time") {
  Lender lender(policy_with(""));
  const std::string much(LentIo::kMostOfferedBytes, 'x');
  CHECK_FALSE(lender.offer(Side::client, much + "y"));
  CHECK_FALSE(lender.offer(Side::client, ""));
  constexpr int kTimes = 13'000;  // 200 MiB: more than goes unacknowledged
  int taken = 0;
  for (int i = 0; i < kTimes; ++i) taken += lender.offer(Side::client, much) ? 1 : 0;
  CHECK(taken == kTimes);
  CHECK(lender.heard.cleared_bytes[0] == Bytes32(kTimes, size_of(much)));
  CHECK(lender.io().offer(lender.number, Side::client, bytes_of("a")));
  CHECK_FALSE(lender.io().offer(lender.number, Side::client, bytes_of("b")));
  CHECK(lender.io().offer(lender.number, Side::server, bytes_of("c")));
}

TEST_CASE("a rule that drops with a reset condemns the connection") {
  const IpsRuleText rules(
      "reject http any any -> any any (msg:\"no\"; http.uri; content:\"/a\"; sid:1;)");
  Lender lender(policy_with(""), 4, &rules.get());
  CHECK(lender.offer(Side::client, kRequest));
  CHECK(lender.heard.condemnations == 1);
  CHECK(lender.heard.cleared_bytes[0] == Bytes32{0});
  CHECK(texts(lender.harness(), "\"signature_id\":1").size() == 1);
  CHECK_FALSE(lender.offer(Side::client, kRequest));
  CHECK(lender.wire().take_sent(kLanPort).empty());
}

TEST_CASE("a packet that is dropped may be offered again and is dropped again") {
  const IpsRuleText rules(
      "drop http any any -> any any (msg:\"no\"; http.uri; content:\"/a\"; sid:1;)");
  Lender lender(policy_with(""), 4, &rules.get());
  CHECK(lender.offer(Side::client, kRequest));
  CHECK(lender.offer(Side::client, kRequest));
  CHECK(lender.heard.cleared_bytes[0] == Bytes32{0, 0});
}

TEST_CASE("a request for what is blocked is answered with the page") {
  Lender lender(
      "version: 1\nrules:\n"
      "  - {name: no videos, action: block, block_with: answer, content: {applications: "
      "[youtube]}}\n"
      "  - {name: rest, action: allow}\n");
  CHECK(lender.offer(
      Side::client, "GET /watch HTTP/1.1\r\nHost: www.youtube.com\r\nAccept-Language: en\r\n\r\n"));
  CHECK(lender.heard.is_answered);
  CHECK(has(lender.heard.answer, "HTTP/1.1 403"));
  CHECK(has(lender.heard.answer, "no videos"));
  CHECK(lender.heard.condemnations == 0);
  CHECK(lender.heard.cleared_bytes[0] == Bytes32{0});
  CHECK(lender.wire().take_sent(kWanPort).empty());
}

TEST_CASE("a request by HTTP/2 gets the page on its stream, in the language of who asked") {
  Lender lender(
      "version: 1\nlists: {block: [www.youtube.com/watch]}\nrules:\n"
      "  - {name: rest, action: allow}\n");
  CHECK(lender.offer(Side::client, http2_request("www.youtube.com", "/watch")));
  CHECK(lender.heard.is_answered);
  CHECK(lender.heard.answer.substr(3, 1) == std::string(1, '\x04'));  // SETTINGS
  CHECK(has(lender.heard.answer, "<html lang=\"en\">"));
  CHECK(lender.heard.condemnations == 0);
  CHECK_FALSE(texts(lender.harness(), "\"drop\"").empty());
}

TEST_CASE("what was on its way when a page was given does not cost the client its page") {
  Lender lender(
      "version: 1\nlists: {block: [www.youtube.com/watch]}\nrules:\n"
      "  - {name: rest, action: allow}\n");
  CHECK(lender.offer(Side::client, http2_request("www.youtube.com", "/watch")));
  REQUIRE(lender.heard.is_answered);
  // A server's first frames wait for nobody.
  CHECK(lender.offer(Side::server, std::string{0, 0, 0, 4, 0, 0, 0, 0, 0}));
  CHECK(lender.offer(Side::client, std::string{0, 0, 0, 4, 1, 0, 0, 0, 0}));
  CHECK(lender.heard.condemnations == 0);
  CHECK(lender.heard.cleared_bytes[1].empty());
}

TEST_CASE("a connection that is over is told nothing, and its place is another's") {
  Lender lender(policy_with(""));
  const auto number = lender.number;
  CHECK(lender.io().offer(number, Side::client, bytes_of(kRequest)));
  lender.io().close(number);
  lender.harness().poll_all();
  CHECK(lender.heard.cleared_bytes[0].empty());
  CHECK_FALSE(lender.io().offer(number, Side::client, bytes_of("x")));
  CHECK_FALSE(lender.io().offer(1000, Side::client, bytes_of("x")));
}

TEST_CASE("places are bounded") {
  RecordingIo wire(packet_pool());
  const auto io = LentIo::make(wire, 2, packet_pool());
  REQUIRE(io);
  LentConnection connection;
  CHECK_FALSE((*io)->open(connection));
  (*io)->furnish(LentIo::Room(2));
  CHECK((*io)->open(connection));
  const auto second = (*io)->open(connection);
  REQUIRE(second);
  CHECK_FALSE((*io)->open(connection));
  (*io)->close(*second);
  CHECK((*io)->open(connection));
}
