#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "content_match.h"
#include "engines/ips/ips.h"
#include "engines/pattern/database.h"
#include "flow_state.h"
#include "host_state.h"
#include "notes.h"
#include "tables.h"
#include "thresholds.h"
#include "transform.h"

namespace sekisho::engines::ips {

using Bytes = std::span<const std::uint8_t>;

/// One occasion to look at rules: a packet, stream bytes, a stage, a body, a file.
struct Look {
  FlowView* flow = nullptr;
  Direction direction = Direction::to_server;
  const PacketView* packet = nullptr;
  AlertSink* sink = nullptr;
  Transaction* transaction = nullptr;
  const FileView* file = nullptr;
  const FileFacts* facts = nullptr;
  BufferInput payload;  // of the packet or the stream
  bool has_payload = false;
  bool from_stream = false;
  bool may_defer = false;  // rules on flow bits may be looked at later
};

/// What one search found for another look at the same bytes, within one packet.
class KeptCalls {
 public:
  struct Call {
    std::uint32_t rule = 0;
    bool proven = false;
  };
  static constexpr std::size_t kMax = 1024;  // beyond: the bytes are searched again

  explicit KeptCalls(std::size_t num_rules)
      : calls_(std::make_unique<Call[]>(kMax)), seen_(num_rules) {}
  void begin(std::span<const std::uint8_t> bytes, Direction direction,
             std::uint64_t packet) noexcept {
    bytes_ = bytes;
    direction_ = direction;
    packet_ = packet;
    count_ = 0;
    holds_ = true;
    if (++number_ == 0) {  // wrapped: old marks could be mistaken for new ones
      std::fill(seen_.begin(), seen_.end(), 0);
      number_ = 1;
    }
  }
  void add(std::uint32_t rule, bool proven) noexcept {
    if (seen_[rule] == number_) return;
    seen_[rule] = number_;
    if (count_ == kMax)
      holds_ = false;
    else
      calls_[count_++] = {rule, proven};
  }
  bool is_of(std::span<const std::uint8_t> bytes, Direction direction,
             std::uint64_t packet) const noexcept {
    return holds_ && packet == packet_ && direction == direction_ &&
           bytes.data() == bytes_.data() && bytes.size() == bytes_.size();
  }
  std::span<const Call> calls() const noexcept { return {calls_.get(), count_}; }
  void forget() noexcept { holds_ = false; }

 private:
  std::unique_ptr<Call[]> calls_;
  std::vector<std::uint32_t> seen_;  // by rule: the search in which it was kept
  std::span<const std::uint8_t> bytes_;
  std::uint64_t packet_ = 0;
  std::size_t count_ = 0;
  std::uint32_t number_ = 0;
  Direction direction_ = Direction::to_server;
  bool holds_ = false;
};

/// How bytes are searched.
struct Search {
  std::uint32_t look = kAtAny;  // whose calls become candidates
  std::size_t overlap = 0;      // of the bytes, at their begin, were searched before
  std::uint64_t origin = 0;     // of the bytes, in the whole stream
  KeptCalls* kept = nullptr;    // for the calls of the other look
  std::size_t kept_from = 0;    // which looks at the bytes from here on
};

/// Bytes that have grown, for groups to search as far back as each needs.
struct Grown {
  Bytes bytes;
  std::size_t fresh = 0;        // of them, at their end, are new
  bool fresh_is_known = false;  // what is in the new ones alone was found before
  std::uint32_t look = kAtAny;
  std::uint64_t origin = 0;  // of the bytes, in the whole stream
  KeptCalls* kept = nullptr;
};

struct Candidate {
  std::uint32_t rule = 0;
  bool proven = false;            // its fast pattern is in what is looked at
  std::uint64_t pattern_end = 0;  // in the whole stream
};

/// A rule that met a transaction.
struct WaitingRule {
  std::uint32_t rule = 0;
  std::uint32_t satisfied = 0;  // buffers that need not be looked at again
  std::uint32_t file = 0;       // FileView::id, when the rule is about files
  Direction direction = Direction::to_server;
  bool done = false;      // it matched
  bool deferred = false;  // looked at when all is known that the packet brings
  std::uint8_t looks = 0;
};

/// A transaction with rules that are deferred.
struct DeferredRules {
  FlowView* flow = nullptr;
  Transaction* transaction = nullptr;
  const PacketView* packet = nullptr;
  AlertSink* sink = nullptr;
};

/// Rules that wait for more of a transaction, or spoke of it: Transaction::inspection.waiting.
struct WaitingRules {
  static constexpr std::size_t kMax = 126;
  std::uint64_t serial = 0;
  std::uint32_t bytes = 0;  // of this block
  std::uint16_t count = 0, capacity = 0;
  WaitingRule rules[1];
};

/// A rule that matched and waits for decide().
struct MatchedRule {
  std::uint32_t rule = 0;
  Direction direction = Direction::to_server;
  bool from_stream = false;
  FlowView* flow = nullptr;
  Transaction* transaction = nullptr;
  const PacketView* packet = nullptr;
  AlertSink* sink = nullptr;
  std::optional<std::uint32_t> file{};
  std::size_t first_note = 0, last_note = 0;
};

enum class Outcome : std::uint8_t { no, later, yes };

struct Detector::Core final : DatasetAccess {
  static constexpr std::size_t kMaxCandidates = 4096;
  /// A stream rule whose pattern was met waits for so many bytes for its other parts.
  static constexpr std::uint64_t kStreamRetryBytes = 4096;
  static constexpr std::uint32_t kMaxInstances = 1024;  // of a list
  static constexpr std::uint8_t kMaxLooks = 255;        // at one waiting rule
  static constexpr std::size_t kMaxDeferring = 16;  // transactions; of others no rule is deferred

  Core(const Ruleset& rules, HostState& host_state, MemoryPool& memory);
  /// Gets the memory that searches need; resource: there is none.
  Status fit_scratch();

  // Occasions (occasions.cc).
  void look_at_packet(const Look& look) noexcept;
  void search_packet(const Look& look, PayloadClass payload_class) noexcept;
  void search_stream(const Look& look, const BodyView& view) noexcept;
  void look_at_stream(const Look& look, const BodyView& view) noexcept;
  void recall_stream(const Look& look) noexcept;
  void add_protocol_list(const Look& look) noexcept;
  void look_at_rest(const Look& look, bool unread) noexcept;
  void look_at_stages(const Look& look) noexcept;
  void look_at_body(const Look& look, rules::Field field) noexcept;
  void search_body(const Look& look, rules::Field field, const BodyView& view) noexcept;
  void look_at_file(const Look& look) noexcept;
  void look_at_oddities(const Look& look) noexcept;
  void forget(Transaction& transaction) noexcept;
  void begin(const Look& look) noexcept;
  void begin_packet(const PacketView* packet) noexcept;
  bool is_passed(const FlowView* flow) const noexcept;
  Look look_of(FlowView* flow, Direction direction, const PacketView& packet,
               AlertSink& sink) noexcept;

  // Candidates (candidates.cc).
  struct ScanContext;
  static int on_match(unsigned int id, unsigned long long from, unsigned long long to,
                      unsigned int flags, void* context);
  void scan(std::uint32_t group, Bytes bytes, const Search& search) noexcept;
  void scan_grown(std::uint32_t group, const Grown& grown) noexcept;
  void scan_payload(const Look& look, PayloadClass payload_class, const Grown& grown) noexcept;
  bool recall(KeptCalls& kept, Bytes bytes, Direction direction,
              std::uint64_t pattern_end = 0) noexcept;
  void scan_field(const Look& look, std::uint32_t group) noexcept;
  void add_candidate(std::uint32_t rule, bool proven, std::uint64_t pattern_end) noexcept;
  void add_list(const Look& look, std::uint32_t list) noexcept;
  void add_events(std::span<const EventRecord> events,
                  std::span<const std::string_view> names) noexcept;
  void add_by_address(const Look& look) noexcept;
  void sort_candidates() noexcept;

  /// What the flow's profile makes of a rule that matched.
  RuleUse use_of(std::uint32_t rule, const Look& look) const noexcept;

  // One rule (evaluate.cc, conditions.cc, packet_tests.cc).
  Outcome evaluate(std::uint32_t rule, const Look& look, bool proven,
                   std::uint32_t& satisfied) noexcept;
  Outcome evaluate_parts(const RuleRecord& record, const Look& look, bool proven,
                         std::uint32_t& satisfied) noexcept;
  Outcome look_at_buffer(const RuleRecord& record, const BufferRecord& buffer,
                         const Look& look) noexcept;
  static Direction side_of_buffer(const BufferRecord& buffer, const Look& look) noexcept;
  Outcome look_at_list(const BufferRecord& buffer, const Look& look, Direction side) noexcept;
  Outcome look_at_grown(const BufferRecord& buffer, const BodyView& view, bool ended) noexcept;
  Outcome look_at_file_field(const BufferRecord& buffer, const Look& look) noexcept;
  bool value_matches(const BufferRecord& buffer, const BufferInput& input) noexcept;
  bool missing_matches(const BufferRecord& buffer) const noexcept;
  std::optional<Bytes> field_value(const Look& look, rules::Field field, Direction side,
                                   std::uint32_t instance) noexcept;
  Bytes transformed(Slice transforms, Bytes bytes) noexcept;
  bool header_holds(const RuleRecord& record, const Look& look) const noexcept;
  bool endpoints_hold(const RuleRecord& record, const Look& look) const noexcept;
  bool flow_holds(const RuleRecord& record, const Look& look) const noexcept;
  Outcome test_holds(const TestRecord& test, const Look& look) noexcept;
  Outcome number_holds(const TestRecord& test, const Look& look) noexcept;
  bool packet_number_holds(const TestRecord& test, const Look& look) const noexcept;
  bool protocol_holds(const TestRecord& test, const Look& look) const noexcept;
  bool event_holds(const TestRecord& test, const Look& look) const noexcept;
  bool country_holds(const TestRecord& test, const Look& look) const noexcept;
  bool reputation_holds(const TestRecord& test, const Look& look) const noexcept;
  bool reputation_of(const TestRecord& test, const IpAddress& address) const noexcept;
  bool flow_bits_hold(const TestRecord& test, const Look& look) const noexcept;
  bool flow_integer_holds(const TestRecord& test, const Look& look) const noexcept;
  bool flow_text_holds(const TestRecord& test, const Look& look) const noexcept;
  bool host_bits_hold(const TestRecord& test, const Look& look) noexcept;
  bool address_holds(const TestRecord& test, const Look& look) noexcept;

  // After a match (act.cc).
  void act(std::uint32_t rule, const Look& look) noexcept;
  void keep(const MatchedRule& matched) noexcept;
  void decide(const Transaction* until) noexcept;
  void tell(const MatchedRule& matched) noexcept;
  bool thresholds_speak(const MatchedRule& matched, Alert& alert) noexcept;
  void forget_alerts_of(const FlowView& flow) noexcept;
  void change_state(const RuleRecord& record, const Look& look) noexcept;
  void keep_flow_texts(const Look& look) noexcept;
  void change(const TestRecord& change, const Look& look) noexcept;
  std::uint64_t host_bit_key(const TestRecord& test, const Look& look) const noexcept;
  FlowState* state_of(FlowView& flow) noexcept;
  bool dataset(const Element& test, Bytes value) noexcept override;
  void note(AlertNote::Scope scope, std::string_view name, Bytes value) noexcept override {
    notes.add(scope, name, value);
  }
  bool in_dataset(std::uint32_t index, rules::DatasetTest::Command command,
                  rules::Comparison comparison, std::uint64_t bound, Slice context_name,
                  Bytes value) noexcept;

  // Rules and transactions (waiting.cc).
  void evaluate_candidates(const Look& look) noexcept;
  void evaluate_stream_candidates(const Look& look) noexcept;
  void evaluate_stream_candidate(const Candidate& candidate, const Look& look) noexcept;
  StreamMemory stream_memory_of(const Look& look, std::uint32_t rule) noexcept;
  void keep_stream_memory(const Look& look, const StreamMemory& memory) noexcept;
  void evaluate_waiting(const Look& look) noexcept;
  WaitingRules* waiting_of(Transaction& transaction) noexcept;
  WaitingRule* find_waiting(const Look& look, std::uint32_t rule) noexcept;
  WaitingRule* remember(const Look& look, std::uint32_t rule, std::uint32_t satisfied,
                        bool done) noexcept;
  bool defer(const Look& look, std::uint32_t rule) noexcept;
  void evaluate_deferred(const Transaction* only) noexcept;
  void evaluate_deferred_of(const DeferredRules& of) noexcept;
  void settle(const Look& look, std::uint32_t rule, Outcome outcome, std::uint32_t satisfied,
              WaitingRule* known) noexcept;

  /// The rule's source and destination port.
  std::pair<std::uint16_t, std::uint16_t> ports_of(const Look& look) const noexcept;
  const IpAddress& source_of(const Look& look) const noexcept;
  const IpAddress& destination_of(const Look& look) const noexcept;

  const Ruleset& ruleset;
  const Ruleset::Tables& tables;
  HostState::Tables& hosts;
  MemoryPool& pool;
  DetectorCounts counts;
  pattern::Scratch scratch;
  ContentMatcher matcher;
  Transformer transformer;
  Arena arena;
  std::uint64_t now_ms = 0;  // of the packet that is looked at

  std::vector<RuleCost> costs;
  std::uint32_t until_sample = kCostSamplePeriod;

  std::unique_ptr<Candidate[]> candidates;
  std::size_t num_candidates = 0;
  std::vector<std::uint32_t> seen;  // by rule: the look in which it became a candidate
  std::uint32_t look_number = 0;

  KeptCalls kept_of_packet, kept_of_body;  // for the stream, for the file
  std::uint64_t packets_begun = 0;

  /// Rules on the packet that may yet match, when its stream's rules have set flow bits.
  std::array<std::uint32_t, 64> waits_for_state{};
  std::size_t num_waits_for_state = 0;
  std::array<DeferredRules, kMaxDeferring> deferred{};
  std::size_t num_deferred = 0;
  Notes notes;
  std::size_t first_note = 0;  // of the rule that is looked at
  bool packet_passed = false;
  std::array<MatchedRule, kMaxAlertsOfPacket> matched{};  // in rank
  std::size_t num_matched = 0;
  std::array<std::uint32_t, 64> spoke_of_packet{};  // rules, to be silent of its stream bytes
  std::size_t num_spoke = 0;
  const FlowView* stream_flow = nullptr;  // whose bytes stream_payload has
  Direction stream_direction = Direction::to_server;
  BufferInput stream_payload;

  struct CachedValue {
    rules::Field field;
    Direction side;
    std::uint32_t instance;
    Bytes bytes;
  };
  /// Values that a parser wrote into scratch memory for this look.
  std::array<CachedValue, 32> cached{};
  std::size_t num_cached = 0;
  struct ChangedValue {
    const std::uint8_t* from;
    std::size_t count;
    std::uint32_t transforms;  // the first of them
    Bytes bytes;
  };
  std::array<ChangedValue, 32> changed{};
  std::size_t num_changed = 0;
};

/// In which direction's data a field lies.
inline Direction side_of(rules::Field field, Direction direction) noexcept {
  const auto of_field = rules::info_of(field).direction;
  if (of_field == rules::FieldDirection::either) return direction;
  return of_field == rules::FieldDirection::to_server ? Direction::to_server : Direction::to_client;
}

}  // namespace sekisho::engines::ips
