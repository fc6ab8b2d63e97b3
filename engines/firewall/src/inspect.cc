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
  std::uint32_t may_inspect = kNoRule;    // lowest of those whose profile looks at content
  std::uint32_t by_url = kNoRule;         // lowest rule whose outcome turns on the request
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
        const Content& content = tables.contents[record.content];
        const auto outcome = content_outcome(tables, content, facts);
        if (may_turn_on_request(content, facts)) found.by_url = std::min(found.by_url, record.rule);
        if (outcome == ContentOutcome::does_not_match) continue;
        if (outcome == ContentOutcome::may_match_yet) {
          found.may_match = std::min(found.may_match, record.rule);
          if (!(record.flags & RuleRecord::block))
            found.may_not_block = std::min(found.may_not_block, record.rule);
          if (record.flags & RuleRecord::inspects)
            found.may_inspect = std::min(found.may_inspect, record.rule);
          continue;
        }
      }
    }
    found.match = record.rule;
    found.record = record;
    return;
  }
}

/// Where a walk goes on: in one summary, the words that are left.
struct Place {
  std::uint32_t summary = 0;
  std::uint64_t live = 0;
};

constexpr std::uint32_t first_word(const Place& place) noexcept {
  return place.summary * kBitsPerWord + static_cast<std::uint32_t>(std::countr_zero(place.live));
}

/// The rows of the three columns. Bits are in groups of rules that are selective in the same
/// columns, ascending within a group: in each group one of the summaries is sparse.
template <class Source, class Destination>
struct Columns {
  const Firewall::Tables& tables;
  Source source;
  Destination destination;
  Row service;

  std::uint64_t live(std::uint32_t summary) const noexcept {
    return source.summary(summary) & destination.summary(summary) & service.summary(summary);
  }
  std::uint64_t word(std::uint32_t index) const noexcept {
    return source.word(index) & destination.word(index) & service.word(index);
  }
  Place first_place() const noexcept {
    Place place{0, live(0)};
    while (place.live == 0 && place.summary + 1 < tables.summary_words)
      place.live = live(++place.summary);
    return place;
  }
  void prefetch_word(const Place& place) const noexcept {
    if (place.live == 0) return;
    prefetch(source.block(first_word(place)));
    prefetch(destination.block(first_word(place)));
    prefetch(service.block(first_word(place)));
  }
};
template <class Source, class Destination>
Columns(const Firewall::Tables&, Source, Destination, Row) -> Columns<Source, Destination>;

/// A word whose first rule is behind the match is done.
template <class Source, class Destination>
inline Findings walk(const Columns<Source, Destination>& columns, Place place, const Facts& facts,
                     const Conditions& conditions) noexcept {
  const Firewall::Tables& tables = columns.tables;
  Findings found;
  for (;; place.live = columns.live(place.summary)) {
    for (; place.live != 0; place.live &= place.live - 1) {
      const std::uint32_t index = first_word(place);
      if (tables.word_first_rule[index] >= found.match) continue;
      if (const std::uint64_t bits = columns.word(index); bits != 0)
        examine_word(tables, tables.records + std::size_t{index} * kBitsPerWord, bits, facts,
                     conditions, found);
    }
    if (++place.summary == tables.summary_words) return found;
  }
}

/// Where a flow's three columns begin.
struct Values {
  std::uint32_t source;
  std::uint32_t destination;
  std::uint32_t service_row;
};

Values values_of(const Firewall::Tables& tables, const Facts& facts) noexcept {
  return {tables.sources.find(facts.source), tables.destinations.find(facts.destination),
          tables.service_row(facts)};
}

Columns<Row, Row> columns_of(const Firewall::Tables& tables, const Values& values) noexcept {
  return {tables, row_of_value(tables, values.source), row_of_value(tables, values.destination),
          row_of(tables, values.service_row)};
}

/// The block list stands before all rules.
Judgement refused_by_list(const Firewall::Tables& tables) noexcept {
  Judgement judgement;
  judgement.rule = tables.num_rules + 1;
  judgement.verdict = Verdict::answer;
  judgement.action = policy::Action::block;
  judgement.log = true;
  return judgement;
}

Judgement conclude(const Firewall::Tables& tables, const Facts& facts,
                   const Findings& found) noexcept {
  if (list_outcome(facts) == ListOutcome::blocked) [[unlikely]]
    return refused_by_list(tables);
  Judgement judgement;
  const bool matched = found.match != kNoRule;
  judgement.by_url = found.by_url <= found.match && found.by_url != kNoRule;
  if (matched) judgement.rule = judgement.inspected_as = found.match;
  const bool blocks = matched && (found.record.flags & RuleRecord::block);
  if (found.may_match < found.match && !(blocks && found.may_not_block > found.match)) {
    judgement.tentative = true;
    if (found.may_inspect < found.match) judgement.inspected_as = found.may_inspect;
    return judgement;
  }
  if (!matched) return judgement;  // the policy's end: everything passes (R053)
  judgement.log = found.record.flags & RuleRecord::log;
  if (blocks) {
    judgement.action = policy::Action::block;
    judgement.verdict = !(found.record.flags & RuleRecord::reset) ? Verdict::drop
                        : found.record.flags & RuleRecord::answer ? Verdict::answer
                                                                  : Verdict::reset;
  } else if (found.record.flags & RuleRecord::monitor) {
    judgement.action = policy::Action::monitor;
  }
  return judgement;
}

/// True when rules name MAC addresses or FQDNs: then a column may be the union of several rows.
bool may_unite(const Firewall::Tables& tables) noexcept {
  return !tables.macs.empty() || !tables.fqdns.empty();
}

template <class Source, class Destination>
Judgement judge_columns(const Columns<Source, Destination>& columns, const Facts& facts,
                        const Conditions& conditions) noexcept {
  return conclude(columns.tables, facts, walk(columns, columns.first_place(), facts, conditions));
}

Judgement judge_by(const Firewall::Tables& tables, const Values& values, const Facts& facts,
                   const Conditions& conditions) noexcept {
  if (!may_unite(tables)) return judge_columns(columns_of(tables, values), facts, conditions);
  const Row service = row_of(tables, values.service_row);
  const Column sources = source_column(tables, facts, conditions);
  const Column destinations = destination_column(tables, facts, conditions);
  if (sources.count == 1 && destinations.count == 1)
    return judge_columns(Columns{tables, sources.rows[0], destinations.rows[0], service}, facts,
                         conditions);
  return judge_columns(Columns{tables, UnitedRows{sources}, UnitedRows{destinations}, service},
                       facts, conditions);
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
  tables.sources.prefetch_root(facts.source);
  tables.destinations.prefetch_root(facts.destination);
  if (tables.flags & ArtifactHeader::users && conditions.users != nullptr)
    conditions.users->prefetch(facts.source);
  if (conditions.learned == nullptr) return;
  if (tables.flags & ArtifactHeader::source_fqdns) conditions.learned->prefetch(facts.source);
  if (tables.flags & ArtifactHeader::destination_fqdns)
    conditions.learned->prefetch(facts.destination);
}

constexpr std::size_t kAtOnce = 32;

/// Up to kAtOnce flows, each step for all of them before the next, so that misses overlap: with
/// 10,000 rules most of what is read is not in the first two caches, and a branch on what is not
/// there yet is paid twice.
class Burst {
 public:
  Burst(const Firewall::Tables& tables, std::span<const Facts* const> facts,
        const Conditions& conditions) noexcept
      : tables_(tables), facts_(facts), conditions_(conditions) {}

  void judge(std::span<Judgement> out) noexcept {
    for (const Facts* flow : facts_) prefetch_lookups(tables_, *flow, conditions_);
    find_values();
    if (!may_unite(tables_)) return walk_together(out);
    for (std::size_t i = 0; i < facts_.size(); ++i)
      out[i] = judge_by(tables_, values_[i], *facts_[i], conditions_);
  }

 private:
  void find_values() noexcept {
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      values_[i].source = tables_.sources.begin(facts_[i]->source);
      values_[i].destination = tables_.destinations.begin(facts_[i]->destination);
      values_[i].service_row = tables_.service_row(*facts_[i]);
      prefetch_row(tables_, values_[i].service_row);
    }
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      auto& [source, destination, service] = values_[i];
      source = tables_.sources.middle(facts_[i]->source, source);
      destination = tables_.destinations.middle(facts_[i]->destination, destination);
    }
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      auto& [source, destination, service] = values_[i];
      source = tables_.sources.finish(facts_[i]->source, source);
      destination = tables_.destinations.finish(facts_[i]->destination, destination);
      prefetch_row(tables_, row_id_of(source));
      prefetch_row(tables_, row_id_of(destination));
    }
  }

  void walk_together(std::span<Judgement> out) noexcept {
    std::array<Place, kAtOnce> places;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      const auto columns = columns_of(tables_, values_[i]);
      places[i] = columns.first_place();
      columns.prefetch_word(places[i]);
    }
    for (std::size_t i = 0; i < facts_.size(); ++i)
      out[i] = conclude(tables_, *facts_[i],
                        walk(columns_of(tables_, values_[i]), places[i], *facts_[i], conditions_));
  }

  const Firewall::Tables& tables_;
  std::span<const Facts* const> facts_;
  const Conditions& conditions_;
  std::array<Values, kAtOnce> values_;
};

}  // namespace

Judgement Firewall::judge(const Facts& facts, const Conditions& conditions) const noexcept {
  return judge_by(*tables_, values_of(*tables_, facts), facts, conditions);
}

void Firewall::judge(std::span<const Facts* const> facts, const Conditions& conditions,
                     std::span<Judgement> out) const noexcept {
  for (std::size_t at = 0; at < facts.size(); at += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, facts.size() - at);
    Burst(*tables_, facts.subspan(at, count), conditions).judge(out.subspan(at, count));
  }
}

}  // namespace sekisho::engines::firewall
