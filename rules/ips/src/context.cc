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

// Short names and priorities are those that public rule sets use; the words are ours.
constexpr std::array kClasses{
    KnownClass{"attempted-admin", "Attempt to gain administrator rights", 1},
    KnownClass{"attempted-user", "Attempt to gain a user's rights", 1},
    KnownClass{"command-and-control", "Malware talking to its controller", 1},
    KnownClass{"coin-mining", "Crypto mining", 2},
    KnownClass{"credential-theft", "Credentials taken successfully", 1},
    KnownClass{"domain-c2", "Domain name of a malware controller", 1},
    KnownClass{"exploit-kit", "Exploit kit at work", 1},
    KnownClass{"inappropriate-content", "Inappropriate content", 1},
    KnownClass{"kickass-porn", "Pornographic content", 1},
    KnownClass{"policy-violation", "Possible breach of company privacy policy", 1},
    KnownClass{"shellcode-detect", "Executable code in data", 1},
    KnownClass{"social-engineering", "Attempt at social engineering", 2},
    KnownClass{"successful-admin", "Administrator rights gained", 1},
    KnownClass{"successful-user", "User rights gained", 1},
    KnownClass{"targeted-activity", "Targeted malicious activity", 1},
    KnownClass{"trojan-activity", "Trojan on the network", 1},
    KnownClass{"unsuccessful-user", "Attempt to gain a user's rights that failed", 1},
    KnownClass{"web-application-attack", "Attack on a web application", 1},
    KnownClass{"attempted-dos", "Attempt at denial of service", 2},
    KnownClass{"attempted-recon", "Attempt to gather information", 2},
    KnownClass{"bad-unknown", "Possibly harmful traffic", 2},
    KnownClass{"default-login-attempt", "Login with a default name and password", 2},
    KnownClass{"denial-of-service", "Denial of service", 2},
    KnownClass{"external-ip-check", "Request for the own external address", 2},
    KnownClass{"misc-attack", "Attack of another kind", 2},
    KnownClass{"non-standard-protocol", "Unusual protocol or event", 2},
    KnownClass{"pup-activity", "Possibly unwanted program", 2},
    KnownClass{"rpc-portmap-decode", "RPC portmapper request", 2},
    KnownClass{"successful-dos", "Denial of service that succeeded", 2},
    KnownClass{"successful-recon-largescale", "Large gathering of information", 2},
    KnownClass{"successful-recon-limited", "Information gathered", 2},
    KnownClass{"suspicious-filename-detect", "Suspicious file name", 2},
    KnownClass{"suspicious-login", "Login under a suspicious user name", 2},
    KnownClass{"system-call-detect", "System call in data", 2},
    KnownClass{"unusual-client-port-connection", "Client on an unusual port", 2},
    KnownClass{"web-application-activity", "Access to a possibly vulnerable web application", 2},
    KnownClass{"icmp-event", "ICMP event", 3},
    KnownClass{"misc-activity", "Activity of another kind", 3},
    KnownClass{"network-scan", "Network scan", 3},
    KnownClass{"not-suspicious", "Traffic that is not suspicious", 3},
    KnownClass{"protocol-command-decode", "Protocol command", 3},
    KnownClass{"string-detect", "Suspicious text", 3},
    KnownClass{"unknown", "Unknown traffic", 3},
    KnownClass{"tcp-connection", "TCP connection", 4},
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
