#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "dataplane/flow/tcp_tracking.h"

namespace sekisho::dataplane::test {

/// A segment with the truth beside it: sequence numbers that never wrap, counted from the SYN (0).
struct Segment {
  bool from_client = false;
  std::uint8_t flags = 0;
  std::uint64_t seq = 0;
  std::uint64_t ack = 0;
  std::uint16_t payload = 0;
  std::uint16_t window = 0;  // as on the wire
  std::uint8_t scale = kNoWindowScale;

  std::uint64_t end() const {
    return seq + payload + ((flags & kTcpSyn) != 0 ? 1U : 0U) + ((flags & kTcpFin) != 0 ? 1U : 0U);
  }
};

/// What a real end of a connection does, without a clock of its own and without content: it sends
/// what its peer's window allows in pieces of random sizes, retransmits, probes, keeps alive,
/// reassembles, acknowledges and closes (RFC 9293). Written for clarity; nothing is shared with the
/// code under test.
class TcpEndpoint {
 public:
  struct Options {
    bool client = false;
    std::uint64_t bytes = 0;       // to send in all
    std::uint32_t buffer = 65535;  // for receiving
    std::uint8_t scale = kNoWindowScale;
    std::uint16_t syn_payload = 0;
    bool simultaneous_open = false;
    bool answers_early = false;  // sends data before its SYN-ACK is acknowledged (TCP Fast Open)
  };

  TcpEndpoint(const Options& options, std::mt19937& random)
      : options_(options), random_(random), fin_at_(1 + options.bytes) {}

  bool finished() const { return una_ > fin_at_ && fin_received_; }
  bool knows_peer() const { return peer_syn_seen_; }
  std::uint64_t next_expected() const { return next_expected_; }
  std::uint64_t unacknowledged() const { return una_; }

  /// Something of its own accord; `timer`: the retransmission timer has run out.
  void act(bool timer, std::vector<Segment>& out) {
    read_some();
    if (!syn_sent_) {
      if (options_.client || options_.simultaneous_open) send_syn(out);
      return;
    }
    if (una_ == 0 || !peer_syn_seen_) {
      if (timer) send_syn(out);
      return;
    }
    if (timer && una_ < next_) return retransmit(out);
    if (timer && window_closed() && next_ < fin_at_) return probe(out);
    const unsigned choice = random_() % 16;
    if (choice == 0 && una_ < next_) return retransmit(out);
    if (choice == 1 && una_ == next_) return keep_alive(out);
    if (choice < 12) send_new(out);
  }

  void receive(const Segment& segment, std::vector<Segment>& out) {
    if ((segment.flags & kTcpSyn) != 0) return receive_syn(segment, out);
    if (!peer_syn_seen_ || !syn_sent_) return;
    if (segment.ack > next_) return;  // cannot come from a real peer
    const std::uint64_t edge = next_expected_ + window();
    const bool acceptable =
        segment.seq <= edge && (segment.end() > next_expected_ || segment.seq == next_expected_);
    if (acceptable) note_ack(segment);
    const std::uint64_t before = next_expected_;
    if (acceptable) note_data(segment, edge);
    if (!acceptable || segment.end() > segment.seq || before != next_expected_)
      if (!acceptable || random_() % 4 != 0) out.push_back(make(kTcpAck, next_, 0));
  }

 private:
  std::uint64_t window() const {
    const std::uint64_t unread = next_expected_ - read_;
    const std::uint64_t free = unread >= options_.buffer ? 0 : options_.buffer - unread;
    return free >> shift() << shift();
  }
  unsigned shift() const { return scaling_ ? options_.scale : 0; }
  bool window_closed() const { return una_ + peer_window_ <= next_; }

  Segment make(std::uint8_t flags, std::uint64_t seq, std::uint64_t payload) {
    Segment segment;
    segment.from_client = options_.client;
    segment.flags = flags;
    segment.seq = seq;
    segment.ack = (flags & kTcpAck) != 0 ? next_expected_ : 0;
    segment.payload = static_cast<std::uint16_t>(payload);
    const std::uint64_t raw =
        (flags & kTcpSyn) != 0 ? std::uint64_t{options_.buffer} : window() >> shift();
    segment.window = static_cast<std::uint16_t>(raw > 65535 ? 65535 : raw);
    if ((flags & kTcpSyn) != 0) segment.scale = options_.scale;
    // A server repeats scaling only to a client that offered it.
    if ((flags & kTcpSyn) != 0 && peer_syn_seen_ && !scaling_) segment.scale = kNoWindowScale;
    return segment;
  }

  void read_some() {
    if (random_() % 3 == 0) {
      const std::uint64_t unread = next_expected_ - read_;
      read_ += random_() % 2 == 0 ? unread : unread / 2;
    }
  }

  void send_syn(std::vector<Segment>& out) {
    const std::uint8_t flags = peer_syn_seen_ ? kTcpSyn | kTcpAck : kTcpSyn;
    // Retransmitted SYNs often leave the data out.
    const std::uint16_t payload =
        options_.client && !peer_syn_seen_ && (!syn_sent_ || random_() % 2 == 0)
            ? options_.syn_payload
            : std::uint16_t{0};
    out.push_back(make(flags, 0, payload));
    syn_sent_ = true;
    next_ = std::max<std::uint64_t>(next_, 1U + payload);
  }

  void receive_syn(const Segment& segment, std::vector<Segment>& out) {
    if ((segment.flags & kTcpAck) != 0 && segment.ack > next_) return;
    if (!peer_syn_seen_) {
      peer_syn_seen_ = true;
      scaling_ = segment.scale != kNoWindowScale && options_.scale != kNoWindowScale;
      next_expected_ = read_ = 1;
      peer_window_ = segment.window;
      peer_scale_ = scaling_ ? segment.scale : 0;
      // Data in the SYN is kept or not; then the client sends it again.
      if (segment.payload != 0 && random_() % 2 == 0) next_expected_ += segment.payload;
    }
    if ((segment.flags & kTcpAck) != 0 && segment.ack > una_) una_ = segment.ack;
    if (una_ != 0)
      out.push_back(make(kTcpAck, next_, 0));
    else
      send_syn(out);
    if (options_.answers_early && una_ == 0) {
      const std::uint64_t size = std::min<std::uint64_t>(
          {options_.bytes, segment.window, std::uint64_t{1} + random_() % 1400});
      if (size != 0 && next_ == 1) {
        out.push_back(make(kTcpAck, 1, size));
        next_ = 1 + size;
      }
    }
  }

  void note_ack(const Segment& segment) {
    if (segment.ack < una_) return;
    if (segment.ack > una_ || segment.ack == una_) {
      una_ = segment.ack;
      if (segment.ack + (std::uint64_t{segment.window} << peer_scale_) >= una_)
        peer_window_ = std::uint64_t{segment.window} << peer_scale_;
    }
  }

  void note_data(const Segment& segment, std::uint64_t edge) {
    const std::uint64_t data_end = std::min(segment.seq + segment.payload, edge);
    if (data_end > segment.seq) {
      std::uint64_t& end = held_[segment.seq];
      end = std::max(end, data_end);
    }
    if ((segment.flags & kTcpFin) != 0 && segment.seq + segment.payload <= edge + 1)
      peer_fin_at_ = segment.seq + segment.payload;
    while (!held_.empty() && held_.begin()->first <= next_expected_) {
      next_expected_ = std::max(next_expected_, held_.begin()->second);
      held_.erase(held_.begin());
    }
    if (peer_fin_at_ && next_expected_ == *peer_fin_at_) {
      ++next_expected_;
      ++read_;
      fin_received_ = true;
    }
  }

  std::uint64_t piece(std::uint64_t most) {
    const std::uint64_t size = random_() % 3 == 0 ? 1 + random_() % 1460 : 1460;
    return std::min(size, most);
  }

  void send_new(std::vector<Segment>& out) {
    for (unsigned burst = 1 + static_cast<unsigned>(random_() % 6); burst != 0; --burst) {
      const std::uint64_t edge = una_ + peer_window_;
      if (next_ < fin_at_) {
        if (next_ >= edge) return;
        const std::uint64_t size = piece(std::min(edge, fin_at_) - next_);
        const bool last = next_ + size == fin_at_ && random_() % 2 == 0;
        out.push_back(make(last ? kTcpAck | kTcpFin : kTcpAck | kTcpPsh, next_, size));
        next_ += size + (last ? 1 : 0);
      } else if (next_ == fin_at_) {
        out.push_back(make(kTcpAck | kTcpFin, next_, 0));  // even behind a full window
        ++next_;
      } else {
        return;
      }
    }
  }

  void retransmit(std::vector<Segment>& out) {
    // Somewhere in what is not acknowledged, in other pieces than before.
    const std::uint64_t data_end = std::min(next_, fin_at_);
    std::uint64_t from = una_;
    if (random_() % 2 == 0 && data_end > una_) from += random_() % (data_end - una_);
    for (unsigned burst = 1 + static_cast<unsigned>(random_() % 3); burst != 0; --burst) {
      if (from < data_end) {
        const std::uint64_t size = piece(data_end - from);
        const bool fin = from + size == fin_at_ && next_ > fin_at_;
        out.push_back(make(fin ? kTcpAck | kTcpFin : kTcpAck, from, size));
        from += size;
      } else if (next_ > fin_at_ && una_ <= fin_at_) {
        out.push_back(make(kTcpAck | kTcpFin, fin_at_, 0));
        return;
      }
    }
  }

  void probe(std::vector<Segment>& out) {
    // One byte beyond the window, or one behind.
    if (random_() % 2 == 0 && next_ == una_ + peer_window_) {
      out.push_back(make(kTcpAck, next_, 1));
      ++next_;
    } else {
      out.push_back(make(kTcpAck, una_ - 1, 0));
    }
  }

  void keep_alive(std::vector<Segment>& out) {
    if (next_ > fin_at_) return;
    out.push_back(make(kTcpAck, next_ - 1, random_() % 2));
  }

  Options options_;
  std::mt19937& random_;
  bool syn_sent_ = false, peer_syn_seen_ = false, scaling_ = false, fin_received_ = false;
  unsigned peer_scale_ = 0;
  std::uint64_t peer_window_ = 0;
  std::uint64_t una_ = 0, next_ = 0;            // sending
  std::uint64_t next_expected_ = 0, read_ = 0;  // receiving
  std::uint64_t fin_at_;
  std::map<std::uint64_t, std::uint64_t> held_;  // out of order: begin -> end
  std::optional<std::uint64_t> peer_fin_at_;
};

}  // namespace sekisho::dataplane::test
