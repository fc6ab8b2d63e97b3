#include "dataplane/control/capture_filter.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <string_view>

namespace sekisho::dataplane {
namespace {

constexpr int kLongestFrame = 65535;

/// Words of pcap-filter(7) that a host or network may follow.
constexpr std::array<std::string_view, 6> kBeforeAddress{"host", "net", "gateway",
                                                         "src",  "dst", "mask"};
/// What may stand behind an address without being one (besides tcp-syn, icmp-echo and the like).
constexpr std::array<std::string_view, 59> kWords{
    "aarp",       "ah",       "and",       "arp",       "atalk",   "broadcast", "carp",
    "clnp",       "decnet",   "dst",       "esis",      "esp",     "ether",     "gateway",
    "geneve",     "greater",  "host",      "icmp",      "icmp6",   "icmp6code", "icmp6type",
    "icmpcode",   "icmptype", "igmp",      "igrp",      "inbound", "ip",        "ip6",
    "ipx",        "isis",     "iso",       "len",       "less",    "link",      "llc",
    "mask",       "mpls",     "multicast", "net",       "netbeui", "not",       "or",
    "outbound",   "pim",      "port",      "portrange", "pppoed",  "pppoes",    "proto",
    "protochain", "rarp",     "sctp",      "src",       "stp",     "tcp",       "tcpflags",
    "udp",        "vlan",     "vrrp"};

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ':' || c == '-' ||
         c == '_';
}

bool is_number_or_address(std::string_view word) {
  return word.find_first_not_of("0123456789.") == std::string_view::npos ||
         word.find(':') != std::string_view::npos || word.starts_with("0x");
}

bool is_flag_name(std::string_view word) {
  return word.starts_with("tcp-") || word.starts_with("icmp-") || word.starts_with("icmp6-");
}

/// A name where an address belongs, which libpcap would ask the resolver about: the packet process
/// talks to nobody. Lists ("host a or b") keep what they began with.
std::optional<std::string> name_to_resolve(std::string_view expression) {
  bool address_may_follow = false;
  for (std::size_t at = 0; at < expression.size();) {
    if (!is_word_character(expression[at])) {
      ++at;
      continue;
    }
    const auto begin = at;
    while (at < expression.size() && is_word_character(expression[at])) ++at;
    const auto word = expression.substr(begin, at - begin);
    const auto in = [&](const auto& words) {
      return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (in(kBeforeAddress))
      address_may_follow = true;
    else if (word == "port" || word == "portrange" || word == "proto" || word == "protochain")
      address_may_follow = false;
    else if (address_may_follow && !in(kWords) && !is_number_or_address(word) &&
             !is_flag_name(word))
      return std::string(word);
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<bpf_insn>> compile_capture_filter(const std::string& expression) {
  std::vector<bpf_insn> program;
  if (expression.empty()) return program;
  if (expression.size() > kMaxFilterBytes)
    return Error{Error::Code::invalid_input,
                 "filter: longer than " + std::to_string(kMaxFilterBytes) + " bytes"};
  if (expression.find('\0') != std::string::npos)
    return Error{Error::Code::invalid_input, "filter: contains a zero byte"};
  if (const auto name = name_to_resolve(expression))
    return Error{Error::Code::invalid_input,
                 "filter: '" + *name + "' is not an address, and names are not looked up"};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(
      pcap_open_dead(DLT_EN10MB, kLongestFrame), pcap_close);
  if (handle == nullptr) return Error{Error::Code::resource, "filter: out of memory"};
  bpf_program compiled{};
  if (pcap_compile(handle.get(), &compiled, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return Error{Error::Code::invalid_input, std::string("filter: ") + pcap_geterr(handle.get())};
  program.assign(compiled.bf_insns, compiled.bf_insns + compiled.bf_len);
  pcap_freecode(&compiled);
  return program;
}

}  // namespace sekisho::dataplane
