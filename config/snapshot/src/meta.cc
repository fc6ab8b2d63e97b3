#include "config/snapshot/meta.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "config/base/own_application.h"
#include "config/base/own_categories.h"

namespace sekisho::snapshot {
namespace {

using Json = nlohmann::ordered_json;

/// It becomes a file's name.
bool is_content_address(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error bad(std::string why) {
  return {Error::Code::invalid_input, "snapshot meta: " + std::move(why)};
}

/// Reads typed members of one JSON object and remembers the first mistake; `where` names the object
/// in messages. After a mistake every further read leaves its target alone.
class ObjectReader {
 public:
  ObjectReader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) mistake_ = where_ + " is not an object";
  }

  void read(const char* key, std::string& out) {
    if (const auto* value = find(key, &Json::is_string, "a string"))
      out = value->get_ref<const Json::string_t&>();
  }
  void read(const char* key, bool& out) {
    if (const auto* value = find(key, &Json::is_boolean, "true or false"))
      out = *value->get_ptr<const Json::boolean_t*>();
  }
  void read(const char* key, std::uint32_t& out) {
    const auto* value = find(key, &Json::is_number_unsigned, "a whole number from 0");
    if (value == nullptr) return;
    const auto number = *value->get_ptr<const Json::number_unsigned_t*>();
    if (number > std::numeric_limits<std::uint32_t>::max())
      mistake_ = where_ + "." + key + " is larger than 4294967295";
    else
      out = static_cast<std::uint32_t>(number);
  }
  void read(const char* key, std::vector<std::string>& out) {
    const auto* list = array(key);
    if (list == nullptr) return;
    for (const auto& item : *list) {
      if (!item.is_string()) {
        mistake_ = where_ + "." + key + " holds something that is not a string";
        return;
      }
      out.push_back(item.get_ref<const Json::string_t&>());
    }
  }
  const Json* array(const char* key) { return find(key, &Json::is_array, "a list"); }
  const Json* object(const char* key) { return find(key, &Json::is_object, "an object"); }

  const std::string& mistake() const { return mistake_; }  // empty: none

 private:
  const Json* find(const char* key, bool (Json::*has_type)() const noexcept, const char* type) {
    if (!mistake_.empty()) return nullptr;
    const auto found = object_.find(key);
    if (found == object_.end())
      mistake_ = where_ + "." + key + " is missing";
    else if (!((*found).*has_type)())
      mistake_ = where_ + "." + key + " is not " + type;
    return mistake_.empty() ? &*found : nullptr;
  }

  const Json& object_;
  std::string where_;
  std::string mistake_;
};

Json rule_to_json(const SnapshotMeta::Rule& rule) {
  return {{"name", rule.name},
          {"action", rule.action},
          {"enabled", rule.enabled},
          {"log", rule.log},
          {"line", rule.line}};
}

Result<SnapshotMeta::Rule> parse_rule(const Json& json, std::size_t index) {
  SnapshotMeta::Rule rule;
  ObjectReader reader(json, "rules[" + std::to_string(index) + "]");
  reader.read("name", rule.name);
  reader.read("action", rule.action);
  reader.read("enabled", rule.enabled);
  reader.read("log", rule.log);
  reader.read("line", rule.line);
  if (!reader.mistake().empty()) return bad(reader.mistake());
  if (rule.action != "allow" && rule.action != "block" && rule.action != "monitor")
    return bad("rules[" + std::to_string(index) + "].action is not allow, block or monitor");
  return rule;
}

/// The mistake; empty: none.
std::string read_block_page(const Json& json, SnapshotMeta::BlockPage& page) {
  ObjectReader reader(json, "meta.block_page");
  reader.read("organisation", page.organisation);
  reader.read("message", page.message);
  reader.read("contact", page.contact);
  return reader.mistake();
}

/// The mistake; empty: none.
std::string read_url_categories(const Json& json, std::vector<SnapshotMeta::UrlCategory>& all) {
  if (json.size() > OwnCategories::kMax) return "meta.url_categories are too many";
  for (std::size_t i = 0; i < json.size(); ++i) {
    ObjectReader reader(json[i], "meta.url_categories[" + std::to_string(i) + "]");
    auto& category = all.emplace_back();
    reader.read("name", category.name);
    reader.read("title", category.title);
    if (!reader.mistake().empty()) return reader.mistake();
  }
  return {};
}

/// The mistake; empty: none.
std::string read_applications(const Json& json, std::vector<SnapshotMeta::Application>& all) {
  if (json.size() > OwnApplication::kMax) return "meta.applications are too many";
  for (std::size_t i = 0; i < json.size(); ++i) {
    ObjectReader reader(json[i], "meta.applications[" + std::to_string(i) + "]");
    auto& application = all.emplace_back();
    reader.read("name", application.name);
    reader.read("title", application.title);
    reader.read("category", application.category);
    reader.read("risk", application.risk);
    if (!reader.mistake().empty()) return reader.mistake();
  }
  return {};
}

template <class Item>
Json texts_of(const std::vector<Item>& items) {
  auto list = Json::array();
  for (const auto& item : items) list.push_back(to_string(item));
  return list;
}

Json user_to_json(const SnapshotMeta::User& user) {
  return {{"name", user.name},
          {"groups", user.groups},
          {"addresses", texts_of(user.addresses)},
          {"macs", texts_of(user.macs)}};
}

Result<SnapshotMeta::User> parse_user(const Json& json, std::size_t index) {
  const auto where = "users[" + std::to_string(index) + "]";
  SnapshotMeta::User user;
  std::vector<std::string> addresses, macs;
  ObjectReader reader(json, where);
  reader.read("name", user.name);
  reader.read("groups", user.groups);
  reader.read("addresses", addresses);
  reader.read("macs", macs);
  if (!reader.mistake().empty()) return bad(reader.mistake());
  for (const auto& text : addresses) {
    const auto range = parse_address_range(text);
    if (!range) return bad(where + ".addresses: " + range.error().message);
    user.addresses.push_back(*range);
  }
  for (const auto& text : macs) {
    const auto mac = parse_mac_address(text);
    if (!mac) return bad(where + ".macs: " + mac.error().message);
    user.macs.push_back(*mac);
  }
  return user;
}

}  // namespace

std::string to_json(const SnapshotMeta& meta) {
  auto rules = Json::array();
  for (const auto& rule : meta.rules) rules.push_back(rule_to_json(rule));
  auto url_categories = Json::array();
  for (const auto& category : meta.url_categories)
    url_categories.push_back({{"name", category.name}, {"title", category.title}});
  auto applications = Json::array();
  for (const auto& one : meta.applications)
    applications.push_back(
        {{"name", one.name}, {"title", one.title}, {"category", one.category}, {"risk", one.risk}});
  auto users = Json::array();
  for (const auto& user : meta.users) users.push_back(user_to_json(user));
  const Json json = {{"edition", meta.edition},
                     {"time_zone", meta.time_zone},
                     {"rules", std::move(rules)},
                     {"fqdns", meta.fqdns},
                     {"warnings", meta.warnings},
                     {"ips_rules", meta.ips_rules},
                     {"drop_malformed", meta.drop_malformed},
                     {"midstream_pickup", meta.midstream_pickup},
                     {"drop_out_of_window", meta.drop_out_of_window},
                     {"accept_asymmetric", meta.accept_asymmetric},
                     {"block_page",
                      {{"organisation", meta.block_page.organisation},
                       {"message", meta.block_page.message},
                       {"contact", meta.block_page.contact}}},
                     {"url_categories", std::move(url_categories)},
                     {"applications", std::move(applications)},
                     {"users", std::move(users)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<SnapshotMeta> parse_meta(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return bad("not JSON");
  SnapshotMeta meta;
  ObjectReader reader(json, "meta");
  reader.read("time_zone", meta.time_zone);
  reader.read("fqdns", meta.fqdns);
  reader.read("warnings", meta.warnings);
  reader.read("ips_rules", meta.ips_rules);
  reader.read("drop_malformed", meta.drop_malformed);
  reader.read("midstream_pickup", meta.midstream_pickup);
  reader.read("drop_out_of_window", meta.drop_out_of_window);
  reader.read("accept_asymmetric", meta.accept_asymmetric);
  const auto* rules = reader.array("rules");
  const bool named = meta.ips_rules.empty() || is_content_address(meta.ips_rules);
  if (reader.mistake().empty() && !named) return bad("meta.ips_rules is no content address");
  const auto* block_page = reader.object("block_page");
  const auto* url_categories = reader.array("url_categories");
  if (!reader.mistake().empty()) return bad(reader.mistake());
  if (auto mistake = read_block_page(*block_page, meta.block_page); !mistake.empty())
    return bad(std::move(mistake));
  if (auto mistake = read_url_categories(*url_categories, meta.url_categories); !mistake.empty())
    return bad(std::move(mistake));
  // Snapshots of earlier versions say nothing of their edition, applications and users.
  if (json.contains("edition")) reader.read("edition", meta.edition);
  const auto* applications = json.contains("applications") ? reader.array("applications") : nullptr;
  if (!reader.mistake().empty()) return bad(reader.mistake());
  if (applications != nullptr)
    if (auto mistake = read_applications(*applications, meta.applications); !mistake.empty())
      return bad(std::move(mistake));
  const auto* users = json.contains("users") ? reader.array("users") : nullptr;
  if (!reader.mistake().empty()) return bad(reader.mistake());
  for (std::size_t i = 0; users != nullptr && i < users->size(); ++i) {
    auto user = parse_user((*users)[i], i);
    if (!user) return std::move(user).error();
    meta.users.push_back(*std::move(user));
  }
  for (std::size_t i = 0; i < rules->size(); ++i) {
    auto rule = parse_rule((*rules)[i], i);
    if (!rule) return std::move(rule).error();
    meta.rules.push_back(*std::move(rule));
  }
  return meta;
}

}  // namespace sekisho::snapshot
