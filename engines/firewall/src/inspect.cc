#include <bit>

#include "tables.h"

namespace sekisho::engines::firewall {

namespace {

constexpr std::uint32_t kNoRule = 0xffffffff;

/// What the walk has found; rule numbers, kNoRule for none.
struct Findings {
  std::uint32_t match = kNoRule;          // lowest rule that matches
  std::uint32_t may_match = kNoRule;      // lowest rule that may match yet
  std::uint32_t may_not_block = kNoRule;  // lowest of those that would not block
  RuleRecord record{};                    // of `match`
};

/// The union of several.
struct UnitedRows {
  const Column& column;
  std::uint64_t summary(std::uint32_t index) const noexcept {
    std::uint64_t bits = 0;
    for (std::uint32_t i = 0; i < column.count; ++i) bits |= column.rows[i].summary(index);
    return bits;
  }
  std::uint64_t word(std::uint32_t index) const noexcept {
    std::uint64_t bits = 0;
    for (std::uint32_t i = 0; i < column.count; ++i) bits |= column.rows[i].word(index);
    return bits;
  }
};

/// Decides the rules of one word, which are in ascending order.
inline void examine_word(const Firewall::Tables& tables, const RuleRecord* records,
                         std::uint64_t bits, const Facts& facts, const Conditions& conditions,
                         Findings& found) noexcept {
  for (; bits != 0; bits &= bits - 1) {
    const RuleRecord& record = records[std::countr_zero(bits)];
    if (record.rule >= found.match) return;
    if (record.flags & (RuleRecord::scheduled | RuleRecord::with_content | RuleRecord::never)) {
      if (record.flags & RuleRecord::never) continue;
      if ((record.flags & RuleRecord::scheduled) &&
          !(conditions.active_schedules >> record.schedule & 1))
        continue;
      if (record.flags & RuleRecord::with_content) {
        const auto outcome = content_outcome(tables, tables.contents[record.content], facts);
        if (outcome == ContentOutcome::does_not_match) continue;
        if (outcome == ContentOutcome::may_match_yet) {
          found.may_match = std::min(found.may_match, record.rule);
          if (!(record.flags & RuleRecord::block))
            found.may_not_block = std::min(found.may_not_block, record.rule);
          continue;
        }
      }
    }
    found.match = record.rule;
    found.record = record;
    return;
  }
}

/// Bits are in groups of rules that are selective in the same columns, ascending within a group: in
/// each group one of the summaries is sparse. A word whose first rule is behind the match is done.
template <class Source, class Destination>
inline Findings walk(const Firewall::Tables& tables, const Source& source,
                     const Destination& destination, const Row& service, const Facts& facts,
                     const Conditions& conditions) noexcept {
  Findings found;
  for (std::uint32_t s = 0; s < tables.summary_words; ++s) {
    std::uint64_t live = source.summary(s) & destination.summary(s) & service.summary(s);
    for (; live != 0; live &= live - 1) {
      const std::uint32_t index = s * 64 + static_cast<std::uint32_t>(std::countr_zero(live));
      if (tables.word_first_rule[index] >= found.match) continue;
      const std::uint64_t bits = source.word(index) & destination.word(index) & service.word(index);
      if (bits != 0)
        examine_word(tables, tables.records + std::size_t{index} * kBitsPerWord, bits, facts,
                     conditions, found);
    }
  }
  return found;
}

Judgement conclude(const Findings& found) noexcept {
  Judgement judgement;
  const bool matched = found.match != kNoRule;
  if (matched) judgement.rule = found.match;
  const bool blocks = matched && (found.record.flags & RuleRecord::block);
  if (found.may_match < found.match && !(blocks && found.may_not_block > found.match)) {
    judgement.tentative = true;
    return judgement;
  }
  if (!matched) return judgement;  // the policy's end: everything passes (R053)
  judgement.log = found.record.flags & RuleRecord::log;
  if (blocks) {
    judgement.action = policy::Action::block;
    judgement.verdict = found.record.flags & RuleRecord::reset ? Verdict::reset : Verdict::drop;
  } else if (found.record.flags & RuleRecord::monitor) {
    judgement.action = policy::Action::monitor;
  }
  return judgement;
}

}  // namespace

Judgement Firewall::judge(const Facts& facts, const Conditions& conditions) const noexcept {
  const Tables& tables = *tables_;
  const Row service = row_of(tables, tables.service_row(facts));
  if (tables.macs.empty() && tables.fqdns.empty()) {
    const Row source = row_of_value(tables, tables.source_value(facts.source));
    const Row destination = row_of_value(tables, tables.destination_value(facts.destination));
    return conclude(walk(tables, source, destination, service, facts, conditions));
  }
  const Column sources = source_column(tables, facts, conditions);
  const Column destinations = destination_column(tables, facts, conditions);
  if (sources.count == 1 && destinations.count == 1)
    return conclude(
        walk(tables, sources.rows[0], destinations.rows[0], service, facts, conditions));
  return conclude(
      walk(tables, UnitedRows{sources}, UnitedRows{destinations}, service, facts, conditions));
}

}  // namespace sekisho::engines::firewall
