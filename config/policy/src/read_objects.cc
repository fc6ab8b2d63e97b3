#include "literals.h"
#include "policy_reader.h"

namespace sekisho::policy {
namespace {

constexpr std::size_t kMaxScheduleEntries = 1000;

/// What `parse` makes of every value of an object; mistakes are reported.
template <class Value>
std::vector<Value> read_values(Reader& reader, const YamlNode* node, std::string_view what,
                               Result<Value> (*parse)(std::string_view)) {
  std::vector<Value> values;
  if (node == nullptr) return values;
  for (const auto& part : reader.texts(*node, what, kMaxResolvedValues)) {
    if (reader.diagnostics().full()) break;
    auto value = parse(part.text);
    if (value)
      values.push_back(*std::move(value));
    else
      reader.error(part, value.error().message);
  }
  return values;
}

}  // namespace

void PolicyReader::read_objects(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kObjectsKeys, "objects");
  const auto read_each = [&](std::string_view key, std::size_t limit,
                             void (PolicyReader::*read_one)(const YamlNode&)) {
    if (const auto* list = fields[key])
      reader_.for_each_element(*list, key, limit,
                               [&](const YamlNode& object) { (this->*read_one)(object); });
  };
  read_each("addresses", kMaxObjects, &PolicyReader::read_address_object);
  read_each("fqdns", kMaxObjects, &PolicyReader::read_fqdn_object);
  read_each("macs", kMaxObjects, &PolicyReader::read_mac_object);
  read_each("services", kMaxObjects, &PolicyReader::read_service_object);
  read_each("schedules", kMaxSchedules, &PolicyReader::read_schedule_object);
  read_each("url_categories", kMaxUrlCategories, &PolicyReader::read_url_category);
  read_each("applications", kMaxApplications, &PolicyReader::read_application);
}

/// Each object is added to its table and to its vector together, so that the indexes agree; one
/// without a usable name is in neither.
std::string PolicyReader::read_name(const YamlNode* node, NameTable& table, std::string_view what) {
  if (node == nullptr) return {};
  const auto name = reader_.name(*node, true);
  if (!name) return {};
  if (table.add(name->text)) return std::string(name->text);
  reader_.error(*node,
                refused(name->text, "is the name of an earlier ").message + std::string(what));
  return {};
}

void PolicyReader::read_address_object(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kValuesObjectKeys, "an address object");
  AddressObject object;
  object.position = node.position;
  object.name = read_name(fields["name"], names_.addresses, "address object");
  if (parse_address_range(object.name))
    reader_.error(*fields["name"],
                  refused(object.name, "cannot be a name: it is an address").message);
  object.ranges = read_values(reader_, fields["values"], "values", parse_address_range);
  if (!object.name.empty()) policy_.address_objects.push_back(std::move(object));
}

void PolicyReader::read_fqdn_object(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kValuesObjectKeys, "an FQDN object");
  FqdnObject object;
  object.position = node.position;
  object.name = read_name(fields["name"], names_.fqdns, "FQDN object");
  object.patterns = read_values(reader_, fields["values"], "values", parse_fqdn_pattern);
  if (!object.name.empty()) policy_.fqdn_objects.push_back(std::move(object));
}

void PolicyReader::read_mac_object(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kValuesObjectKeys, "a MAC object");
  MacObject object;
  object.position = node.position;
  object.name = read_name(fields["name"], names_.macs, "MAC object");
  if (parse_mac_address(object.name))
    reader_.error(*fields["name"],
                  refused(object.name, "cannot be a name: it is a MAC address").message);
  object.macs = read_values(reader_, fields["values"], "values", parse_mac_address);
  if (!object.name.empty()) policy_.mac_objects.push_back(std::move(object));
}

void PolicyReader::read_service_object(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kServiceObjectKeys, "a service object");
  ServiceObject object;
  object.position = node.position;
  object.name = read_name(fields["name"], names_.services, "service object");
  if (parse_service(object.name))
    reader_.error(*fields["name"],
                  refused(object.name, "cannot be a name: it is a service").message);
  object.entries = read_values(reader_, fields["entries"], "entries", parse_service);
  if (!object.name.empty()) policy_.service_objects.push_back(std::move(object));
}

void PolicyReader::read_schedule_object(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kScheduleObjectKeys, "a schedule");
  ScheduleObject object;
  object.position = node.position;
  object.name = read_name(fields["name"], names_.schedules, "schedule");
  if (const auto* entries = fields["entries"])
    reader_.for_each_element(*entries, "entries", kMaxScheduleEntries, [&](const YamlNode& entry) {
      read_schedule_entry(entry, object.entries);
    });
  if (!object.name.empty()) policy_.schedules.push_back(std::move(object));
}

void PolicyReader::read_url_category(const YamlNode& node) {
  const auto fields = reader_.mapping(node, kUrlCategoryKeys, "a URL category");
  UrlCategoryObject object;
  object.position = node.position;
  object.name = read_name(fields["name"], names_.url_categories, "URL category");
  read_page_text(fields["title"], "title", UrlCategoryObject::kMaxTitle, object.title);
  if (const auto* entries = fields["entries"])
    read_list(*entries, "the entries of a URL category", object.entries);
  if (!object.name.empty()) policy_.url_categories.push_back(std::move(object));
}

void PolicyReader::read_schedule_entry(const YamlNode& node, std::vector<ScheduleEntry>& entries) {
  const auto fields = reader_.mapping(node, kScheduleEntryKeys, "a schedule entry");
  ScheduleEntry entry;
  if (const auto* days = fields["days"]) {
    entry.days = 0;
    for (const auto& day : reader_.texts(*days, "days", 7)) {
      if (const auto bits = parse_days(day.text))
        entry.days = static_cast<std::uint8_t>(entry.days | *bits);
      else
        reader_.error(day, bits.error().message);
    }
  }
  const auto read_time = [&](std::string_view key, bool is_end, std::chrono::minutes& time) {
    const auto* field = fields[key];
    const auto value = field == nullptr ? std::nullopt : reader_.text(*field, key);
    if (!value) return;
    if (const auto parsed = parse_time_of_day(value->text, is_end))
      time = *parsed;
    else
      reader_.error(*field, parsed.error().message);
  };
  read_time("from", false, entry.from);
  read_time("to", true, entry.to);
  if (entry.from == entry.to)
    reader_.error(node,
                  "a schedule entry begins and ends at the same time; leave both out for the "
                  "whole day");
  entries.push_back(entry);
}

}  // namespace sekisho::policy
