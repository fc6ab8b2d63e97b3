#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "config/base/snapshot_slot.h"
#include "config/events/block_id.h"
#include "config/events/event_ring.h"
#include "config/reputation/exchange.h"
#include "dataplane/answers/reply.h"
#include "dataplane/answers/token_bucket.h"
#include "dataplane/flow/expectations.h"
#include "dataplane/flow/flow_table.h"
#include "dataplane/flow/fragment_table.h"
#include "dataplane/flow/media_sockets.h"
#include "dataplane/flow/tcp_tracking.h"
#include "dataplane/io/frame_io.h"
#include "dataplane/loader/policy_snapshot.h"
#include "dataplane/parse/decode.h"
#include "dataplane/parse/examine.h"
#include "dataplane/parse/inside.h"
#include "dataplane/worker/alert_capture.h"
#include "dataplane/worker/bandwidth_table.h"
#include "dataplane/worker/callback_watch.h"
#include "dataplane/worker/counters.h"
#include "dataplane/worker/diversion.h"
#include "dataplane/worker/dns_aliases.h"
#include "dataplane/worker/file_scan.h"
#include "dataplane/worker/flow_url.h"
#include "dataplane/worker/job.h"
#include "dataplane/worker/quarantine.h"
#include "dataplane/worker/reputation_wait.h"
#include "dataplane/worker/resolved_names.h"
#include "dataplane/worker/server_hints.h"
#include "dataplane/worker/smart_bypasses.h"
#include "dataplane/worker/tap.h"
#include "engines/conversation/inspector.h"

struct rte_mbuf;
struct rte_mempool;

namespace sekisho::dataplane {

/// The policy in force; empty before the first one ever: every frame is dropped as no_policy.
struct ActivePolicy {
  std::unique_ptr<PolicySnapshot> policy;
};

/// What all workers share. Each word says who writes it.
struct Shared {
  /// Users' addresses take four slots each, so that neighbourhoods do not fill up.
  static constexpr std::size_t kMaxUserAddresses = 16'384;

  explicit Shared(std::size_t workers, std::size_t learned_capacity)
      : policies(workers, std::make_unique<const ActivePolicy>()),
        learned(learned_capacity),
        users(4 * kMaxUserAddresses) {}
  SnapshotSlot<ActivePolicy> policies;          // control thread publishes
  engines::firewall::LearnedAddresses learned;  // everyone, lock-free
  engines::firewall::LearnedAddresses users;    // control thread writes
  std::atomic<bool> identifies_users{false};    // control thread: `users` was ever written
  Quarantine quarantine;                        // everyone, lock-free; policies come and go
  MediaSockets media;                           // everyone, lock-free
  ResolvedNames resolved_names;                 // everyone, lock-free
  SmartBypasses smart_bypasses;                 // everyone, lock-free
  std::atomic<std::uint32_t> learned_generation{
      0};  // everyone: a pair of either table that changes verdicts was learned
  std::atomic<std::uint64_t> active_schedules{~std::uint64_t{0}};  // control thread
  std::atomic<std::int64_t> wall_offset_ns{
      0};  // control thread: Unix time minus the workers' clock
};

/// Where a port leads, as the workers need it.
struct PortRole {
  std::uint8_t wire = 0;  // the port itself, or of a LentIo's the one that it is beside
  std::uint8_t peer = 0;
  std::uint8_t segment = 0;
  policy::Side side = policy::Side::lan;
};

/// What is decrypted has flows of its own, beside those of the wire with the same ends.
inline constexpr std::uint8_t kLentSegment = 0x80;

/// The wire's ports, and behind them those that a LentIo has beside them.
std::vector<PortRole> with_lent_ports(std::vector<PortRole> wire);

struct WorkerConfig {
  std::uint16_t index = 0;
  std::uint32_t flow_capacity = 0;
  FlowTimeouts timeouts;
  std::vector<PortRole> ports;
  LentIo* lent = nullptr;  // the worker's FrameIo, and `ports` has its ports; null: it is another
  DecodeOptions decode;
  LinkType link = LinkType::ethernet;
  std::uint64_t first_flow_id = 1;
  std::optional<engines::InspectorConfig> content;  // none: no streams, protocols, IPS
  reputation::Exchange* reputations = nullptr;      // outlives the worker; null: no URL has one
  FileExchange* files = nullptr;  // to the scanner; outlives the worker; null: no file is scanned
  bool captures_alerts = false;   // where a profile asks for it; needs `content`
  bool record_every_drop = true;  // `numbered`; false: of a dropped flow one packet each way
  bool numbered = false;  // captures: records name the packet, and every dropped one has a record
};

/// One pinned core: everything that happens to its flows. All members but those marked otherwise
/// belong to that core.
class Worker final : private engines::RecordSink,
                     private engines::PacketCapture,
                     private engines::UrlWatch,
                     private engines::DnsWatch,
                     private engines::FingerprintWatch,
                     private engines::EvasionWatch,
                     private engines::FileWatch,
                     private decrypt::DiversionSink,
                     private LentSink {
 public:
  static constexpr std::size_t kTaps = 5;  // one capture, four traces
  /// Packets of its own that a worker sends a second at most; an answer's segments count as one.
  static constexpr std::uint32_t kRepliesPerSecond = 5000;
  static constexpr std::uint32_t kUnreachablesPerSecond = 1000;  // of them ICMP errors
  /// Reputations that could not be had and whose flow passes all the same, that are told.
  static constexpr std::uint32_t kFailuresPerSecond = 10;
  /// Records of callbacks that a worker writes a second at most; the rest only counts.
  static constexpr std::uint32_t kCallbacksPerSecond = 100;
  static constexpr std::uint32_t kFilesPerSecond = 50;         // likewise, of files
  static constexpr std::uint32_t kEvasionsPerSecond = 100;     // likewise, of flows that contradict
  static constexpr std::uint32_t kDecryptionsPerSecond = 200;  // likewise, of what is opened or not

  ~Worker() override;
  static Result<std::unique_ptr<Worker>> create(const WorkerConfig& config, Shared& shared,
                                                FrameIo& io, rte_mempool* pool,
                                                events::EventRing events);

  /// One iteration: receive, judge, transmit, keep house. False when there was nothing to do.
  /// `now_ns` is any steady clock.
  bool poll_once(std::uint64_t now_ns) noexcept;

  /// Ends the flows of records [first, last) with an event each, when the run is over: in steps
  /// when the events must fit the ring.
  void end_flows(std::uint32_t first, std::uint32_t last, events::FlowEndReason reason) noexcept;

  // For the control thread.
  const Counters& counters() const noexcept { return counters_; }
  std::uint32_t num_flows() const noexcept { return num_flows_.load(std::memory_order_relaxed); }
  /// Flows that wait for the reputation of what they ask for.
  std::uint32_t num_waiting() const noexcept {
    return num_waiting_.load(std::memory_order_relaxed);
  }
  std::uint64_t polls() const noexcept { return polls_.load(std::memory_order_acquire); }
  /// TSC cycles of the longest iteration that took up a policy: how long a swap kept this core from
  /// its ports.
  std::uint64_t worst_adoption_cycles() const noexcept {
    return worst_adoption_cycles_.load(std::memory_order_relaxed);
  }
  const WorkerConfig& config() const noexcept { return config_; }
  std::size_t memory_bytes() const noexcept { return flows_.memory_bytes(); }
  std::uint32_t flow_capacity() const noexcept { return flows_.capacity(); }
  /// Null when content is not looked at.
  const engines::Inspector* inspector() const noexcept { return inspector_.get(); }
  /// Where files go that IPS rules want stored; it outlives the worker.
  void store_files(engines::FileStore* store) noexcept {
    if (inspector_) inspector_->store_files(store);
  }
  /// What goes into captures; null when alerts are not captured. For one reader.
  CaptureQueue* capture_queue() noexcept { return captures_ ? &captures_->queue() : nullptr; }
  const events::EventRing& events() const noexcept { return events_; }
  const FrameIo& io() const noexcept { return io_; }
  /// Gives the worker a job; false while it still has one.
  bool post(Job& job) noexcept;
  /// Puts a tap in slot `i` (null takes it out); a tap taken out may be freed once polls() has
  /// moved on by two.
  void set_tap(std::size_t i, Tap* tap) noexcept { taps_[i].store(tap, std::memory_order_release); }

  // For jobs, on the worker's core.
  FlowTable& flows() noexcept { return flows_; }
  /// Callbacks by host; empty when content is not looked at.
  std::span<const HostCallbacks> callbacks() const noexcept {
    return callbacks_ ? callbacks_->counts.hosts() : std::span<const HostCallbacks>{};
  }
  /// Goes on counting bandwidth in `table`, which is empty, and gives what was counted.
  void exchange_bandwidth(std::unique_ptr<BandwidthTable>& table) noexcept {
    bandwidth_.swap(table);
  }
  const FlowAccount& account_of(const Flow& flow) const noexcept {
    return accounts_[flows_.index_of(flow)];
  }
  std::uint64_t now_ns() const noexcept { return now_ns_; }
  /// From now on connections are followed that policy wants opened; needs WorkerConfig::content.
  void follow_connections(std::unique_ptr<Diversion> diversion) noexcept;
  /// After that: the decrypting process's channel, which outlives its loss. An older one must be
  /// lost first: then its connections are reset.
  void attach_decryption(decrypt::RingWriter to_decrypt, decrypt::RingReader from_decrypt,
                         int bell) noexcept;
  void lose_decryption() noexcept;

 private:
  /// Packets inside a packet, one in the other, that content inspection follows.
  static constexpr std::size_t kMaxInside = 6;
  static constexpr std::size_t kSlots = kBurst + kMaxInside;
  /// What only few packets ask for, of flows whose content is inspected.
  struct FlowNotes {
    std::uint8_t least_ttl[2] = {};  // to server, to client
    std::uint8_t most_ttl[2] = {};
    std::uint8_t response_type = 0, response_code = 0;
    bool has_response = false;
    FlowCapture capture{};
    engines::FlowFacts facts;  // of a conversation that was closed
    FlowUrl url;
    FlowCallback callback;
    FlowScan scan{};
    FlowDiversion diversion{};
    std::uint8_t evasions = 0;   // that were told: a bit for each engines::evasion::Kind
    bool port_compared = false;  // with the protocol's
  };
  /// What a slot behind the burst's own is about: a packet found inside another one.
  struct Carried {
    std::span<const std::uint8_t> frame;
    LinkType link = LinkType::raw;
    engines::PacketOrigin origin = engines::PacketOrigin::wire;
    std::uint8_t depth = 0;  // tunnels
    std::uint16_t lead_bytes = 0;
    std::uint64_t number = 0;
    std::uint32_t network_id = kNoNetworkId;
    const engines::PacketView* carrier = nullptr;  // the outermost packet; null: none
    std::span<const std::uint8_t> ethernet;        // header of the frame on the wire, or empty
  };
  /// The packets of one burst, one column a question. Behind them, slots for what is found inside
  /// the one that is being inspected.
  struct Batch {
    std::size_t count = 0;
    std::array<rte_mbuf*, kSlots> frames;
    std::array<PacketInfo, kSlots> info;
    std::array<const FlowKey*, kSlots> keys;
    std::array<Flow*, kSlots> flows;
    std::array<DropReason, kSlots> drop;
    std::array<bool, kSlots> to_server;
    std::array<const engines::ips::RuleInfo*, kSlots> culprit;  // of a drop by the IPS; may be null
    std::array<bool, kSlots> over_rate;  // the culprit's rate filter made it drop
    std::array<Carried, kMaxInside> carried;
  };
  /// Those of them whose flows are not settled, one a flow.
  struct Undecided {
    std::size_t count = 0;
    std::array<std::uint8_t, kBurst> packet;  // index in the batch
    std::array<engines::Facts, kBurst> facts;
    std::array<engines::Judgement, kBurst> judgements;
    std::array<engines::Inspection, kBurst> inspections;
  };
  struct Outbox {
    std::size_t count = 0;
    std::array<rte_mbuf*, kBurst * 3> frames;  // a burst, and two resets for each of its packets
  };

  Worker(const WorkerConfig& config, Shared& shared, FrameIo& io, rte_mempool* pool,
         events::EventRing events, FlowTable flows, FragmentTable fragments);
  Status begin_content();

  // The path, in order (worker.cc).
  PolicySnapshot* adopt_policy() noexcept;
  void listen_for(const PolicySnapshot* policy) noexcept;
  void note_adoption(std::uint64_t cycles) noexcept;
  void refuse_batch() noexcept;
  void decode_batch() noexcept;
  void decode_frame(std::size_t i) noexcept;
  void complete_fragments() noexcept;
  void refuse_quarantined() noexcept;
  void attach_flows(PolicySnapshot& policy) noexcept;
  void judge_undecided(PolicySnapshot& policy) noexcept;
  void inspect_content(PolicySnapshot& policy) noexcept;
  void guide_dns(PolicySnapshot& policy) noexcept;
  void enforce(PolicySnapshot& policy) noexcept;
  void send_all() noexcept;
  void keep_house() noexcept;

  // Steps of attach_flows.
  void attach(PolicySnapshot& policy, std::size_t i) noexcept;
  void count_into(Flow& flow, std::size_t i, bool proves_life) noexcept;
  Flow* open_flow(PolicySnapshot& policy, std::size_t i) noexcept;
  void let_go(const Flow& flow, std::size_t end) noexcept;
  bool begins_with_answer(const PolicySnapshot& policy, const PacketInfo& info) const noexcept;
  void introduce(const PolicySnapshot& policy, Flow& flow, std::size_t i) const noexcept;
  bool opens_the_other_way(PolicySnapshot& policy, const Flow& refused,
                           std::size_t i) const noexcept;
  Flow* reopen_flow(PolicySnapshot& policy, Flow& old, std::size_t i,
                    events::FlowEndReason reason) noexcept;
  static void note_state(Flow& flow, events::FlowState state) noexcept;
  void follow_tcp_state(Flow& flow) noexcept;
  void note_answer(Flow& flow) noexcept;
  bool is_over(const Flow& flow) const noexcept;
  static bool goes_on_unanswered(const PolicySnapshot& policy, const Flow& flow,
                                 const TcpOutcome& outcome) noexcept;

  // Steps of judge_undecided (judging.cc).
  engines::Inspection inspection_of(Flow& flow, std::size_t i, engines::Facts& facts,
                                    engines::Judgement& judgement) const noexcept;
  void name_carried(PolicySnapshot& policy, Flow& flow, std::size_t slot) noexcept;
  void take_application(Flow& flow, const engines::Facts& facts) noexcept;
  void add_undecided(Flow& flow, std::size_t i) noexcept;
  void judge_together(PolicySnapshot& policy) noexcept;
  void rejudge_some(PolicySnapshot& policy) noexcept;
  bool is_undecided(const Flow& flow, std::size_t i) const noexcept;
  engines::Facts facts_of(const Flow& flow) const noexcept;
  engines::Facts known_facts_of(Flow& flow) noexcept;
  engines::firewall::Conditions conditions() const noexcept;
  void judge_again(PolicySnapshot& policy, Flow& flow) noexcept;
  void take_judgement(PolicySnapshot& policy, Flow& flow, const engines::Facts& facts,
                      const engines::Judgement& judgement) noexcept;
  void adopt_expected(Flow& flow) noexcept;
  void watch_control_channel(PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept;
  // Media that other flows announced (media.cc).
  void listen_for_media(Flow& flow, std::size_t i) noexcept;
  void announce_media(const Flow& flow, std::size_t i) noexcept;
  void adopt_media(Flow& flow) noexcept;
  void announce_data(const Flow& flow, bool to_server,
                     std::span<const std::uint8_t> payload) noexcept;
  void learn_names(PolicySnapshot& policy, const Flow& flow,
                   std::span<const std::uint8_t> answer) noexcept;
  void guess_application(engines::Facts& facts) const noexcept;
  void note_hint(const Flow& flow, engines::ApplicationId application) noexcept;
  engines::ApplicationId hint_of(const Flow& flow) const noexcept;

  // The URLs of flows (urls.cc).
  FlowUrl& url_of(const Flow& flow) noexcept { return notes_[flows_.index_of(flow)].url; }
  void refresh_url(const Flow& flow, FlowUrl& url) noexcept;
  bool turns_on_url(const Flow& flow) noexcept;
  bool is_listened_to(const Flow& flow) noexcept;
  void note_request(Flow& flow, const engines::SeenUrl& seen) noexcept;
  void note_judgement(const PolicySnapshot& policy, const Flow& flow, const engines::Facts& facts,
                      const engines::Judgement& judgement) noexcept;
  void conclude_url(Flow& flow, std::size_t i, const engines::ContentOutcome& outcome) noexcept;
  void forget_url(const Flow& flow) noexcept;
  bool url_by_dns(const Flow& flow, const engines::SeenUrl& seen,
                  rules::CanonicalUrl& out) noexcept;
  void look_further(Flow& flow, const rules::CanonicalUrl& url,
                    const engines::UrlFacts& facts) noexcept;
  // engines::UrlWatch
  void url_seen(const engines::SeenUrl& seen) noexcept override;

  // The reputation of those URLs (reputation.cc).
  std::uint32_t unix_seconds() const noexcept;
  bool is_refused_for_reputation(const PolicySnapshot& policy, const Flow& flow,
                                 const engines::Facts& facts,
                                 const engines::Judgement& judgement) noexcept;
  bool is_blocked_for_reputation(const Flow& flow) noexcept;
  void ask_reputation(Flow& flow, const rules::CanonicalUrl& url) noexcept;
  void await_reputation(Flow& flow, std::size_t i) noexcept;
  void set_aside() noexcept;
  bool is_behind_waiting(const Flow& flow, std::size_t i) noexcept;
  bool has_reputation(const WaitingFlow& place, const engines::reputation::Profile* profile,
                      FlowReputation& known) const noexcept;
  void settle_waiting(PolicySnapshot* policy) noexcept;
  void bring_back(Flow& flow, rte_mbuf* frame, bool to_server) noexcept;
  void end_waiting(const Flow& flow) noexcept;
  void conclude_reputation(Flow& flow, std::string_view source) noexcept;
  void report_reputation(Flow& flow, const engines::reputation::Profile& profile,
                         std::string_view source, std::string_view action) noexcept;

  // Steps of guide_dns (dns.cc).
  const engines::dns::Profile* dns_profile_of(const Flow& flow) const noexcept;
  bool turns_on_query(const Flow& flow) const noexcept;
  bool turns_on_hello(const Flow& flow) const noexcept;
  void guide_query(Flow& flow, std::size_t i, const engines::dns::Profile& profile) noexcept;
  void guide_response(const Flow& flow, std::size_t i,
                      const engines::dns::Profile& profile) noexcept;
  std::span<std::uint8_t> frame_room(std::size_t i, bool with_tail) noexcept;
  bool rewrite_payload(std::size_t i, std::span<const std::uint8_t> payload) noexcept;
  bool refuse_name(const Flow& flow, std::string_view name) noexcept;
  void refuse_encrypted_hello(Flow& flow, const engines::SeenUrl& seen) noexcept;
  void refuse_encrypted_dns(Flow& flow, const engines::SeenUrl& seen) noexcept;
  static void condemn(Flow& flow) noexcept;
  void report_cause(const Flow& flow, events::RuleNumber rule, events::PolicyCause cause,
                    const rules::CanonicalUrl& url, const engines::UrlFacts& facts) noexcept;
  void guide_stream_query(Flow& flow, const engines::SeenDns& seen) noexcept;

  // Calls to C&C servers (callbacks.cc).
  /// What a record tells of one. Everything is lent for the call.
  struct Callback {
    std::string_view kind{};       // list, dga, beacon, dns_tunnel
    std::string_view indicator{};  // empty: the server's address
    std::string_view type{};       // of the indicator
    std::string_view source{};     // the feed that names it
    std::string_view name{};       // that was asked for
    std::uint8_t confidence = 0;
    std::string_view action{};
    std::uint32_t names = 0, bytes = 0, period_ms = 0;  // 0: left out
  };
  const engines::callback::Profile* callback_profile(const Flow& flow) const noexcept;
  FlowCallback& callback_of(const Flow& flow) noexcept;
  bool listens_to_dns(const Flow& flow) const noexcept;
  void look_at_server(Flow& flow, const engines::Facts& facts) noexcept;
  void look_at_url(Flow& flow, const rules::CanonicalUrl& url,
                   const engines::UrlFacts& facts) noexcept;
  void look_at_dns(Flow& flow, const engines::SeenDns& seen) noexcept;
  void look_at_query(Flow& flow, const engines::callback::Profile& profile,
                     const engines::SeenDns& seen) noexcept;
  void look_at_response(Flow& flow, const engines::callback::Profile& profile,
                        const engines::SeenDns& seen) noexcept;
  bool is_allowed(std::string_view name) const noexcept;
  static Callback listed(const engines::callback::IndicatorMatch& match) noexcept;
  void refuse_callback(Flow& flow, engines::callback::Action action, Callback what) noexcept;
  void refuse_query_of(Flow& flow, const engines::callback::Profile& profile,
                       const engines::SeenDns& seen, Callback what) noexcept;
  void stop_calls(Flow& flow, bool reset) noexcept;
  void sinkhole_packet(Flow& flow) noexcept;
  void answer_sinkholed(const Flow& flow, std::size_t i) noexcept;
  DropReason as_callback(const Flow& flow, DropReason drop) noexcept;
  void note_pause(const Flow& flow, std::size_t i) noexcept;
  void note_call(const Flow& flow) noexcept;
  void tell_callback(const Flow& flow, const Callback& what) noexcept;
  bool awaits_certificate(const Flow& flow) const noexcept;
  // engines::FingerprintWatch
  void fingerprints_seen(const engines::SeenFingerprints& seen) noexcept override;
  // engines::DnsWatch
  void dns_seen(const engines::SeenDns& seen) noexcept override;

  // Flows that contradict themselves (evasion.cc).
  const engines::evasion::Profile* evasion_profile_of(const Flow& flow) const noexcept;
  bool turns_on_names(const Flow& flow) const noexcept;
  void look_at_port(Flow& flow) noexcept;
  void note_evasion(Flow& flow, const engines::evasion::Evasion& seen) noexcept;
  void tell_evasion(Flow& flow, const engines::evasion::Evasion& seen, bool is_blocked) noexcept;
  // engines::EvasionWatch
  void evasion_seen(const engines::evasion::Evasion& seen) noexcept override;

  // Files on their way to the scanner (scanning.cc).
  FlowScan& scan_of(const Flow& flow) noexcept { return notes_[flows_.index_of(flow)].scan; }
  bool turns_on_files(const Flow& flow) const noexcept;
  FileExchange::Number begin_scan(Flow& flow, const engines::antimalware::Profile& profile,
                                  const engines::FileView& file) noexcept;
  void grow_scan(Flow& flow, const engines::antimalware::Profile& profile,
                 FileExchange::Number number, const engines::FileView& file) noexcept;
  void leave_unscanned(Flow& flow, const engines::antimalware::Profile& profile,
                       const FileScan& scan, std::string_view why) noexcept;
  void end_scan(FileExchange::Number number) noexcept;
  void end_scans(const Flow& flow) noexcept;
  void refuse_file(Flow& flow) noexcept;
  void hold_end_of_file(Flow& flow, std::size_t i) noexcept;
  void take_held_back() noexcept;
  bool is_behind_file(const Flow& flow, std::size_t i) noexcept;
  void settle_scans(PolicySnapshot* policy) noexcept;
  void conclude_scan(Flow& flow, FileExchange::Number number, const FileVerdict& verdict) noexcept;
  void tell_file(Flow& flow, const FileScan& scan, const FileVerdict* verdict,
                 std::string_view action) noexcept;
  // engines::FileWatch
  std::uint64_t wanted_bytes(engines::Protocol protocol) noexcept override;
  void file_seen(engines::Protocol protocol, const engines::FileView& file) noexcept override;

  // Connections that may have to be opened (diversion.cc).
  FlowDiversion& diversion_of(const Flow& flow) noexcept {
    return notes_[flows_.index_of(flow)].diversion;
  }
  const FlowDiversion& diversion_of(const Flow& flow) const noexcept {
    return notes_[flows_.index_of(flow)].diversion;
  }
  std::uint32_t now_ms() const noexcept;
  bool poll_diversion() noexcept;
  const engines::decryption::Profile* decryption_profile_of(const Flow& flow) const noexcept;
  bool may_be_opened(const Flow& flow) const noexcept;
  bool awaits_opening(const Flow& flow) const noexcept;
  void note_hello(const Flow& flow, const engines::SeenUrl& seen) noexcept;
  decrypt::DivertedFrame diverted_frame(std::size_t i) const noexcept;
  bool take_diverted(PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept;
  void consume(std::size_t i) noexcept;
  void cut_diverted(Flow& flow) noexcept;
  bool divert(Flow& flow, std::size_t i) noexcept;
  bool begin_diversion(Flow& flow, std::size_t i) noexcept;
  decrypt::DiversionTerms terms_of(const Flow& flow) const noexcept;
  void decide_opening(Flow& flow) noexcept;
  Undecrypted exemption_of(const Flow& flow) noexcept;
  void end_diversion(Flow& flow) noexcept;
  void close_diverted(Flow& flow) noexcept;
  void note_failure(Flow& flow, const decrypt::DiversionNews& news) noexcept;
  void tell_decryption(Flow& flow, std::string_view action, Undecrypted why,
                       const decrypt::DiversionNews* news = nullptr) noexcept;
  // decrypt::DiversionSink
  void tell(std::uint32_t number, const decrypt::DiversionNews& news) noexcept override;
  void forward(void* handle) noexcept override;
  void discard(void* handle) noexcept override;
  void emit(std::uint8_t port, std::span<const std::uint8_t> link_header,
            std::span<const std::uint8_t> packet) noexcept override;
  void plaintext(std::uint32_t number, decrypt::Side from, std::span<const std::uint8_t> bytes,
                 bool is_end) noexcept override;

  // Their plaintext (lending.cc).
  bool begin_lending(std::uint32_t number) noexcept;
  void condemn_lender(std::uint32_t number) noexcept;
  void end_lending(std::uint32_t number) noexcept;
  void tell_verdicts() noexcept;
  bool tell_verdict(const LentVerdict& verdict) noexcept;
  void tell_soon(const LentVerdict& verdict) noexcept;
  // LentSink
  void cleared(LentNumber number, decrypt::Side from, std::uint32_t bytes) noexcept override;
  void answered(LentNumber number, std::span<const std::uint8_t> bytes,
                bool is_last) noexcept override;
  void condemned(LentNumber number) noexcept override;

  // Sources that are cut off (quarantining.cc).
  IpAddress sender_of(std::size_t i) const noexcept;
  bool carries_quarantined(std::size_t i) const noexcept;
  void quarantine(const engines::ContentOutcome& outcome, std::size_t i) noexcept;
  void end_quarantine(const EndedQuarantine& ended) noexcept;

  // Packets around alerts (capturing.cc).
  bool captures_in(const PolicySnapshot& policy) const noexcept;
  bool may_be_captured(const PolicySnapshot& policy, const Flow& flow) const noexcept;
  void capture_packet(const PolicySnapshot& policy, std::size_t i) noexcept;
  // engines::PacketCapture
  std::string_view capture(const engines::ips::RuleInfo& rule,
                           const engines::ips::CaptureSettings& wanted) noexcept override;

  // Steps of inspect_content (content.cc).
  void inspect_packet(Flow& flow, std::size_t i, bool every_flow,
                      const std::optional<engines::ips::Treatment>& treatment) noexcept;
  void inspect_in_flow(Flow& flow, std::size_t i, const engines::PacketView& view,
                       const std::optional<engines::ips::Treatment>& treatment) noexcept;
  void lack_memory(Flow& flow, std::size_t i, const engines::ips::Profile* profile) noexcept;
  void lack_more_memory(Flow& flow, std::size_t i, const engines::ips::Profile* profile) noexcept;
  void report_uninspected() noexcept;
  engines::ContentOutcome inspect_alone(std::size_t i,
                                        const engines::RelatedFlow* related) noexcept;
  void inspect_related(PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept;
  void inspect_slot(PolicySnapshot& policy, std::size_t i) noexcept;
  engines::Conversation* conversation_of(Flow& flow) noexcept;
  void note_packet(const Flow& flow, std::size_t i) noexcept;
  // Packets inside packets (tunnels.cc).
  void inspect_inside(PolicySnapshot& policy, std::size_t i, const Flow* around) noexcept;
  void inspect_carried(PolicySnapshot& policy, std::size_t slot, const Flow* around) noexcept;
  void take_in(std::size_t i, const Carried& carried) noexcept;
  void inspect_fragment(PolicySnapshot& policy, std::size_t i) noexcept;
  bool is_tunnel_like(std::size_t i) const noexcept;
  LinkType link_of(std::size_t i) const noexcept;
  void stop_inspecting(Flow& flow) noexcept;
  // Own applications (applications.cc).
  void name_application(Flow& flow, engines::ApplicationId application) noexcept;
  void name_by_dns(Flow& flow, std::string_view host) noexcept;
  void put_application(Flow& flow, engines::ApplicationId application) noexcept;
  void refresh_application(Flow& flow) noexcept;
  void note_own_application(const Flow& flow) noexcept;
  void take_outcome(Flow& flow, std::size_t i, const engines::ContentOutcome& outcome,
                    const engines::ips::Profile* profile) noexcept;
  void close_conversation(Flow& flow) noexcept;
  bool put_together(std::size_t i, bool every_flow, engines::PacketView& view) noexcept;
  engines::PacketView view_of(std::size_t i) const noexcept;
  static engines::PacketView view_of(std::span<const std::uint8_t> frame,
                                     const PacketInfo& info) noexcept;
  engines::PacketView examined_view(std::size_t i) noexcept;
  // engines::RecordSink
  void record(const engines::RecordOrigin& origin, std::string_view event_type,
              std::string_view members) noexcept override;

  // Who used how much (bandwidth.cc).
  std::uint32_t user_at(const PolicySnapshot& policy, const IpAddress& address,
                        const MacAddress& mac) const noexcept;
  void identify(const PolicySnapshot& policy, const Flow& flow) noexcept;
  void add_up(const Flow& flow) noexcept;
  void add_up_some() noexcept;

  // What is decrypted (dataplane/lent).
  static bool is_lent(const Flow& flow) noexcept { return (flow.key.segment & kLentSegment) != 0; }
  bool is_lent(std::size_t i) const noexcept;

  // Steps of enforce.
  void send(std::uint8_t port, rte_mbuf* frame) noexcept;
  void empty_outbox(std::uint8_t port) noexcept;

  // What the ends of a blocked flow are told (answering.cc).
  enum class Told : std::uint8_t { nothing, reset, http, tls, dns };
  void tell_ends(const PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept;
  Told answer(const PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept;
  Told go_on_answering(const PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept;
  Told answer_stream(const PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept;
  std::string_view write_page(const PolicySnapshot& policy, const Flow& flow,
                              const RequestHead& head, Language language) noexcept;
  Told answer_http2(const PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept;
  bool send_answer(Flow& flow, std::size_t i, std::span<const std::uint8_t> bytes) noexcept;
  void send_segment(Flow& flow, std::size_t i, const ReplySegment& segment) noexcept;
  std::size_t write_refusal(const Flow& flow, std::span<const std::uint8_t> query,
                            std::span<std::uint8_t> out) noexcept;
  bool refuse_query(const Flow& flow, std::size_t i) noexcept;
  Told answer_queries(Flow& flow, std::size_t i) noexcept;
  void send_resets(const Flow& flow, std::size_t i) noexcept;
  void send_reset_to_sender(std::size_t i) noexcept;
  void send_reset_to_receiver(std::size_t i) noexcept;
  void send_unreachable(std::size_t i) noexcept;
  bool may_reply() noexcept;
  bool send_back(std::size_t i, std::span<const std::uint8_t> bytes) noexcept;
  rte_mbuf* make_frame(std::span<const std::uint8_t> bytes) noexcept;
  std::span<const std::uint8_t> payload_of(std::size_t i) const noexcept;
  events::BlockId block_id_of(const Flow& flow) noexcept;
  void report_answer(Flow& flow, std::size_t i, Told told) noexcept;

  // Events (reporting.cc).
  void end_flow(Flow& flow, events::FlowEndReason reason) noexcept;
  void part_with(Flow& flow, events::FlowEndReason reason) noexcept;
  void report_flow(const Flow& flow, events::FlowEndReason reason) noexcept;
  std::uint8_t told_tcp_state(const Flow& flow) const noexcept;
  events::FlowState told_state(const Flow& flow) const noexcept;
  static void turn_round(events::EventRecord& event) noexcept;
  events::FlowDetails details_of(const Flow& flow) const noexcept;
  void report_drop(Flow& flow, std::size_t i) noexcept;
  void report_rule_drop(Flow& flow, std::size_t i) noexcept;
  void report_numbered_drop(Flow* flow, std::size_t i) noexcept;
  void report_anomaly(std::size_t i) noexcept;
  OwnCategories own_categories_of_server(const Flow& flow) const noexcept;
  void report_policy(const Flow& flow, bool rejudged) noexcept;
  void fill_head(events::EventRecord& event, const Flow& flow) const noexcept;
  events::EventRecord* new_event(events::EventType type, const Flow& flow) noexcept;
  void offer_to_taps(std::size_t i) noexcept;
  std::uint64_t wall_clock(std::uint64_t steady_ns) const noexcept;
  std::uint32_t now_seconds() const noexcept {
    return static_cast<std::uint32_t>(now_ns_ / 1'000'000'000);
  }
  std::span<const std::uint8_t> frame_bytes(std::size_t i) const noexcept;

  WorkerConfig config_;
  Shared& shared_;
  FrameIo& io_;
  rte_mempool* pool_;
  events::EventRing events_;
  FlowTable flows_;
  FragmentTable fragments_;
  Expectations expectations_;
  std::unique_ptr<engines::Inspector> inspector_;      // null: content is not looked at
  std::vector<engines::Conversation*> conversations_;  // by flow record
  std::vector<FlowNotes> notes_;                       // by flow record, for its last event
  std::vector<FlowAccount> accounts_;                  // by flow record
  std::unique_ptr<BandwidthTable> bandwidth_;
  std::uint32_t added_up_ = 0;              // records that the walk has been at
  std::uint64_t walk_began_ns_ = 0;         // its beginning
  Flow* inspected_flow_ = nullptr;          // whose conversation is at work
  Flow* url_flow_ = nullptr;                // likewise, where its URLs are judged
  std::size_t inspected_packet_ = 0;        // of the batch, likewise
  std::optional<std::size_t> carrier_;      // packet of the burst around the one at work
  std::unique_ptr<AlertCapture> captures_;  // null: alerts are not captured
  std::unique_ptr<DnsAliases> aliases_;
  std::unique_ptr<ServerHints> server_hints_;
  std::unique_ptr<rules::UrlScratch> name_scratch_;  // of names that are asked for
  std::unique_ptr<CallbackWatch> callbacks_;         // null: content is not looked at
  Batch batch_;
  Examination examination_;  // of the packet under way
  Undecided undecided_;
  std::array<Outbox, 2 * kMaxPorts> outboxes_;  // the wire's, and those beside them
  Counters counters_;

  std::uint64_t now_ns_ = 0;
  std::uint64_t next_flow_id_ = 1;
  std::uint32_t generation_ = 1;  // a flow judged under another is judged again
  std::uint32_t policy_load_ = 0;
  std::uint32_t policy_serial_ = 0;
  std::uint32_t learned_generation_ = 0;
  std::uint32_t rejudged_ = 0;  // records that a walk after a change of policy has been at
  std::uint64_t active_schedules_ = 0;
  std::uint32_t rounds_without_expiry_ = 0;
  std::uint64_t anomaly_second_ = 0;
  std::uint32_t anomalies_this_second_ = 0;
  reputation::AnswerTable answers_;  // these four: where WorkerConfig::reputations is set
  reputation::LookupRing lookups_;
  reputation::UrlKeySecret url_secret_{};
  TokenBucket failures_{kFailuresPerSecond};
  WaitingRoom waiting_;
  AskedKeys asked_;                              // of the packet under inspection
  std::array<std::uint16_t, kBurst> set_aside_;  // of this burst, by number in the waiting room
  std::size_t num_set_aside_ = 0;
  std::array<FileScan, FileExchange::kFiles + 1> scans_{};  // by number
  FileExchange::Number next_scan_ = 0;
  std::array<FlowIndex, kBurst> held_back_;  // flows with a packet of this burst that is held
  std::size_t num_held_back_ = 0;
  bool has_ended_file_ = false;  // with the packet under inspection
  TokenBucket files_told_{kFilesPerSecond};
  TokenBucket replies_{kRepliesPerSecond};
  TokenBucket unreachables_{kUnreachablesPerSecond};
  TokenBucket callbacks_told_{kCallbacksPerSecond};
  TokenBucket evasions_told_{kEvasionsPerSecond};
  TokenBucket decryptions_told_{kDecryptionsPerSecond};
  std::unique_ptr<Diversion> diversion_;  // null: no connection is opened
  std::uint64_t id_epoch_ns_ = 0;         // Unix time of the worker's clock's 0, as ids have it
  std::array<char, BlockPages::kMaxBytes> page_room_;
  PolicySnapshot* policy_ = nullptr;  // in force in this iteration; null: none
  std::uint64_t uninspected_told_ns_ = 0;
  std::uint64_t uninspected_told_ = 0;  // of counters_.flows_uninspected
  bool adopting_ = false;               // this iteration took up a new policy
  bool table_changed_ = false;          // in this burst: pointers found before may be stale

  std::atomic<Job*> job_{nullptr};
  std::array<std::atomic<Tap*>, kTaps> taps_{};
  std::atomic<std::uint32_t> num_flows_{0};
  std::atomic<std::uint32_t> num_waiting_{0};
  std::atomic<std::uint64_t> polls_{0};
  std::atomic<std::uint64_t> worst_adoption_cycles_{0};
};

}  // namespace sekisho::dataplane
