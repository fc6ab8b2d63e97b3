// What rules ask of addresses that is not in the rules: reputation and countries.
#include <algorithm>
#include <set>

#include "pack_groups.h"
#include "pack_rule.h"

namespace sekisho::engines::ips {
namespace {

std::uint32_t code_of(std::string_view country) {
  return static_cast<std::uint32_t>(static_cast<unsigned char>(country[0]) << 8 |
                                    static_cast<unsigned char>(country[1]));
}

std::set<std::uint32_t> countries_named(const rules::RuleSet& set) {
  std::set<std::uint32_t> codes;
  for (const auto& rule : set.rules)
    for (const auto& test : rule.tests)
      if (const auto* geo = std::get_if<rules::GeoTest>(&test))
        for (const auto& country : geo->countries) codes.insert(code_of(country));
  return codes;
}

}  // namespace

void RulePacker::load_reputation() {
  std::vector<std::pair<std::vector<AddressRange>, std::uint32_t>> ranges;
  for (const auto& entry : set_.reputation.entries) {
    ranges.push_back({{entry.range}, static_cast<std::uint32_t>(writer_.reputations.size())});
    writer_.reputations.push_back({entry.category, entry.score});
  }
  writer_.reputation_steps = address_steps(ranges, writer_);
}

/// Countries that no rule names are one: what counts is that there is a country.
Status RulePacker::load_countries() {
  if (has_countries_) return ok();
  if (alone_) return ok();
  if (options_.geo == nullptr)
    return Error{Error::Code::not_found, "geoip: this gateway has no country database"};
  const auto entries = options_.geo->entries();
  if (!entries) return Error{entries.error()}.within("country database");
  const auto named = countries_named(set_);
  auto& steps = writer_.country_steps;
  IpAddress behind{};  // the last entry
  for (const auto& entry : *entries) {
    const auto code = named.count(entry.country) != 0 ? entry.country : kOtherCountry;
    if (!steps.empty() && behind != entry.range.first) steps.push_back({behind, kNoCountry});
    if (steps.empty() || steps.back().country != code) steps.push_back({entry.range.first, code});
    behind = entry.range.last;
    if (!next_address(behind)) {
      has_countries_ = true;
      return ok();
    }
  }
  if (!steps.empty()) steps.push_back({behind, kNoCountry});
  has_countries_ = true;
  return ok();
}

Result<TestRecord> RulePacker::pack_country(const rules::GeoTest& test) {
  if (auto loaded = load_countries(); !loaded) return std::move(loaded).error();
  TestRecord record;
  record.kind = TestKind::geo;
  record.mode = static_cast<std::uint8_t>(test.side);
  record.negated = test.negated ? 1 : 0;
  std::vector<std::uint32_t> countries;
  for (const auto& country : test.countries) countries.push_back(code_of(country));
  record.list = writer_.add_ids(countries);
  return record;
}

}  // namespace sekisho::engines::ips
