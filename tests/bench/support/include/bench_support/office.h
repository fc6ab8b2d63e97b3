#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "config/policy/model.h"
#include "engines/firewall/firewall.h"

namespace sekisho::tests {

/// One IPv4 flow as its initiator's first packet shows it; addresses in host order.
struct Tuple {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;
  bool from_wan = false;
  auto operator<=>(const Tuple&) const = default;
};

/// A firewall policy as offices have them, and traffic that fits it. The same seed gives the same.
///
/// Of n rules n - 4 are individual ones: a host, a range of up to 32 addresses, or a CIDR block of
/// /20 to /28 on one or both sides; up to three services, one in ten a port range; 70 % tied to
/// a side; 30 % block. Then come web, encrypted web and DNS for the whole LAN, and at the end a
/// block of everything else. Every rule logs. Half of the traffic is aimed at individual rules, all
/// equally; the other half goes from anywhere in the LAN to anywhere, down to the last rules.
class Office {
 public:
  /// `with_names`: of the individual rules, 3 % name FQDNs and 2 % MAC addresses.
  explicit Office(std::size_t num_rules, bool with_names = false);

  /// The policy as the administrator's text; `more_rules` (whole lines of the table) come after the
  /// individual ones.
  std::string yaml(std::string_view more_rules = {}) const;

  /// `count` different flows of `protocol` that `firewall`, compiled from yaml(), lets pass.
  std::vector<Tuple> passing_flows(const engines::firewall::Firewall& firewall,
                                   std::uint8_t protocol, std::size_t count);

 private:
  struct Block {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // both 0: everything
    std::string text;
  };
  struct Service {
    std::uint8_t protocol;
    std::uint16_t first, last;
  };
  struct Rule {
    Block source, destination;
    std::vector<Service> services;
    int side = 0;  // 0 both, 1 lan, 2 wan
    bool block = false;
    std::string fqdn, mac;
  };

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  std::uint32_t inside() { return 0x0a000000 | below(64) << 16 | below(1 << 16); }
  std::uint32_t outside() { return 0x14000000 + below(0x80000000); }
  std::uint32_t any_of(const Block& block);
  Block block_around(std::uint32_t address);
  Service service();
  Rule individual(bool with_names);
  void end_with_general_rules();
  static std::string line_of(const Rule& rule, std::size_t number);
  Tuple general(std::uint8_t protocol);
  Tuple aimed(std::uint8_t protocol);

  std::mt19937_64 random_{42};
  std::vector<Rule> rules_;
};

}  // namespace sekisho::tests
