#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/parse/decode.h"
#include "link_layer.h"
#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane {

using Frame = std::span<const std::uint8_t>;

inline LinkResult problem(DropReason reason, LinkResult so_far) noexcept {
  so_far.problem = reason;
  return so_far;
}

inline LinkResult truncated() noexcept { return problem(DropReason::ethernet_truncated, {}); }

inline LinkResult ip_at(std::size_t at, std::size_t end, std::uint16_t ethertype,
                        LinkResult so_far) noexcept {
  so_far.is_ip = true;
  so_far.is_ipv4 = ethertype == kEthertypeIpv4;
  so_far.ethertype = ethertype;
  so_far.at = at;
  so_far.end = end;
  return so_far;
}

// Those with an `at` read what begins there, at <= frame.size(); the others a frame from its first
// byte. Offsets in results count from the beginning of `frame`.

// What several families carry. link_layer.cc

/// From an ethertype, whose payload begins at `at`, through VLAN tags to what they carry.
LinkResult read_ethertype(Frame frame, std::size_t at, std::uint16_t ethertype) noexcept;
/// The PPP protocol field (RFC 1661 §5), one byte when compressed (§6.5).
LinkResult read_ppp_protocol(Frame frame, std::size_t at, std::size_t end,
                             LinkResult so_far) noexcept;
/// A frame of link type `inside` behind `bytes` bytes, which may be more than there are.
LinkResult read_behind(Frame frame, std::size_t bytes, LinkType inside) noexcept;
/// The IP packet at `at`, if `family` is the one of IPv4 or IPv6 on some operating system.
LinkResult read_address_family(Frame frame, std::size_t at, std::uint32_t family) noexcept;

// 802.2 LLC and what goes in its place. link_llc.cc

LinkResult read_llc_header(Frame frame, std::size_t at) noexcept;
/// From the network layer protocol identifier on (RFC 2427 §4).
LinkResult read_nlpid(Frame frame, std::size_t at) noexcept;
LinkResult read_llc_frame(Frame frame) noexcept;
LinkResult read_token_ring(Frame frame) noexcept;
LinkResult read_fddi(Frame frame) noexcept;
LinkResult read_atm_clip(Frame frame) noexcept;
LinkResult read_sunatm(Frame frame) noexcept;
LinkResult read_arcnet(Frame frame) noexcept;
LinkResult read_arcnet_linux(Frame frame) noexcept;

// Serial lines. link_serial.cc

LinkResult read_ppp(Frame frame) noexcept;
LinkResult read_ppp_bsdos(Frame frame) noexcept;
LinkResult read_ppp_pppd(Frame frame) noexcept;
LinkResult read_frame_relay(Frame frame) noexcept;

// Wireless LAN. link_wireless.cc

LinkResult read_ieee802_11(Frame frame) noexcept;
LinkResult read_radiotap(Frame frame) noexcept;
LinkResult read_prism(Frame frame) noexcept;
LinkResult read_avs(Frame frame) noexcept;

// Headers that the capturing system put in front, and tags. link_headers.cc

LinkResult read_ppi(Frame frame) noexcept;
LinkResult read_pktap(Frame frame) noexcept;
LinkResult read_pflog(Frame frame) noexcept;
LinkResult read_enc(Frame frame) noexcept;
LinkResult read_ipnet(Frame frame) noexcept;
LinkResult read_nflog(Frame frame) noexcept;
LinkResult read_mpls_stack(Frame frame) noexcept;
LinkResult read_dsa(Frame frame) noexcept;
LinkResult read_edsa(Frame frame) noexcept;
/// Behind the header that Junos puts in front; nothing when that is not whole or not there.
LinkResult read_juniper(Frame frame, LinkType inside) noexcept;

}  // namespace sekisho::dataplane
