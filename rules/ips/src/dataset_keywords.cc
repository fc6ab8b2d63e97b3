#include <fmt/format.h>

#include <array>

#include "keyword.h"
#include "number_text.h"

namespace sekisho::rules {
namespace {

DatasetTest::Type type_named(std::string_view name) {
  using Type = DatasetTest::Type;
  if (name == "string") return Type::string;
  if (name == "md5") return Type::md5;
  if (name == "sha256") return Type::sha256;
  if (name == "sha1") return Type::sha1;
  if (name == "ip" || name == "ipv6") return Type::ip;
  if (name == "ipv4") return Type::ipv4;
  refuse(name, fmt::format("\"{}\" is none of string, md5, sha1, sha256, ip, ipv4", name));
}

DatasetTest::Format format_named(std::string_view name) {
  using Format = DatasetTest::Format;
  if (name == "csv") return Format::csv;
  if (name == "json") return Format::json;
  if (name == "ndjson" || name == "jsonline") return Format::ndjson;
  refuse(name, fmt::format("\"{}\" is none of csv, json, ndjson", name));
}

/// "NAME VALUE" parts that all kinds of data sets take. False: no such part.
bool take_part(DatasetTest& test, std::string_view part) {
  const auto name = take_word(part);
  const auto size = [&] {
    const auto number = number_test_of(part, UINT32_MAX);
    return static_cast<std::uint32_t>(number.low);
  };
  if (name == "type")
    test.type = type_named(part);
  else if (name == "load")
    test.load = part;
  else if (name == "save")
    test.save = part;
  else if (name == "state")
    test.load = test.save = part;
  else if (name == "memcap")
    test.memcap_bytes = size();
  else if (name == "hashsize")
    test.hashsize = size();
  else if (name == "format")
    test.format = format_named(part);
  else if (name == "context_key" || name == "enrichment_key")
    test.json_context_key = part;
  else if (name == "value_key")
    test.json_value_key = part;
  else if (name == "array_key")
    test.json_array_key = part;
  else if (name == "remove_key")
    test.json_remove_key = true;
  else
    return false;
  return true;
}

void put(RuleBuilder& builder, DatasetTest test, const RuleOption& option) {
  test.position = builder.position_of(option.name);
  if (const auto source = builder.take_address()) {
    builder.rule.tests.emplace_back(AddressTest{*source, std::move(test)});
    return;
  }
  if (!builder.has_selected())
    refuse(option.name, fmt::format("{} stands behind no buffer", option.name));
  builder.add(std::move(test), false, option.name);
}

/// "isset, name, type string, load file, ..."
void read_dataset(RuleBuilder& builder, const RuleOption& option) {
  using Command = DatasetTest::Command;
  const auto parts = split(option.value, ',');
  if (parts.size() < 2) refuse(option.value, "dataset takes command, name, ...");
  DatasetTest test;
  if (parts[0] == "isset")
    test.command = Command::isset;
  else if (parts[0] == "isnotset")
    test.command = Command::isnotset;
  else if (parts[0] == "set")
    test.command = Command::set;
  else if (parts[0] == "unset")
    test.command = Command::unset;
  else
    refuse(parts[0], fmt::format("\"{}\" is none of set, unset, isset, isnotset", parts[0]));
  test.name = parts[1];
  for (std::size_t i = 2; i < parts.size(); ++i)
    if (!take_part(test, parts[i]))
      refuse(parts[i], fmt::format("unknown part \"{}\" of dataset", parts[i]));
  if (test.format != DatasetTest::Format::csv && test.json_value_key.empty() &&
      test.json_context_key.empty())
    refuse(option.value, "a JSON data set needs value_key or context_key");
  if (!test.save.empty())
    builder.no_effects.push_back(
        fmt::format("dataset {}: nothing is written, what rules add to the data set is kept in "
                    "memory",
                    test.load == test.save ? "state" : "save"));
  put(builder, std::move(test), option);
}

/// "name, >, 200, load file, type md5"
void read_datarep(RuleBuilder& builder, const RuleOption& option) {
  const auto parts = split(option.value, ',');
  if (parts.size() < 3) refuse(option.value, "datarep takes name, comparison, number, ...");
  DatasetTest test;
  test.command = DatasetTest::Command::reputation;
  test.name = parts[0];
  const auto comparison = comparison_named(parts[1]);
  if (!comparison) refuse(parts[1], fmt::format("\"{}\" is no comparison", parts[1]));
  test.comparison = *comparison;
  test.reputation = static_cast<std::uint16_t>(unsigned_of(parts[2], 0, 65535));
  for (std::size_t i = 3; i < parts.size(); ++i)
    if (!take_part(test, parts[i]))
      refuse(parts[i], fmt::format("unknown part \"{}\" of datarep", parts[i]));
  put(builder, std::move(test), option);
}

/// "any, category, >, 30"; "dst, category, isset".
void read_iprep(RuleBuilder& builder, const RuleOption& option) {
  using Side = ReputationTest::Side;
  const auto parts = split(option.value, ',');
  if (parts.size() < 2 || parts.size() > 4)
    refuse(option.value, "iprep takes side, category, comparison, number");
  ReputationTest test;
  if (parts[0] == "src")
    test.side = Side::source;
  else if (parts[0] == "dst")
    test.side = Side::destination;
  else if (parts[0] == "both")
    test.side = Side::both;
  else if (parts[0] != "any")
    refuse(parts[0], fmt::format("\"{}\" is none of any, src, dst, both", parts[0]));
  test.category = parts[1];
  if (parts.size() == 2 || (parts.size() == 3 && parts[2] == "isset")) {
    test.test_isset = true;
  } else if (parts.size() == 3 && parts[2] == "isnotset") {
    test.test_isnotset = true;
  } else if (parts.size() == 3) {
    test.score = number_test_of(parts[2], 127);
  } else {
    const auto comparison = comparison_named(parts[2]);
    if (!comparison) refuse(parts[2], fmt::format("\"{}\" is no comparison", parts[2]));
    test.score = {*comparison, unsigned_of(parts[3], 0, 127), 0, false};
  }
  test.position = builder.position_of(option.name);
  builder.rule.tests.emplace_back(std::move(test));
}

/// "src,DE,FR", "any,!CN,!RU"; the side may be left out.
void read_geoip(RuleBuilder& builder, const RuleOption& option) {
  using Side = GeoTest::Side;
  GeoTest test;
  std::size_t num_negated = 0;
  for (auto part : split(option.value, ',')) {
    if (part == "src") {
      test.side = Side::source;
    } else if (part == "dst") {
      test.side = Side::destination;
    } else if (part == "both") {
      test.side = Side::both;
    } else if (part != "any") {
      if (take_prefix(part, "!")) ++num_negated;
      if (part.size() != 2) refuse(part, fmt::format("\"{}\" is no country's two letters", part));
      test.countries.emplace_back(part);
      for (char& c : test.countries.back())
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
  }
  if (test.countries.empty()) refuse(option.value, "geoip names no country");
  // One "!" in front is about the whole list.
  test.negated = num_negated > 0;
  if (num_negated > 1 && num_negated != test.countries.size())
    refuse(option.value, "geoip negates some countries and not others");
  builder.rule.tests.emplace_back(std::move(test));
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"dataset", V::required, read_dataset},  Keyword{"datarep", V::required, read_datarep},
    Keyword{"datajson", V::required, read_dataset}, Keyword{"iprep", V::required, read_iprep},
    Keyword{"geoip", V::required, read_geoip},
};

}  // namespace

std::span<const Keyword> dataset_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
