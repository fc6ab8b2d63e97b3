#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace sekisho::packets {

using Bytes = std::vector<std::uint8_t>;

// Locally administered MAC addresses; IP addresses in tests are those of RFC 5737 and RFC 3849.
inline constexpr std::string_view kClientMac = "02:00:5e:00:00:01";
inline constexpr std::string_view kServerMac = "02:00:5e:00:00:02";

inline constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10,
                              kUrg = 0x20;

/// Builds a frame layer by layer, outermost first:
///
///   auto frame = ethernet().vlan(10).ipv4("192.0.2.1", "198.51.100.2").tcp(1025, 80,
///   kSyn).build();
///
/// build() fills in lengths, next-protocol fields and checksums. A setter (ttl, length,
/// bad_checksum, ...) changes the layer added last and throws std::logic_error on a layer without
/// such a field. Integers are in host order. Text that is not an address throws
/// std::invalid_argument.
class PacketBuilder {
 public:
  // link layers
  PacketBuilder& ethernet(std::string_view source = kClientMac,
                          std::string_view destination = kServerMac);
  PacketBuilder& vlan(std::uint16_t id, std::uint16_t tpid = 0x8100);
  PacketBuilder& pppoe(std::uint16_t session);  // with the PPP protocol field
  PacketBuilder& mpls(std::uint32_t label, bool bottom_of_stack = true);

  // network layers
  PacketBuilder& ipv4(std::string_view source, std::string_view destination);
  PacketBuilder& ipv6(std::string_view source, std::string_view destination);
  /// IPv4 options, padded with End of Options to a multiple of 4 bytes.
  PacketBuilder& options(std::span<const std::uint8_t> bytes);
  PacketBuilder& fragment(std::uint16_t id, std::uint32_t offset_bytes, bool more);  // IPv4
  PacketBuilder& identification(std::uint16_t id);                                   // IPv4
  PacketBuilder& ttl(std::uint8_t value);                                            // or hop limit
  PacketBuilder& hop_by_hop(std::span<const std::uint8_t> options = {});  // padded with PadN
  PacketBuilder& destination_options(std::span<const std::uint8_t> options = {});
  PacketBuilder& routing(std::uint8_t type = 2, std::uint8_t segments_left = 0);
  PacketBuilder& fragment6(std::uint32_t id, std::uint32_t offset_bytes, bool more);
  PacketBuilder& authentication_header();  // RFC 4302 with a 12-byte check value
  /// Any further header that follows the common extension format (mobility, HIP, shim6).
  PacketBuilder& extension(std::uint8_t number, std::size_t bytes = 8);

  // transport layers
  PacketBuilder& tcp(std::uint16_t source_port, std::uint16_t destination_port,
                     std::uint8_t flags = kAck, std::uint32_t sequence = 1,
                     std::uint32_t acknowledgment = 1, std::uint16_t window = 65535);
  PacketBuilder& tcp_options(std::span<const std::uint8_t> bytes);  // padded with zeros to 4
  PacketBuilder& udp(std::uint16_t source_port, std::uint16_t destination_port);
  /// ICMP or ICMPv6, by the IP layer in front.
  PacketBuilder& icmp_echo(std::uint16_t identifier, std::uint16_t sequence, bool reply = false);
  PacketBuilder& icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest_of_header = 0);
  /// `embedded` begins with an IP header.
  PacketBuilder& icmp_error(std::uint8_t type, std::uint8_t code,
                            std::span<const std::uint8_t> embedded);
  PacketBuilder& sctp(std::uint16_t source_port, std::uint16_t destination_port);
  PacketBuilder& gre();  // version 0, no optional field
  PacketBuilder& gre_fields(bool checksum, std::optional<std::uint32_t> key,
                            std::optional<std::uint32_t> sequence);
  PacketBuilder& payload(std::string_view text);
  PacketBuilder& payload(std::span<const std::uint8_t> bytes);
  PacketBuilder& payload_bytes(std::size_t count);  // a counting pattern

  // what the last layer says of itself, right or wrong
  PacketBuilder& ethertype(std::uint16_t value);     // Ethernet, VLAN, GRE; of PPPoE: PPP protocol
  PacketBuilder& protocol(std::uint8_t value);       // IPv4, IPv6, extension headers
  PacketBuilder& length(std::uint16_t value);        // IPv4, IPv6, UDP, PPPoE length field
  PacketBuilder& header_length(std::uint8_t words);  // IPv4 IHL, TCP data offset
  PacketBuilder& extension_length(std::uint8_t value);  // the field as on the wire
  PacketBuilder& version(std::uint8_t value);           // IPv4, IPv6, GRE
  PacketBuilder& bad_checksum();                        // IPv4, TCP, UDP, ICMP
  PacketBuilder& no_checksum();                         // UDP: zero

  // the frame as a whole, applied in this order by build()
  PacketBuilder& pad_to(std::size_t bytes);    // zeros at the end, as Ethernet does
  PacketBuilder& truncate(std::size_t bytes);  // keeps the first `bytes`

  Bytes build() const;

  /// The datagram of the last IP layer cut into fragments with up to `piece_bytes` (a multiple
  /// of 8) each, every one under the same outer layers.
  std::vector<Bytes> build_fragments(std::uint32_t id, std::size_t piece_bytes) const;

 private:
  enum class Kind : std::uint8_t {
    ethernet,
    vlan,
    pppoe,
    mpls,
    ipv4,
    ipv6,
    extension,
    tcp,
    udp,
    icmp,
    sctp,
    gre,
    payload
  };
  struct Layer {
    Kind kind;
    std::uint8_t number;  // IANA protocol number, where it has one
    Bytes header;
    std::optional<std::uint16_t> next;  // protocol or ethertype, instead of the right one
    std::optional<std::uint16_t> length;
    bool bad_checksum = false;
    bool no_checksum = false;
  };

  Layer& add(Kind kind, std::uint8_t number, Bytes header);
  Layer& last(std::initializer_list<Kind> allowed);
  bool on_ipv6() const;
  PacketBuilder& add_options(std::uint8_t number, std::span<const std::uint8_t> options);
  std::uint16_t next_of(std::size_t index) const;
  std::size_t ip_in_front_of(std::size_t index) const;
  Bytes finish(std::size_t index, Bytes body) const;
  Bytes build_from(std::size_t index) const;
  std::uint32_t pseudo_header_sum(std::size_t index, std::size_t bytes) const;

  std::vector<Layer> layers_;
  std::optional<std::size_t> pad_to_;
  std::optional<std::size_t> truncate_to_;
};

// Shorthands to begin with.
inline PacketBuilder ethernet(std::string_view source = kClientMac,
                              std::string_view destination = kServerMac) {
  return std::move(PacketBuilder{}.ethernet(source, destination));
}
inline PacketBuilder ipv4(std::string_view source, std::string_view destination) {
  return std::move(PacketBuilder{}.ipv4(source, destination));
}
inline PacketBuilder ipv6(std::string_view source, std::string_view destination) {
  return std::move(PacketBuilder{}.ipv6(source, destination));
}

/// RFC 1071 sum of big-endian 16-bit words, not folded; `sum` is what came before.
std::uint32_t ones_complement_sum(std::span<const std::uint8_t> bytes, std::uint32_t sum = 0);

}  // namespace sekisho::packets
