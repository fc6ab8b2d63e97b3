// Indicators of STIX 2.1 bundles and TAXII envelopes.
#include <array>
#include <limits>

#include "feed_time.h"
#include "json_feeds.h"
#include "stix_pattern.h"

namespace sekisho::rules {
namespace {

using nlohmann::json;

struct Property {
  std::string_view path;
  KindHint kind;
};
using enum IndicatorKind;
/// Of STIX's properties those that a gateway sees in a connection.
constexpr std::array<Property, 16> kProperties{{
    {"domain-name:value", domain},
    {"url:value", url},
    {"ipv4-addr:value", address},
    {"ipv6-addr:value", address},
    {"network-traffic:dst_ref.value", std::nullopt},
    {"x509-certificate:hashes.SHA-1", certificate_sha1},
    {"x509-certificate:hashes.SHA1", certificate_sha1},
    {"x509-certificate:hashes.SHA-256", certificate_sha256},
    {"x509-certificate:hashes.SHA256", certificate_sha256},
    {"file:hashes.MD5", file_md5},
    {"file:hashes.SHA-1", file_sha1},
    {"file:hashes.SHA1", file_sha1},
    {"file:hashes.SHA-256", file_sha256},
    {"file:hashes.SHA256", file_sha256},
    {"x-ja3:value", ja3},
    {"x-ja4:value", ja4},
}};

const Property* find_property(std::string_view path) {
  for (const auto& property : kProperties)
    if (property.path == path) return &property;
  return nullptr;
}

/// The time that the object has, if it has one. False: the object was refused for it.
bool read_time(const json& object, const char* name, std::int64_t& time, FeedBuilder& builder) {
  const auto& value = member(object, name);
  if (value.is_null()) return true;
  const auto found = parse_feed_time(text_of(object, name));
  if (found)
    time = *found;
  else
    builder.refuse_below('/' + std::string(name),
                         shown(text_of(object, name)) + " is no time like 2026-01-31T12:00:00Z");
  return found.has_value();
}

void read_indicator(const json& object, FeedBuilder& builder) {
  if (const auto& revoked = member(object, "revoked"); revoked.is_boolean() && revoked.get<bool>())
    return builder.leave_out();
  auto valid_from = std::numeric_limits<std::int64_t>::min();
  auto valid_until = std::numeric_limits<std::int64_t>::max();
  if (!read_time(object, "valid_from", valid_from, builder) ||
      !read_time(object, "valid_until", valid_until, builder))
    return;
  if (builder.now() < valid_from || builder.now() >= valid_until)
    return builder.leave_out_expired();
  const auto type = text_of(object, "pattern_type");
  if (!type.empty() && type != "stix")
    return builder.refuse_below("/pattern_type", shown(type) + ": only stix is read");
  if (!member(object, "pattern").is_string())
    return builder.refuse("an indicator without a pattern");
  const auto comparisons = parse_stix_pattern(text_of(object, "pattern"));
  if (!comparisons) return builder.refuse_below("/pattern", comparisons.error().message);
  for (const auto& [path, value] : *comparisons) {
    if (const auto* property = find_property(path); property != nullptr)
      builder.take(value, property->kind, std::nullopt);
    else
      builder.leave_out();
  }
}

}  // namespace

void read_stix(const json& value, FeedBuilder& builder) {
  const auto& objects = member(value, "objects");
  for (std::size_t i = 0; objects.is_array() && i < objects.size(); ++i) {
    if (builder.is_full()) return;
    builder.at_path("/objects/" + std::to_string(i));
    if (!objects[i].is_object())
      builder.refuse("not an object");
    else if (text_of(objects[i], "type") == "indicator")
      read_indicator(objects[i], builder);
  }
}

}  // namespace sekisho::rules
