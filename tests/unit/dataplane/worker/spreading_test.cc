// One worker for all traffic against four behind the spreader: a packet's verdict must not depend
// on how many cores there are.
#include <array>
#include <random>

#include "dataplane/parse/decode.h"
#include "gateway.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kMixed = R"(
version: 1
rules:
  - {name: ftp, from: lan, services: [tcp/21], action: allow}
  - {name: from wan, from: wan, action: block}
  - {name: no ssh, action: block, block_with: reset, services: [tcp/22]}
  - {name: some hosts, action: block, source: {addresses: 10.0.0.0/29}, services: [udp/any]}
  - {name: rest, action: allow}
)";

struct Step {
  std::uint8_t port;
  Bytes frame;
};
using Conversation = std::vector<Step>;

/// Small conversations of every kind, most of them complete.
class Conversations {
 public:
  explicit Conversations(std::uint32_t seed) : random_(seed) {}

  Conversation next() {
    client_ = "10.0.0." + std::to_string(below(60));
    server_ = "198.51.100." + std::to_string(below(60));
    port_ = static_cast<std::uint16_t>(1024 + below(60'000));
    switch (below(6)) {
      case 0:
        return ftp();
      case 1:
        return fragments();
      case 2:
        return udp_with_error();
      case 3:
        return {{kLanPort, ethernet().ethertype(0x0806).payload_bytes(46).build()}};
      default:
        return tcp();
    }
  }
  std::uint32_t below(std::uint32_t bound) { return number() % bound; }

 private:
  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
  Connection connection(std::uint16_t server_port) {
    return {.client = client_,
            .server = server_,
            .client_port = port_,
            .server_port = server_port,
            .client_next = number(),
            .server_next = number()};
  }
  static void open(Connection& c, Conversation& out) {
    out.push_back({kLanPort, c.to_server(kSyn).build()});
    out.push_back({kWanPort, c.to_client(kSyn | kAck).build()});
    out.push_back({kLanPort, c.to_server(kAck).build()});
  }
  Conversation tcp() {
    constexpr std::array<std::uint16_t, 3> kPorts{22, 80, 443};
    auto c = connection(kPorts[below(3)]);
    Conversation out;
    if (below(4) != 0) open(c, out);  // else midstream
    out.push_back({kLanPort, c.to_server(kAck | kPsh, "question").build()});
    if (below(5) == 0) {  // somebody forges
      auto forged = c;
      forged.server_next += 0x30000000;
      out.push_back({kWanPort, forged.to_client(kRst).build()});
    }
    out.push_back({kWanPort, c.to_client(kAck | kPsh, "answer").build()});
    out.push_back({kLanPort, c.to_server(kAck | kFin).build()});
    out.push_back({kWanPort, c.to_client(kAck | kFin).build()});
    return out;
  }
  Conversation ftp() {
    auto control = connection(21);
    Conversation out;
    open(control, out);
    const auto dots = [](std::string text) {
      std::replace(text.begin(), text.end(), '.', ',');
      return text;
    };
    out.push_back(
        {kLanPort,
         control.to_server(kAck | kPsh, "PORT " + dots(client_) + ",195,80\r\n").build()});
    out.push_back(
        {kWanPort, ethernet().ipv4(server_, client_).tcp(20, 50'000, kSyn, 9, 0).build()});
    out.push_back(
        {kWanPort, ethernet().ipv4(server_, client_).tcp(20, 50'001, kSyn, 9, 0).build()});
    return out;
  }
  Conversation fragments() {
    Conversation out;
    const auto pieces = ethernet()
                            .ipv4(client_, server_)
                            .udp(port_, 7)
                            .payload_bytes(150)
                            .build_fragments(number() & 0xffff, 48);
    for (const auto& piece : pieces) out.push_back({kLanPort, piece});
    if (below(2) == 0) std::reverse(out.begin(), out.end());
    return out;
  }
  Conversation udp_with_error() {
    const auto packet = ipv4(client_, server_).udp(port_, 9).payload("x").build();
    return {{kLanPort, ethernet().ipv4(client_, server_).udp(port_, 9).payload("x").build()},
            {kWanPort, ethernet().ipv4("203.0.113.1", client_).icmp_error(3, 3, packet).build()}};
  }

  std::mt19937 random_;
  std::string client_, server_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("four workers behind the spreader judge every packet as one worker does") {
  HarnessOptions options;
  options.flow_capacity = 65'536;
  options.event_records = 1024;
  Gateway one(kMixed, options);
  std::array<std::unique_ptr<Gateway>, 4> four;
  for (auto& worker : four) worker = std::make_unique<Gateway>(kMixed, options);

  Conversations conversations(20261121);
  constexpr std::uint32_t kOpen = 40;
  std::vector<Conversation> open(kOpen);
  std::array<std::size_t, kOpen> at{};
  std::size_t packets = 0, forwarded = 0, differing = 0;
  std::array<std::size_t, 4> share{};
  while (packets < 25'000) {
    const auto i = conversations.below(kOpen);  // they take turns at random
    if (at[i] == open[i].size()) {
      open[i] = conversations.next();
      at[i] = 0;
    }
    const auto& [port, frame] = open[i][at[i]++];
    const auto owner = spread_hash(frame) % four.size();
    const auto alone = one.from(port, frame), shared = four[owner]->from(port, frame);
    differing += alone.forwarded != shared.forwarded || alone.to_lan != shared.to_lan ||
                 alone.to_wan != shared.to_wan;
    forwarded += alone.forwarded;
    ++share[owner];
    ++packets;
    // What a worker sends of its own is bounded a second: four may send more than one.
    one.harness().advance_ns(400'000);
    for (auto& worker : four) worker->harness().advance_ns(400'000);
  }
  CHECK(differing == 0);
  CHECK(forwarded > packets / 4);
  CHECK(forwarded < packets - packets / 10);
  for (const auto part : share) CHECK(part > packets / 20);
  CHECK(one.count("flow.expected") > 100);
}
