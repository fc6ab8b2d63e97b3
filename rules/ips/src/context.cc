#include <array>

#include "rule_lines.h"
#include "rules/ips/parse.h"
#include "text.h"

namespace sekisho::rules {
namespace {

struct KnownClass {
  std::string_view name;
  std::string_view description;
  std::uint8_t priority;
};

// Names, priorities and the words of alert.category are those that public rule sets come with, so
// that records of several engines can be counted together.
constexpr std::array kClasses{
    KnownClass{"attempted-admin", "Attempted Administrator Privilege Gain", 1},
    KnownClass{"attempted-user", "Attempted User Privilege Gain", 1},
    KnownClass{"command-and-control", "Malware Command and Control Activity Detected", 1},
    KnownClass{"coin-mining", "Crypto Currency Mining Activity Detected", 2},
    KnownClass{"credential-theft", "Successful Credential Theft Detected", 1},
    KnownClass{"domain-c2", "Domain Observed Used for C2 Detected", 1},
    KnownClass{"exploit-kit", "Exploit Kit Activity Detected", 1},
    KnownClass{"inappropriate-content", "Inappropriate Content was Detected", 1},
    KnownClass{"kickass-porn", "Pornographic content", 1},
    KnownClass{"policy-violation", "Potential Corporate Privacy Violation", 1},
    KnownClass{"shellcode-detect", "Executable code was detected", 1},
    KnownClass{"social-engineering", "Possible Social Engineering Attempted", 2},
    KnownClass{"successful-admin", "Successful Administrator Privilege Gain", 1},
    KnownClass{"successful-user", "Successful User Privilege Gain", 1},
    KnownClass{"targeted-activity", "Targeted Malicious Activity was Detected", 1},
    KnownClass{"trojan-activity", "A Network Trojan was detected", 1},
    KnownClass{"unsuccessful-user", "Unsuccessful User Privilege Gain", 1},
    KnownClass{"web-application-attack", "Web Application Attack", 1},
    KnownClass{"attempted-dos", "Attempted Denial of Service", 2},
    KnownClass{"attempted-recon", "Attempted Information Leak", 2},
    KnownClass{"bad-unknown", "Potentially Bad Traffic", 2},
    KnownClass{"default-login-attempt", "Attempt to login by a default username and password", 2},
    KnownClass{"denial-of-service", "Detection of a Denial of Service Attack", 2},
    KnownClass{"external-ip-check", "Device Retrieving External IP Address Detected", 2},
    KnownClass{"misc-attack", "Misc Attack", 2},
    KnownClass{"non-standard-protocol", "Detection of a non-standard protocol or event", 2},
    KnownClass{"pup-activity", "Possibly Unwanted Program Detected", 2},
    KnownClass{"rpc-portmap-decode", "Decode of an RPC Query", 2},
    KnownClass{"successful-dos", "Denial of Service", 2},
    KnownClass{"successful-recon-largescale", "Large Scale Information Leak", 2},
    KnownClass{"successful-recon-limited", "Information Leak", 2},
    KnownClass{"suspicious-filename-detect", "A suspicious filename was detected", 2},
    KnownClass{"suspicious-login", "An attempted login using a suspicious username was detected",
               2},
    KnownClass{"system-call-detect", "A system call was detected", 2},
    KnownClass{"unusual-client-port-connection", "A client was using an unusual port", 2},
    KnownClass{"web-application-activity", "access to a potentially vulnerable web application", 2},
    KnownClass{"icmp-event", "Generic ICMP event", 3},
    KnownClass{"misc-activity", "Misc activity", 3},
    KnownClass{"network-scan", "Detection of a Network Scan", 3},
    KnownClass{"not-suspicious", "Not Suspicious Traffic", 3},
    KnownClass{"protocol-command-decode", "Generic Protocol Command Decode", 3},
    KnownClass{"string-detect", "A suspicious string was detected", 3},
    KnownClass{"unknown", "Unknown Traffic", 3},
    KnownClass{"tcp-connection", "A TCP connection was detected", 4},
    KnownClass{"file-format", "Vulnerable file format", 1},
    KnownClass{"malware-cnc", "Malware talking to its controller", 1},
    KnownClass{"client-side-exploit", "Attempt to exploit a client", 1},
    KnownClass{"browser", "Attack on a browser", 2},
    KnownClass{"sdf", "Sensitive data", 2},
};

struct Variable {
  std::string_view name, value;
};

constexpr std::array kAddresses{
    Variable{"HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]"},
    Variable{"EXTERNAL_NET", "!$HOME_NET"},
    Variable{"HTTP_SERVERS", "$HOME_NET"},
    Variable{"SMTP_SERVERS", "$HOME_NET"},
    Variable{"SQL_SERVERS", "$HOME_NET"},
    Variable{"DNS_SERVERS", "$HOME_NET"},
    Variable{"TELNET_SERVERS", "$HOME_NET"},
    Variable{"FTP_SERVERS", "$HOME_NET"},
    Variable{"SSH_SERVERS", "$HOME_NET"},
    Variable{"SIP_SERVERS", "$HOME_NET"},
    Variable{"SNMP_SERVERS", "$HOME_NET"},
    Variable{"DC_SERVERS", "$HOME_NET"},
    Variable{"DNP3_SERVER", "$HOME_NET"},
    Variable{"DNP3_CLIENT", "$HOME_NET"},
    Variable{"MODBUS_CLIENT", "$HOME_NET"},
    Variable{"MODBUS_SERVER", "$HOME_NET"},
    Variable{"ENIP_CLIENT", "$HOME_NET"},
    Variable{"ENIP_SERVER", "$HOME_NET"},
    Variable{"AIM_SERVERS", "$EXTERNAL_NET"},
};
constexpr std::array kPorts{
    Variable{"HTTP_PORTS", "80"},
    Variable{"SHELLCODE_PORTS", "!80"},
    Variable{"ORACLE_PORTS", "1521"},
    Variable{"SSH_PORTS", "22"},
    Variable{"DNP3_PORTS", "20000"},
    Variable{"MODBUS_PORTS", "502"},
    Variable{"FTP_PORTS", "21"},
    Variable{"SIP_PORTS", "[5060,5061,5600]"},
    Variable{"FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]"},
    Variable{"MAIL_PORTS", "[25,110,143,465,587]"},
    Variable{"GENEVE_PORTS", "6081"},
    Variable{"VXLAN_PORTS", "4789"},
    Variable{"TEREDO_PORTS", "3544"},
    Variable{"GTP_PORTS", "[2123,2152,3386]"},
};

}  // namespace

RuleContext RuleContext::defaults() {
  RuleContext context;
  for (const auto& one : kAddresses) context.address_variables.emplace(one.name, one.value);
  for (const auto& one : kPorts) context.port_variables.emplace(one.name, one.value);
  for (const auto& one : kClasses)
    context.class_types[std::string(one.name)] = {std::string(one.description), one.priority};
  return context;
}

void parse_classifications(std::string_view text, RuleContext& context) {
  constexpr std::uint8_t kLowestPriority = 255;
  RuleLines lines(text);
  for (RuleLine line; lines.next(line);) {
    auto rest = line.text();
    if (line.is_comment() || !take_prefix(rest, "config ")) continue;
    rest = trim(rest);
    if (!take_prefix(rest, "classification:")) continue;
    const auto name = to_lower(take_until(rest, ','));
    const auto description = take_until(rest, ',');
    const auto priority = to_unsigned(trim(rest));
    if (name.empty() || !priority || *priority == 0 || *priority > kLowestPriority) continue;
    context.class_types[name] = {std::string(description), static_cast<std::uint8_t>(*priority)};
  }
}

RuleContext RuleContext::of_gateway() {
  auto context = defaults();
  context.address_variables["HOME_NET"] =
      "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12,fc00::/7,fe80::/10]";
  return context;
}

}  // namespace sekisho::rules
