#include <algorithm>
#include <array>
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

/// Where a flow's three columns begin.
struct Values {
  std::uint32_t source;
  std::uint32_t destination;
  std::uint32_t service_row;
};

Values values_of(const Firewall::Tables& tables, const Facts& facts) noexcept {
  return {tables.source_value(facts.source), tables.destination_value(facts.destination),
          tables.service_row(facts)};
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

Judgement judge_by(const Firewall::Tables& tables, const Values& values, const Facts& facts,
                   const Conditions& conditions) noexcept {
  const Row service = row_of(tables, values.service_row);
  if (tables.macs.empty() && tables.fqdns.empty()) {
    const Row source = row_of_value(tables, values.source);
    const Row destination = row_of_value(tables, values.destination);
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

void prefetch_row(const Firewall::Tables& tables, std::uint32_t row_id) noexcept {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kMostBytes = 4 * kLine;  // all of it, up to about 14,000 rules
  const std::byte* row = tables.row(row_id);
  for (std::size_t at = 0; at < std::min(tables.row_stride, kMostBytes); at += kLine)
    prefetch(row + at);
}

/// What finding the values of `facts` and the patterns behind its addresses reads first.
void prefetch_lookups(const Firewall::Tables& tables, const Facts& facts,
                      const Conditions& conditions) noexcept {
  if (is_v4(facts.source)) tables.source_v4.prefetch_root(facts.source.v4());
  if (is_v4(facts.destination)) tables.destination_v4.prefetch_root(facts.destination.v4());
  if (conditions.learned == nullptr) return;
  if (tables.flags & ArtifactHeader::source_fqdns) conditions.learned->prefetch(facts.source);
  if (tables.flags & ArtifactHeader::destination_fqdns)
    conditions.learned->prefetch(facts.destination);
}

constexpr std::size_t kAtOnce = 32;

/// Up to kAtOnce flows, each step for all of them before the next, so that misses overlap: with
/// 10,000 rules most of what is read is not in the first two caches. Trie nodes and blocks are not
/// asked for ahead: measured, that costs more than it spares.
void judge_together(const Firewall::Tables& tables, std::span<const Facts* const> facts,
                    const Conditions& conditions, std::span<Judgement> out) noexcept {
  for (const Facts* flow : facts) prefetch_lookups(tables, *flow, conditions);
  std::array<Values, kAtOnce> values;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    values[i] = values_of(tables, *facts[i]);
    prefetch_row(tables, row_id_of(values[i].source));
    prefetch_row(tables, row_id_of(values[i].destination));
    prefetch_row(tables, values[i].service_row);
  }
  for (std::size_t i = 0; i < facts.size(); ++i)
    out[i] = judge_by(tables, values[i], *facts[i], conditions);
}

}  // namespace

Judgement Firewall::judge(const Facts& facts, const Conditions& conditions) const noexcept {
  return judge_by(*tables_, values_of(*tables_, facts), facts, conditions);
}

void Firewall::judge(std::span<const Facts* const> facts, const Conditions& conditions,
                     std::span<Judgement> out) const noexcept {
  for (std::size_t at = 0; at < facts.size(); at += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, facts.size() - at);
    judge_together(*tables_, facts.subspan(at, count), conditions, out.subspan(at, count));
  }
}

}  // namespace sekisho::engines::firewall
