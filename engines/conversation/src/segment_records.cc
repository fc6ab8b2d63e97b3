// What is recorded of a TCP segment as such: anomalies, and stream_tcp where it is asked for.
#include "alert_record.h"
#include "conversation.h"

namespace sekisho::engines {
namespace {

void write_segment(const PacketView& packet, events::BoundedJsonWriter& json) noexcept {
  constexpr std::string_view kFlags[] = {"fin", "syn", "rst", "psh", "ack", "urg"};
  const auto bytes =
      packet.ip_header.size() + packet.transport_header.size() + packet.payload.size();
  const auto header = packet.transport_header;
  json.begin_object("packet");
  json.member("len", bytes).member("tos", packet.tos).member("ttl", packet.ttl);
  json.member("ipid", packet.ip_id);
  json.member("tcpseq", packet.tcp_sequence).member("tcpack", packet.tcp_acknowledgement);
  json.member("tcpwin", packet.tcp_window);
  for (std::size_t i = 0; i < std::size(kFlags); ++i)
    json.member(kFlags[i], (packet.tcp_flags >> i & 1) != 0);
  if (header.size() >= 20)
    json.member("tcpurgp", static_cast<std::uint16_t>(header[18] << 8 | header[19]));
  json.end_object();
}

}  // namespace

void Conversation::tell_segment(Direction direction, const PacketView& packet) noexcept {
  const auto oddities = view_.stream_oddities;
  if (core_.config.record_stream_events)
    for (const auto oddity : oddities)
      core_.record(origin(direction), "anomaly", [&](auto& json) {
        write_packet_origin(&packet, json);
        json.begin_object("anomaly").member("type", "stream").member("event", oddity).end_object();
      });
  using Kind = InspectorConfig::SegmentRecords;
  const auto wanted = core_.config.record_segments;
  if (wanted == Kind::none || (wanted == Kind::odd && oddities.empty())) return;
  core_.record(origin(direction), "stream_tcp", [&](auto& json) {
    write_packet_origin(&packet, json);
    json.member("direction", turned(direction) == Direction::to_server ? "to_server" : "to_client");
    json.begin_object("stream_tcp");
    write_segment(packet, json);
    json.begin_object("session").member("state", name_of(tcp_state_)).end_object();
    if (!oddities.empty()) {
      json.begin_array("events");
      for (const auto oddity : oddities) json.value(oddity);
      json.end_array();
    }
    json.end_object();
  });
}

}  // namespace sekisho::engines
