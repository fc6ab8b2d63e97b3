#include "random_cases.h"

#include <algorithm>
#include <array>

#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"

namespace sekisho::engines::firewall {

namespace {

const std::vector<std::string> kNames{"example.com", "www.example.com",  "a.b.example.com",
                                      "example.net", "mail.example.net", "other.test"};
const std::vector<std::string> kPatterns{"example.com",     "*.example.com", "www.example.com",
                                         "*.b.example.com", "*.com",         "mail.example.net",
                                         "*.test",          "nobody.example"};
const std::vector<std::string> kCountries{"JP", "US", "DE", "ZZ"};
/// Some with a place of their own, some parts of others.
const std::vector<std::string> kApplications{"dhcp",    "dns",           "ntp",  "icmp",
                                             "tls",     "http",          "quic", "google",
                                             "youtube", "youtube_music", "line", "dhcpv6"};
const std::vector<std::string> kUrlCategories{"gambling", "news", "social_network", "pornography",
                                              "group:adult"};
const std::vector<std::string> kOwnCategories{"ours", "theirs", "others"};
const std::string kOwnApplication = "our erp";
/// Of applications that flows have, too.
const std::vector<std::string> kFunctions{"youtube/upload", "youtube/view", "google/upload",
                                          "line/download", "category:streaming/upload"};
const std::vector<std::string> kSchedules{"office", "night", "weekend"};
const std::vector<std::uint8_t> kProtocols{6, 6, 6, 17, 17, 132, 1, 58, 47, 0};
const std::vector<std::uint16_t> kPorts{0,   1,   22,   53,   67,   68,   80,
                                        123, 443, 1024, 5353, 8443, 65535};

MacAddress mac(std::uint32_t number) {
  return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(number)}};
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& RandomCases::country_blocks() {
  static const std::vector<std::pair<std::string, std::string>> blocks{
      {"10.0.1.0/24", "JP"},     {"10.0.2.64/26", "US"},    {"10.1.0.0/16", "DE"},
      {"192.0.2.0/25", "JP"},    {"192.0.2.128/25", "US"},  {"203.0.113.7/32", "DE"},
      {"2001:db8:1::/48", "JP"}, {"2001:db8:2::/47", "US"}, {"2001:db8:8::1/128", "DE"}};
  return blocks;
}

std::string RandomCases::country_of(const IpAddress& address) {
  for (const auto& [block, country] : country_blocks()) {
    const AddressRange range = *parse_address_range(block);
    if (range.first.is_v4() == address.is_v4() && range.contains(address)) return country;
  }
  return {};
}

IpAddress RandomCases::address() {
  if (chance(30)) {
    IpAddress v6 = *parse_ip_address("2001:db8::");
    v6.bytes[5] = static_cast<std::uint8_t>(below(10));
    v6.bytes[15] = static_cast<std::uint8_t>(below(4));
    if (chance(3)) v6.bytes.fill(chance(50) ? 0xff : 0);
    return v6;
  }
  static constexpr std::array<std::uint32_t, 7> kNets{
      0x0a000100, 0x0a000200, 0x0a010000, 0xc0000200, 0xcb007100, 0x00000000, 0xffffff00};
  const std::uint32_t host = chance(60) ? below(12) : below(256);
  return IpAddress::from_v4(kNets[below(kNets.size())] + host);
}

AddressRange RandomCases::range() {
  const IpAddress first = address();
  if (chance(35)) return {first, first};
  if (chance(40)) {
    const std::uint32_t bits = first.is_v4() ? below(33) : below(129);
    return *parse_address_range(to_string(first) + "/" + std::to_string(bits));
  }
  IpAddress second = address();
  while (second.is_v4() != first.is_v4()) second = address();
  return {std::min(first, second), std::max(first, second)};
}

policy::HostSelectors RandomCases::hosts(bool source) {
  policy::HostSelectors hosts;
  if (chance(30)) return hosts;
  for (std::uint32_t i = below(4); i > 0; --i) hosts.addresses.push_back(range());
  if (chance(20))
    for (std::uint32_t i = 1 + below(2); i > 0; --i) hosts.fqdns.push_back(any_of(kPatterns));
  if (chance(15)) hosts.countries.push_back(any_of(kCountries));
  if (source && chance(20)) hosts.macs.push_back(mac(below(6)));
  if (source && chance(10))
    hosts.users.emplace_back(chance(40) ? "someone" : chance(50) ? "staff" : "nobody");
  return hosts;
}

policy::ServiceEntry RandomCases::service() {
  policy::ServiceEntry entry;
  do entry.protocol = any_of(kProtocols);
  while (entry.protocol == 0);
  if (entry.protocol == 1 || entry.protocol == 58) {
    entry.first = static_cast<std::uint16_t>(chance(50) ? 8 : below(256));
    entry.last = chance(30) ? 255 : entry.first;
    return entry;
  }
  entry.first = any_of(kPorts);
  entry.last = chance(60) ? entry.first : std::max(entry.first, any_of(kPorts));
  return entry;
}

policy::ContentSelectors RandomCases::content() {
  policy::ContentSelectors content;
  if (chance(70)) return content;
  if (chance(5)) {
    content.none = true;
    return content;
  }
  for (std::uint32_t i = 1 + below(3); i > 0; --i)
    content.applications.emplace_back(any_of(kApplications));
  if (chance(40))
    for (std::uint32_t i = 1 + below(2); i > 0; --i)
      content.url_categories.push_back(any_of(chance(30) ? kOwnCategories : kUrlCategories));
  if (chance(30) && !content.url_categories.empty()) content.applications.clear();
  if (chance(30)) content.applications.push_back(any_of(kFunctions));
  if (chance(10)) content.applications.emplace_back(kOwnApplication);
  return content;
}

policy::Rule RandomCases::rule(std::size_t number) {
  policy::Rule rule;
  rule.name = "r" + std::to_string(number);
  rule.enabled = !chance(8);
  if (chance(30)) rule.from = chance(50) ? policy::Side::lan : policy::Side::wan;
  rule.source = hosts(true);
  rule.destination = hosts(false);
  if (chance(70))
    for (std::uint32_t i = 1 + below(3); i > 0; --i) rule.services.push_back(service());
  rule.content = content();
  if (chance(20)) rule.schedule = any_of(kSchedules);
  rule.action = chance(45)   ? policy::Action::block
                : chance(80) ? policy::Action::allow
                             : policy::Action::monitor;
  if (chance(40)) rule.block_method = policy::BlockMethod::reset;
  if (chance(40)) rule.block_method = policy::BlockMethod::answer;
  rule.log = chance(50);
  return rule;
}

policy::Policy RandomCases::policy(std::size_t num_rules) {
  policy::Policy policy;
  for (const std::string& name : kSchedules) {
    policy.schedules.emplace_back();
    policy.schedules.back().name = name;
  }
  policy.users = {{"someone", {"staff"}, {range()}, {mac(below(6))}, {}},
                  {"other", {"staff", "staff"}, {range(), range()}, {}, {}}};
  for (const std::string& name : kOwnCategories) {
    policy.url_categories.emplace_back();
    policy.url_categories.back().name = name;
  }
  policy.applications.emplace_back();
  policy.applications.back().name = kOwnApplication;
  policy.applications.back().hosts = {{"erp.example", {}}};
  for (std::size_t i = 1; i <= num_rules; ++i) policy.rules.push_back(rule(i));
  return policy;
}

OwnCategories RandomCases::own_categories() {
  OwnCategories own;
  for (std::size_t i = 0; i < kOwnCategories.size(); ++i)
    if (chance(20)) own.add(static_cast<std::uint16_t>(OwnCategories::kFirstId + i));
  return own;
}

UrlFacts RandomCases::url() {
  UrlFacts url;
  url.known = static_cast<Knowledge>(below(3));
  if (url.known != Knowledge::known) return url;
  const auto all = rules::url_categories();
  for (std::uint32_t i = below(4); i > 0; --i)
    url.categories[url.num_categories++] =
        chance(60) ? rules::find_url_category(kUrlCategories[below(4)])->id
                   : all[below(static_cast<std::uint32_t>(all.size()))].id;
  if (chance(30)) url.own_categories = own_categories();
  if (chance(10)) url.list = static_cast<ListOutcome>(below(3));
  return url;
}

Facts RandomCases::facts() {
  Facts facts;
  facts.source = address();
  do facts.destination = address();
  while (facts.destination.is_v4() != facts.source.is_v4());
  facts.protocol = any_of(kProtocols);
  facts.source_port = any_of(kPorts);
  facts.destination_port = chance(80) ? any_of(kPorts) : static_cast<std::uint16_t>(below(65'536));
  facts.icmp_type = static_cast<std::uint8_t>(chance(60) ? 8 : below(256));
  facts.ingress = chance(50) ? policy::Side::lan : policy::Side::wan;
  facts.source_mac = mac(below(8));
  facts.application_known = static_cast<Knowledge>(below(3));
  if (facts.application_known == Knowledge::known)
    facts.application = rules::find_application(any_of(kApplications))->id;
  if (facts.application_known == Knowledge::known && chance(30))
    facts.carrier = rules::find_application(any_of(kApplications))->id;
  if (facts.application_known == Knowledge::known && chance(15)) {
    facts.application = OwnApplication::id_of(0);
    facts.told_by_ends = chance(70);
    facts.carrier_awaited = facts.told_by_ends && chance(50);
    if (facts.carrier_awaited) facts.carrier = 0;
  }
  facts.url = url();
  if (chance(10)) facts.address_categories = own_categories();
  if (facts.url.known == Knowledge::known && chance(70))
    facts.function = static_cast<FunctionId>(below(rules::kFunctionKinds.size() + 1));
  if (chance(10)) facts.address_list = static_cast<ListOutcome>(below(3));
  return facts;
}

std::vector<std::pair<IpAddress, std::string>> RandomCases::names() {
  std::vector<std::pair<IpAddress, std::string>> names;
  names.reserve(120);
  for (int i = 0; i < 120; ++i) names.emplace_back(address(), any_of(kNames));
  return names;
}

}  // namespace sekisho::engines::firewall
