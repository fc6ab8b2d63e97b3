#pragma once

#include "config/events/json_writer.h"
#include "engines/api/packet_view.h"

namespace sekisho::engines {

/// Members that every record of a packet has, in Suricata's names: `pcap_cnt`, `pkt_src`, `tunnel`,
/// and what is known of IGMP, SCTP and ESP.
void write_packet_facts(const PacketView& packet, events::BoundedJsonWriter& json) noexcept;

/// An ARP packet for IPv4 over Ethernet (RFC 826), whole, as `payload`.
bool is_arp(const PacketView& packet) noexcept;

/// Its `arp` object.
void write_arp(const PacketView& packet, events::BoundedJsonWriter& json) noexcept;

/// "TCP", "IP-in-IP", ...: the names of IANA as EVE has them; unknown ones as a number.
void write_protocol(std::string_view key, std::uint8_t protocol,
                    events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines
