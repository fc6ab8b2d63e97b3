#pragma once

#include <array>
#include <string_view>

namespace sekisho::policy {

/// One key of a mapping of the policy file: the reader refuses others, and the JSON Schema is made
/// from the same tables.
struct Key {
  std::string_view name;
  bool required = false;
  std::string_view schema;       // of the value, as JSON
  std::string_view description;  // for the schema; editors show it
};

inline constexpr std::array kPolicyKeys{
    Key{"version", true, R"({"const": 1})", "Version of this file format."},
    Key{"time_zone", false, R"({"type": "string", "minLength": 1, "default": "Asia/Tokyo"})",
        "IANA name; schedules are in this zone."},
    Key{"objects", false, R"({"$ref": "#/$defs/objects"})", "Named values that rules refer to."},
    Key{"users", false, R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/user"}})",
        "Who is always found at the same address or device, and in which groups he is."},
    Key{"rules", false, R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/rule"}})",
        "From the top, the first rule that matches decides; without a match traffic passes."},
    Key{"lists", false, R"({"$ref": "#/$defs/lists"})",
        "Sites that pass or are blocked ahead of URL filtering and reputation."},
    Key{"profiles", false, R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/profile"}})",
        "Security profiles; rules name the one they apply."},
    Key{"packet_checks", false, R"({"$ref": "#/$defs/packet_checks"})",
        "What happens to packets that do not parse or do not fit their flow."},
    Key{"block_page", false, R"({"$ref": "#/$defs/block_page"})",
        "What the page says of this gateway that answers blocked requests (block_with: answer)."},
    Key{"ips_rules", false,
        R"({"type": ["array", "null"], "items": {"type": "string", "minLength": 1}})",
        "The administrator's own IPS rules in Suricata's language; an entry is one rule or more, "
        "each on a line of its own."},
    Key{"ips_variables", false, R"({"$ref": "#/$defs/ips_variables"})",
        "What HOME_NET, EXTERNAL_NET, HTTP_PORTS and other variables of IPS rules stand for; "
        "HOME_NET is the private networks unless it is here, EXTERNAL_NET what is not in it."},
};

inline constexpr std::array kUserKeys{
    Key{"name", true, R"({"$ref": "#/$defs/object_name"})", "How rules select this user."},
    Key{"groups", false, R"({"$ref": "#/$defs/group_names"})",
        "Names by which rules select all who have them."},
    Key{"addresses", false, R"({"$ref": "#/$defs/user_hosts"})",
        "Address objects or literals: where only this user is."},
    Key{"macs", false, R"({"$ref": "#/$defs/user_hosts"})",
        "MAC objects or literals: his devices."},
};

inline constexpr std::array kObjectsKeys{
    Key{"addresses", false,
        R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/values_object"}})",
        "Sets of IP addresses."},
    Key{"fqdns", false,
        R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/values_object"}})",
        "Sets of host names."},
    Key{"macs", false, R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/values_object"}})",
        "Sets of MAC addresses."},
    Key{"services", false,
        R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/service_object"}})",
        "Sets of protocols and ports."},
    Key{"schedules", false,
        R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/schedule_object"}})",
        "Sets of weekly intervals."},
    Key{"url_categories", false,
        R"({"type": ["array", "null"], "maxItems": 124, "items": {"$ref": "#/$defs/url_category"}})",
        "Categories of one's own of URLs and servers; rules select them beside the built-in ones."},
    Key{"applications", false,
        R"({"type": ["array", "null"], "maxItems": 128, "items": {"$ref": "#/$defs/application"}})",
        "Applications of one's own, told by host or server; rules name them like the catalogue's."},
};

/// Address, FQDN and MAC objects.
inline constexpr std::array kValuesObjectKeys{
    Key{"name", true, R"({"$ref": "#/$defs/object_name"})", "How rules refer to it."},
    Key{"values", true, R"({"$ref": "#/$defs/strings"})",
        "A list, or one comma-separated string. Addresses: single, a-b or CIDR."},
};

inline constexpr std::array kServiceObjectKeys{
    Key{"name", true, R"({"$ref": "#/$defs/object_name"})", "How rules refer to it."},
    Key{"entries", true, R"({"$ref": "#/$defs/strings"})",
        "tcp/443, udp/5000-5100, sctp/any, icmp/8, icmpv6/any, ip/47 or any."},
};

inline constexpr std::array kScheduleObjectKeys{
    Key{"name", true, R"({"$ref": "#/$defs/object_name"})", "How rules refer to it."},
    Key{"entries", true,
        R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/schedule_entry"}})",
        "The intervals; none: never."},
};

inline constexpr std::array kUrlCategoryKeys{
    Key{"name", true, R"({"$ref": "#/$defs/object_name"})",
        "How rules refer to it; not the name of a built-in category."},
    Key{"title", false, R"({"$ref": "#/$defs/category_title"})",
        "What pages call it, in any language; left out: its name."},
    Key{"entries", true, R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/list_entry"}})",
        "Hosts, *.example.com, host/path, addresses, ranges and CIDR, as in the lists."},
};

inline constexpr std::array kApplicationKeys{
    Key{"name", true, R"({"$ref": "#/$defs/object_name"})",
        "How rules refer to it; not the name of one of the catalogue, and without a slash."},
    Key{"title", false, R"({"$ref": "#/$defs/application_title"})",
        "What pages call it, in any language; left out: its name."},
    Key{"category", false, R"({"$ref": "#/$defs/text", "default": "custom"})",
        "One of the catalogue's categories of applications, or custom."},
    Key{"risk", false, R"({"type": "integer", "minimum": 1, "maximum": 5, "default": 1})",
        "1 harmless to 5 seldom has a place in an office."},
    Key{"hosts", false, R"({"$ref": "#/$defs/strings"})",
        "Host names, and *.example.com for all below example.com."},
    Key{"servers", false,
        R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/application_server"}})",
        "Addresses and ports; each entry alone tells the application."},
};

/// With one of the two at least.
inline constexpr std::array kApplicationServerKeys{
    Key{"addresses", false, R"({"$ref": "#/$defs/selection"})",
        "Address objects or literals of the server; left out: any."},
    Key{"services", false, R"({"$ref": "#/$defs/selection"})",
        "Service objects or literals like tcp/8443 or udp/5000-5100; left out: any."},
};

inline constexpr std::array kScheduleEntryKeys{
    Key{"days", false, R"({"$ref": "#/$defs/days"})", "The days on which it begins."},
    Key{"from", false,
        R"({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "default": "00:00"})",
        "Begin."},
    Key{"to", false,
        R"({"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "default": "24:00"})",
        "End; not after the begin: on the next day."},
};

inline constexpr std::array kRuleKeys{
    Key{"name", true, R"({"$ref": "#/$defs/rule_name"})", "Unique among the rules."},
    Key{"enabled", false, R"({"type": "boolean", "default": true})", "Whether it takes part."},
    Key{"from", false, R"({"enum": ["lan", "wan", "any"], "default": "any"})",
        "The side on which the connection begins."},
    Key{"source", false, R"({"$ref": "#/$defs/source"})", "Who begins; left out: everybody."},
    Key{"destination", false, R"({"$ref": "#/$defs/destination"})",
        "Whereto; left out: everywhere."},
    Key{"services", false, R"({"$ref": "#/$defs/selection"})",
        "Service objects or literals like tcp/443; left out: every service."},
    Key{"content", false, R"({"$ref": "#/$defs/content"})", "What; left out: every content."},
    Key{"schedule", false, R"({"$ref": "#/$defs/text"})", "Name of a schedule; left out: always."},
    Key{"action", true, R"({"enum": ["allow", "block", "monitor"]})", "What happens."},
    Key{"block_with", false, R"({"enum": ["drop", "reset", "answer"], "default": "drop"})",
        "How to block: in silence; with a reset to both ends (UDP: port unreachable to the "
        "sender); "
        "or with an answer to whoever asked: a page over HTTP, an alert over TLS, a refusal over "
        "DNS, otherwise a reset."},
    Key{"log", false, R"({"type": "boolean", "default": true})", "Whether matches are recorded."},
    Key{"profile", false, R"({"$ref": "#/$defs/text"})", "Name of the security profile applied."},
};

inline constexpr std::array kSourceKeys{
    Key{"addresses", false, R"({"$ref": "#/$defs/selection"})", "Address objects or literals."},
    Key{"fqdns", false, R"({"$ref": "#/$defs/selection"})", "FQDN objects or host names."},
    Key{"macs", false, R"({"$ref": "#/$defs/selection"})", "MAC objects or literals."},
    Key{"users", false, R"({"$ref": "#/$defs/selection"})", "Users or groups."},
    Key{"countries", false, R"({"$ref": "#/$defs/countries"})",
        "ISO 3166-1 alpha-2 codes, like JP."},
};

inline constexpr std::array kDestinationKeys{kSourceKeys[0], kSourceKeys[1], kSourceKeys[4]};

inline constexpr std::array kContentKeys{
    Key{"applications", false, R"({"$ref": "#/$defs/contents"})",
        "Names of applications, or of categories of them like category:streaming, or of one "
        "function of either like youtube/upload; none: no content."},
    Key{"url_categories", false, R"({"$ref": "#/$defs/contents"})",
        "Names of URL categories, or group:NAME for all of a group; none: no content."},
};

inline constexpr std::array kListsKeys{
    Key{"allow", false, R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/list_entry"}})",
        "URLs and servers that match no rule by their category; wins over `block`."},
    Key{"block", false, R"({"type": ["array", "null"], "items": {"$ref": "#/$defs/list_entry"}})",
        "URLs and servers that are blocked before any rule."},
};

inline constexpr std::array kPacketChecksKeys{
    Key{"malformed", false, R"({"enum": ["drop", "pass"], "default": "drop"})",
        "Packets that break their protocol's rules."},
    Key{"midstream", false, R"({"enum": ["pick_up", "refuse"], "default": "pick_up"})",
        "TCP connections whose beginning was not seen."},
    Key{"out_of_window", false, R"({"enum": ["drop", "pass"], "default": "drop"})",
        "TCP segments outside the window of their connection."},
    Key{"asymmetric", false, R"({"enum": ["accept", "refuse"], "default": "refuse"})",
        "TCP connections of which only one direction crosses the gateway. accept is the weaker "
        "way: "
        "nothing shows that the other end agreed, so forged segments are taken for a connection "
        "and "
        "fill the flow table, windows are guessed, and bytes are read before anyone acknowledged "
        "them."},
};

inline constexpr std::array kBlockPageKeys{
    Key{"organisation", false, R"({"$ref": "#/$defs/organisation"})",
        "Who runs this network: the page's heading."},
    Key{"message", false, R"({"$ref": "#/$defs/message"})",
        "A sentence or two of its own, in the readers' language."},
    Key{"contact", false, R"({"$ref": "#/$defs/contact"})",
        "Whom to ask: a name, an extension, a mail address."},
};

}  // namespace sekisho::policy
