#include <algorithm>

#include "requests.h"

namespace sekisho::dataplane {
namespace {

using engines::ips::RuleCost;

constexpr std::uint64_t kMostRows = 1000;

struct Row {
  std::uint32_t rule = 0;
  RuleCost cost;
};

/// Cycles of all evaluations, as the sampled ones tell.
std::uint64_t estimated_cycles(const RuleCost& cost) {
  return cost.sampled_cycles * engines::ips::kCostSamplePeriod;
}

/// The rules that were looked at, all workers together, dearest first.
std::vector<Row> rows_of(const IpsRules& rules) {
  std::vector<Row> rows;
  for (std::uint32_t rule = 0; rule < rules.ruleset().num_rules(); ++rule) {
    Row row{rule, {}};
    for (const auto& detector : rules.detectors) {
      const auto cost = detector->cost(rule);
      row.cost.evaluations += cost.evaluations;
      row.cost.matches += cost.matches;
      row.cost.sampled_cycles += cost.sampled_cycles;
    }
    if (row.cost.evaluations != 0) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::pair(a.cost.sampled_cycles, a.cost.evaluations) >
           std::pair(b.cost.sampled_cycles, b.cost.evaluations);
  });
  return rows;
}

Json totals_of(const IpsRules& rules) {
  engines::ips::DetectorCounts sum;
  for (const auto& detector : rules.detectors) {
    const auto counts = detector->counts();
    sum.scans += counts.scans;
    sum.scanned_bytes += counts.scanned_bytes;
    sum.candidates += counts.candidates;
    sum.evaluations += counts.evaluations;
    sum.alerts += counts.alerts;
    sum.over_budget += counts.over_budget;
    sum.over_regex_limit += counts.over_regex_limit;
  }
  return {{"scans", sum.scans},
          {"scanned_bytes", sum.scanned_bytes},
          {"candidates", sum.candidates},
          {"evaluations", sum.evaluations},
          {"alerts", sum.alerts},
          {"over_budget", sum.over_budget},
          {"over_regex_limit", sum.over_regex_limit}};
}

}  // namespace

Result<Json> answer_ips_top(const Request& request) {
  const auto most = number_field(request.body, "rows", 20, kMostRows);
  if (!most) return Error{most.error()};
  return request.dataplane.with_policy([&](const PolicySnapshot* policy) -> Result<Json> {
    if (policy == nullptr) return Error{Error::Code::not_found, "no policy is in force"};
    const auto& rules = policy->ips_rules();
    if (rules == nullptr) return Error{Error::Code::not_found, "no IPS rules are in force"};
    Json list = Json::array();
    for (const auto& row : rows_of(*rules)) {
      if (list.size() == *most) break;
      const auto info = rules->ruleset().info(row.rule);
      list.push_back({{"generator", info.generator},
                      {"signature", info.signature},
                      {"revision", info.revision},
                      {"message", std::string(info.message)},
                      {"evaluations", row.cost.evaluations},
                      {"matches", row.cost.matches},
                      {"cycles", estimated_cycles(row.cost)}});
    }
    return Json{{"serial", policy->serial()},
                {"rules_in_force", rules->ruleset().num_rules()},
                {"totals", totals_of(*rules)},
                {"rules", std::move(list)}};
  });
}

}  // namespace sekisho::dataplane
