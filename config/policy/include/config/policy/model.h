#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/address.h"

namespace sekisho::policy {

/// Where a value stands in the administrator's file; both from 1, 0 when it did not come from a
/// file.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// A named set of addresses, ranges and CIDR blocks (R057, R058).
struct AddressObject {
  std::string name;
  std::vector<AddressRange> ranges;
  Position position;
};

/// "www.example.com", or "*.example.com" for every name below (not the name itself). Lower case, no
/// trailing dot.
using FqdnPattern = std::string;

/// A named set of host name patterns.
struct FqdnObject {
  std::string name;
  std::vector<FqdnPattern> patterns;
  Position position;
};

/// A named set of MAC addresses.
struct MacObject {
  std::string name;
  std::vector<MacAddress> macs;
  Position position;
};

/// A person, by where he is always found, and the groups that rules can name in his place (R013).
/// Who is found out at run time (engines/firewall UserTable) needs no entry.
struct User {
  std::string name;
  std::vector<std::string> groups;
  std::vector<AddressRange> addresses;  // objects and literals, resolved
  std::vector<MacAddress> macs;
  Position position;
};

/// One thing a service can be. Ports and ICMP types are inclusive ranges. Protocol 0 stands for
/// every protocol; it occurs in service objects only, never in the resolved services of a rule.
struct ServiceEntry {
  std::uint8_t protocol = 0;   // IP protocol number (IANA): 6, 17, 132, 1, 58, ...
  std::uint16_t first = 0;     // TCP/UDP/SCTP: destination port; ICMP: type; otherwise unused
  std::uint16_t last = 65535;  // ICMP: 255 means every type
  auto operator<=>(const ServiceEntry&) const = default;
};

/// A named set of services (R060): "tcp/443", "udp/5000-5100", "icmp/8", "icmpv6/any", "ip/47".
struct ServiceObject {
  std::string name;
  std::vector<ServiceEntry> entries;
  Position position;
};

/// One weekly interval in the policy's time zone. `to` <= `from` runs past midnight into the next
/// day.
struct ScheduleEntry {
  std::uint8_t days = 0x7f;  // bit 0 = Monday ... bit 6 = Sunday: the day on which it begins
  std::chrono::minutes from{0};
  std::chrono::minutes to{24 * 60};
  bool operator==(const ScheduleEntry&) const = default;
};

/// A named set of weekly intervals; without entries it is never on.
struct ScheduleObject {
  std::string name;
  std::vector<ScheduleEntry> entries;
  Position position;
};

/// The selectors of one column are alternatives: any one that matches is enough. All empty: every
/// host.
struct HostSelectors {
  std::vector<AddressRange> addresses;  // objects and literals, resolved
  std::vector<FqdnPattern> fqdns;
  std::vector<MacAddress> macs;        // source only
  std::vector<std::string> users;      // source only: names of users or groups
  std::vector<std::string> countries;  // ISO 3166-1 alpha-2, upper case
  bool everything() const {
    return addresses.empty() && fqdns.empty() && macs.empty() && users.empty() && countries.empty();
  }
  bool operator==(const HostSelectors&) const = default;
};

/// Application names and URL category names (R044), alternatives like the host selectors. A rule
/// without `content:` concerns every content. A rule whose `content:` is written but selects
/// nothing
/// (`content: {applications: []}`) matches no content: `none` is set, and the rule never matches.
struct ContentSelectors {
  std::vector<std::string> applications;
  std::vector<std::string> url_categories;
  bool none = false;
  bool everything() const { return !none && applications.empty() && url_categories.empty(); }
  bool operator==(const ContentSelectors&) const = default;
};

enum class Action : std::uint8_t { allow, block, monitor };
enum class BlockMethod : std::uint8_t {
  drop,    // in silence
  reset,   // both ends are told
  answer,  // who asked gets an answer in the protocol it speaks; where there is none, as reset
};
enum class Side : std::uint8_t { lan, wan };

/// One row of the rule table; the first row that matches decides (R042).
struct Rule {
  std::string name;
  bool enabled = true;
  std::optional<Side> from;  // the side the initiator is on; none: both
  HostSelectors source;
  HostSelectors destination;
  std::vector<ServiceEntry> services;  // resolved; empty: every service
  ContentSelectors content;
  std::string schedule;  // name of a ScheduleObject; empty: always
  Action action = Action::allow;
  BlockMethod block_method = BlockMethod::drop;
  bool log = true;
  std::string profile;  // name of a security profile; empty: none
  Position position;
};

/// What to do with packets that do not parse or do not fit their flow.
struct PacketChecks {
  bool drop_malformed = true;    // false: pass them, counted
  bool midstream_pickup = true;  // TCP flows seen from the middle are tracked from there
  bool drop_out_of_window = true;
  bool accept_asymmetric = false;  // TCP of which only one direction crosses the box passes
  bool operator==(const PacketChecks&) const = default;
};

/// What the gateway says of itself on the page that a blocked request is answered with. Plain text
/// in UTF-8; all may be empty.
struct BlockPage {
  static constexpr std::size_t kMaxOrganisation = 80;  // characters
  static constexpr std::size_t kMaxMessage = 400;
  static constexpr std::size_t kMaxContact = 120;

  std::string organisation;
  std::string message;
  std::string contact;  // whom to ask: a name, an extension, an address
  bool operator==(const BlockPage&) const = default;
};

}  // namespace sekisho::policy
