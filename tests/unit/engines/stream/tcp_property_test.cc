// Random traffic between two ends, one of them hostile, against a receiver written plainly: byte by
// byte, without windows or lists.
#include <algorithm>
#include <map>
#include <random>

#include "connection.h"

namespace sekisho::tests {
namespace {

/// A host that puts together what reaches it. Of two bytes for one place, not yet read, the first
/// or the last wins; hosts exist of both kinds.
class ReferenceReceiver {
 public:
  explicit ReferenceReceiver(bool last_wins) : last_wins_(last_wins) {}
  void take(std::uint64_t place, std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (place + i < text_.size()) continue;
      if (last_wins_)
        waiting_[place + i] = bytes[i];
      else
        waiting_.try_emplace(place + i, bytes[i]);
    }
    for (auto at = waiting_.find(text_.size()); at != waiting_.end();
         at = waiting_.find(text_.size())) {
      text_ += at->second;
      waiting_.erase(at);
    }
  }
  const std::string& text() const { return text_; }

 private:
  bool last_wins_;
  std::string text_;
  std::map<std::uint64_t, char> waiting_;
};

struct Hazards {
  unsigned reorder_percent = 30;
  unsigned lose_percent = 10;       // behind the box
  unsigned different_percent = 20;  // a segment has other bytes than the stream
  unsigned lose_ack_percent = 20;   // before the box
  std::size_t largest_segment = 1460;
};

/// One direction of one connection, sent by someone who repeats, reorders and lies.
class HostileStream {
 public:
  HostileStream(std::mt19937& random, const TcpConfig& config, const Hazards& hazards,
                bool last_wins)
      : random_(random), hazards_(hazards), connection_(config, 1 << 23), host_(last_wins) {
    base_ = static_cast<std::uint32_t>(random_());
    const std::string_view scale("\3\3\4\0", 4);
    connection_.send({.sequence = base_ - 1, .flags = kSyn, .options = scale});
    connection_.send({.from = kServer,
                      .sequence = 500,
                      .acknowledgement = base_,
                      .flags = kSyn | kAck,
                      .options = scale});
    connection_.send({.sequence = base_, .acknowledgement = 501});
    stream_.resize(20'000 + random_() % 60'000);
    for (auto& byte : stream_) byte = static_cast<char>('a' + random_() % 4);
  }

  /// Sends `segments`; every one is judged, and reaches the host if it is let through.
  void run(int segments) {
    for (int i = 0; i < segments; ++i) {
      step(random_segment());
      compare();
    }
  }
  /// Sends in order what the host lacks until it has all, as an honest sender does.
  bool finish() {
    for (int i = 0; i < 3000 && host_.text().size() < stream_.size(); ++i) {
      const auto place = host_.text().size();
      step({place, stream_.substr(place, hazards_.largest_segment)});
      compare();
    }
    return host_.text() == stream_;
  }
  int drops() const { return drops_; }
  const std::string& seen() const { return connection_.from_client(); }
  void destroy() { connection_.destroy(); }

 private:
  struct Sent {
    std::size_t place;
    std::string bytes;
  };
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  Sent random_segment() {
    const std::size_t size = 1 + random_() % hazards_.largest_segment;
    std::size_t place = next_;
    if (chance(hazards_.reorder_percent)) {
      const std::size_t back = random_() % 20'000;
      place = next_ > back ? next_ - back : 0;
    }
    if (chance(5)) place = host_.text().size();
    if (chance(10)) place += random_() % 3000;
    place = std::min(place, stream_.size());
    Sent sent{place, stream_.substr(place, size)};
    if (place + sent.bytes.size() > next_ && place < next_ + 5000)
      next_ = place + sent.bytes.size();
    if (!sent.bytes.empty() && chance(hazards_.different_percent))
      sent.bytes[random_() % sent.bytes.size()] = 'X';
    return sent;
  }

  void step(const Sent& sent) {
    const auto outcome =
        connection_.client(base_ + static_cast<std::uint32_t>(sent.place), sent.bytes);
    if (outcome.drop != DropReason::none)
      ++drops_;
    else if (!chance(hazards_.lose_percent))
      host_.take(sent.place, sent.bytes);
    if (chance(hazards_.lose_ack_percent)) return;
    connection_.send({.from = kServer,
                      .sequence = 501,
                      .acknowledgement = base_ + static_cast<std::uint32_t>(host_.text().size()),
                      .window = 16384});
  }

  /// What the host has read, the engine saw; the engine may have seen more, which was lost.
  void compare() {
    REQUIRE(connection_.sink.gaps == 0);
    REQUIRE(seen().size() >= host_.text().size());
    if (host_.text().size() == compared_) return;
    REQUIRE(std::equal(host_.text().begin() + static_cast<long>(compared_), host_.text().end(),
                       seen().begin() + static_cast<long>(compared_)));
    compared_ = host_.text().size();
  }

  std::mt19937& random_;
  Hazards hazards_;
  Connection connection_;
  ReferenceReceiver host_;
  std::string stream_;
  std::uint32_t base_ = 0;
  std::size_t next_ = 0;
  std::size_t compared_ = 0;
  int drops_ = 0;
};

TEST_CASE("Inline: no host ever reads other bytes than the engine saw, in 100,000 segments") {
  std::mt19937 random(2026);
  const TcpConfig configs[] = {
      {.depth = {0, 0}},
      {.depth = {0, 0}, .history = 64, .usual_window = 2048, .max_window = 4096},
      {.depth = {0, 0}, .max_queued_bytes = 8000, .max_queued_segments = 20},
  };
  int drops = 0;
  for (int flow = 0; flow < 200; ++flow) {
    Hazards hazards;
    hazards.largest_segment = flow % 5 == 0 ? 3 : flow % 5 == 1 ? 40 : 1460;
    HostileStream stream(random, configs[flow % 3], hazards, flow % 2 == 0);
    stream.run(500);
    drops += stream.drops();
    stream.destroy();
  }
  CHECK(drops > 5000);
}

TEST_CASE("Inline: an honest sender gets everything through, whatever is reordered and lost") {
  std::mt19937 random(77);
  for (int flow = 0; flow < 40; ++flow) {
    Hazards hazards;
    hazards.different_percent = 0;
    hazards.largest_segment = flow % 3 == 0 ? 100 : 1460;
    HostileStream stream(random, {.depth = {0, 0}}, hazards, flow % 2 == 0);
    stream.run(200);
    CHECK(stream.finish());
    CHECK(stream.drops() == 0);
    stream.destroy();
  }
}

/// A listener that sees every packet and acknowledgement that the host sees.
void listen(std::mt19937& random, OverlapPolicy policy) {
  Connection connection({.delivery = Delivery::on_acknowledgement, .overlap = policy});
  connection.open();
  ReferenceReceiver host(policy == OverlapPolicy::last);
  std::string stream(30'000, ' ');
  for (auto& byte : stream) byte = static_cast<char>('a' + random() % 4);
  while (host.text().size() < stream.size()) {
    const std::size_t place = std::min(host.text().size() + random() % 2000, stream.size());
    auto bytes = stream.substr(random() % 3 == 0 ? host.text().size() : place, 1 + random() % 500);
    const auto at = stream.find(bytes, host.text().size());
    if (bytes.empty() || at == std::string::npos) continue;
    if (random() % 4 == 0) bytes[random() % bytes.size()] = 'X';
    connection.client(101 + static_cast<std::uint32_t>(at), bytes);
    host.take(at, bytes);
    connection.server(501, "", 101 + static_cast<std::uint32_t>(host.text().size()));
    REQUIRE(connection.from_client() == host.text());
  }
  CHECK(connection.sink.gaps == 0);
  connection.destroy();
}

TEST_CASE("A listener sees what a host of its policy reads") {
  std::mt19937 random(5);
  for (int i = 0; i < 20; ++i)
    listen(random, i % 2 == 0 ? OverlapPolicy::first : OverlapPolicy::last);
}

}  // namespace
}  // namespace sekisho::tests
