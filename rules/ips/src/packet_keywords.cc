#include <fmt/format.h>

#include <array>

#include "event_names.h"
#include "keyword.h"
#include "number_text.h"

namespace sekisho::rules {
namespace {

template <PacketNumber kNumber, std::uint64_t kHighest>
void read_number(RuleBuilder& builder, const RuleOption& option) {
  builder.rule.tests.emplace_back(
      PacketNumberTest{kNumber, number_test_of(option.value, kHighest)});
}

struct Letter {
  char letter;
  std::uint8_t bit;
};

/// Letters with + (all), * (any) or ! (none) before or behind them.
std::uint8_t bits_of(std::string_view text, std::span<const Letter> letters, TcpFlags::Mode& mode) {
  std::uint8_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = static_cast<char>(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]);
    if (c == '+') mode = TcpFlags::Mode::all;
    if (c == '*') mode = TcpFlags::Mode::any;
    if (c == '!') mode = TcpFlags::Mode::none;
    if (c == '+' || c == '*' || c == '!' || c == ' ') continue;
    bool known = false;
    for (const auto& one : letters)
      if (one.letter == c) {
        bits = static_cast<std::uint8_t>(bits | one.bit);
        known = true;
      }
    if (!known) refuse(text.substr(i), fmt::format("unknown flag \"{}\"", text[i]));
  }
  return bits;
}

/// "S", "SA,CE": exactly these, the ones behind the comma left out of account.
void read_flags(RuleBuilder& builder, const RuleOption& option) {
  static constexpr Letter kLetters[] = {{'F', 0x01}, {'S', 0x02}, {'R', 0x04}, {'P', 0x08},
                                        {'A', 0x10}, {'U', 0x20}, {'E', 0x40}, {'2', 0x40},
                                        {'C', 0x80}, {'1', 0x80}, {'0', 0}};
  TcpFlags flags;
  auto rest = option.value;
  flags.set = bits_of(take_until(rest, ','), kLetters, flags.mode);
  TcpFlags::Mode unused{};
  flags.mask = static_cast<std::uint8_t>(~bits_of(rest, kLetters, unused));
  builder.rule.tests.emplace_back(flags);
}

void read_fragbits(RuleBuilder& builder, const RuleOption& option) {
  static constexpr Letter kLetters[] = {{'M', 1}, {'D', 2}, {'R', 4}};
  FragmentBits test;
  test.bits = bits_of(option.value, kLetters, test.mode);
  builder.rule.tests.emplace_back(test);
}

/// Option types as on the wire (RFC 791 §3.1, RFC 2113, RFC 1393, RFC 1108).
constexpr std::array<NamedNumber, 14> kIpOptions{{
    {"eol", 0},
    {"nop", 1},
    {"rr", 7},
    {"qs", 25},
    {"ts", 68},
    {"tr", 82},
    {"sec", 130},
    {"lsrr", 131},
    {"lsrre", 131},
    {"esec", 133},
    {"cipso", 134},
    {"satid", 136},
    {"ssrr", 137},
    {"rtralt", 148},
}};

void read_ipopts(RuleBuilder& builder, const RuleOption& option) {
  IpOption test;
  auto name = option.value;
  test.negated = take_prefix(name, "!");
  test.any = equals_nocase(name, "any");
  const auto number = number_named(kIpOptions, name);
  if (!number && !test.any) refuse(name, fmt::format("unknown IP option \"{}\"", name));
  test.number = static_cast<std::uint8_t>(number.value_or(0));
  builder.rule.tests.emplace_back(test);
}

/// IANA's protocol numbers under the names that rules use.
constexpr std::array<NamedNumber, 22> kIpProtocols{{
    {"icmp", 1},  {"igmp", 2},     {"ggp", 3},        {"ipip", 4},    {"st", 5},    {"tcp", 6},
    {"egp", 8},   {"igp", 9},      {"udp", 17},       {"ipv6", 41},   {"rsvp", 46}, {"gre", 47},
    {"esp", 50},  {"ah", 51},      {"ipv6-icmp", 58}, {"icmpv6", 58}, {"ospf", 89}, {"eigrp", 88},
    {"pim", 103}, {"ipcomp", 108}, {"vrrp", 112},     {"sctp", 132},
}};

bool holds(const NumberTest& test, std::uint64_t value) {
  switch (test.comparison) {
    case Comparison::equal:
      return value == test.low;
    case Comparison::not_equal:
      return value != test.low;
    case Comparison::less:
      return value < test.low;
    case Comparison::less_or_equal:
      return value <= test.low;
    case Comparison::greater:
      return value > test.low;
    case Comparison::greater_or_equal:
      return value >= test.low;
    case Comparison::between:
      return value > test.low && value < test.high;
    case Comparison::between_inclusive:
      return value >= test.low && value <= test.high;
    default:
      return false;
  }
}

/// "ipv4", "ip6": the IP version, whatever the header's protocol leaves open.
void read_l3_proto(RuleBuilder& builder, const RuleOption& option) {
  const auto name = to_lower(option.value);
  auto& header = builder.rule.header;
  if (name == "ipv4" || name == "ip4" || name == "ip")
    header.ipv6 = false;
  else if (name == "ipv6" || name == "ip6")
    header.ipv4 = false;
  else
    refuse(option.value, fmt::format("\"{}\" is neither ipv4 nor ipv6", option.value));
  if (!header.ipv4 && !header.ipv6)
    refuse(option.value, "l3_proto and the header leave no IP version");
}

void read_ip_proto(RuleBuilder& builder, const RuleOption& option) {
  const auto test = number_test_of(option.value, 255, kIpProtocols);
  std::bitset<256> wanted;
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = holds(test, i) != test.negated;
  auto& protocols = builder.rule.header.ip_protocols;
  protocols &= wanted;
  if (protocols.none()) refuse(option.value, "ip_proto and the header leave no IP protocol");
}

void read_sameip(RuleBuilder& builder, const RuleOption&) {
  builder.rule.tests.emplace_back(SameAddress{});
}

template <std::uint8_t kIpProtocol, bool kIpv4>
void read_checksum(RuleBuilder& builder, const RuleOption& option) {
  const auto value = unquote(option.value);
  if (value != "valid" && value != "invalid")
    refuse(option.value, fmt::format("\"{}\" is neither valid nor invalid", value));
  builder.rule.tests.emplace_back(ChecksumTest{kIpProtocol, kIpv4, value == "valid"});
}

/// "200,1", "400,-1", ">100,all"; any layer when nothing stands behind the number.
void read_vlan_id(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  PacketNumberTest test{PacketNumber::vlan_id, number_test_of(take_until(rest, ','), 4095)};
  rest = trim(rest);
  if (rest == "all") {
    test.quantifier = Quantifier::all;
  } else if (!rest.empty() && rest != "any") {
    test.quantifier = Quantifier::at;
    test.index = static_cast<std::int32_t>(signed_of(rest, -3, 2));
  }
  builder.rule.tests.emplace_back(test);
}

void read_decode_event(RuleBuilder& builder, const RuleOption& option) {
  check_event(builder, option, option.value);
  builder.rule.tests.emplace_back(DecodeEvent{std::string(option.value)});
}

void read_stream_event(RuleBuilder& builder, const RuleOption& option) {
  const auto name = fmt::format("stream.{}", option.value);
  check_event(builder, option, name);
  builder.rule.tests.emplace_back(DecodeEvent{name});
}

void read_tcp_session(RuleBuilder& builder, const RuleOption& option) {
  TcpSession test;
  auto text = option.value;
  test.negated = take_prefix(text, "!");
  for (const auto part : split(text, ',')) {
    if (part == "setup")
      test.setup = true;
    else if (part == "established")
      test.established = true;
    else if (part == "closing")
      test.closing = true;
    else if (part == "closed")
      test.closed = true;
    else
      refuse(part, fmt::format("unknown state \"{}\" of a TCP session", part));
  }
  builder.rule.tests.emplace_back(test);
}

/// "program, version, procedure"; * is any.
void read_rpc(RuleBuilder& builder, const RuleOption& option) {
  const auto parts = split(option.value, ',');
  if (parts.empty() || parts.size() > 3)
    refuse(option.value, "rpc takes program, version, procedure");
  RpcCall call;
  std::int64_t* const into[] = {&call.program, &call.version, &call.procedure};
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i] != "*") *into[i] = static_cast<std::int64_t>(unsigned_of(parts[i], 0, UINT32_MAX));
  if (call.program < 0) refuse(option.value, "rpc needs a program number");
  builder.rule.tests.emplace_back(call);
}

void read_ftpbounce(RuleBuilder& builder, const RuleOption&) {
  builder.rule.tests.emplace_back(FtpBounce{});
}

using V = KeywordValue;
using N = PacketNumber;
constexpr std::uint64_t k8 = 255, k16 = 65535, k32 = 4294967295;
constexpr std::array kKeywords{
    Keyword{"dsize", V::required, read_number<N::payload_bytes, k16>},
    Keyword{"ttl", V::required, read_number<N::ttl, k8>},
    Keyword{"tos", V::required, read_number<N::tos, k8>},
    Keyword{"id", V::required, read_number<N::ip_id, k16>},
    Keyword{"fragoffset", V::required, read_number<N::fragment_offset, k16>},
    Keyword{"seq", V::required, read_number<N::tcp_sequence, k32>},
    Keyword{"tcp.seq", V::required, read_number<N::tcp_sequence, k32>},
    Keyword{"ack", V::required, read_number<N::tcp_acknowledgement, k32>},
    Keyword{"tcp.ack", V::required, read_number<N::tcp_acknowledgement, k32>},
    Keyword{"window", V::required, read_number<N::tcp_window, k16>},
    Keyword{"tcp.window", V::required, read_number<N::tcp_window, k16>},
    Keyword{"tcp.mss", V::required, read_number<N::tcp_mss, k16>},
    Keyword{"tcp.wscale", V::required, read_number<N::tcp_window_scale, k8>},
    Keyword{"itype", V::required, read_number<N::icmp_type, k8>},
    Keyword{"icode", V::required, read_number<N::icmp_code, k8>},
    Keyword{"icmp_id", V::required, read_number<N::icmp_id, k16>},
    Keyword{"icmp_seq", V::required, read_number<N::icmp_sequence, k16>},
    Keyword{"icmpv6.mtu", V::required, read_number<N::icmpv6_mtu, k32>},
    Keyword{"igmp.type", V::required, read_number<N::igmp_type, k8>},
    Keyword{"vlan.id", V::required, read_vlan_id},
    Keyword{"vlan.layers", V::required, read_number<N::vlan_layers, k8>},
    Keyword{"vxlan_vni", V::required, read_number<N::vxlan_vni, k32>},
    Keyword{"vxlan.vni", V::required, read_number<N::vxlan_vni, k32>},
    Keyword{"flags", V::required, read_flags},
    Keyword{"tcp.flags", V::required, read_flags},
    Keyword{"fragbits", V::required, read_fragbits},
    Keyword{"ipopts", V::required, read_ipopts},
    Keyword{"ip_proto", V::required, read_ip_proto},
    Keyword{"l3_proto", V::required, read_l3_proto},
    Keyword{"sameip", V::none, read_sameip},
    Keyword{"ipv4-csum", V::required, read_checksum<0, true>},
    Keyword{"tcpv4-csum", V::required, read_checksum<6, true>},
    Keyword{"tcpv6-csum", V::required, read_checksum<6, false>},
    Keyword{"udpv4-csum", V::required, read_checksum<17, true>},
    Keyword{"udpv6-csum", V::required, read_checksum<17, false>},
    Keyword{"icmpv4-csum", V::required, read_checksum<1, true>},
    Keyword{"icmpv6-csum", V::required, read_checksum<58, false>},
    Keyword{"igmp-csum", V::required, read_checksum<2, true>},
    Keyword{"decode-event", V::required, read_decode_event},
    Keyword{"engine-event", V::required, read_decode_event},
    Keyword{"stream-event", V::required, read_stream_event},
    Keyword{"tcp.session", V::required, read_tcp_session},
    Keyword{"rpc", V::required, read_rpc},
    Keyword{"ftpbounce", V::none, read_ftpbounce},
};

}  // namespace

std::span<const Keyword> packet_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
