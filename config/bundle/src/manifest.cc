#include "manifest.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "checks.h"
#include "config/base/hex.h"

namespace sekisho::bundle {
namespace {

using Json = nlohmann::json;  // its objects are sorted by name

constexpr std::array kNamedKinds{Kind::content, Kind::urls, Kind::reputation, Kind::indicators};

Refusal bad(std::string why) {
  return {Reason::bad_manifest, "bundle manifest: " + std::move(why)};
}

// Readers of one member each: false when it is missing or of another type. Which members there are
// besides is found by comparing the whole with to_json().

bool read(const Json& object, const char* name, std::uint64_t& out) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_unsigned()) return false;
  out = *member->get_ptr<const Json::number_unsigned_t*>();
  return true;
}

bool read(const Json& object, const char* name, std::string& out) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return false;
  out = *member->get_ptr<const Json::string_t*>();
  return true;
}

/// Left out by a policy's bundle, as it was before there were other kinds.
bool read_kind(const Json& object, Kind& out) {
  std::string text;
  if (!object.contains("kind")) return true;
  if (!read(object, "kind", text)) return false;
  for (const auto kind : kNamedKinds)
    if (text == name_of(kind)) {
      out = kind;
      return true;
    }
  return false;
}

bool read(const Json& object, const char* name, std::array<char, 32>& out) {
  std::string text;
  if (!read(object, name, text)) return false;
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != out.size()) return false;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return true;
}

bool read(const Json& object, const char* name, std::vector<PackedFiles::Entry>& out) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_array()) return false;
  for (const auto& item : *member) {
    PackedFiles::Entry entry;
    if (!item.is_object() || !read(item, "name", entry.name) || !read(item, "size", entry.bytes) ||
        !read(item, "sha256", entry.sha256))
      return false;
    out.push_back(std::move(entry));
  }
  return true;
}

}  // namespace

std::string_view name_of(Kind kind) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"policy", "content", "urls", "reputation",
                                                   "indicators"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string to_json(const Manifest& manifest) {
  auto files = Json::array();
  for (const auto& file : manifest.files)
    files.push_back({{"name", file.name},
                     {"size", file.bytes},
                     {"sha256", to_hex({file.sha256.data(), file.sha256.size()})}});
  Json json = {{"format", kFormat},
               {"tenant", manifest.identity.tenant},
               {"gateway", manifest.identity.gateway},
               {"version", manifest.identity.version},
               {"bytes", total_bytes(manifest.files)},
               {"files", std::move(files)}};
  if (manifest.identity.kind != Kind::policy) json["kind"] = name_of(manifest.identity.kind);
  return json.dump();
}

Verified<Manifest> parse_manifest(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return bad("not a JSON object");
  // The format comes first: another one may have other members.
  std::uint64_t format = 0;
  if (!read(json, "format", format)) return bad("format is missing or not a whole number");
  if (format != kFormat)
    return Refusal{Reason::unsupported_format, "bundle is of format " + std::to_string(format) +
                                                   ", this program reads " +
                                                   std::to_string(kFormat)};
  Manifest manifest;
  if (!read(json, "tenant", manifest.identity.tenant)) return bad("tenant is missing or no string");
  if (!read(json, "gateway", manifest.identity.gateway))
    return bad("gateway is missing or no string");
  if (!read(json, "version", manifest.identity.version))
    return bad("version is missing or not a whole number");
  if (!read_kind(json, manifest.identity.kind)) return bad("kind is none that this program knows");
  if (!read(json, "files", manifest.files))
    return bad("files is missing or not a list of name, size and sha256");
  if (const auto problem = problem_with(manifest.identity); !problem.empty()) return bad(problem);
  if (const auto problem = problem_with(manifest.files); !problem.empty()) return bad(problem);
  std::uint64_t bytes = 0;
  if (!read(json, "bytes", bytes) || bytes != total_bytes(manifest.files))
    return bad("bytes is not the sum of the files' sizes");
  if (to_json(manifest) != text) return bad("not in canonical form");
  return manifest;
}

}  // namespace sekisho::bundle
