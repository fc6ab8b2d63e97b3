// A listener: bytes count when their receiver has acknowledged them, and nothing can be dropped.
#include "connection.h"
#include "engines/stream/segment_queue.h"

namespace sekisho::tests {
namespace {

TcpConfig listener(OverlapPolicy policy = OverlapPolicy::bsd) {
  return {.delivery = Delivery::on_acknowledgement, .overlap = policy, .drop_bad_checksums = false};
}

TEST_CASE("Bytes are handed on with the packet that acknowledges them") {
  Connection connection(listener());
  connection.open();
  CHECK_FALSE(connection.client(101, "GET /").delivered);
  CHECK(connection.from_client().empty());
  CHECK(connection.server(501, "", 104).delivered);
  CHECK(connection.from_client() == "GET");
  connection.server(501, "200", 106);
  CHECK(connection.from_client() == "GET /");
  CHECK(connection.from_server().empty());
}

TEST_CASE("What was never acknowledged is handed on at the end, told unreadable behind a gap") {
  Connection connection(listener());
  connection.open();
  connection.server(501, "Please ", 101);
  connection.server(512, "Me ", 101);
  connection.server(515, "In!", 101);
  connection.send({.sequence = 101, .acknowledgement = 508, .flags = kRst | kAck});
  CHECK(connection.from_server().empty());
  connection.close();
  CHECK(connection.from_server() == "Please ?<4>Me In!$");
  CHECK(connection.sink.why(kServer) == StreamEnd::reset);
  connection.destroy();
}

TEST_CASE("At the end the client's is told before what the server still said") {
  Connection connection(listener());
  connection.open();
  connection.client(101, "ask");
  connection.server(501, "answer", 101);
  connection.close();
  CHECK(connection.sink.order == "cCsS");
}

TEST_CASE("Bytes that were acknowledged but never seen are a gap") {
  Connection connection(listener());
  connection.open();
  connection.client(101, "abc");
  connection.client(107, "ghi");
  const auto outcome = connection.server(501, "", 110);
  CHECK(has_oddity(outcome, "stream.reassembly_seq_gap"));
  CHECK(connection.from_client() == "abc<3>ghi");
}

TEST_CASE("Nothing is missing before something behind it was seen") {
  Connection connection(listener());
  connection.open();
  connection.client(101, "abc");
  CHECK_FALSE(has_oddity(connection.server(501, "", 110), "stream.reassembly_seq_gap"));
  CHECK(connection.from_client() == "abc");
  SECTION("It may be seen late, when a packet of its receiver comes again") {
    CHECK_FALSE(connection.client(104, "defghi").delivered);
    connection.server(501, "", 110);
    CHECK(connection.from_client() == "abcdefghi");
  }
  SECTION("Bytes behind it tell") {
    connection.client(107, "ghi");
    CHECK(has_oddity(connection.server(501, "", 110), "stream.reassembly_seq_gap"));
    CHECK(connection.from_client() == "abc<3>ghi");
  }
  SECTION("A FIN behind it tells") {
    connection.send({.sequence = 110, .acknowledgement = 501, .flags = kFin | kAck});
    CHECK(has_oddity(connection.server(501, "", 111), "stream.reassembly_seq_gap"));
    CHECK(connection.from_client() == "abc<6>$");
  }
}

TEST_CASE("A server that goes on after its SYN-ACK was answered, if not before our eyes") {
  auto config = listener();
  config.midstream = true;
  config.async_oneside = GENERATE(false, true);
  Connection connection(config);
  connection.send({.from = kServer, .sequence = 500, .acknowledgement = 101, .flags = kSyn | kAck});
  CHECK_FALSE(connection.tcp().established());
  connection.server(501, "200 OK", 140);
  CHECK(connection.tcp().established());
  CHECK(connection.from_server() == (config.async_oneside ? "200 OK" : ""));
}

TEST_CASE("Both ends' windows hold when the one that was not seen at first is seen") {
  auto config = listener();
  config.midstream = true;
  Connection connection(config);
  connection.send({.sequence = 101, .acknowledgement = 501, .payload = "GET /", .window = 229});
  connection.server(501, "", 106);
  CHECK(connection.server(501, "200 OK", 106).oddities.empty());
  connection.client(106, "", 507);
  CHECK(connection.from_server() == "200 OK");
}

struct PolicyCase {
  OverlapPolicy policy;
  std::string_view begins_before, same, same_longer, behind, around;
};

TEST_CASE("Where segments differ, the policy decides") {
  using enum OverlapPolicy;
  // The earlier one is at 3..6 of nine places; the later one at 1..4, 3..6, 3..8, 4..8, 2..8.
  const auto wanted =
      GENERATE(PolicyCase{first, "nnoooo", "oooo", "oooonn", "oooonn", "noooon"},
               PolicyCase{last, "nnnnoo", "nnnn", "nnnnnn", "onnnnn", "nnnnnn"},
               PolicyCase{bsd, "nnnnoo", "oooo", "oooonn", "oooonn", "nnnnnn"},
               PolicyCase{bsd_right, "nnoooo", "nnnn", "nnnnnn", "onnnnn", "noooon"},
               PolicyCase{linux, "nnnnoo", "oooo", "nnnnnn", "oooonn", "nnnnnn"},
               PolicyCase{old_linux, "nnnnoo", "nnnn", "nnnnnn", "oooonn", "nnnnnn"},
               PolicyCase{windows, "nnoooo", "oooo", "oooonn", "oooonn", "nnnnnn"},
               PolicyCase{solaris, "nnoooo", "oooo", "oooonn", "oooonn", "nnnnnn"});
  const auto run = [&](std::uint32_t place, std::size_t size) {
    Connection connection(listener(wanted.policy));
    connection.open();
    connection.client(103, "oooo");
    const auto outcome = connection.client(100 + place, std::string(size, 'n'));
    CHECK(has_oddity(outcome, "stream.reassembly_overlap_different_data"));
    CHECK(outcome.drop == DropReason::none);
    connection.close();
    auto text = connection.from_client();
    if (text.starts_with("?<")) text = text.substr(text.find('>') + 1);
    text.pop_back();
    return text;
  };
  CHECK(run(1, 4) == wanted.begins_before);
  CHECK(run(3, 4) == wanted.same);
  CHECK(run(3, 6) == wanted.same_longer);
  CHECK(run(4, 5) == wanted.behind);
  CHECK(run(2, 6) == wanted.around);
}

TEST_CASE("Bytes that were handed on stay, whatever the policy") {
  Connection connection(listener(OverlapPolicy::last));
  connection.open();
  connection.client(101, "GOOD");
  connection.server(501, "", 105);
  const auto again = connection.client(101, "EVIL!");
  CHECK(has_oddity(again, "stream.reassembly_overlap_different_data"));
  connection.server(501, "", 106);
  CHECK(connection.from_client() == "GOOD!");
}

TEST_CASE("Data of a SYN that the server ignored is what comes later") {
  Connection connection(listener());
  connection.send({.sequence = 100, .flags = kSyn, .payload = "decoy"});
  connection.send({.from = kServer, .sequence = 500, .acknowledgement = 101, .flags = kSyn | kAck});
  connection.client(101, "real");
  connection.server(501, "", 105);
  CHECK(connection.from_client() == "real");
}

TEST_CASE("A connection that goes on after its RST was never reset") {
  Connection connection(listener());
  connection.open();
  connection.send({.sequence = 101, .acknowledgement = 501, .flags = kRst | kAck});
  CHECK(connection.tcp().state() == TcpState::closed);
  CHECK(has_oddity(connection.client(101, "abc"), "stream.suspected_rst_inject"));
  connection.server(501, "", 104);
  CHECK(connection.from_client() == "abc");
}

TEST_CASE("A flow of which one direction passes elsewhere is read as it comes, if that is wanted") {
  for (const bool wanted : {true, false}) {
    auto config = listener();
    config.async_oneside = wanted;
    Connection connection(config);
    connection.send({.sequence = 100, .flags = kSyn});
    connection.client(101, "", 5001);
    connection.client(101, "abc", 5001);
    connection.client(104, "def", 5101);
    connection.send({.sequence = 107, .acknowledgement = 5101, .flags = kAck | kFin});
    CHECK(connection.from_client() == (wanted ? "abcdef$" : ""));
    CHECK(connection.from_server().empty());
    CHECK((connection.tcp().state() == TcpState::syn_sent) != wanted);
  }
}

TEST_CASE("One-sided, a gap is left behind when nothing more can wait") {
  auto config = listener();
  config.async_oneside = true;
  config.max_queued_segments = 3;
  Connection connection(config);
  connection.client(1000, "abc", 5001);
  for (std::uint32_t i = 0; i < 4; ++i) connection.client(1010 + 2 * i, "x", 5001);
  CHECK(connection.from_client() == "abc<7>x<1>x<1>x");
}

TEST_CASE("Memory that is refused is a gap later") {
  Connection connection(listener());
  connection.open();
  connection.client(101, "abc");
  while (connection.pool().allocate(64) != nullptr) continue;
  CHECK(connection.client(104, "def").drop == DropReason::none);
  connection.server(501, "", 107);
  CHECK(connection.from_client().ends_with("<3>"));
  CHECK(connection.worker().counters().no_memory > 0);
}

}  // namespace
}  // namespace sekisho::tests
