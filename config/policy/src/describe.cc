#include "config/policy/profile_settings.h"
#include "describe_rule.h"
#include "literals.h"

namespace sekisho::policy {
namespace {

std::string text_of(const std::string& text) { return text; }
std::string text_of(std::int64_t number) { return std::to_string(number); }
template <class T>
std::string text_of(const T& value) {
  return to_string(value);
}

template <class T>
std::string join(const std::vector<T>& values) {
  std::string text;
  for (const auto& value : values) {
    if (!text.empty()) text += ", ";
    text += text_of(value);
  }
  return text;
}

template <class T>
void add_column(std::string& text, std::string_view label, const std::vector<T>& values) {
  if (values.empty()) return;
  if (!text.empty()) text += " or ";
  text.append(label).append(" ").append(join(values));
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

void describe_objects(const Policy& policy, std::string& text) {
  const auto add = [&](std::string_view kind, const std::string& name, const std::string& values) {
    text.append("  ").append(kind).append(" ").append(quoted(name)).append(": ").append(values);
    text += '\n';
  };
  text += "objects:\n";
  for (const auto& o : policy.address_objects) add("addresses", o.name, join(o.ranges));
  for (const auto& o : policy.fqdn_objects) add("fqdns", o.name, join(o.patterns));
  for (const auto& o : policy.mac_objects) add("macs", o.name, join(o.macs));
  for (const auto& o : policy.service_objects) add("services", o.name, join(o.entries));
  for (const auto& o : policy.schedules) {
    std::string entries;
    for (const auto& entry : o.entries)
      entries.append(entries.empty() ? "" : "; ").append(describe_entry(entry));
    add("schedule", o.name, entries.empty() ? "never" : entries);
  }
  for (const auto& o : policy.url_categories) {
    std::string entries;
    for (const auto& entry : o.entries) entries += (entries.empty() ? "" : ", ") + entry.value;
    add("URL category", o.name, (o.title.empty() ? "" : quoted(o.title) + " ") + entries);
  }
  for (const auto& o : policy.applications) {
    std::string told = o.title.empty() ? "" : quoted(o.title) + " ";
    told += "category " + o.category + " risk " + std::to_string(o.risk);
    for (const auto& host : o.hosts) told += "; " + host.value;
    for (const auto& server : o.servers) told += "; " + describe_server(server);
    add("application", o.name, told);
  }
}

void describe_rules(const Policy& policy, std::string& text) {
  text += "rules:\n";
  std::size_t number = 0;
  for (const Rule& rule : policy.rules) {
    text += "  " + std::to_string(++number) + " " + quoted(rule.name) +
            (rule.enabled ? "" : " (off)") + "\n";
    text += "    when " + describe_condition(rule) + "\n";
    text += "    then " + describe_action(rule) + "\n";
  }
  text += "  otherwise pass\n";
}

void describe_user(const User& user, std::string& text) {
  text += "user " + quoted(user.name) + ":";
  const auto add = [&](std::string_view label, const auto& values) {
    if (!values.empty()) text.append(" ").append(label).append(" ").append(join(values));
  };
  add("groups", user.groups);
  add("addresses", user.addresses);
  add("macs", user.macs);
  text += "\n";
}

void describe_list(std::string_view name, const std::vector<ListEntry>& entries,
                   std::string& text) {
  text.append(name).append(" list:\n");
  for (const auto& entry : entries) text += "  " + entry.value + "\n";
}

void describe_profile(const SecurityProfile& profile, std::string& text) {
  text += "profile " + quoted(profile.name) + ":\n";
  for (const auto& spec : profile_sections()) {
    const auto section = profile.sections.find(spec.name);
    if (section == profile.sections.end()) continue;
    text.append("  ").append(spec.name).append(":\n");
    for (const auto& setting : spec.settings)
      if (const auto value = section->second.find(setting.name); value != section->second.end())
        text.append("    ")
            .append(setting.name)
            .append(" = ")
            .append(describe_setting(value->second) + "\n");
  }
}

}  // namespace

bool concerns_everything(const Rule& rule) {
  return !rule.from && rule.source.everything() && rule.destination.everything() &&
         rule.services.empty() && rule.content.everything() && rule.schedule.empty();
}

std::string describe_hosts(const HostSelectors& hosts) {
  std::string text;
  add_column(text, "address", hosts.addresses);
  add_column(text, "fqdn", hosts.fqdns);
  add_column(text, "mac", hosts.macs);
  add_column(text, "user", hosts.users);
  add_column(text, "country", hosts.countries);
  return text.empty() ? "any" : text;
}

std::string describe_services(const std::vector<ServiceEntry>& services) {
  return services.empty() ? "any" : join(services);
}

std::string describe_content(const ContentSelectors& content) {
  if (content.none) return "none";
  std::string text;
  add_column(text, "application", content.applications);
  add_column(text, "URL category", content.url_categories);
  return text.empty() ? "any" : text;
}

std::string describe_entry(const ScheduleEntry& entry) {
  return days_text(entry.days) + " " + time_of_day(entry.from) + "-" + time_of_day(entry.to);
}

std::string describe_server(const ApplicationServer& server) {
  std::string text = server.addresses.empty() ? "any address" : join(server.addresses);
  if (!server.services.empty()) text += " with " + join(server.services);
  return text;
}

std::string describe_condition(const Rule& rule) {
  std::string text;
  const auto add = [&](std::string_view label, const std::string& value) {
    text.append(text.empty() ? "" : ", ").append(label).append(" ").append(value);
  };
  if (rule.from) add("from", *rule.from == Side::lan ? "lan" : "wan");
  if (!rule.source.everything()) add("source", describe_hosts(rule.source));
  if (!rule.destination.everything()) add("destination", describe_hosts(rule.destination));
  if (!rule.services.empty()) add("service", describe_services(rule.services));
  if (!rule.content.everything()) add("content", describe_content(rule.content));
  if (!rule.schedule.empty()) add("schedule", quoted(rule.schedule));
  return text.empty() ? "everything" : text;
}

std::string describe_action(const Rule& rule) {
  std::string text = rule.action == Action::allow               ? "allow"
                     : rule.action == Action::monitor           ? "monitor"
                     : rule.block_method == BlockMethod::reset  ? "block with reset"
                     : rule.block_method == BlockMethod::answer ? "block with answer"
                                                                : "block with drop";
  if (rule.log) text += ", log";
  if (!rule.profile.empty()) text += ", profile " + quoted(rule.profile);
  return text;
}

std::string describe_setting(const SettingValue& value) {
  struct Describe {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(const std::string& v) const { return "\"" + v + "\""; }
    std::string operator()(const std::vector<std::int64_t>& v) const { return "[" + join(v) + "]"; }
    std::string operator()(const std::vector<std::string>& v) const { return "[" + join(v) + "]"; }
  };
  return std::visit(Describe{}, value);
}

std::string describe(const Policy& policy) {
  std::string text = "time zone: " + policy.time_zone + "\n";
  const auto& checks = policy.packet_checks;
  text += std::string("packet checks: malformed ") + (checks.drop_malformed ? "drop" : "pass") +
          ", midstream " + (checks.midstream_pickup ? "pick_up" : "refuse") + ", out_of_window " +
          (checks.drop_out_of_window ? "drop" : "pass") + ", asymmetric " +
          (checks.accept_asymmetric ? "accept" : "refuse") + "\n";
  const auto& page = policy.block_page;
  if (!page.organisation.empty()) text += "block page organisation: " + page.organisation + "\n";
  if (!page.message.empty()) text += "block page message: " + page.message + "\n";
  if (!page.contact.empty()) text += "block page contact: " + page.contact + "\n";
  describe_objects(policy, text);
  for (const auto& user : policy.users) describe_user(user, text);
  describe_rules(policy, text);
  describe_list("allow", policy.allow_list, text);
  describe_list("block", policy.block_list, text);
  for (const auto& profile : policy.profiles) describe_profile(profile, text);
  for (const auto& variable : policy.ips_variables)
    text += "IPS variable: " + variable.name + " = " + variable.value + "\n";
  for (const auto& rule : policy.ips_rules) text += "IPS rule: " + rule.text + "\n";
  return text;
}

}  // namespace sekisho::policy
