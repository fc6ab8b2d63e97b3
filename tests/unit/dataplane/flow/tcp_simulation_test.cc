// Two real ends talk across the tracker over paths that lose, delay, reorder and copy: nothing that
// either needs may ever be dropped. Then strangers who see nothing try to get in.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>

#include "tcp_endpoint.h"

namespace sekisho::dataplane {
namespace {

using test::Segment;
using test::TcpEndpoint;

struct Path {
  unsigned loss_percent;
  unsigned copy_percent;
  unsigned jitter;  // ticks; 0: in order
};

struct Scenario {
  const char* name;
  Path path;
  bool midstream = false;
  bool simultaneous = false;
};

class Simulation {
 public:
  Simulation(const Scenario& scenario, unsigned seed) : scenario_(scenario), random_(seed) {
    for (std::uint32_t& isn : isn_)
      isn = random_() % 2 == 0 ? static_cast<std::uint32_t>(random_())
                               : 0U - static_cast<std::uint32_t>(random_() % 200'000);
    untracked_ = scenario.midstream ? random_() % 60 : 0;
    const bool fast_open = random_() % 4 == 0 && !scenario.simultaneous;
    ends_.emplace_back(options(true, fast_open), random_);
    ends_.emplace_back(options(false, fast_open), random_);
  }

  void run() {
    for (tick_ = 0; tick_ < 60'000 && !done(); ++tick_) {
      for (int side = 0; side < 2; ++side) {
        std::vector<Segment> out;
        ends_[static_cast<std::size_t>(side)].act(random_() % 40 == 0, out);
        for (const Segment& segment : out) travel(segment, kBeforeBox);
      }
      deliver(kBeforeBox);
      deliver(kBehindBox);
    }
    CHECK(done());
    if (opened_ && done()) drain();
  }

  unsigned stale_drops() const { return stale_drops_; }
  unsigned tracked() const { return tracked_; }
  const Flow& flow() const { return flow_; }

 private:
  enum Hop { kBeforeBox, kBehindBox };

  TcpEndpoint::Options options(bool client, bool fast_open) {
    constexpr std::uint32_t kBuffers[] = {300, 1460, 8000, 65535, 300'000};
    constexpr std::uint8_t kScales[] = {kNoWindowScale, 0, 3, 7, 14};
    TcpEndpoint::Options o;
    o.client = client;
    o.bytes = random_() % 5 == 0 ? random_() % 10 : random_() % 60'000;
    o.buffer = fast_open ? 65535 : kBuffers[random_() % 5];
    o.scale = kScales[random_() % 5];
    if (o.scale == 14 && o.buffer < 65535) o.scale = 3;
    if (fast_open && client)
      o.syn_payload = static_cast<std::uint16_t>(std::min<std::uint64_t>(o.bytes, 500));
    o.answers_early = fast_open && !client;
    o.simultaneous_open = scenario_.simultaneous;
    return o;
  }

  bool done() const { return ends_[0].finished() && ends_[1].finished(); }

  /// What is still under way when both ends are done must be followed to the end as well.
  void drain() {
    for (unsigned i = 0; i < 200; ++i, ++tick_) {
      deliver(kBeforeBox);
      deliver(kBehindBox);
    }
    if (!scenario_.midstream) CHECK(flow_.tcp_state == TcpState::time_wait);
  }

  void travel(const Segment& segment, Hop hop) {
    if (random_() % 100 < scenario_.path.loss_percent) return;
    const unsigned copies = random_() % 100 < scenario_.path.copy_percent ? 2 : 1;
    for (unsigned i = 0; i < copies; ++i) {
      const std::uint64_t jitter = random_() % (scenario_.path.jitter + 1U);
      under_way_[hop].emplace(tick_ + 3 + jitter, segment);
    }
  }

  void deliver(Hop hop) {
    auto& queue = under_way_[hop];
    while (!queue.empty() && queue.begin()->first <= tick_) {
      const Segment segment = queue.begin()->second;
      queue.erase(queue.begin());
      if (hop == kBeforeBox) {
        if (passes(segment)) travel(segment, kBehindBox);
        continue;
      }
      std::vector<Segment> out;
      ends_[segment.from_client ? 1 : 0].receive(segment, out);
      for (const Segment& answer : out) travel(answer, kBeforeBox);
    }
  }

  PacketInfo on_the_wire(const Segment& segment) const {
    PacketInfo packet{};
    packet.kind = PacketKind::flow;
    packet.protocol = 6;
    packet.tcp_flags = segment.flags;
    packet.tcp_seq = isn_[segment.from_client ? 0 : 1] + static_cast<std::uint32_t>(segment.seq);
    if ((segment.flags & kTcpAck) != 0)
      packet.tcp_ack = isn_[segment.from_client ? 1 : 0] + static_cast<std::uint32_t>(segment.ack);
    packet.tcp_window = segment.window;
    packet.tcp_window_scale = segment.scale;
    packet.payload_bytes = segment.payload;
    return packet;
  }

  bool passes(const Segment& segment) {
    const PacketInfo packet = on_the_wire(segment);
    const bool both_open = ends_[0].unacknowledged() != 0 && ends_[1].unacknowledged() != 0;
    if (scenario_.midstream && !opened_ &&
        (!both_open || (segment.flags & kTcpSyn) != 0 || untracked_ != 0)) {
      untracked_ -= both_open && untracked_ != 0 ? 1 : 0;
      return true;
    }
    ++tracked_;
    TcpOutcome outcome;
    if (!opened_) {
      if (!opens_tcp(packet, {})) return true;  // before the pick-up
      outcome = open_tcp(flow_, packet, {});
      opened_ = true;
      opened_by_client_ = segment.from_client;
    } else {
      outcome = track_tcp(flow_, packet, segment.from_client == opened_by_client_, {});
    }
    CHECK_FALSE(outcome.reuse);
    if (outcome.drop == DropReason::none) return true;
    expect_stale(segment, outcome);
    ++stale_drops_;
    return false;
  }

  /// Only what its receiver would not use may be dropped (RFC 9293 §3.10.7.4): a copy that comes
  /// too late, or data that comes before the SYN.
  void expect_stale(const Segment& segment, const TcpOutcome& outcome) {
    const TcpEndpoint& receiver = ends_[segment.from_client ? 1 : 0];
    const bool old_data = segment.end() <= receiver.next_expected();
    const bool old_ack = (segment.flags & kTcpAck) == 0 || segment.ack <= receiver.unacknowledged();
    CAPTURE(name_of(outcome.drop), tick_, segment.from_client, int{segment.flags}, segment.seq,
            segment.ack, segment.payload, segment.window, receiver.next_expected(),
            receiver.unacknowledged(), static_cast<int>(flow_.tcp_state));
    const bool too_early = !receiver.knows_peer() && (segment.flags & kTcpSyn) == 0;
    const bool too_late = segment.end() < receiver.next_expected() || (old_data && old_ack);
    CHECK((too_early || too_late));
  }

  Scenario scenario_;
  std::mt19937 random_;
  std::uint32_t isn_[2]{};
  std::vector<TcpEndpoint> ends_;
  std::multimap<std::uint64_t, Segment> under_way_[2];
  std::uint64_t tick_ = 0;
  std::uint64_t untracked_ = 0;
  bool opened_ = false, opened_by_client_ = true;
  Flow flow_;
  unsigned stale_drops_ = 0;
  unsigned tracked_ = 0;
};

TEST_CASE("nothing that a real connection needs is ever dropped") {
  const auto scenario = GENERATE(Scenario{"clean", {0, 0, 0}}, Scenario{"lossy", {10, 2, 0}},
                                 Scenario{"reordering", {3, 3, 8}}, Scenario{"awful", {25, 10, 30}},
                                 Scenario{"simultaneous open", {5, 3, 5}, false, true},
                                 Scenario{"midstream, clean", {0, 0, 0}, true},
                                 Scenario{"midstream, reordering", {5, 5, 10}, true});
  unsigned stale = 0, tracked = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    CAPTURE(scenario.name, seed);
    Simulation simulation(scenario, seed);
    simulation.run();
    stale += simulation.stale_drops();
    tracked += simulation.tracked();
  }
  CAPTURE(scenario.name, stale, tracked);
  CHECK(tracked > 10'000);
  if (scenario.path.loss_percent == 0 && !scenario.midstream) CHECK(stale == 0);
  CHECK(stale <= tracked / 100);
}

/// An established flow in the middle of a transfer: 8 MiB offered to the client's data, some of it
/// under way.
Flow busy_flow(std::uint32_t client_isn, std::uint32_t server_isn) {
  Flow flow;
  PacketInfo packet{};
  packet.kind = PacketKind::flow;
  packet.tcp_window = 65535;
  packet.tcp_window_scale = 7;
  const auto send = [&](bool client, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                        std::uint16_t payload) {
    packet.tcp_flags = flags;
    packet.tcp_seq = (client ? client_isn : server_isn) + seq;
    packet.tcp_ack = (client ? server_isn : client_isn) + ack;
    packet.payload_bytes = payload;
    if (flags == kTcpSyn) {
      open_tcp(flow, packet, {});
    } else {
      REQUIRE(track_tcp(flow, packet, client, {}).drop == DropReason::none);
    }
  };
  send(true, kTcpSyn, 0, 0, 0);
  send(false, kTcpSyn | kTcpAck, 0, 1, 0);
  send(true, kTcpAck, 1, 1, 0);
  send(false, kTcpAck, 1, 1, 0);  // the first scaled window
  for (std::uint32_t i = 0; i < 100; ++i) send(true, kTcpAck, 1 + i * 1000, 1, 1000);
  send(false, kTcpAck, 1, 50'001, 0);
  REQUIRE(flow.tcp_state == TcpState::established);
  return flow;
}

bool same_tracking(const Flow& a, const Flow& b) {
  const auto same = [](const TcpEnd& x, const TcpEnd& y) {
    return x.seq_end == y.seq_end && x.acked == y.acked && x.max_ack_end == y.max_ack_end &&
           x.max_window == y.max_window && x.fin_sent == y.fin_sent;
  };
  return a.tcp_state == b.tcp_state && same(a.tcp[0], b.tcp[0]) && same(a.tcp[1], b.tcp[1]);
}

void check_rate(std::uint64_t hits, double probability, std::uint64_t tries) {
  const double expected = probability * static_cast<double>(tries);
  CAPTURE(hits, expected);
  CHECK(std::abs(static_cast<double>(hits) - expected) <= 6 * std::sqrt(expected) + 3);
}

constexpr double kNumbers = 4294967296.0;

TEST_CASE("a blind RST passes as often as the window is wide, and closes nothing") {
  std::mt19937 random(11);
  const Flow original = busy_flow(0xfffe0000, 77);
  constexpr std::uint64_t kTries = 4'000'000;
  std::uint64_t passed = 0, changed = 0;
  for (std::uint64_t i = 0; i < kTries; ++i) {
    Flow flow = original;
    PacketInfo packet{};
    packet.kind = PacketKind::flow;
    packet.tcp_flags = i % 2 == 0 ? kTcpRst : kTcpRst | kTcpAck;
    packet.tcp_seq = static_cast<std::uint32_t>(random());
    packet.tcp_ack = static_cast<std::uint32_t>(random());
    const TcpOutcome outcome = track_tcp(flow, packet, true, {});
    passed += outcome.drop == DropReason::none;
    changed += !same_tracking(flow, original) || outcome.proves_life;
  }
  const double window = 65535.0 * 128 + 1;  // from the acknowledgement to the end of the offer
  check_rate(passed, window / kNumbers, kTries);
  CHECK(changed <= 1);  // two exact numbers in 2^32
}

TEST_CASE("blind data passes as often as both its numbers hit by chance") {
  std::mt19937 random(12);
  const Flow original = busy_flow(0xfffe0000, 77);
  constexpr std::uint64_t kTries = 4'000'000;
  std::uint64_t passed = 0, changed = 0;
  for (std::uint64_t i = 0; i < kTries; ++i) {
    Flow flow = original;
    PacketInfo packet{};
    packet.kind = PacketKind::flow;
    packet.tcp_flags = kTcpAck;
    packet.payload_bytes = 100;
    packet.tcp_seq = static_cast<std::uint32_t>(random());
    packet.tcp_ack = static_cast<std::uint32_t>(random());
    const TcpOutcome outcome = track_tcp(flow, packet, true, {});
    if (outcome.drop == DropReason::none)
      ++passed;
    else
      changed += !same_tracking(flow, original);
  }
  const double window = 65535.0 * 128;
  // Behind by a window, ahead by what is offered; acknowledgements behind by a window.
  const double sequence = (window + (50'000 + window - 100'000)) / kNumbers;
  const double acknowledgement = window / kNumbers;
  check_rate(passed, sequence * acknowledgement, kTries);
  CHECK(changed == 0);
}

TEST_CASE("a blind SYN or SYN-ACK never disturbs an open flow") {
  std::mt19937 random(13);
  const Flow original = busy_flow(1, 2);
  std::uint64_t passed = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    Flow flow = original;
    PacketInfo packet{};
    packet.kind = PacketKind::flow;
    packet.tcp_flags = i % 2 == 0 ? kTcpSyn : kTcpSyn | kTcpAck;
    packet.tcp_seq = static_cast<std::uint32_t>(random());
    packet.tcp_ack = static_cast<std::uint32_t>(random());
    const TcpOutcome outcome = track_tcp(flow, packet, i % 3 == 0, {});
    passed += outcome.drop != DropReason::tcp_syn_on_open_flow;
    if (!same_tracking(flow, original)) FAIL("changed by " << packet.tcp_seq);
  }
  CHECK(passed <= 2);
}

}  // namespace
}  // namespace sekisho::dataplane
