#include <algorithm>
#include <numeric>
#include <optional>

#include "check_rules.h"
#include "engines/ips/ips.h"
#include "pack_groups.h"
#include "pack_rule.h"

namespace sekisho::engines::ips {
namespace {

using rules::Rule;
using rules::RuleAction;

int rank_of(RuleAction action) {
  switch (action) {
    case RuleAction::pass:
      return 0;
    case RuleAction::drop:
      return 1;
    case RuleAction::reject_source:
    case RuleAction::reject_destination:
    case RuleAction::reject_both:
      return 2;
    case RuleAction::alert:
      break;
  }
  return 3;
}

/// Rules that set flowbits come before those that only ask for them, so that one packet may do
/// both.
int state_rank_of(const Rule& rule) {
  bool asks = false;
  for (const auto& test : rule.tests)
    if (std::holds_alternative<rules::FlowBits>(test) ||
        std::holds_alternative<rules::FlowInteger>(test) ||
        std::holds_alternative<rules::FlowText>(test) ||
        std::holds_alternative<rules::HostBits>(test))
      asks = true;
  const bool sets =
      !rule.set_flow_bits.empty() || !rule.set_flow_integers.empty() || !rule.set_host_bits.empty();
  if (sets) return asks ? 1 : 0;
  return asks ? 2 : 3;
}

/// The order in which rules that match at one time speak.
std::vector<std::size_t> order_of(const std::vector<Rule>& rules) {
  std::vector<std::size_t> order(rules.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&rules](std::size_t i) {
    return std::tuple(rank_of(rules[i].header.action), state_rank_of(rules[i]), rules[i].priority);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  return order;
}

class Compiler {
 public:
  Compiler(rules::RuleSet& rules, const CompileOptions& options, bool alone)
      : rules_(rules), packer_(writer_, options, rules, alone), groups_(writer_, options) {}

  Result<std::vector<std::byte>> run() {
    if (rules_.rules.size() > kMaxRules)
      return Error{Error::Code::invalid_input, "more than 1,048,576 rules"};
    for (const auto& rule : rules_.rules) census_.count(rule);
    std::vector<bool> refused(rules_.rules.size());
    for (const auto i : order_of(rules_.rules)) {
      auto status = add(rules_.rules[i]);
      if (status) continue;
      refused[i] = true;
      const auto* place = packer_.blamed();
      rules_.refused.push_back({place != nullptr ? *place : rules_.rules[i].position,
                                rules_.rules[i].signature, status.error().message});
    }
    remove_refused(refused);
    auto status = groups_.finish();
    if (!status) return std::move(status).error();
    return writer_.finish();
  }

 private:
  Status add(const Rule& rule) {
    auto record = packer_.pack(rule);
    if (!record) return std::move(record).error();
    const auto index = static_cast<std::uint32_t>(writer_.rules.size());
    const auto fast = choose_fast_pattern(rule, (record->flags & kTransactional) != 0, census_);
    if (fast) {
      record->fast_buffer = static_cast<std::uint8_t>(packer_.packed_buffer(fast->buffer));
      if (fast->decides) record->flags |= kPrefilterDecides;
    }
    if (rules::searches(rule) && (!fast || fast->shortest < rules::kShortestLiteral))
      rules_.slow.push_back(rules::slow_rule(rule));
    groups_.add(index, *record, rule, fast ? &*fast : nullptr);
    writer_.rules.push_back(*record);
    return ok();
  }

  void remove_refused(const std::vector<bool>& refused) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < refused.size(); ++i) {
      if (refused[i]) continue;
      if (kept != i) rules_.rules[kept] = std::move(rules_.rules[i]);
      ++kept;
    }
    rules_.rules.resize(kept);
  }

  rules::RuleSet& rules_;
  ArtifactWriter writer_;
  RulePacker packer_;
  GroupPacker groups_;
  LiteralCensus census_;
};

}  // namespace

Result<std::vector<std::byte>> compile(rules::RuleSet& rules, const CompileOptions& options) {
  return Compiler(rules, options, false).run();
}

Status check_rules(rules::RuleSet& rules) {
  const CompileOptions nothing;
  const auto compiled = Compiler(rules, nothing, true).run();
  if (!compiled) return Error{compiled.error()};
  return ok();
}

}  // namespace sekisho::engines::ips
