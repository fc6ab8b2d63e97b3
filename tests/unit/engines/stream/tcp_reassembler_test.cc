// Connections whose ends mean well, seen by a box in their way.
#include "connection.h"

namespace sekisho::tests {
namespace {

TEST_CASE("Bytes in order are handed on when they arrive, in both directions") {
  Connection connection;
  connection.open();
  CHECK(connection.client(101, "GET / ").delivered);
  connection.client(107, "HTTP/1.1\r\n");
  CHECK(connection.from_client() == "GET / HTTP/1.1\r\n");
  connection.server(501, "HTTP/1.1 200", 117);
  CHECK(connection.from_server() == "HTTP/1.1 200");
  CHECK(connection.tcp().delivered_bytes(kClient) == 16);
  CHECK(connection.tcp().state() == TcpState::established);
  connection.destroy();
}

TEST_CASE("Segments out of order wait for the gap to fill and are forwarded") {
  Connection connection;
  connection.open();
  CHECK(connection.client(107, "ghi").drop == DropReason::none);
  CHECK(connection.client(104, "def").drop == DropReason::none);
  CHECK(connection.client(113, "mno").drop == DropReason::none);
  CHECK(connection.from_client().empty());
  connection.client(101, "abc");
  CHECK(connection.from_client() == "abcdefghi");
  connection.client(110, "jkl");
  CHECK(connection.from_client() == "abcdefghijklmno");
  connection.destroy();
}

TEST_CASE("The same bytes again pass, and bring what is new") {
  Connection connection;
  connection.open();
  connection.client(101, "abcdef");
  CHECK(connection.client(101, "abcdef").drop == DropReason::none);
  CHECK(connection.client(104, "defghi").drop == DropReason::none);
  CHECK(connection.client(112, "lm").drop == DropReason::none);
  CHECK(connection.client(106, "fghijklmno").drop == DropReason::none);
  CHECK(connection.from_client() == "abcdefghijklmno");
  CHECK(connection.worker().counters().retransmitted == 3);
}

TEST_CASE("Sequence numbers wrap around") {
  Connection connection;
  connection.send({.sequence = 0xfffffffa, .flags = kSyn});
  connection.send({.from = kServer,
                   .sequence = 0xffffffff,
                   .acknowledgement = 0xfffffffb,
                   .flags = kSyn | kAck});
  connection.send({.sequence = 0xfffffffb, .acknowledgement = 0});
  REQUIRE(connection.tcp().established());
  connection.client(4, "jkl", 0);
  connection.client(0xfffffffb, "abcdefghi", 0);
  CHECK(connection.client(0xfffffffe, "defghijkl", 0).drop == DropReason::none);
  connection.server(0, "xyz", 7);
  CHECK(connection.from_client() == "abcdefghijkl");
  CHECK(connection.from_server() == "xyz");
}

TEST_CASE("A direction ends when its FIN is reached, and the state follows both") {
  Connection connection;
  connection.open();
  connection.send({.sequence = 104, .acknowledgement = 501, .flags = kAck | kFin});
  CHECK(connection.from_client().empty());
  connection.client(101, "abc");
  CHECK(connection.from_client() == "abc$");
  CHECK(connection.sink.why(kClient) == StreamEnd::fin);
  CHECK(name_of(connection.tcp().state()) == "close_wait");
  connection.send({.from = kServer,
                   .sequence = 501,
                   .acknowledgement = 105,
                   .flags = kAck | kFin,
                   .payload = "xyz"});
  CHECK(connection.from_server() == "xyz$");
  CHECK(name_of(connection.tcp().state()) == "last_ack");
  connection.send({.sequence = 105, .acknowledgement = 505});
  CHECK(name_of(connection.tcp().state()) == "closed");
  connection.close();
  CHECK(connection.from_client() == "abc$");
  CHECK(connection.tcp().memory_bytes() == 0);
}

TEST_CASE("The server may close first") {
  Connection connection;
  connection.open();
  connection.send({.from = kServer, .sequence = 501, .acknowledgement = 101, .flags = kAck | kFin});
  CHECK(name_of(connection.tcp().state()) == "fin_wait1");
  connection.client(101, "", 502);
  CHECK(name_of(connection.tcp().state()) == "fin_wait2");
  connection.send({.sequence = 101, .acknowledgement = 502, .flags = kAck | kFin});
  CHECK(name_of(connection.tcp().state()) == "time_wait");
  connection.server(502, "", 102);
  CHECK(name_of(connection.tcp().state()) == "closed");
}

TEST_CASE("close() tells the end once, without what waits behind a gap") {
  Connection connection;
  connection.open();
  connection.client(101, "abc");
  connection.client(107, "ghi");
  connection.close();
  connection.close();
  CHECK(connection.from_client() == "abc$");
  CHECK(connection.from_server() == "$");
  CHECK(connection.sink.why(kClient) == StreamEnd::timeout);
  connection.destroy();
}

TEST_CASE("Both ends may open at once") {
  Connection connection;
  connection.send({.sequence = 100, .flags = kSyn});
  connection.send({.from = kServer, .sequence = 500, .flags = kSyn});
  connection.send({.sequence = 100, .acknowledgement = 501, .flags = kSyn | kAck});
  CHECK_FALSE(connection.tcp().established());
  connection.send({.from = kServer, .sequence = 500, .acknowledgement = 101, .flags = kSyn | kAck});
  CHECK(connection.tcp().established());
  connection.client(101, "abc");
  connection.server(501, "xyz", 104);
  CHECK(connection.from_client() == "abc");
  CHECK(connection.from_server() == "xyz");
}

TEST_CASE("A handshake may take four steps") {
  Connection connection;
  connection.send({.sequence = 1000, .flags = kSyn});
  connection.send({.from = kServer, .sequence = 3000, .flags = kSyn});
  connection.send({.sequence = 1000, .acknowledgement = 3001, .flags = kSyn | kAck});
  connection.server(3001, "", 1001);
  CHECK(connection.tcp().established());
  connection.client(1001, "EVIL", 3001);
  CHECK(connection.from_client() == "EVIL");
}

TEST_CASE("A SYN may carry data, and its sender more before the handshake is complete") {
  Connection connection;
  connection.send({.sequence = 100, .flags = kSyn, .payload = "GET "});
  CHECK(connection.from_client() == "GET ");
  connection.send({.from = kServer, .sequence = 500, .acknowledgement = 105, .flags = kSyn | kAck});
  connection.server(501, "early", 105);
  CHECK(connection.from_server() == "early");
  connection.client(105, "/", 506);
  CHECK(connection.from_client() == "GET /");
  CHECK(connection.tcp().established());
}

TEST_CASE("Data of a SYN that the server ignored comes again, and must be the same") {
  Connection connection;
  connection.send({.sequence = 100, .flags = kSyn, .payload = "GOOD"});
  const auto answer = connection.send(
      {.from = kServer, .sequence = 500, .acknowledgement = 101, .flags = kSyn | kAck});
  CHECK(has_oddity(answer, "stream.3whs_synack_tfo_data_ignored"));
  CHECK(connection.client(101, "EVIL").drop == DropReason::stream_differs);
  CHECK(connection.client(101, "GOOD").drop == DropReason::none);
  CHECK(connection.from_client() == "GOOD");
}

TEST_CASE("An unanswered SYN may be followed by another one") {
  Connection connection;
  connection.send({.sequence = 100, .flags = kSyn});
  connection.send({.sequence = 9000, .flags = kSyn});
  connection.send(
      {.from = kServer, .sequence = 500, .acknowledgement = 9001, .flags = kSyn | kAck});
  connection.client(9001, "abc");
  CHECK(connection.from_client() == "abc");
}

TEST_CASE("Of many SYNs the one that is acknowledged counts, and many are a flood") {
  Connection connection;
  int floods = 0;
  for (std::uint32_t i = 0; i < 20; ++i)
    floods +=
        has_oddity(connection.send({.sequence = 1000 * i, .flags = kSyn}), "stream.3whs_syn_flood");
  CHECK(floods == 9);
  connection.send(
      {.from = kServer, .sequence = 500, .acknowledgement = 3001, .flags = kSyn | kAck});
  connection.client(3001, "abc");
  CHECK(connection.from_client() == "abc");
}

TEST_CASE("A connection can be picked up in its middle") {
  Connection connection;
  connection.client(7000, "abc", 9000);
  CHECK(connection.tcp().midstream());
  CHECK(connection.tcp().established());
  connection.server(9000, "xyz", 7003);
  // What passed before is not known, and passes.
  CHECK(connection.client(6990, "0123456789", 9003).drop == DropReason::none);
  connection.client(7003, "def", 9003);
  CHECK(connection.from_client() == "abcdef");
  CHECK(connection.from_server() == "xyz");
}

TEST_CASE("Without midstream pick-up a connection without SYN passes unread") {
  Connection connection({.midstream = false});
  CHECK(connection.client(7000, "abc", 9000).drop == DropReason::none);
  CHECK(connection.from_client().empty());
  CHECK(connection.tcp().state() == TcpState::none);
}

TEST_CASE("A SYN-ACK may be the first that is seen") {
  Connection connection;
  connection.send({.from = kServer, .sequence = 500, .acknowledgement = 101, .flags = kSyn | kAck});
  connection.client(101, "abc");
  connection.server(501, "xyz", 104);
  CHECK(connection.from_client() == "abc");
  CHECK(connection.from_server() == "xyz");
}

TEST_CASE("The depth is told once, and bytes behind it pass unread") {
  Connection connection({.depth = {5, 3}});
  connection.open();
  connection.client(101, "abc");
  const auto crossing = connection.client(104, "defgh");
  CHECK(has_oddity(crossing, "stream.reassembly_depth_reached"));
  connection.client(109, "ijk");
  CHECK(connection.from_client() == "abcde|");
  // Until they are acknowledged, the bytes before it cannot be replaced.
  CHECK(connection.client(101, "xxx").drop == DropReason::stream_differs);
  connection.server(501, "123", 112);
  CHECK(connection.from_server() == "123");
  connection.server(504, "4", 112);
  CHECK(connection.from_server() == "123|");
  connection.client(112, "", 505);
  CHECK(connection.tcp().memory_bytes() == 0);
  connection.send({.sequence = 112, .acknowledgement = 505, .flags = kAck | kFin});
  CHECK(connection.from_client() == "abcde|$");
}

TEST_CASE("Who wants to reads on behind the depth") {
  Connection connection({.depth = {5, 3}});
  connection.open();
  connection.sink.reads_on = true;
  connection.client(101, "abc");
  CHECK(has_oddity(connection.client(104, "defgh"), "stream.reassembly_depth_reached"));
  connection.client(112, "lmn");
  connection.client(109, "ijk");
  CHECK(connection.from_client() == "abcde|fghijklmn");
  CHECK(connection.client(104, "dexxx").drop == DropReason::stream_differs);
  connection.send({.sequence = 115, .acknowledgement = 501, .flags = kAck | kFin});
  CHECK(connection.from_client() == "abcde|fghijklmn$");
}

TEST_CASE("Nothing is read of a stopped direction, nor kept") {
  Connection connection;
  connection.open();
  connection.client(101, "abc");
  connection.client(107, "ghi");
  connection.tcp().stop(kClient);
  CHECK(connection.tcp().stopped(kClient));
  CHECK(connection.tcp().memory_bytes() == 0);
  CHECK(connection.client(101, "xyz").drop == DropReason::none);
  CHECK(connection.client(104, "def").drop == DropReason::none);
  connection.close();
  CHECK(connection.from_client() == "abc");
}

/// Stops a direction from within.
class StoppingSink : public RecordingSink {
 public:
  explicit StoppingSink(TcpReassembler& tcp) : tcp_(&tcp) {}
  void stream_bytes(Direction direction, const BodyView& view) noexcept override {
    RecordingSink::stream_bytes(direction, view);
    tcp_->stop(direction);
  }

 private:
  TcpReassembler* tcp_;
};

TEST_CASE("A direction may be stopped while its bytes are handed on") {
  const auto pool = *MemoryPool::create(1 << 20);
  TcpWorker worker({}, *pool);
  TcpReassembler tcp(worker);
  StoppingSink sink(tcp);
  const std::uint8_t bytes[4] = {'a', 'b', 'c', 'd'};
  PacketView packet;
  packet.tcp_flags = kAck;
  packet.tcp_sequence = 10;
  tcp.segment(kClient, packet, sink);
  packet.payload = bytes;
  packet.tcp_sequence = 14;
  tcp.segment(kClient, packet, sink);
  packet.tcp_sequence = 10;
  tcp.segment(kClient, packet, sink);
  CHECK(sink.text(kClient) == "abcd");
  CHECK(pool->used_bytes() == 0);
}

TEST_CASE("A SYN after the end asks for a new connection") {
  Connection connection;
  connection.open();
  connection.send({.sequence = 101, .acknowledgement = 501, .flags = kRst | kAck});
  CHECK(connection.send({.sequence = 7777, .flags = kSyn}).reuse);
  CHECK_FALSE(connection.send({.sequence = 100, .flags = kSyn}).reuse);
}

TEST_CASE("Directions can be exchanged") {
  Connection connection;
  connection.client(7000, "", 9000);
  connection.tcp().swap_directions();
  connection.server(7000, "abc", 9000);
  connection.client(9000, "xyz", 7003);
  CHECK(connection.from_server() == "abc");
  CHECK(connection.from_client() == "xyz");
}

TEST_CASE("The window keeps the history that was asked for") {
  Connection connection({.depth = {0, 0}, .history = 1000, .usual_window = 4096});
  connection.open();
  const std::string block(700, 'x');
  std::uint32_t sequence = 101;
  for (int i = 0; i < 1000; ++i) {
    connection.client(sequence, block);
    sequence += 700;
    connection.server(501, "", sequence);
  }
  CHECK(connection.sink.least_history >= 1000);
  CHECK(connection.tcp().memory_bytes() <= 4096);
}

TEST_CASE("What is in flight stays at hand, however much it is, until it is acknowledged") {
  Connection connection({.depth = {0, 0}});
  connection.send({.sequence = 100, .flags = kSyn, .options = std::string_view("\3\3\16\0", 4)});
  connection.send({.from = kServer,
                   .sequence = 500,
                   .acknowledgement = 101,
                   .flags = kSyn | kAck,
                   .options = std::string_view("\3\3\16\0", 4)});
  connection.send({.sequence = 101, .acknowledgement = 501});
  connection.server(501, "", 101);
  const std::string block(1400, 'x');
  for (std::uint32_t i = 0; i < 500; ++i) connection.client(101 + i * 1400, block);
  CHECK(connection.client(101, block).drop == DropReason::none);
  CHECK(connection.client(101, "y").drop == DropReason::stream_differs);
  const auto most = connection.tcp().memory_bytes();
  CHECK(most <= 1 << 20);
  CHECK(connection.worker().counters().bytes == 500 * 1400);
}

}  // namespace
}  // namespace sekisho::tests
