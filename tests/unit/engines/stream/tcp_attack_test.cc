// Ends that want the engine to see something else than the peer reads.
#include "connection.h"

namespace sekisho::tests {
namespace {

std::string timestamps(std::uint32_t value) {
  std::string options{1, 1, 8, 10};
  for (int shift = 24; shift >= 0; shift -= 8) options += static_cast<char>(value >> shift);
  return options + std::string(4, '\0');
}

TEST_CASE("A retransmission with other bytes is dropped, and named") {
  Connection connection;
  connection.open();
  connection.client(101, "GOOD");
  const auto outcome = connection.client(101, "EVIL");
  CHECK(outcome.drop == DropReason::stream_differs);
  CHECK(has_oddity(outcome, "stream.reassembly_overlap_different_data"));
  CHECK(connection.client(103, "XXyz").drop == DropReason::stream_differs);
  CHECK(connection.from_client() == "GOOD");
}

TEST_CASE("What waits behind a gap cannot be replaced") {
  Connection connection;
  connection.open();
  connection.client(105, "GOOD");
  CHECK(connection.client(105, "EVIL").drop == DropReason::stream_differs);
  CHECK(connection.client(103, "abEV").drop == DropReason::stream_differs);
  CHECK(connection.client(101, "abcdEVIL").drop == DropReason::stream_differs);
  CHECK(connection.client(101, "abcdGOODef").drop == DropReason::none);
  CHECK(connection.from_client() == "abcdGOODef");
}

TEST_CASE("A dropped segment leaves nothing behind") {
  Connection connection;
  connection.open();
  connection.client(101, "GOOD");
  connection.send(
      {.sequence = 101, .acknowledgement = 501, .flags = kAck | kFin, .payload = "EVILmore"});
  connection.client(105, "rest");
  CHECK(connection.from_client() == "GOODrest");
}

TEST_CASE("A segment that will die on its way is told, and its bytes are fixed") {
  Connection connection;
  connection.open();
  const auto decoy =
      connection.send({.sequence = 101, .acknowledgement = 501, .payload = "GOOD", .ttl = 3});
  CHECK(has_oddity(decoy, "stream.suspected_ttl_decoy"));
  CHECK(connection.worker().counters().decoys == 1);
  CHECK(connection.client(101, "EVIL").drop == DropReason::stream_differs);
}

TEST_CASE("Segments with a wrong checksum are never looked at, unless that is wanted") {
  for (const bool drop : {true, false}) {
    Connection connection({.drop_bad_checksums = drop});
    connection.open();
    const auto outcome = connection.send(
        {.sequence = 101, .acknowledgement = 501, .payload = "abc", .bad_checksum = true});
    CHECK(outcome.drop == (drop ? DropReason::stream_bad_checksum : DropReason::none));
    CHECK(connection.from_client() == (drop ? "" : "abc"));
  }
}

TEST_CASE("Segments with an old timestamp are not the receiver's, and not ours") {
  Connection connection;
  connection.open(timestamps(1000));
  const auto send = [&](std::uint32_t sequence, std::string_view bytes, std::uint32_t stamp,
                        std::uint64_t time_s = 1000) {
    const auto options = timestamps(stamp);
    return connection.send({.sequence = sequence,
                            .acknowledgement = 501,
                            .payload = bytes,
                            .options = options,
                            .time_s = time_s});
  };
  CHECK(send(101, "abc", 2000).drop == DropReason::none);
  const auto old = send(104, "OLD", 1500);
  CHECK(old.drop == DropReason::stream_bad_timestamp);
  CHECK(has_oddity(old, "stream.pkt_invalid_timestamp"));
  // Ahead of a gap the receiver does not remember the stamp, so the one before it is not too old.
  CHECK(send(110, "jkl", 3000).drop == DropReason::none);
  CHECK(send(104, "defghi", 2500).drop == DropReason::none);
  CHECK(send(113, "m", 2499, 1000 + 25 * 86400).drop == DropReason::none);
  CHECK(connection.from_client() == "abcdefghijklm");
}

TEST_CASE("Bytes beyond the receiver's window are dropped, a probe of a closed window is not") {
  Connection connection;
  connection.open();
  connection.send({.from = kServer, .sequence = 501, .acknowledgement = 101, .window = 0});
  // The first offer stands: a window does not shrink.
  CHECK(connection.client(101 + 65536, "beyond").drop == DropReason::stream_out_of_window);
  Connection small;
  small.send({.sequence = 100, .flags = kSyn});
  small.send({.from = kServer,
              .sequence = 500,
              .acknowledgement = 101,
              .flags = kSyn | kAck,
              .window = 4});
  small.client(101, "abcd");
  const auto beyond = small.client(105, "efg");
  CHECK(has_oddity(beyond, "stream.est_packet_out_of_window"));
  CHECK(small.client(105, "e").drop == DropReason::none);
  CHECK(small.client(105, "X").drop == DropReason::stream_differs);
  CHECK(small.from_client() == "abcde");
}

TEST_CASE("A keep-alive may bring any byte") {
  Connection connection;
  connection.open();
  connection.client(101, "abc");
  connection.server(501, "", 104);
  CHECK(connection.client(103, std::string_view("\0", 1)).drop == DropReason::none);
  CHECK(connection.client(102, "XX").drop == DropReason::stream_differs);
}

struct Reset {
  std::uint32_t sequence;
  DropReason drop;
  bool closes;
};

TEST_CASE("Only a RST at exactly the next number closes") {
  const auto reset = GENERATE(Reset{104, DropReason::none, true},   // behind what was sent
                              Reset{101, DropReason::none, true},   // what the peer expects
                              Reset{103, DropReason::none, false},  // provokes a challenge
                              Reset{5000, DropReason::none, false},
                              Reset{100, DropReason::stream_bad_reset, false},
                              Reset{104 + 70000, DropReason::stream_bad_reset, false});
  Connection connection;
  connection.open();
  connection.client(101, "abc");
  const auto outcome =
      connection.send({.sequence = reset.sequence, .acknowledgement = 501, .flags = kRst | kAck});
  CHECK(outcome.drop == reset.drop);
  CHECK((connection.tcp().state() == TcpState::closed) == reset.closes);
  CHECK(connection.from_client() == (reset.closes ? "abc$" : "abc"));
  const auto after = connection.client(104, "def");
  CHECK((after.drop == DropReason::stream_out_of_window) == reset.closes);
  CHECK(connection.client(104, "", 501).drop == DropReason::none);
}

TEST_CASE("A RST that carries a signature nobody agreed on is forged") {
  Connection connection;
  connection.open();
  const auto outcome = connection.send({.sequence = 101,
                                        .acknowledgement = 501,
                                        .flags = kRst | kAck,
                                        .options = std::string_view("\35\4\246\50", 4)});
  CHECK(outcome.drop == DropReason::stream_bad_reset);
  CHECK(has_oddity(outcome, "stream.suspected_rst_inject"));
  connection.client(101, "abc");
  CHECK(connection.from_client() == "abc");
}

TEST_CASE("A RST answers the challenge of a responder that remembers an older connection") {
  constexpr std::uint32_t kOlder = 100U - 70'000;
  Connection connection;
  connection.send({.sequence = 100, .flags = kSyn});
  const auto reset = [&](std::uint32_t sequence) {
    return connection.send({.sequence = sequence, .flags = kRst}).drop;
  };
  CHECK(reset(kOlder) == DropReason::stream_bad_reset);
  const Segment challenge{
      .from = kServer, .sequence = 9000, .acknowledgement = kOlder, .flags = kAck};
  CHECK(connection.send(challenge).drop == DropReason::none);
  CHECK(reset(kOlder + 1) == DropReason::stream_bad_reset);
  CHECK(reset(kOlder) == DropReason::none);
  CHECK(connection.tcp().state() == TcpState::syn_sent);
  // It has its effect: the SYN that comes again is answered.
  connection.send({.sequence = 100, .flags = kSyn});
  connection.send({.from = kServer, .sequence = 500, .acknowledgement = 101, .flags = kSyn | kAck});
  connection.client(101, "abc");
  CHECK(connection.from_client() == "abc");
  // Nothing is remembered of it in what is open.
  CHECK(reset(kOlder) == DropReason::stream_bad_reset);
}

TEST_CASE("A RST refuses a SYN only by acknowledging it") {
  Connection connection;
  connection.send({.sequence = 100, .flags = kSyn});
  CHECK(connection.send({.from = kServer, .acknowledgement = 99, .flags = kRst | kAck}).drop ==
        DropReason::stream_bad_reset);
  CHECK(connection.send({.from = kServer, .acknowledgement = 101, .flags = kRst | kAck}).drop ==
        DropReason::none);
  CHECK(connection.tcp().state() == TcpState::closed);
}

TEST_CASE("Nothing follows a FIN, and a FIN has one place") {
  Connection connection;
  connection.open();
  connection.send(
      {.sequence = 101, .acknowledgement = 501, .flags = kAck | kFin, .payload = "abc"});
  CHECK(connection.client(104, "def").drop == DropReason::stream_bad_fin);
  const auto moved = connection.send(
      {.sequence = 101, .acknowledgement = 501, .flags = kAck | kFin, .payload = "ab"});
  CHECK(moved.drop == DropReason::stream_bad_fin);
  CHECK(connection
            .send({.sequence = 101, .acknowledgement = 501, .flags = kAck | kFin, .payload = "abc"})
            .drop == DropReason::none);
  // Until it is acknowledged, what came before the FIN cannot be replaced.
  CHECK(connection.client(101, "xyz").drop == DropReason::stream_differs);
  CHECK(connection.from_client() == "abc$");
}

TEST_CASE("A FIN in the middle of what was sent is refused") {
  Connection connection;
  connection.open();
  connection.client(101, "abc");
  CHECK(connection.send({.sequence = 102, .acknowledgement = 501, .flags = kAck | kFin}).drop ==
        DropReason::stream_bad_fin);
  connection.client(104, "def");
  CHECK(connection.from_client() == "abcdef");
}

TEST_CASE("Segments without ACK, and acknowledgements of what was never sent, are refused") {
  Connection connection;
  connection.open();
  CHECK(connection.send({.sequence = 101, .flags = kPsh, .payload = "abc"}).drop ==
        DropReason::stream_bad_acknowledgement);
  CHECK(connection.client(101, "abc", 502).drop == DropReason::stream_bad_acknowledgement);
  CHECK(connection.client(101, "abc", 400).drop == DropReason::stream_bad_acknowledgement);
  CHECK(connection.from_client().empty());
}

TEST_CASE("SYNs on an open connection are dropped unless they are its own") {
  Connection connection;
  connection.open();
  CHECK(connection.send({.sequence = 100, .flags = kSyn}).drop == DropReason::none);
  const auto other = connection.send({.sequence = 4000, .flags = kSyn});
  CHECK(other.drop == DropReason::stream_bad_handshake);
  CHECK(has_oddity(other, "stream.est_syn_resend_diff_seq"));
  CHECK(connection
            .send({.from = kServer, .sequence = 4000, .acknowledgement = 101, .flags = kSyn | kAck})
            .drop == DropReason::stream_bad_handshake);
  CHECK(connection.send({.sequence = 101, .flags = kSyn | kFin}).drop ==
        DropReason::stream_bad_handshake);
  connection.client(101, "abc");
  CHECK(connection.from_client() == "abc");
}

TEST_CASE("A SYN-ACK must answer the SYN that was sent") {
  Connection connection;
  connection.send({.sequence = 100, .flags = kSyn});
  const auto wrong = connection.send(
      {.from = kServer, .sequence = 500, .acknowledgement = 777, .flags = kSyn | kAck});
  CHECK(wrong.drop == DropReason::stream_bad_handshake);
  CHECK(has_oddity(wrong, "stream.3whs_synack_with_wrong_ack"));
  CHECK(connection.send({.sequence = 100, .acknowledgement = 1, .flags = kSyn | kAck}).drop ==
        DropReason::stream_bad_handshake);
  CHECK(connection.tcp().state() == TcpState::syn_sent);
}

struct Urgent {
  UrgentPolicy policy;
  std::string_view seen;
  DropReason drop;
  bool clear;
};

TEST_CASE("An urgent byte is left out, kept, normalised or refused") {
  const auto urgent =
      GENERATE(Urgent{UrgentPolicy::out_of_band, "malicious", DropReason::none, false},
               Urgent{UrgentPolicy::in_line, "malicXious", DropReason::none, false},
               Urgent{UrgentPolicy::gap, "malic<1>ious", DropReason::none, false},
               Urgent{UrgentPolicy::strip, "malicXious", DropReason::none, true},
               Urgent{UrgentPolicy::drop, "malic", DropReason::stream_urgent, false});
  Connection connection({.urgent = urgent.policy});
  connection.open();
  connection.client(101, "malic");
  const auto outcome = connection.send(
      {.sequence = 106, .acknowledgement = 501, .flags = kAck | kUrg, .payload = "X", .urgent = 1});
  CHECK(outcome.drop == urgent.drop);
  CHECK(outcome.clear_urgent == urgent.clear);
  connection.client(107, "ious");
  CHECK(connection.from_client() == urgent.seen);
}

TEST_CASE("An urgent byte that was refused and acknowledged all the same is missing") {
  Connection connection({.urgent = UrgentPolicy::drop});
  connection.open();
  connection.client(101, "malic");
  connection.send(
      {.sequence = 106, .acknowledgement = 501, .flags = kAck | kUrg, .payload = "X", .urgent = 1});
  CHECK(connection.server(501, "", 107).drop == DropReason::none);
  connection.client(107, "ious");
  CHECK(connection.from_client() == "malic<1>ious");
}

TEST_CASE("A byte left out is still compared, as is what is before it") {
  Connection connection;
  connection.open();
  const Segment urgent{.sequence = 101,
                       .acknowledgement = 501,
                       .flags = kAck | kUrg,
                       .payload = "abXcd",
                       .urgent = 3};
  connection.send(urgent);
  connection.client(106, "ef");
  CHECK(connection.from_client() == "abcdef");
  CHECK(connection.client(101, "abXcdef").drop == DropReason::none);
  CHECK(connection.client(101, "abYcdef").drop == DropReason::stream_differs);
  CHECK(connection.client(101, "axXcdef").drop == DropReason::stream_differs);
  CHECK(connection.client(103, "X").drop == DropReason::none);
  CHECK(connection.client(104, "cX").drop == DropReason::stream_differs);
}

TEST_CASE("The urgent pointer may point behind its segment, or into one that waits") {
  Connection connection;
  connection.open();
  connection.send({.sequence = 101,
                   .acknowledgement = 501,
                   .flags = kAck | kUrg,
                   .payload = "ab",
                   .urgent = 4});
  connection.client(103, "cXd");
  CHECK(connection.from_client() == "abcd");
  connection.send({.sequence = 109,
                   .acknowledgement = 501,
                   .flags = kAck | kUrg,
                   .payload = "gXh",
                   .urgent = 2});
  connection.client(106, "efg");
  CHECK(connection.from_client() == "abcdefggh");
}

TEST_CASE("Segments that wait are bounded in number and bytes") {
  Connection connection({.max_queued_bytes = 100, .max_queued_segments = 4});
  connection.open();
  for (std::uint32_t i = 0; i < 4; ++i)
    CHECK(connection.client(110 + 10 * i, "x").drop == DropReason::none);
  CHECK(connection.client(200, "x").drop == DropReason::stream_limit);
  CHECK(connection.client(300, std::string(98, 'x')).drop == DropReason::stream_limit);
  // One that is in order always fits.
  CHECK(connection.client(101, "abcdefghi").drop == DropReason::none);
  CHECK(connection.from_client() == "abcdefghix");
}

TEST_CASE("Without memory segments are dropped, or pass as a gap") {
  for (const bool forward : {false, true}) {
    Connection connection({.forward_without_memory = forward});
    while (connection.pool().allocate(64) != nullptr) continue;
    connection.open();
    CHECK(connection.client(101, "abc").drop ==
          (forward ? DropReason::none : DropReason::stream_memory));
    CHECK(connection.client(110, "xyz").drop ==
          (forward ? DropReason::none : DropReason::stream_memory));
    CHECK(connection.from_client() == (forward ? "<3>" : ""));
    CHECK(connection.worker().counters().no_memory == 2);
  }
}

TEST_CASE("What left the window for want of memory cannot come again until it is acknowledged") {
  Connection connection({.depth = {0, 0}, .history = 0, .usual_window = 2048, .max_window = 2048});
  connection.open();
  const std::string block(1000, 'x');
  for (std::uint32_t i = 0; i < 6; ++i) connection.client(101 + 1000 * i, block);
  CHECK(connection.client(101, block).drop == DropReason::stream_not_comparable);
  connection.server(501, "", 1101);
  CHECK(connection.client(101, block).drop == DropReason::none);
  CHECK(connection.client(1101, block).drop == DropReason::stream_not_comparable);
}

}  // namespace
}  // namespace sekisho::tests
