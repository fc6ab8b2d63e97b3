#include "drop_record.h"

#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

void write_drop(const engines::PacketView& view, bool to_client, std::string_view reason,
                events::BoundedJsonWriter& json) noexcept {
  constexpr std::uint8_t kTcp = 6;
  json.member("direction", to_client ? "to_client" : "to_server");
  json.begin_object("drop").member("len", view.frame.size()).member("ttl", view.ttl);
  json.member("ipid", view.ip_id);
  if (view.ip_protocol == kTcp) {
    json.member("tcpseq", view.tcp_sequence).member("tcpack", view.tcp_acknowledgement);
    json.member("tcpwin", view.tcp_window).member("syn", (view.tcp_flags & kTcpSyn) != 0);
    json.member("ack", (view.tcp_flags & kTcpAck) != 0);
    json.member("psh", (view.tcp_flags & kTcpPsh) != 0);
    json.member("rst", (view.tcp_flags & kTcpRst) != 0);
    json.member("urg", (view.tcp_flags & kTcpUrg) != 0);
    json.member("fin", (view.tcp_flags & kTcpFin) != 0);
  }
  json.member("reason", reason).end_object();
}

}  // namespace sekisho::dataplane
