#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "config/base/result.h"

namespace sekisho::snapshot {

/// What the control plane and the command line need to put names to a snapshot's numbers.
struct SnapshotMeta {
  struct Rule {
    std::string name;
    std::string action;  // "allow", "block", "monitor"
    bool enabled = true;
    bool log = true;
    std::uint32_t line = 0;  // in the source section
  };
  std::string edition;  // rules::edition() of the compiler; empty: it was none that says so
  std::string time_zone;
  std::vector<Rule> rules;            // index = rule number - 1
  std::vector<std::string> fqdns;     // every pattern that a rule uses, for periodic resolution
  std::vector<std::string> warnings;  // of the compiler, as shown to the administrator
  /// Names the compiled IPS rules that go with the policy; empty: there are none. It is the SHA-256
  /// of what they were made of, not of what they became.
  std::string ips_rules;
  bool drop_malformed = true;
  bool midstream_pickup = true;
  bool drop_out_of_window = true;
  bool accept_asymmetric = false;
  /// What the page for blocked requests says of the gateway, as policy::BlockPage has it.
  struct BlockPage {
    std::string organisation;
    std::string message;
    std::string contact;
    bool operator==(const BlockPage&) const = default;
  };
  BlockPage block_page;
  /// The policy's own URL categories; the n-th has the id OwnCategories::kFirstId + n.
  struct UrlCategory {
    std::string name;
    std::string title;  // empty: none of its own
    bool operator==(const UrlCategory&) const = default;
  };
  std::vector<UrlCategory> url_categories;
  /// The policy's own applications; the n-th has the id OwnApplication::id_of(n).
  struct Application {
    std::string name;
    std::string title;  // empty: none of its own
    std::string category;
    std::uint32_t risk = 1;
    bool operator==(const Application&) const = default;
  };
  std::vector<Application> applications;
  /// Who stands in the policy, for names in events and accounts; in the policy's order.
  struct User {
    std::string name;
    std::vector<std::string> groups;
    std::vector<AddressRange> addresses;
    std::vector<MacAddress> macs;
    bool operator==(const User&) const = default;
  };
  std::vector<User> users;
};

std::string to_json(const SnapshotMeta& meta);
Result<SnapshotMeta> parse_meta(std::string_view json);

}  // namespace sekisho::snapshot
