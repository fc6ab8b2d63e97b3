#include "dataplane/parse/decode.h"
#include "gateway.h"
#include "packets/frame_collection.h"

using namespace sekisho;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kPassMalformed =
    "version: 1\nrules: [{name: everything, action: allow}]\npacket_checks: {malformed: pass}\n";

PacketBuilder request() { return ethernet().ipv4(kClient, kServer).udp(5000, 7).payload("hello"); }

/// What a bridge passes whatever its firewall says: none of it is IP.
std::vector<NamedFrame> bridged_frames() {
  const auto ethertype = [](std::uint16_t type) {
    return ethernet(kClientMac, "01:80:c2:00:00:00").ethertype(type).payload_bytes(46).build();
  };
  const Bytes bpdu{0x42, 0x42, 3, 0, 0, 0, 0, 0};
  return {{"ARP", ethertype(0x0806)},
          {"LLDP", ethertype(0x88cc)},
          {"EAPOL", ethertype(0x888e)},
          {"STP", ethernet(kClientMac, "01:80:c2:00:00:00").ethertype(8).payload(bpdu).build()},
          {"PPPoE discovery", ethertype(0x8863)},
          {"PPPoE LCP", ethernet().pppoe(17).ethertype(0xc021).payload_bytes(10).build()},
          {"MPLS", ethernet().mpls(16, false).mpls(17).ipv4(kClient, kServer).udp(1, 2).build()},
          {"tagged ARP", ethernet().vlan(10).ethertype(0x0806).payload_bytes(46).build()},
          {"QinQ LLDP",
           ethernet().vlan(10, 0x88a8).vlan(20).ethertype(0x88cc).payload_bytes(46).build()},
          {"unknown type", ethertype(0x9999)}};
}

bool is_judged_alone(const NamedFrame& frame) {
  return frame.name.find("error") == std::string::npos &&
         frame.name.find("unreachable") == std::string::npos &&
         frame.name.find("exceeded") == std::string::npos &&
         frame.name.find("too_big") == std::string::npos;
}

/// The first fragment that it needs stands in front of it in the collection.
bool is_later_fragment(const NamedFrame& frame) {
  dataplane::PacketInfo info;
  dataplane::decode_ethernet(frame.bytes, {}, info);
  return info.kind == dataplane::PacketKind::later_fragment;
}

}  // namespace

TEST_CASE("more frames than a burst holds leave unchanged and in their order") {
  Gateway gateway;
  Frames frames;
  for (std::uint16_t port = 1; port <= 500; ++port)
    frames.push_back(ethernet().ipv4(kClient, kServer).udp(port, 7).payload("hello").build());
  gateway.burst(kLanPort, frames);
  CHECK(gateway.io().take_sent(kWanPort) == frames);
  CHECK(gateway.io().take_discarded().empty());
}

TEST_CASE("every frame leaves unchanged by the other port of its segment") {
  const auto port = GENERATE(kLanPort, kWanPort);
  auto gateway = std::make_unique<Gateway>();
  for (const auto& frame : frame_collection()) {
    if (!is_judged_alone(frame)) continue;
    if (!is_later_fragment(frame)) gateway = std::make_unique<Gateway>();
    CAPTURE(frame.name);
    CHECK(gateway->passes(port, frame.bytes));
    CHECK(gateway->count("decoder.invalid") == 0);
  }
  for (const auto& frame : bridged_frames()) {
    CAPTURE(frame.name);
    CHECK(gateway->passes(port, frame.bytes));
  }
}

TEST_CASE("with everything blocked, what is not IP still passes and all IP does not") {
  Gateway gateway(kBlockAll);
  for (const auto& frame : bridged_frames()) {
    CAPTURE(frame.name);
    CHECK(gateway.passes(kLanPort, frame.bytes));
    CHECK(gateway.passes(kWanPort, frame.bytes));
  }
  const auto plain = request().build();
  const std::vector<NamedFrame> judged{
      {"plain", plain},
      {"VLAN", ethernet().vlan(10).ipv4(kClient, kServer).udp(5000, 7).build()},
      {"QinQ", ethernet().vlan(10, 0x88a8).vlan(20).ipv4(kClient, kServer).udp(5000, 7).build()},
      {"PPPoE", ethernet().pppoe(17).ipv4(kClient, kServer).udp(5000, 7).build()},
      {"IPv6", ethernet().ipv6(kClient6, kServer6).udp(5000, 7).build()},
      {"IGMP", ethernet().ipv4(kClient, "233.252.0.1").protocol(2).payload_bytes(8).build()}};
  for (const auto& frame : judged) {
    CAPTURE(frame.name);
    const auto fate = gateway.from(kLanPort, frame.bytes);
    CHECK(fate.to_lan.empty());
    CHECK(fate.to_wan.empty());
  }
  CHECK(gateway.count("drop.policy_block") == judged.size());
}

TEST_CASE("before the first policy every frame is dropped and counted") {
  Gateway gateway("");
  std::uint64_t frames = 0;
  for (const auto& frame : frame_collection()) {
    CHECK_FALSE(gateway.passes(kLanPort, frame.bytes));
    ++frames;
  }
  for (const auto& frame : bridged_frames()) {
    CHECK_FALSE(gateway.passes(kWanPort, frame.bytes));
    ++frames;
  }
  CHECK(gateway.count("drop.no_policy") == frames);
  CHECK(gateway.count("decoder.pkts") == frames);
  CHECK(gateway.count("flow.total") == 0);

  gateway.harness().publish(kAllowAll);
  CHECK(gateway.lan_passes(request()));
}

TEST_CASE("malformed frames are dropped or passed as the policy says, and counted either way") {
  const auto frame = ethernet().ipv4(kClient, kServer).udp(5000, 7).bad_checksum().build();
  const auto malformed = ethernet().ipv4(kClient, kServer).udp(5000, 7).length(4).build();
  {
    Gateway gateway;
    CHECK_FALSE(gateway.passes(kLanPort, malformed));
    CHECK(gateway.count("drop.udp_bad_length") == 1);
    CHECK(gateway.count("anomaly.udp_bad_length") == 1);
    CHECK(gateway.passes(kLanPort, frame));  // transport checksums are the NIC's job
  }
  {
    Gateway gateway(kPassMalformed);
    CHECK(gateway.passes(kLanPort, malformed));
    CHECK(gateway.count("drop.udp_bad_length") == 0);
    CHECK(gateway.count("anomaly.udp_bad_length") == 1);
    CHECK(gateway.count("flow.total") == 0);
  }
}

TEST_CASE("truncated at any byte, a frame is judged, bridged or counted, and never lost") {
  Gateway gateway(kPassMalformed);
  for (const auto& frame : frame_collection()) {
    if (!is_judged_alone(frame)) continue;
    for (std::size_t size = 1; size < frame.bytes.size(); ++size)
      gateway.burst(kLanPort, {Bytes(frame.bytes.begin(),
                                     frame.bytes.begin() + static_cast<std::ptrdiff_t>(size))});
  }
  std::uint64_t dropped = 0;
  for (const auto& [name, value] : gateway.harness().counters())
    if (name.starts_with("drop.")) dropped += value;
  CHECK(gateway.count("decoder.pkts") == gateway.count("forwarded.pkts") + dropped);
  CHECK(gateway.count("decoder.invalid") > 1000);
}

TEST_CASE("a full transmit queue loses what does not fit, counts it and frees it") {
  Gateway gateway;
  gateway.io().limit_transmit(3);
  Frames frames;
  for (std::uint16_t port = 1; port <= 32; ++port)
    frames.push_back(ethernet().ipv4(kClient, kServer).udp(port, 7).build());
  gateway.burst(kLanPort, frames);
  CHECK(gateway.io().take_sent(kWanPort) == Frames(frames.begin(), frames.begin() + 3));
  CHECK(gateway.io().take_discarded() == Frames(frames.begin() + 3, frames.end()));
  CHECK(gateway.count("drop.transmit_queue_full") == 29);
  CHECK(gateway.count("forwarded.pkts") == 3);

  gateway.io().limit_transmit(0);
  CHECK_FALSE(gateway.passes(kLanPort, frames.front()));
  gateway.io().limit_transmit(1000);
  CHECK(gateway.passes(kLanPort, frames.front()));
}

TEST_CASE("a burst keeps the order of its frames") {
  Gateway gateway;
  Frames frames;
  for (unsigned i = 0; i < 32; ++i)
    frames.push_back(
        i % 3 == 0   ? ethernet().ethertype(0x0806).payload_bytes(46 + i).build()
        : i % 3 == 1 ? ethernet().ipv4(kClient, kServer).udp(5000, 7).payload_bytes(i).build()
                     : ethernet().ipv6(kClient6, kServer6).udp(5000, 7).payload_bytes(i).build());
  gateway.burst(kLanPort, frames);
  CHECK(gateway.io().take_sent(kWanPort) == frames);
  CHECK(gateway.count("flow.total") == 2);
}
