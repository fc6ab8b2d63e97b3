#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "engines/api/packet_view.h"
#include "engines/memory/memory_pool.h"
#include "engines/protocols/parser.h"
#include "rules/geo/geo_database.h"
#include "rules/ips/parse.h"

namespace sekisho::engines::ips {

struct CompileOptions {
  /// Rules that were compiled before, or empty: pattern databases that they have in common with
  /// these are taken over. As compile() made them; what is in the databases is not looked at.
  std::span<const std::byte> known;
  /// Files that rules name (dataset load, filemd5, ...): "PACK/NAME" for the rules of the file
  /// PACK, else NAME for all. Lent.
  std::map<std::string, std::string_view, std::less<>> data_files;
  /// Where those that are not among them are looked for, behind the folder of the rule's own file.
  /// Empty: nothing is opened.
  std::vector<std::string> data_folders;
  /// geoip: what it says of the countries that rules name goes into the artifact. Null: rules that
  /// ask for a country are refused. Lent.
  const rules::GeoDatabase* geo = nullptr;
};

/// Off the packet path (compiler child, tools): rules to position-independent bytes, with one
/// serialised Hyperscan database a group. Rules that cannot be run are moved to `rules.refused`,
/// alone, with the reason.
Result<std::vector<std::byte>> compile(rules::RuleSet& rules, const CompileOptions& options);

/// What an event says of a rule; lent by the ruleset.
struct RuleInfo {
  std::uint32_t index = 0;  // in the ruleset: names it in counters
  std::uint32_t generator = 1, signature = 0, revision = 0;
  std::uint8_t priority = 3;
  rules::RuleAction action = rules::RuleAction::alert;
  rules::RuleTarget target = rules::RuleTarget::none;
  std::string_view message;
  std::string_view category;
  std::string_view metadata_json;    // `{"created_at":["2020_01_01"]}`, empty when none
  std::string_view references_json;  // `["https://...", ...]`, empty when none
  bool store_file = false;
  rules::Rule::StoreScope store_scope = rules::Rule::StoreScope::file;
  rules::FieldDirection store_direction = rules::FieldDirection::either;
  rules::Rule::Quiet disable_logging = rules::Rule::Quiet::none;
  rules::Tag tag{};
  bool bypass = false;  // the rest of the flow is not looked at
  bool no_alert = false;
  bool of_application = false;  // for an application's protocol
  bool own = false;             // an administrator's, out of the policy (rules::kOwnRulesFile)
};

/// Compiled rules; immutable, shared by all workers.
class Ruleset {
 public:
  struct Tables;
  /// Checks every byte that is followed later. `artifact` outlives the ruleset and begins on a
  /// 64-byte boundary.
  static Result<std::unique_ptr<const Ruleset>> load(std::span<const std::byte> artifact);
  ~Ruleset();
  std::size_t num_rules() const noexcept;
  RuleInfo info(std::uint32_t index) const noexcept;
  /// Some rule looks at the bytes of TCP streams.
  bool wants_streams() const noexcept;
  /// Some rule looks at frames.
  bool wants_frames() const noexcept;
  /// Some rule asks for flow.elephant: FlowView::elephant is looked at.
  bool wants_elephants() const noexcept;
  /// Some rule asks for this field: for those that cost something to find out.
  bool asks(rules::Field field) const noexcept;
  /// Whether some rule asks for what is odd about a packet.
  bool wants_packet_events() const noexcept;
  const Tables& tables() const noexcept { return *tables_; }

 private:
  explicit Ruleset(std::unique_ptr<const Tables> tables);
  std::unique_ptr<const Tables> tables_;
};

/// What a security profile makes of one rule.
enum class RuleUse : std::uint8_t {
  as_written,  // its own action counts
  off,
  report,  // never drops
  block,   // an alert drops the flow; pass, and rules that only keep state, stay what they are
  reset,   // likewise, and a drop too: both ends are told
};

struct Profile;  // profiles.h

/// How a flow's profile treats rules; lent by the policy in force. Empty: rules act as written.
struct Treatment {
  std::span<const RuleUse> uses;     // by rule
  const Profile* profile = nullptr;  // for what hangs on addresses
};

/// What rules ask of a flow besides its bytes. The conversation keeps it up to date.
struct FlowView {
  std::uint64_t flow_id = 0;
  IpAddress client, server;
  std::uint16_t client_port = 0, server_port = 0;
  std::uint8_t ip_protocol = 0;
  bool established = false;  // both ends have spoken (TCP: handshake complete)
  bool midstream = false;
  Protocol protocol = Protocol::unknown;           // of the flow
  Protocol protocol_by_direction[2] = {};          // as recognised in each
  Protocol original_protocol = Protocol::unknown;  // before an upgrade
  bool has_stream = false;             // TCP whose in-order bytes come through Detector::stream()
  std::uint64_t packets[2] = {};       // by Direction; the present one is counted
  std::uint64_t bytes[2] = {};         // frame bytes
  std::uint64_t stream_bytes[2] = {};  // in-order payload
  std::uint64_t elephant[2] = {};      // 1: kElephantBytes came within kElephantSeconds
  std::uint64_t start_ns = 0;
  std::span<const std::string_view> stream_oddities;  // of this packet: stream-event, decode-event
  std::string_view application_oddity;  // of this packet, of no transaction: app-layer-event
  std::span<const RuleUse> uses;        // by rule, of the flow's profile; empty: all as written
  const Profile* profile = nullptr;     // for what hangs on addresses; null: nothing does
  /// Bits by Direction: the protocol has just been decided there. The detector clears them.
  std::uint8_t protocol_news = 0;
  bool was_established = false;      // before this packet
  bool decrypted = false;            // what the wire carries is encrypted
  std::uint8_t marks = 0;            // the detector's own
  class FlowState* state = nullptr;  // the detector's own; made when first needed
};

/// What was found out about a file besides its bytes; empty: not (yet) known.
struct FileFacts {
  std::string_view magic;
  std::span<const std::uint8_t> md5, sha1, sha256;  // raw
};

/// What a match keeps for the record: a pcre group, what a dataset knows. Lent until end_packet().
struct AlertNote {
  enum class Scope : std::uint8_t { none, context, flow, packet, context_json } scope = Scope::none;
  std::string_view name;
  std::string_view value;  // any bytes; context_json: one JSON object
};

struct Alert {
  const RuleInfo* rule = nullptr;
  rules::RuleAction action = rules::RuleAction::alert;  // after thresholds and rate filters
  Direction direction = Direction::to_server;
  Transaction* transaction = nullptr;  // the one that matched; null: packet or stream
  std::optional<std::uint32_t> file;   // FileView::id
  const PacketView* packet = nullptr;  // that brought it
  std::span<const AlertNote> notes;
  bool from_stream = false;
  /// Drop and reject hold for the whole flow: what was found in a stream or transaction, and rules
  /// that look at nothing but addresses or the protocol. Otherwise for the packet.
  bool whole_flow = false;
  bool by_rate = false;  // a rate filter changed the action
  bool logged = true;    // false: noalert or suppressed; the action counts all the same
};

class AlertSink {
 public:
  virtual ~AlertSink() = default;
  virtual void on_alert(const Alert& alert) noexcept = 0;
};

/// State that outlives flows and is shared by all workers: thresholds, xbits, hostbits, datasets
/// that rules add to. Lock-free, bounded.
class HostState {
 public:
  explicit HostState(std::size_t capacity);
  ~HostState();
  struct Tables;
  Tables& tables() noexcept { return *tables_; }

 private:
  std::unique_ptr<Tables> tables_;
};

/// What a rule cost on one core. Written by that core only; any thread may read.
struct RuleCost {
  std::uint64_t evaluations = 0;  // beyond its fast pattern
  std::uint64_t matches = 0;
  std::uint64_t sampled_cycles = 0;  // of every kCostSamplePeriod-th evaluation
};
inline constexpr std::uint32_t kCostSamplePeriod = 256;
inline constexpr std::size_t kMaxAlertsOfPacket = 64;  // the last in rank are lost

/// What one core's detector met since it was made. Any thread may read.
struct DetectorCounts {
  std::uint64_t scans = 0, scanned_bytes = 0;
  std::uint64_t candidates = 0, evaluations = 0, alerts = 0;
  std::uint64_t over_budget = 0;     // evaluations left out: the packet's steps were used up
  std::uint64_t over_recursion = 0;  // a buffer's tests went back more than 3000 times
  std::uint64_t over_regex_limit = 0;
  std::uint64_t candidates_lost = 0;  // more at once than kMaxCandidates
  std::uint64_t waiting_lost = 0;     // no room to remember a rule that waits
  std::uint64_t state_lost = 0;       // no room for flowbits and their like
  std::uint64_t alerts_lost = 0;      // more of one packet than kMaxAlertsOfPacket
  std::uint64_t transforms_cut = 0;   // a buffer did not fit into the scratch memory
};

/// The rules on one pinned core. Call in the order in which things happen: begin_packet(), packet()
/// once the packet's place in its connection is known, what its bytes brought, end_packet(). What
/// matches is kept until decide(); alerts come in the order of action (pass, drop, reject, alert),
/// then as the rules stand, and none after a pass.
class Detector {
 public:
  /// Off the packet path; all three outlive it. resource: no memory to search with, and a detector
  /// without it would find nothing.
  static Result<std::unique_ptr<Detector>> create(const Ruleset& ruleset, HostState& hosts,
                                                  MemoryPool& pool);
  ~Detector();

  void begin_packet(const PacketView& packet) noexcept;
  /// Every packet that has not settled, before the streams and transactions that it brings on.
  /// `flow` may be null (no flow: malformed, or a lone fragment).
  void packet(FlowView* flow, Direction direction, const PacketView& packet,
              AlertSink& sink) noexcept;
  /// When the packet's bytes were read: rules on what was odd, on a protocol that was recognised,
  /// and, when no stream took it (`unread`), on the payload. Ends with decide().
  void end_packet(FlowView* flow, Direction direction, const PacketView& packet, bool unread,
                  AlertSink& sink) noexcept;
  /// Tells what matched since the last time.
  void decide() noexcept;
  /// In-order stream bytes: `view.fresh` at the window's end are new. The window stays where it is
  /// until the next call of packet() or stream(): rules on transactions may look at it.
  void stream(FlowView& flow, Direction direction, const BodyView& view, const PacketView& packet,
              AlertSink& sink) noexcept;
  void stage_reached(FlowView& flow, Transaction& transaction, Direction direction,
                     const PacketView& packet, AlertSink& sink) noexcept;
  void body_grew(FlowView& flow, Transaction& transaction, rules::Field field, Direction direction,
                 const PacketView& packet, AlertSink& sink) noexcept;
  void file_grew(FlowView& flow, Transaction& transaction, const FileView& file,
                 const PacketView& packet, AlertSink& sink, const FileFacts& facts = {}) noexcept;
  /// Whether a rule on the flow's protocol has matched the packet, or may at its end.
  bool expects_alert(const FlowView& flow, Direction direction) const noexcept;
  /// Decides what matched on it; rules that wait for what did not come are dropped from it.
  void ended(FlowView& flow, Transaction& transaction) noexcept;
  /// The flow is over: gives its state back to the pool.
  void flow_ended(FlowView& flow) noexcept;
  /// The same where no rules are left to tell; `pool` is the detector's.
  static void release(FlowView& flow, MemoryPool& pool) noexcept;
  /// Other rules than those that looked at the flow's last packet look at its next. Flowbits and
  /// flowints stay, as they go by name.
  static void rules_changed(FlowView& flow) noexcept;

  const Ruleset& ruleset() const noexcept;
  RuleCost cost(std::uint32_t rule) const noexcept;
  DetectorCounts counts() const noexcept;

 private:
  struct Core;
  explicit Detector(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace sekisho::engines::ips
