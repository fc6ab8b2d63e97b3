#pragma once

#include <cstddef>
#include <cstdint>

namespace sekisho::dataplane {

// IEEE and IANA numbers that the decoder knows.
inline constexpr std::uint16_t kEthertypeIpv4 = 0x0800, kEthertypeIpv6 = 0x86dd,
                               kEthertypeVlan = 0x8100, kEthertypeServiceVlan = 0x88a8,
                               kEthertypeOldQinq = 0x9100, kEthertypePppoeSession = 0x8864,
                               kEthertypeMpls = 0x8847, kEthertypeMplsUpstream = 0x8848,
                               kSmallestEthertype = 0x0600;  // below: an 802.3 length

inline constexpr std::uint16_t kPppIpv4 = 0x0021, kPppIpv6 = 0x0057;

inline constexpr std::uint8_t kProtocolHopByHop = 0, kProtocolIcmp = 1, kProtocolIpv4 = 4,
                              kProtocolTcp = 6, kProtocolUdp = 17, kProtocolIpv6 = 41,
                              kProtocolRouting = 43, kProtocolFragment = 44, kProtocolGre = 47,
                              kProtocolAuthentication = 51, kProtocolIcmpv6 = 58,
                              kProtocolNoNextHeader = 59, kProtocolDestinationOptions = 60,
                              kProtocolSctp = 132, kProtocolMobility = 135, kProtocolHip = 139,
                              kProtocolShim6 = 140;

inline constexpr std::size_t kEthernetHeader = 14, kVlanTag = 4, kIpv4Header = 20, kIpv6Header = 40,
                             kTcpHeader = 20, kUdpHeader = 8, kIcmpHeader = 8, kSctpHeader = 12;

}  // namespace sekisho::dataplane
