#include "dataplane/decrypt/diversion/diverter.h"

#include <catch2/catch.hpp>
#include <memory>

#include "packets/packet_builder.h"

using namespace sekisho;
using namespace sekisho::decrypt;
using packets::Bytes;
using Fate = Diverter::Fate;
using News = DiversionNews::Kind;
using Why = DiversionNews::Why;

namespace {

Bytes hello_bytes(std::size_t size) {
  Bytes made(size, 0x55);
  const auto record = size - 5, message = size - 9;
  const Bytes head{22,
                   3,
                   1,
                   static_cast<std::uint8_t>(record >> 8),
                   static_cast<std::uint8_t>(record),
                   1,
                   0,
                   static_cast<std::uint8_t>(message >> 8),
                   static_cast<std::uint8_t>(message)};
  std::copy(head.begin(), head.end(), made.begin());
  return made;
}

/// A worker with one connection, and the decrypting process's ends of both rings.
class Bench final : public DiversionSink {
 public:
  explicit Bench(DiversionSettings settings = {}) : diverter(settings) {
    const std::span<std::byte> there(to_decrypt), back(from_decrypt);
    diverter.attach(RingWriter(there), RingReader(back), -1);
    process_in = RingReader(there);
    process_out = RingWriter(back);
  }

  Fate pass(Side from, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
            const Bytes& payload = {}) {
    const bool up = from == Side::client;
    auto builder =
        up ? packets::ethernet() : packets::ethernet(packets::kServerMac, packets::kClientMac);
    builder.vlan(12).ipv4(up ? "192.0.2.1" : "198.51.100.2", up ? "198.51.100.2" : "192.0.2.1");
    builder.tcp(up ? 40'000 : 443, up ? 443 : 40'000, flags, seq, ack, 500);
    if (!payload.empty()) builder.payload(payload);
    auto& frame = frames.emplace_back(std::make_unique<Bytes>(builder.build()));
    const DivertedFrame diverted{.handle = frame.get(),
                                 .bytes = *frame,
                                 .ip_offset = 18,
                                 .ip_bytes = static_cast<std::uint16_t>(frame->size() - 18),
                                 .port = static_cast<std::uint8_t>(up ? 0 : 1),
                                 .from = from,
                                 .checksum_is_good = true};
    if (number == Diverter::kNone) {
      number = diverter.watch(diverted, now_ms);
      if (number != Diverter::kNone) diverter.agree(number, terms);
      return Fate::pass;
    }
    return diverter.take(number, diverted, *this, now_ms);
  }

  void shake_hands() {
    pass(Side::client, kSyn, 1'000, 0);
    CHECK(pass(Side::server, kSyn | kAck, 9'000, 1'001) == Fate::pass);
    CHECK(pass(Side::client, kAck, 1'001, 9'001) == Fate::pass);
  }
  /// Through the ClientHello to the hand-over; its flow id.
  std::uint64_t ask() {
    shake_hands();
    CHECK(pass(Side::client, kAck | kPsh, 1'001, 9'001, hello_bytes(300)) == Fate::held);
    REQUIRE(diverter.awaits_decision(number));
    diverter.decide(number, true, *this, now_ms);
    RingReader::Message message;
    REQUIRE(process_in.next(message) == RingReader::Outcome::message);
    REQUIRE(message.header.kind == MessageKind::handover);
    CHECK(read_handover(message.body));
    return message.header.flow_id;
  }
  void say(MessageKind kind, std::uint64_t flow, std::span<const std::uint8_t> body = {}) {
    bool sleeps = false;
    REQUIRE(process_out.send(kind, 0, flow, body, sleeps));
    diverter.poll(*this, now_ms, 16);
  }
  std::vector<MessageKind> heard() {
    std::vector<MessageKind> kinds;
    RingReader::Message message;
    while (process_in.next(message) == RingReader::Outcome::message)
      kinds.push_back(message.header.kind);
    return kinds;
  }

  void tell(std::uint32_t, const DiversionNews& told) noexcept override { news.push_back(told); }
  void forward(void* handle) noexcept override { forwarded.push_back(handle); }
  void discard(void* handle) noexcept override { discarded.push_back(handle); }
  void emit(std::uint8_t port, std::span<const std::uint8_t> link,
            std::span<const std::uint8_t> packet) noexcept override {
    Bytes frame(link.begin(), link.end());
    frame.insert(frame.end(), packet.begin(), packet.end());
    emitted.emplace_back(port, frame);
  }

  DiversionTerms terms;
  std::vector<DiversionNews> news;
  alignas(64) std::array<std::byte, sizeof(RingPlaces) + 65'536> to_decrypt{}, from_decrypt{};
  Diverter diverter;
  RingReader process_in;
  RingWriter process_out;
  std::vector<std::unique_ptr<Bytes>> frames;
  Diverter::Number number = Diverter::kNone;
  std::uint32_t now_ms = 1'000;
  std::vector<void*> forwarded, discarded;
  std::vector<std::pair<std::uint8_t, Bytes>> emitted;
};

}  // namespace

TEST_CASE("what was held is the first that the rebuilt connection hears", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  const auto flow = b->ask();
  CHECK(b->pass(Side::client, kAck, 1'301, 9'001, {1, 2, 3}) == Fate::held);  // meanwhile
  CHECK(b->heard().empty());
  b->say(MessageKind::ready, flow);
  CHECK(b->heard() == std::vector(2, MessageKind::packet));
  CHECK(b->discarded.size() == 2);
  CHECK(b->pass(Side::server, kAck, 9'001, 1'301) == Fate::consumed);
  CHECK(b->heard() == std::vector(1, MessageKind::packet));
  CHECK(b->forwarded.empty());
}

TEST_CASE("what the process sends leaves behind the connection's own link header", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  b->say(MessageKind::ready, b->ask());
  const bool up = GENERATE(true, false);
  auto builder =
      up ? packets::ethernet() : packets::ethernet(packets::kServerMac, packets::kClientMac);
  builder.vlan(12).ipv4(up ? "192.0.2.1" : "198.51.100.2", up ? "198.51.100.2" : "192.0.2.1");
  const auto frame = builder.tcp(up ? 40'000 : 443, up ? 443 : 40'000).payload_bytes(99).build();
  b->say(MessageKind::emitted, 0, std::span(frame).subspan(18));
  REQUIRE(b->emitted.size() == 1);
  CHECK(b->emitted[0].first == (up ? 1 : 0));
  CHECK(b->emitted[0].second == frame);
}

TEST_CASE("the process speaks for no connection that it was not given", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  b->say(MessageKind::ready, b->ask());
  const auto other = packets::ethernet().ipv4("192.0.2.9", "198.51.100.2").tcp(40'000, 443).build();
  b->say(MessageKind::emitted, 0, std::span(other).subspan(14));
  b->say(MessageKind::emitted, 0, Bytes{1, 2, 3});
  b->say(MessageKind::ready, 0xffff'ffff'ffff);
  CHECK(b->emitted.empty());
  CHECK(b->diverter.counters().unknown_emitted == 2);
}

TEST_CASE("a refused connection passes or is reset, as is wanted", "[decrypt]") {
  const bool block = GENERATE(false, true);
  const auto b = std::make_unique<Bench>();
  b->terms.block_on_failure = block;
  const auto flow = b->ask();
  SECTION("by the process") { b->say(MessageKind::refused, flow); }
  SECTION("by its silence") {
    b->now_ms += 201;
    for (unsigned i = 0; i < 512 / 16; ++i) b->diverter.poll(*b, b->now_ms++, 1);
    CHECK(b->heard() == std::vector(1, MessageKind::abandon));
    CHECK(b->diverter.counters().unanswered == 1);
  }
  SECTION("by its death") { b->diverter.lost(*b, b->now_ms); }
  REQUIRE(b->news.size() == 1);
  CHECK(b->news[0].kind == (block ? News::blocked : News::passed));
  if (!block) {
    CHECK(b->forwarded == std::vector<void*>{b->frames.back().get()});
    CHECK(b->diverter.is_over(b->number));
    return;
  }
  CHECK(b->discarded.size() == 1);
  REQUIRE(b->emitted.size() == 2);
  CHECK(b->emitted[0].second[18 + 33] == (kRst | kAck));
}

TEST_CASE("a death resets both ends with numbers that they take", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  b->say(MessageKind::ready, b->ask());
  b->pass(Side::client, kAck, 1'301, 12'345);
  b->diverter.lost(*b, b->now_ms);
  REQUIRE(b->emitted.size() == 2);
  TcpPacket at;
  REQUIRE(read_tcp_packet(std::span(b->emitted[0].second).subspan(18), at) == PacketProblem::none);
  CHECK(at.seq == 12'345);
  CHECK(b->pass(Side::client, kAck, 1'301, 12'400) == Fate::consumed);  // it has not heard it
  REQUIRE(b->emitted.size() == 3);
  REQUIRE(read_tcp_packet(std::span(b->emitted[2].second).subspan(18), at) == PacketProblem::none);
  CHECK(at.seq == 12'400);
}

TEST_CASE("what is not to be opened goes its way with all that was held", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  b->shake_hands();
  const auto hello = hello_bytes(300);
  const Bytes first(hello.begin(), hello.begin() + 100), rest(hello.begin() + 100, hello.end());
  CHECK(b->pass(Side::client, kAck, 1'001, 9'001, first) == Fate::held);
  CHECK_FALSE(b->diverter.awaits_decision(b->number));
  SECTION("decided") {
    CHECK(b->pass(Side::client, kAck, 1'101, 9'001, rest) == Fate::held);
    b->diverter.decide(b->number, false, *b, b->now_ms);
    CHECK(b->forwarded.size() == 2);
  }
  SECTION("the rest never came") {
    b->now_ms += 3'001;
    for (unsigned i = 0; i < 512 / 16; ++i) b->diverter.poll(*b, b->now_ms++, 1);
    CHECK(b->forwarded.size() == 1);
  }
  SECTION("the server speaks first") {
    CHECK(b->pass(Side::server, kAck, 9'001, 1'001, {1}) == Fate::pass);
    CHECK(b->forwarded.size() == 1);
  }
  SECTION("the client closes") {
    CHECK(b->pass(Side::client, kAck | kFin, 1'101, 9'001) == Fate::pass);
    CHECK(b->forwarded.size() == 1);
  }
  CHECK(b->diverter.is_over(b->number));
  CHECK(b->heard().empty());
}

TEST_CASE("a ClientHello is read in its order, whatever order it comes in", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  b->shake_hands();
  const auto hello = hello_bytes(300);
  const auto piece = [&](std::size_t from, std::size_t to) {
    return Bytes(hello.begin() + static_cast<std::ptrdiff_t>(from),
                 hello.begin() + static_cast<std::ptrdiff_t>(to));
  };
  CHECK(b->pass(Side::client, kAck, 1'001, 9'001, piece(0, 100)) == Fate::held);
  CHECK(b->pass(Side::client, kAck, 1'201, 9'001, piece(200, 300)) == Fate::held);
  CHECK(b->pass(Side::client, kAck, 1'001, 9'001, piece(0, 100)) == Fate::held);  // again
  CHECK_FALSE(b->diverter.awaits_decision(b->number));
  CHECK(b->pass(Side::client, kAck, 1'101, 9'001, piece(100, 200)) == Fate::held);
  CHECK(b->diverter.awaits_decision(b->number));
}

TEST_CASE("a flow that ends gives back what was held, and its place", "[decrypt]") {
  const auto b = std::make_unique<Bench>(DiversionSettings{.most_connections = 1});
  (void)b->ask();
  b->diverter.end(b->number, *b);
  CHECK(b->discarded.size() == 1);
  CHECK(b->heard() == std::vector(1, MessageKind::abandon));
  b->number = Diverter::kNone;
  CHECK_NOTHROW(b->ask());
}

TEST_CASE("what is no TLS is passed or reset, as is wanted", "[decrypt]") {
  const bool block = GENERATE(false, true);
  const auto b = std::make_unique<Bench>();
  b->terms.block_not_tls = block;
  b->shake_hands();
  const auto wanted = block ? Fate::consumed : Fate::pass;
  SECTION("said by the client") {
    CHECK(b->pass(Side::client, kAck, 1'001, 9'001, {'G', 'E', 'T', ' '}) == wanted);
  }
  SECTION("in its second segment") {
    CHECK(b->pass(Side::client, kAck, 1'001, 9'001, {22}) == Fate::held);
    CHECK(b->pass(Side::client, kAck, 1'002, 9'001, {9}) == wanted);
    CHECK((block ? b->discarded : b->forwarded).size() == 1);
  }
  SECTION("said by the server") {
    CHECK(b->pass(Side::server, kAck, 9'001, 1'001, {'2', '2', '0'}) == wanted);
  }
  CHECK(b->emitted.size() == (block ? 2 : 0));
  REQUIRE(b->news.size() == 1);
  CHECK(b->news[0].kind == (block ? News::blocked : News::passed));
  CHECK(b->news[0].why == Why::not_tls);
  CHECK(b->diverter.is_taken(b->number) == block);
}

TEST_CASE("a client that closes without a word is no reason to block", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  b->terms.block_not_tls = true;
  b->shake_hands();
  CHECK(b->pass(Side::client, kAck | kFin, 1'001, 9'001) == Fate::pass);
  CHECK(b->diverter.is_over(b->number));
}

TEST_CASE("without a process what is to be opened fails, what is not goes its way", "[decrypt]") {
  const bool open = GENERATE(false, true);
  const auto b = std::make_unique<Bench>();
  b->terms.block_on_failure = true;
  b->diverter.lost(*b, b->now_ms);
  b->shake_hands();
  CHECK(b->pass(Side::client, kAck, 1'001, 9'001, hello_bytes(300)) == Fate::held);
  b->diverter.decide(b->number, open, *b, b->now_ms);
  if (!open) {
    CHECK(b->forwarded.size() == 1);
    CHECK(b->news.empty());
    return;
  }
  CHECK(b->discarded.size() == 1);
  REQUIRE(b->news.size() == 1);
  CHECK(b->news[0].kind == News::blocked);
  CHECK(b->news[0].why == Why::absent);
}

TEST_CASE("policy that turns against an open connection resets both ends", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  b->say(MessageKind::ready, b->ask());
  (void)b->heard();
  b->diverter.cut(b->number, *b);
  CHECK(b->heard() == std::vector(1, MessageKind::abandon));
  CHECK(b->emitted.size() == 2);
  CHECK(b->diverter.is_taken(b->number));
  CHECK(b->pass(Side::server, kAck, 9'001, 1'301) == Fate::consumed);
  CHECK(b->emitted.size() == 3);
  b->diverter.cut(b->number, *b);
  CHECK(b->diverter.counters().reset_by_policy == 1);
}

TEST_CASE("what a session says of itself is told, what is damaged is not", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  const auto flow = b->ask();
  b->say(MessageKind::closed, flow);  // before it is rebuilt: of nothing
  b->say(MessageKind::ready, flow);
  b->say(MessageKind::opened, flow, bytes_of(OpenedSession{.client_version = 0x0304}));
  b->say(MessageKind::opened, flow, Bytes{1, 2, 3});
  b->say(MessageKind::failed, flow, Bytes{200});
  b->say(MessageKind::failed, flow, Bytes{4});
  b->say(MessageKind::closed, flow);
  REQUIRE(b->news.size() == 4);
  CHECK(b->news[0].kind == News::taken_over);
  CHECK(b->news[1].kind == News::opened);
  CHECK(b->news[1].session.client_version == 0x0304);
  CHECK(b->news[2].kind == News::failed);
  CHECK(b->news[2].failure == TlsFailure::wants_certificate);
  CHECK(b->news[3].kind == News::closed);
}

TEST_CASE("only so many connections hold frames at a time", "[decrypt]") {
  const auto b = std::make_unique<Bench>(DiversionSettings{.most_holding = 0});
  b->shake_hands();
  CHECK(b->pass(Side::client, kAck, 1'001, 9'001, hello_bytes(300)) == Fate::pass);
  CHECK(b->diverter.counters().no_room == 1);
  REQUIRE(b->news.size() == 1);
  CHECK(b->news[0].why == Why::no_room);
}

TEST_CASE("a SYN with data is followed by nobody", "[decrypt]") {
  const auto b = std::make_unique<Bench>();
  CHECK(b->pass(Side::client, kSyn, 1'000, 0, {1, 2, 3}) == Fate::pass);
  CHECK(b->number == Diverter::kNone);
}
