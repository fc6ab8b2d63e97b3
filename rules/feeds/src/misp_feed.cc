// Events and attributes as MISP exports them.
#include <algorithm>
#include <array>

#include "json_feeds.h"

namespace sekisho::rules {
namespace {

using nlohmann::json;

/// The part of a value "a|b" that is meant.
enum class Part : std::uint8_t { whole, first, second, both };

struct Type {
  std::string_view name;
  KindHint kind;
  Part part = Part::whole;
};
using enum IndicatorKind;
/// Of MISP's attribute types those that name what a connection goes to, or what it carries.
constexpr std::array<Type, 18> kTypes{{{"domain", domain},
                                       {"hostname", domain},
                                       {"hostname|port", domain, Part::first},
                                       {"domain|ip", std::nullopt, Part::both},
                                       {"url", url},
                                       {"uri", url},
                                       {"ip-dst", address},
                                       {"ip-dst|port", address, Part::first},
                                       {"ja3-fingerprint-md5", ja3},
                                       {"ja4-fingerprint", ja4},
                                       {"x509-fingerprint-sha1", certificate_sha1},
                                       {"x509-fingerprint-sha256", certificate_sha256},
                                       {"md5", file_md5},
                                       {"sha1", file_sha1},
                                       {"sha256", file_sha256},
                                       {"filename|md5", file_md5, Part::second},
                                       {"filename|sha1", file_sha1, Part::second},
                                       {"filename|sha256", file_sha256, Part::second}}};

const Type* find_type(std::string_view name) {
  for (const auto& type : kTypes)
    if (type.name == name) return &type;
  return nullptr;
}

/// MISP writes true, "1" or 1.
bool is_true(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) return value.get_ref<const std::string&>() == "1";
  return value.is_number() && value == 1;
}

/// MISP has no dates of expiry but decaying models; exported with their scores, an attribute says
/// of each whether it has decayed.
bool has_decayed(const json& attribute) {
  const auto& scores = member(attribute, "decay_score");
  return scores.is_array() && !scores.empty() && std::ranges::all_of(scores, [](const json& score) {
           return is_true(member(score, "decayed"));
         });
}

class MispReader {
 public:
  explicit MispReader(FeedBuilder& builder) : builder_(builder) {}

  void read(const json& value) {
    if (value.is_array()) return read_events(value, "");
    const auto& response = member(value, "response");
    if (response.is_array()) return read_events(response, "/response");
    if (response.is_object()) return read_event(response, "/response");
    if (const auto& event = member(value, "Event"); event.is_object())
      return read_event(event, "/Event");
    read_event(value, "");
  }

 private:
  void read_events(const json& events, const std::string& path) {
    for (std::size_t i = 0; i < events.size(); ++i)
      read_event(member(events[i], "Event"), path + '/' + std::to_string(i) + "/Event");
  }

  void read_event(const json& event, const std::string& path) {
    read_attributes(event, path);
    const auto& objects = member(event, "Object");
    for (std::size_t i = 0; objects.is_array() && i < objects.size(); ++i)
      read_attributes(objects[i], path + "/Object/" + std::to_string(i));
  }

  void read_attributes(const json& owner, const std::string& path) {
    const auto& attributes = member(owner, "Attribute");
    for (std::size_t i = 0; attributes.is_array() && i < attributes.size(); ++i) {
      if (builder_.is_full()) return;
      builder_.at_path(path + "/Attribute/" + std::to_string(i));
      read_attribute(attributes[i]);
    }
  }

  void read_attribute(const json& attribute) {
    if (!member(attribute, "type").is_string() || !member(attribute, "value").is_string())
      return builder_.refuse("an attribute without type and value");
    const auto* type = find_type(text_of(attribute, "type"));
    const bool counts =
        is_true(member(attribute, "to_ids")) && !is_true(member(attribute, "deleted"));
    if (type == nullptr || !counts) return builder_.leave_out();
    if (has_decayed(attribute)) return builder_.leave_out_expired();
    take(*type, text_of(attribute, "value"));
  }

  void take(const Type& type, std::string_view value) {
    const auto bar = value.find('|');
    if (type.part != Part::whole && bar == value.npos)
      return builder_.refuse_below("/value", shown(value) + " has no '|'");
    if (type.part == Part::whole) return builder_.take(value, type.kind, std::nullopt);
    if (type.part != Part::second)
      builder_.take(value.substr(0, bar), type.part == Part::both ? domain : type.kind,
                    std::nullopt);
    if (type.part != Part::first)
      builder_.take(value.substr(bar + 1), type.part == Part::both ? address : type.kind,
                    std::nullopt);
  }

  FeedBuilder& builder_;
};

}  // namespace

void read_misp(const json& value, FeedBuilder& builder) { MispReader(builder).read(value); }

}  // namespace sekisho::rules
