#include "header.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "text.h"

namespace sekisho::rules {
namespace {

constexpr unsigned kIcmp = 1, kIgmp = 2, kTcp = 6, kUdp = 17, kGre = 47, kEsp = 50, kAh = 51,
                   kIcmpv6 = 58, kSctp = 132;

struct NamedAction {
  std::string_view name;
  RuleAction action;
};
constexpr std::array<NamedAction, 9> kActions{{
    {"alert", RuleAction::alert},
    {"drop", RuleAction::drop},
    {"block", RuleAction::drop},
    {"reject", RuleAction::reject_source},
    {"rejectsrc", RuleAction::reject_source},
    {"rejectdst", RuleAction::reject_destination},
    {"rejectboth", RuleAction::reject_both},
    {"pass", RuleAction::pass},
    {"config", RuleAction::alert},
}};

/// Protocol names below the application.
struct NamedLayer {
  std::string_view name;
  RuleLayer layer;
  std::array<unsigned, 2> ip_protocols;  // 0: none
  bool ipv4, ipv6;
};
/// Snort 3's: files of whichever protocol; what the rule tests of them says of which.
constexpr std::string_view kFileHeader = "file";

constexpr std::array<NamedLayer, 22> kLayers{{
    {kFileHeader, RuleLayer::ip, {}, true, true},
    {"ip", RuleLayer::ip, {}, true, true},
    {"ipv4", RuleLayer::ip, {}, true, false},
    {"ip4", RuleLayer::ip, {}, true, false},
    {"ipv6", RuleLayer::ip, {}, false, true},
    {"ip6", RuleLayer::ip, {}, false, true},
    {"any", RuleLayer::ip, {}, true, true},
    {"pkthdr", RuleLayer::packet_header, {}, true, true},
    {"decode", RuleLayer::packet_header, {}, true, true},
    {"arp", RuleLayer::arp, {}, true, true},
    {"tcp", RuleLayer::tcp, {kTcp}, true, true},
    {"tcp-pkt", RuleLayer::packet, {kTcp}, true, true},
    {"tcp-stream", RuleLayer::tcp_stream, {kTcp}, true, true},
    {"udp", RuleLayer::packet, {kUdp}, true, true},
    {"icmp", RuleLayer::packet, {kIcmp, kIcmpv6}, true, true},
    {"icmpv4", RuleLayer::packet, {kIcmp}, true, false},
    {"icmpv6", RuleLayer::packet, {kIcmpv6}, false, true},
    {"sctp", RuleLayer::packet, {kSctp}, true, true},
    {"igmp", RuleLayer::packet, {kIgmp}, true, true},
    {"esp", RuleLayer::packet, {kEsp}, true, true},
    {"gre", RuleLayer::packet, {kGre}, true, true},
    {"ah", RuleLayer::packet, {kAh}, true, true},
}};

/// Blanks separate words, but not inside of brackets.
std::vector<std::string_view> header_words(std::string_view text) {
  std::vector<std::string_view> result;
  std::size_t begin = 0;
  int open = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool blank = i == text.size() || text[i] == ' ' || text[i] == '\t';
    if (i < text.size() && text[i] == '[') ++open;
    if (i < text.size() && text[i] == ']') --open;
    if (!blank || (open > 0 && i < text.size())) continue;
    if (i > begin) result.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return result;
}

void set_layer(const NamedLayer& named, RuleHeader& header) {
  header.layer = named.layer;
  header.ipv4 = named.ipv4;
  header.ipv6 = named.ipv6;
  if (named.ip_protocols[0] == 0) header.ip_protocols.set();
  for (const auto number : named.ip_protocols)
    if (number != 0) header.ip_protocols.set(number);
}

void set_protocol(std::string_view written, ParsedHeader& parsed) {
  auto& header = parsed.header;
  const auto name = to_lower(written);
  for (const auto& one : kLayers)
    if (one.name == name) return set_layer(one, header);
  if (const auto protocols = protocols_named(name)) {
    header.layer = RuleLayer::application;
    header.app_protocols = *protocols;
    header.ip_protocols.set(kTcp);
    header.ip_protocols.set(kUdp);
    return;
  }
  const auto number = to_unsigned(written);
  if (!number || *number > 255) refuse(written, fmt::format("unknown protocol \"{}\"", written));
  header.layer = RuleLayer::packet;
  header.ip_protocols.set(static_cast<std::size_t>(*number));
}

void set_hook(std::string_view hook, ParsedHeader& parsed) {
  if (hook.empty()) return;
  const bool on_packets = parsed.header.layer != RuleLayer::application;
  if (on_packets && hook == "flow_start")
    parsed.header.hook = PacketHook::flow_start;
  else if (on_packets && hook == "all")
    parsed.header.hook = PacketHook::all;
  else if (on_packets)
    refuse(hook, fmt::format("unknown hook \"{}\" of packets", hook));
  else
    parsed.state_hook = hook;
}

RuleAction action_named(std::string_view written) {
  for (const auto& one : kActions)
    if (equals_nocase(one.name, written)) return one.action;
  if (written.find(':') != std::string_view::npos || equals_nocase(written, "accept"))
    refuse(written, fmt::format("action \"{}\" belongs to a firewall rule set, which is not "
                                "supported",
                                written));
  refuse(written, fmt::format("unknown action \"{}\"", written));
}

void set_direction(std::string_view written, RuleHeader& header) {
  if (written == "->") return;
  if (written == "<>")
    header.bidirectional = true;
  else if (written == "=>")
    header.transactional = true;
  else
    refuse(written, fmt::format("direction \"{}\" is none of -> <> =>", written));
}

}  // namespace

ParsedHeader parse_header(std::string_view text, ExpressionResolver& resolver) {
  const auto parts = header_words(text);
  if (parts.size() != 2 && parts.size() != 7)
    refuse(text, fmt::format("the header has {} words, not \"action protocol source port direction "
                             "destination port\"",
                             parts.size()));
  ParsedHeader parsed;
  auto& header = parsed.header;
  header.action = action_named(parts[0]);
  parsed.configures = equals_nocase(parts[0], "config");
  auto hook = parts[1];
  parsed.protocol = take_until(hook, ':');
  set_protocol(parsed.protocol, parsed);
  set_hook(hook, parsed);
  parsed.has_addresses = parts.size() == 7;
  if (parsed.has_addresses && equals_nocase(parsed.protocol, kFileHeader))
    refuse(parsed.protocol, "\"file\" stands in a header without addresses");
  if (!parsed.has_addresses) return parsed;
  header.source = resolver.addresses(parts[2]);
  header.source_ports = resolver.ports(parts[3]);
  set_direction(parts[4], header);
  header.destination = resolver.addresses(parts[5]);
  header.destination_ports = resolver.ports(parts[6]);
  return parsed;
}

}  // namespace sekisho::rules
