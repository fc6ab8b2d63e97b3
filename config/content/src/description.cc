#include "config/content/description.h"

#include <nlohmann/json.hpp>
#include <span>

#include "config/base/hex.h"
#include "config/content/entry_list.h"
#include "config/content/packing.h"

namespace sekisho::content {
namespace {

using Json = nlohmann::json;  // its objects are sorted by name

constexpr std::size_t kDigestChars = 64;
constexpr std::uint64_t kLastSecond = 253'402'300'799;  // of the year 9999

Error wrong(std::string what) {
  return {Error::Code::invalid_input, "the database's description: " + std::move(what)};
}

std::string text_of(const Description& description) {
  return Json{{"built", description.built},
              {"bytes", description.bytes},
              {"entries", description.entries},
              {"sha256", description.sha256}}
      .dump();
}

bool read(const Json& object, const char* name, std::uint64_t most, std::uint64_t& out) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_unsigned()) return false;
  out = *member->get_ptr<const Json::number_unsigned_t*>();
  return out <= most;
}

}  // namespace

bundle::File description_file(const Description& description) {
  return {std::string(kDescriptionFile), text_of(description)};
}

Result<Description> parse_description(std::string_view text, std::uint64_t version) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return wrong("not a JSON object");
  Description out{.version = version, .built = 0, .entries = 0, .bytes = 0, .sha256 = {}};
  std::uint64_t built = 0;
  if (!read(json, "built", kLastSecond, built)) return wrong("built is no time");
  out.built = static_cast<std::int64_t>(built);
  if (!read(json, "bytes", kMaxListBytes, out.bytes))
    return wrong("bytes is missing or over " + std::to_string(kMaxListBytes));
  if (!read(json, "entries", out.bytes / 2, out.entries) || out.entries == 0)
    return wrong("entries is not a number from 1 to half of bytes");
  const auto digest = json.find("sha256");
  if (digest == json.end() || !digest->is_string() ||
      digest->get_ref<const std::string&>().size() != kDigestChars ||
      !from_hex(digest->get_ref<const std::string&>()))
    return wrong("sha256 is no SHA-256");
  out.sha256 = digest->get<std::string>();
  if (text_of(out) != text || out.sha256.find_first_of("ABCDEF") != std::string::npos)
    return wrong("not in canonical form");
  return out;
}

bundle::Verified<Description> open_description(std::string_view bytes,
                                               const bundle::Expectation& expected) {
  auto opened = bundle::open(bytes, expected);
  if (!opened) return std::move(opened).refusal();
  if (opened->files.size() != 1 || opened->files.front().name != kDescriptionFile)
    return bundle::Refusal{bundle::Reason::bad_content,
                           "the bundle has other files than a description"};
  auto description = parse_description(opened->files.front().bytes, opened->version);
  if (!description)
    return bundle::Refusal{bundle::Reason::bad_content, description.error().message};
  return *std::move(description);
}

Status check_against(const Description& description, std::string_view list) {
  if (list.size() != description.bytes)
    return Error{Error::Code::invalid_input, "the list has " + std::to_string(list.size()) +
                                                 " bytes, described are " +
                                                 std::to_string(description.bytes)};
  if (digest_of(list) != description.sha256)
    return Error{Error::Code::invalid_input,
                 "the list is not the one that was described (SHA-256)"};
  if (num_entries(list) != description.entries)
    return Error{Error::Code::invalid_input, "the list has another number of entries"};
  return check_entry_list(list);
}

}  // namespace sekisho::content
