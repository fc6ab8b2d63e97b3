#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "config/policy/policy.h"
#include "describe_rule.h"
#include "literals.h"

namespace sekisho::policy {
namespace {

using Lines = std::vector<std::string>;

std::string on_off(bool value) { return value ? "on" : "off"; }

void add_change(std::string_view what, const std::string& before, const std::string& after,
                Lines& lines) {
  if (before != after) lines.push_back(std::string(what) + ": " + before + " -> " + after);
}

template <class Item>
std::unordered_map<std::string_view, const Item*> by_name(const std::vector<Item>& items) {
  std::unordered_map<std::string_view, const Item*> map;
  for (const auto& item : items) map.emplace(item.name, &item);
  return map;
}

/// Removed, added and changed items of one kind, matched by name; `compare(before, after, title,
/// lines)` tells the changes of one.
template <class Item, class Compare>
void diff_named(std::string_view kind, const std::vector<Item>& before,
                const std::vector<Item>& after, Lines& lines, const Compare& compare) {
  const auto old_items = by_name(before);
  const auto new_items = by_name(after);
  const auto title = [&](const Item& item) { return std::string(kind) + " '" + item.name + "'"; };
  for (const auto& item : before)
    if (!new_items.contains(item.name)) lines.push_back(title(item) + " removed");
  for (const auto& item : after) {
    const auto old = old_items.find(item.name);
    if (old == old_items.end())
      lines.push_back(title(item) + " added");
    else
      compare(*old->second, item, title(item), lines);
  }
}

/// "kind 'name' values: +a -b", in the order of the files.
template <class Value, class Text>
void diff_values(const std::string& title, const std::vector<Value>& before,
                 const std::vector<Value>& after, Lines& lines, const Text& text_of) {
  std::unordered_set<std::string> old_texts;
  std::unordered_set<std::string> new_texts;
  for (const auto& value : before) old_texts.insert(text_of(value));
  for (const auto& value : after) new_texts.insert(text_of(value));
  std::string changes;
  for (const auto& value : after)
    if (!old_texts.contains(text_of(value))) changes += " +" + text_of(value);
  for (const auto& value : before)
    if (!new_texts.contains(text_of(value))) changes += " -" + text_of(value);
  if (!changes.empty()) lines.push_back(title + " changed:" + changes);
}

/// A text of rules may be a file of thousands: its first line and how many there are.
std::string title_of(const IpsRuleText& rules) {
  constexpr std::size_t kMaxTitle = 200;  // bytes
  std::string_view first = rules.text;
  first = first.substr(0, first.find('\n'));
  const auto lines =
      static_cast<std::size_t>(std::count(rules.text.begin(), rules.text.end(), '\n') +
                               (rules.text.ends_with('\n') ? 0 : 1));
  auto length = std::min(first.size(), kMaxTitle);
  // Not in the middle of a character of UTF-8.
  while (length < first.size() && length > 0 && (first[length] & 0xc0) == 0x80) --length;
  auto title = std::string(first.substr(0, length));
  if (length < first.size()) title += "...";
  return lines > 1 ? title + " (" + std::to_string(lines) + " lines)" : title;
}

void diff_ips_rules(const std::vector<IpsRuleText>& before, const std::vector<IpsRuleText>& after,
                    Lines& lines) {
  std::unordered_set<std::string_view> old_texts;
  std::unordered_set<std::string_view> new_texts;
  for (const auto& rules : before) old_texts.insert(rules.text);
  for (const auto& rules : after) new_texts.insert(rules.text);
  std::string changes;
  for (const auto& rules : after)
    if (!old_texts.contains(rules.text)) changes += " +" + title_of(rules);
  for (const auto& rules : before)
    if (!new_texts.contains(rules.text)) changes += " -" + title_of(rules);
  if (!changes.empty()) lines.push_back("IPS rules changed:" + changes);
}

template <class Object, class Value, class Text>
void diff_objects(std::string_view kind, const std::vector<Object>& before,
                  const std::vector<Object>& after, std::vector<Value> Object::*values,
                  Lines& lines, const Text& text_of) {
  diff_named(kind, before, after, lines,
             [&](const Object& a, const Object& b, const std::string& title, Lines& out) {
               diff_values(title, a.*values, b.*values, out, text_of);
             });
}

void diff_rule(const Rule& a, const Rule& b, const std::string& title, Lines& lines) {
  const auto side = [](const Rule& rule) -> std::string {
    return !rule.from ? "any" : *rule.from == Side::lan ? "lan" : "wan";
  };
  const auto name_or = [](const std::string& name, std::string_view without) {
    return name.empty() ? std::string(without) : "'" + name + "'";
  };
  const auto action = [](Rule rule) {
    rule.log = false;
    rule.profile.clear();
    return describe_action(rule);
  };
  const auto add = [&](std::string_view what, const std::string& before, const std::string& after) {
    add_change(title + " " + std::string(what), before, after, lines);
  };
  add("switched", on_off(a.enabled), on_off(b.enabled));
  add("from", side(a), side(b));
  add("source", describe_hosts(a.source), describe_hosts(b.source));
  add("destination", describe_hosts(a.destination), describe_hosts(b.destination));
  add("services", describe_services(a.services), describe_services(b.services));
  add("content", describe_content(a.content), describe_content(b.content));
  add("schedule", name_or(a.schedule, "always"), name_or(b.schedule, "always"));
  add("action", action(a), action(b));
  add("log", on_off(a.log), on_off(b.log));
  add("profile", name_or(a.profile, "none"), name_or(b.profile, "none"));
}

void add_move(const Rule& rule, std::size_t from, std::size_t to, Lines& lines) {
  std::string line = "rule '" + rule.name + "' moved: ";
  line.append(std::to_string(from)).append(" -> ").append(std::to_string(to));
  lines.push_back(std::move(line));
}

/// The rules in both policies that must move for one order to become the other: those outside a
/// longest run of rules that kept their order.
void diff_order(const std::vector<Rule>& before, const std::vector<Rule>& after, Lines& lines) {
  std::unordered_map<std::string_view, std::size_t> old_place;
  for (std::size_t i = 0; i < before.size(); ++i) old_place.emplace(before[i].name, i);
  struct Common {
    const Rule* rule;
    std::size_t from;
    std::size_t to;
    std::size_t previous;  // in the run that ends here
  };
  constexpr std::size_t kNone = ~std::size_t{0};
  std::vector<Common> common;
  for (std::size_t i = 0; i < after.size(); ++i)
    if (const auto old = old_place.find(after[i].name); old != old_place.end())
      common.push_back({&after[i], old->second, i, kNone});

  std::vector<std::size_t> run_ends;  // index of the best end of a run of each length
  for (std::size_t i = 0; i < common.size(); ++i) {
    const auto place = std::lower_bound(
        run_ends.begin(), run_ends.end(), common[i].from,
        [&](std::size_t end, std::size_t from) { return common[end].from < from; });
    if (place != run_ends.begin()) common[i].previous = *(place - 1);
    if (place == run_ends.end())
      run_ends.push_back(i);
    else
      *place = i;
  }
  std::vector<bool> stays(common.size(), false);
  for (std::size_t i = run_ends.empty() ? kNone : run_ends.back(); i != kNone;
       i = common[i].previous)
    stays[i] = true;
  for (std::size_t i = 0; i < common.size(); ++i)
    if (!stays[i]) add_move(*common[i].rule, common[i].from + 1, common[i].to + 1, lines);
}

void diff_profile(const SecurityProfile& a, const SecurityProfile& b, const std::string& title,
                  Lines& lines) {
  for (const auto& [section_name, settings] : b.sections) {
    const auto old_section = a.sections.find(section_name);
    if (old_section == a.sections.end()) continue;
    for (const auto& [name, value] : settings) {
      const auto old = old_section->second.find(name);
      if (old == old_section->second.end()) continue;
      std::string what = title;
      what.append(" ").append(section_name).append(".").append(name);
      add_change(what, describe_setting(old->second), describe_setting(value), lines);
    }
  }
}

void diff_user(const User& a, const User& b, const std::string& title, Lines& lines) {
  const auto text = [](const auto& value) { return to_string(value); };
  diff_values(title + " groups", a.groups, b.groups, lines,
              [](const std::string& value) { return value; });
  diff_values(title + " addresses", a.addresses, b.addresses, lines, text);
  diff_values(title + " macs", a.macs, b.macs, lines, text);
}

void diff_url_category(const UrlCategoryObject& a, const UrlCategoryObject& b,
                       const std::string& title, Lines& lines) {
  const auto shown = [](std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');  // one line a change
    return text.empty() ? "none" : "'" + text + "'";
  };
  add_change(title + " title", shown(a.title), shown(b.title), lines);
  diff_values(title, a.entries, b.entries, lines, [](const ListEntry& e) { return e.value; });
}

void diff_application(const ApplicationObject& a, const ApplicationObject& b,
                      const std::string& title, Lines& lines) {
  const auto shown = [](std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');  // one line a change
    return text.empty() ? "none" : "'" + text + "'";
  };
  add_change(title + " title", shown(a.title), shown(b.title), lines);
  add_change(title + " category", a.category, b.category, lines);
  add_change(title + " risk", std::to_string(a.risk), std::to_string(b.risk), lines);
  diff_values(title + " hosts", a.hosts, b.hosts, lines,
              [](const ListEntry& e) { return e.value; });
  diff_values(title + " servers", a.servers, b.servers, lines, describe_server);
}

}  // namespace

std::vector<std::string> diff(const Policy& before, const Policy& after) {
  Lines lines;
  const auto text = [](const auto& value) { return to_string(value); };
  const auto same = [](const std::string& value) { return value; };
  add_change("time zone", before.time_zone, after.time_zone, lines);
  const auto check = [&](std::string_view what, bool a, bool b, std::string_view yes,
                         std::string_view no) {
    add_change("packet check " + std::string(what), std::string(a ? yes : no),
               std::string(b ? yes : no), lines);
  };
  const auto& a = before.packet_checks;
  const auto& b = after.packet_checks;
  check("malformed", a.drop_malformed, b.drop_malformed, "drop", "pass");
  check("midstream", a.midstream_pickup, b.midstream_pickup, "pick_up", "refuse");
  check("asymmetric", a.accept_asymmetric, b.accept_asymmetric, "accept", "refuse");
  check("out_of_window", a.drop_out_of_window, b.drop_out_of_window, "drop", "pass");
  const auto page_text = [&](std::string_view what, const std::string& old,
                             const std::string& now) {
    const auto shown = [](std::string value) {
      std::replace(value.begin(), value.end(), '\n', ' ');  // one line a change
      return value.empty() ? "none" : "'" + value + "'";
    };
    add_change("block page " + std::string(what), shown(old), shown(now), lines);
  };
  page_text("organisation", before.block_page.organisation, after.block_page.organisation);
  page_text("message", before.block_page.message, after.block_page.message);
  page_text("contact", before.block_page.contact, after.block_page.contact);

  diff_objects("address object", before.address_objects, after.address_objects,
               &AddressObject::ranges, lines, text);
  diff_objects("FQDN object", before.fqdn_objects, after.fqdn_objects, &FqdnObject::patterns, lines,
               same);
  diff_objects("MAC object", before.mac_objects, after.mac_objects, &MacObject::macs, lines, text);
  diff_objects("service object", before.service_objects, after.service_objects,
               &ServiceObject::entries, lines, text);
  diff_objects("schedule", before.schedules, after.schedules, &ScheduleObject::entries, lines,
               describe_entry);
  diff_named("URL category", before.url_categories, after.url_categories, lines, diff_url_category);
  diff_named("application", before.applications, after.applications, lines, diff_application);
  diff_named("user", before.users, after.users, lines, diff_user);
  diff_named("rule", before.rules, after.rules, lines, diff_rule);
  diff_order(before.rules, after.rules, lines);
  const auto entry = [](const ListEntry& e) { return e.value; };
  diff_values("allow list", before.allow_list, after.allow_list, lines, entry);
  diff_values("block list", before.block_list, after.block_list, lines, entry);
  diff_named("profile", before.profiles, after.profiles, lines, diff_profile);
  diff_named("IPS variable", before.ips_variables, after.ips_variables, lines,
             [](const IpsVariable& old, const IpsVariable& now, const std::string& title,
                Lines& out) { add_change(title, old.value, now.value, out); });
  diff_ips_rules(before.ips_rules, after.ips_rules, lines);
  return lines;
}

}  // namespace sekisho::policy
