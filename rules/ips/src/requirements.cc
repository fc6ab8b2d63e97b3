#include "requirements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "keyword.h"
#include "number_text.h"

namespace sekisho::rules {
namespace {

using Version = std::array<std::uint64_t, 3>;

/// The release of Suricata whose language is understood here.
constexpr Version kLanguageVersion{9, 0, 0};

constexpr std::string_view kFeatures[] = {"ja3",      "ja4",   "filestore", "output::file-store",
                                          "geoip",    "magic", "libmagic",  "maxminddb",
                                          "hyperscan"};

Version version_of(std::string_view text) {
  Version version{};
  const auto parts = split(text.substr(0, text.find('-')), '.');
  if (parts.empty() || parts.size() > version.size())
    refuse(text, fmt::format("\"{}\" is no version", text));
  for (std::size_t i = 0; i < parts.size(); ++i) version[i] = unsigned_of(parts[i], 0, 65535);
  return version;
}

bool holds(Comparison comparison, const Version& wanted) {
  switch (comparison) {
    case Comparison::less:
      return kLanguageVersion < wanted;
    case Comparison::less_or_equal:
      return kLanguageVersion <= wanted;
    case Comparison::greater:
      return kLanguageVersion > wanted;
    case Comparison::greater_or_equal:
      return kLanguageVersion >= wanted;
    default:
      return kLanguageVersion == wanted;
  }
}

/// ">= 7.0.3 < 8 | >= 8.0.1": alternatives of ranges.
bool version_met(std::string_view text) {
  bool any = false;
  for (auto range : split(text, '|')) {
    bool all = !range.empty();
    while (!range.empty()) {
      const auto whole = range;
      const auto comparison = take_comparison(range);
      if (!comparison) refuse(whole, fmt::format("\"{}\" compares no version", whole));
      const auto end = std::min(range.find_first_of(" <>=!"), range.size());
      all &= holds(*comparison, version_of(range.substr(0, end)));
      range = trim(range.substr(end));
    }
    any |= all;
  }
  return any;
}

}  // namespace

bool requirements_met(std::string_view text) {
  bool met = true;
  for (auto part : split(text, ',')) {
    const auto name = take_word(part);
    if (name == "version")
      met &= version_met(part);
    else if (name == "feature")
      met &= std::find(std::begin(kFeatures), std::end(kFeatures), part) != std::end(kFeatures);
    else if (name == "keyword")
      met &= find_keyword(part, Dialect::suricata) != nullptr && part != "lua";
    else
      met = false;  // of a release to come
  }
  return met;
}

}  // namespace sekisho::rules
