// Headers that the capturing system put in front of a packet or a frame, and tags of switches.
#include "link_readers.h"

namespace sekisho::dataplane {
namespace {

/// A frame of the link type that a header names. A header in a header is refused, or the depth
/// were the sender's choice.
LinkResult read_named(Frame frame, std::size_t bytes, std::uint32_t link) noexcept {
  if (link > 0xffff) return {};
  const auto inside = static_cast<LinkType>(link);
  if (inside == LinkType::ppi || inside == LinkType::pktap) return {};
  return read_behind(frame, bytes, inside);
}

/// A DSA tag at `at` and the ethertype behind it. The tag took the place of the VLAN tag, if the
/// frame had one.
LinkResult read_dsa_tag(Frame frame, std::size_t at) noexcept {
  constexpr std::size_t kTag = 4, kEthertype = 2;
  constexpr std::uint8_t kTagged = 0x20;
  if (frame.size() < at + kTag + kEthertype) return truncated();
  auto result = read_ethertype(frame, at + kTag + kEthertype, load_be16(&frame[at + kTag]));
  if ((frame[at] & kTagged) == 0) return result;
  result.inner_vlan = result.vlan;
  result.vlan = static_cast<std::uint16_t>(load_be16(&frame[at + 2]) & 0x0fff);
  return result;
}

constexpr std::size_t kMacAddresses = 12;

}  // namespace

/// Per-Packet Information: its own length, in little-endian order, and the link type behind it.
LinkResult read_ppi(Frame frame) noexcept {
  constexpr std::size_t kHeader = 8;
  if (frame.size() < kHeader) return truncated();
  const std::size_t bytes = load_le16(&frame[2]);
  return bytes < kHeader ? LinkResult{} : read_named(frame, bytes, load_le32(&frame[4]));
}

/// Darwin's: length, kind of record and link type, in little-endian order.
LinkResult read_pktap(Frame frame) noexcept {
  constexpr std::size_t kHeader = 12;
  constexpr std::uint32_t kPacketRecord = 1;
  if (frame.size() < kHeader) return truncated();
  const std::size_t bytes = load_le32(&frame[0]);
  if (bytes < kHeader || load_le32(&frame[4]) != kPacketRecord) return {};
  return read_named(frame, bytes, load_le32(&frame[8]));
}

/// The length in the first byte leaves out what pads the header to a multiple of 4.
LinkResult read_pflog(Frame frame) noexcept {
  constexpr std::size_t kShortest = 2;
  if (frame.size() < kShortest) return truncated();
  const std::size_t bytes = (frame[0] + std::size_t{3}) / 4 * 4;
  if (bytes < kShortest) return {};
  if (frame.size() < bytes) return truncated();
  return read_address_family(frame, bytes, frame[1]);
}

/// OpenBSD's IPsec device: packets before encryption and after decryption.
LinkResult read_enc(Frame frame) noexcept {
  constexpr std::size_t kHeader = 12;  // address family, SPI, flags
  if (frame.size() < kHeader) return truncated();
  const auto family = load_be32(frame.data());
  return read_address_family(frame, kHeader, family <= 0xffff ? family : __builtin_bswap32(family));
}

LinkResult read_ipnet(Frame frame) noexcept {
  constexpr std::size_t kHeader = 24;
  constexpr std::uint8_t kIpv4 = 2, kIpv6 = 26;
  if (frame.size() < kHeader) return truncated();
  if (frame[1] == kIpv4) return ip_at(kHeader, frame.size(), kEthertypeIpv4, {});
  if (frame[1] == kIpv6) return ip_at(kHeader, frame.size(), kEthertypeIpv6, {});
  return {};
}

/// Attributes of a length (itself and the type included) and a type, padded to multiples of 4;
/// libpcap has brought both into this machine's byte order.
LinkResult read_nflog(Frame frame) noexcept {
  constexpr std::size_t kHeader = 4, kAttribute = 4;
  constexpr std::uint16_t kPayload = 9;
  if (frame.size() < kHeader) return truncated();
  for (std::size_t at = kHeader; at < frame.size();) {
    if (frame.size() - at < kAttribute) return truncated();
    const std::size_t bytes = load_le16(&frame[at]);
    if (bytes < kAttribute) return {};
    if (bytes > frame.size() - at) return truncated();
    if (load_le16(&frame[at + 2]) == kPayload)
      return read_address_family(frame.first(at + bytes), at + kAttribute, frame[0]);
    at += (bytes + 3) / 4 * 4;
  }
  return {};
}

/// What is behind the labels is told by its first bits, as routers do (RFC 4928 §2).
LinkResult read_mpls_stack(Frame frame) noexcept {
  constexpr std::size_t kLabel = 4;
  for (std::size_t at = 0;; at += kLabel) {
    if (frame.size() - at < kLabel) return problem(DropReason::mpls_truncated, {});
    if ((frame[at + 2] & 1) != 0) return read_behind(frame, at + kLabel, LinkType::raw);
  }
}

LinkResult read_dsa(Frame frame) noexcept { return read_dsa_tag(frame, kMacAddresses); }

/// The tag stands behind an ethertype of its own, 0xdada, and two zero bytes.
LinkResult read_edsa(Frame frame) noexcept { return read_dsa_tag(frame, kMacAddresses + 4); }

LinkResult read_juniper(Frame frame, LinkType inside) noexcept {
  constexpr std::size_t kHeader = 4, kExtensionLength = 2, kProtocol = 4;
  constexpr std::uint32_t kMagic = 0x4d4743;
  constexpr std::uint8_t kNoLinkLayer = 0x02, kHasExtensions = 0x80;
  if (frame.size() < kHeader) return truncated();
  if (load_be32(frame.data()) >> 8 != kMagic) return {};
  const auto flags = frame[3];
  std::size_t bytes = kHeader;
  if ((flags & kHasExtensions) != 0) {
    if (frame.size() < bytes + kExtensionLength) return truncated();
    bytes += kExtensionLength + load_be16(&frame[bytes]);
  }
  if ((flags & kNoLinkLayer) != 0) return read_behind(frame, bytes + kProtocol, LinkType::raw);
  return read_behind(frame, bytes, inside);
}

}  // namespace sekisho::dataplane
