#include "checks.h"

#include <algorithm>
#include <string_view>

namespace sekisho::bundle {
namespace {

bool is_digit_or_lower(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_mark(char c) noexcept { return c == '_' || c == '.' || c == '-'; }

std::string problem_with_name(std::string_view name) {
  if (name.empty()) return "the name is empty";
  if (name.size() > kMaxFileNameBytes)
    return "the name is longer than " + std::to_string(kMaxFileNameBytes) + " bytes";
  bool at_start = true;  // of a segment
  for (const char c : name) {
    if (at_start && c == '/') return "the name has an empty segment";
    if (at_start && c == '.') return "the name has a segment that starts with '.'";
    if (!is_digit_or_lower(c) && !is_mark(c) && c != '/')
      return "the name has a character that is not of a-z 0-9 _ . - /";
    at_start = c == '/';
  }
  return at_start ? "the name has an empty segment" : "";
}

/// Whether one of `entries` has the name of a folder on the way to `name`.
bool is_below_a_file(std::string_view name, const std::vector<PackedFiles::Entry>& entries) {
  for (auto slash = name.find('/'); slash != name.npos; slash = name.find('/', slash + 1))
    if (std::any_of(entries.begin(), entries.end(), [&](const PackedFiles::Entry& entry) {
          return entry.name == name.substr(0, slash);
        }))
      return true;
  return false;
}

}  // namespace

bool is_valid_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return is_digit_or_lower(c) || is_mark(c) || (c >= 'A' && c <= 'Z');
  });
}

std::string problem_with(const Identity& identity) {
  constexpr std::string_view kRule = " is not 1 to 64 of the characters A-Z a-z 0-9 _ . -";
  if (!is_valid_id(identity.tenant)) return "the tenant's id" + std::string(kRule);
  if (!is_valid_id(identity.gateway)) return "the gateway's id" + std::string(kRule);
  return identity.version == 0 ? "versions start from 1" : "";
}

std::string problem_with(const std::vector<PackedFiles::Entry>& entries) {
  if (entries.empty()) return "no files";
  if (entries.size() > kMaxFiles)
    return std::to_string(entries.size()) + " files, at most " + std::to_string(kMaxFiles) +
           " are possible";
  std::uint64_t room = kMaxContentBytes;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    if (const auto problem = problem_with_name(entry.name); !problem.empty())
      return "file " + std::to_string(i + 1) + " of " + std::to_string(entries.size()) + ": " +
             problem;
    if (i > 0 && entry.name <= entries[i - 1].name)
      return "file '" + entry.name + "' is there twice or out of order";
    if (is_below_a_file(entry.name, entries))
      return "file '" + entry.name + "' has another file's name as its folder";
    if (entry.bytes > room)
      return "the files are larger than " + std::to_string(kMaxContentBytes) + " bytes together";
    room -= entry.bytes;
  }
  return "";
}

std::uint64_t total_bytes(const std::vector<PackedFiles::Entry>& entries) noexcept {
  std::uint64_t total = 0;
  for (const auto& entry : entries) total += entry.bytes;
  return total;
}

}  // namespace sekisho::bundle
