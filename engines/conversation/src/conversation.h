#pragma once

#include <array>
#include <optional>

#include "alert_record.h"
#include "core.h"
#include "engines/ips/profiles.h"
#include "engines/protocols/frame_cutter.h"
#include "files.h"
#include "recognition.h"
#include "tunnel_host.h"

namespace sekisho::engines {

/// One flow: its streams, what it speaks, and what the rules say of it. Lives in the worker's pool.
class Conversation final : private stream::StreamSink,
                           private ProtocolEvents,
                           private ips::AlertSink {
 public:
  Conversation(Inspector::Core& core, const FlowIdentity& flow) noexcept;
  ~Conversation() override;

  ContentOutcome packet(Direction direction, const PacketView& packet,
                        const FlowStatus& status) noexcept;
  /// No packet will come: what waits is looked at, and what is open ends.
  void close(const std::optional<ips::Treatment>& treatment, std::uint64_t now_ns) noexcept;
  Protocol protocol() const noexcept { return view_.protocol; }
  bool starved() const noexcept { return starved_; }
  FlowFacts facts() const noexcept;

 private:
  static constexpr std::size_t kMaxDelayed = 16;  // alerts of one flow that wait for their packet
  static constexpr std::size_t kMaxStores = 4;    // rules that want the files of transactions
  static constexpr std::size_t kMaxUpgrades = 4;  // protocols inside protocols

  /// What an alert's record says besides its rule, flow and transaction.
  struct Particulars {
    std::span<const std::uint8_t> payload{};
    std::string_view context{}, metadata{};
    std::string_view members{};         // of a transaction that is over
    std::optional<IpAddress> client{};  // that a proxy named
  };
  /// What must be kept until an alert is told.
  struct AlertDetails {
    static constexpr std::size_t kMaxText = 16 * 1024;
    explicit AlertDetails(MemoryPool& pool) noexcept
        : payload(pool, kMaxText),
          context(pool, kMaxText),
          metadata(pool, kMaxText),
          transaction(pool, kMaxText) {}
    PooledBytes payload, context, metadata;
    PooledBytes transaction;  // its members in the record, once it is over
    std::optional<IpAddress> client;
  };
  /// An alert that is told of the next packet of its direction.
  struct DelayedAlert {
    std::uint32_t rule = 0;
    Direction direction = Direction::to_server;
    Transaction* transaction = nullptr;
    bool from_stream = false;
    bool blocked = false;
    Pooled<AlertDetails> details;
  };
  /// A rule wants files: of a transaction, or of the flow (null).
  struct StoreRequest {
    const Transaction* transaction = nullptr;
    rules::FieldDirection direction = rules::FieldDirection::either;
    std::uint32_t signature = 0;
  };

  /// What few flows have: it takes memory with the first of it.
  struct Seldom {
    std::array<DelayedAlert, kMaxDelayed> delayed;
    std::array<StoreRequest, kMaxStores> stores;
    /// Beside the parser, while rules look at frames that it does not tell.
    Pooled<FrameCutter> cutter;
    /// The window of flow.elephant: when it began, and the flow's bytes until then.
    std::uint64_t window_begin_ns = 0;
    std::uint64_t bytes_before[2] = {};
    /// That the last CONNECT asked for.
    std::optional<TunnelHost> tunnel;
  };
  /// Null: no memory.
  Seldom* seldom() noexcept;
  /// Null: nobody asked for one.
  const TunnelHost* tunnel() const noexcept {
    return seldom_ && seldom_->tunnel ? &*seldom_->tunnel : nullptr;
  }
  FrameCutter* cutter() const noexcept { return seldom_ ? seldom_->cutter.get() : nullptr; }
  void cut_frames_of(Protocol protocol) noexcept;

  // stream::StreamSink, in the directions of the wire.
  void stream_bytes(Direction direction, const BodyView& view) noexcept override;
  void stream_gap(Direction direction, std::uint64_t count) noexcept override;
  void stream_unreadable(Direction direction) noexcept override;
  bool stream_depth_reached(Direction direction) noexcept override;
  void stream_end(Direction direction, stream::StreamEnd why) noexcept override;

  // ProtocolEvents, in the directions of the protocol.
  void stage_reached(Transaction& transaction, Direction direction) noexcept override;
  void body_grew(Transaction& transaction, rules::Field field,
                 Direction direction) noexcept override;
  void file_grew(Transaction& transaction, const FileView& file) noexcept override;
  void record_due(Transaction& transaction, std::string_view event_type, std::uint8_t kind,
                  Direction direction) noexcept override;
  void ended(Transaction& transaction) noexcept override;
  void expect(const Expectation& expectation) noexcept override;
  bool wants_dns_messages() const noexcept override { return core_.dns != nullptr; }
  void dns_message(const SeenDns& seen) noexcept override { core_.dns->dns_seen(seen); }
  bool wants_frames() const noexcept override;
  void frame(rules::Field field, Direction direction,
             std::span<const std::uint8_t> bytes) noexcept override;
  std::span<const std::uint8_t> bytes_before(const std::uint8_t* end,
                                             std::uint64_t count) const noexcept override;

  // ips::AlertSink
  void on_alert(const ips::Alert& alert) noexcept override;

  bool is_only_parsed(Direction of) const noexcept {
    return of == Direction::to_server ? only_parses_requests_ : only_parses_answers_;
  }
  bool is_over_depth(const BodyView& body) const noexcept;
  bool wants_records(ips::ProtocolRecords least) const noexcept;
  bool may_record() noexcept;
  void measure_rate(std::uint64_t now_ns) noexcept;
  void see_packet() noexcept;
  std::span<const std::uint8_t> recognise(Direction direction,
                                          std::span<const std::uint8_t> bytes) noexcept;
  const ProtocolSpec* look_reversed(ProbeInput input) const noexcept;
  std::span<const std::uint8_t> find_protocol(Direction direction,
                                              std::span<const std::uint8_t> bytes) noexcept;
  void parse(Direction direction, std::span<const std::uint8_t> bytes) noexcept;
  void quieten(const ips::Alert& alert) noexcept;
  bool is_quiet(const Transaction& transaction) noexcept;
  void tell_end(Direction direction) noexcept;
  void tell_segment(Direction direction, const PacketView& packet) noexcept;
  void feed(Direction direction, std::span<const std::uint8_t> bytes) noexcept;
  void note_protocol(Direction direction) noexcept;
  void compare_directions(Direction direction, std::span<const std::uint8_t> bytes) noexcept;
  void tell_recognition(std::string_view event) noexcept;
  void count(const Transaction& transaction) noexcept;
  void name_application(const Transaction& transaction, Direction direction) noexcept;
  bool name_is_false(const Transaction& transaction, Direction direction) noexcept;
  void tell_url(const Transaction& transaction, Direction direction) noexcept;
  void tell_request(const Transaction& transaction) noexcept;
  void tell_further_hosts(const Transaction& transaction, std::string_view scheme,
                          std::string_view authority, std::string_view path) noexcept;
  void tell_request_for(const Transaction& transaction, const rules::CanonicalUrl& url,
                        bool connects) noexcept;
  void tell_server_name(std::string_view name, bool is_last, bool encrypted_hello) noexcept;
  void tell_certificate(const Transaction& transaction, Direction direction) noexcept;
  void compare_names(const Transaction& transaction, Direction direction) noexcept;
  void compare_request(const Transaction& transaction) noexcept;
  void compare_hosts(const Transaction& transaction, std::string_view named,
                     const TunnelHost& asked) noexcept;
  void compare_hello(const Transaction& transaction, rules::Field server_name) noexcept;
  void compare_certificate(const Transaction& transaction, Direction direction) noexcept;
  void tell_fingerprints(const Transaction& transaction, Direction direction) noexcept;
  void turn_round() noexcept;
  void start_over() noexcept;
  void begin(const ProtocolSpec& spec, Protocol before = Protocol::unknown,
             const Parser* former = nullptr) noexcept;
  void follow_protocol() noexcept;
  bool begin_announced() noexcept;
  void fail_recognition() noexcept;
  bool datagram(Direction direction, const PacketView& packet) noexcept;
  bool tcp_segment(Direction direction, const PacketView& packet) noexcept;
  void obey(const ips::Alert& alert) noexcept;
  void reset_ends(const ips::Alert& alert) noexcept;
  void quarantine(const ips::Alert& alert) noexcept;
  void tell(const ips::RuleInfo& rule, const DelayedAlert& alert, const Particulars& what) noexcept;
  std::string_view capture_around(const ips::RuleInfo& rule) noexcept;
  Pooled<AlertDetails> kept(const Particulars& what) noexcept;
  void delay(const ips::RuleInfo& rule, DelayedAlert alert, const Particulars& what,
             bool with_details) noexcept;
  void tell_delayed(const DelayedAlert& alert) noexcept;
  void outlive(const Transaction& transaction) noexcept;
  void keep_last(Transaction& transaction) noexcept;
  Transaction* subject_of(const ips::Alert& alert) noexcept;
  bool keep_members(DelayedAlert& alert) noexcept;
  void tell_delayed(Direction direction) noexcept;
  void detect_in_file(Transaction& transaction, const FileView& file,
                      std::string_view magic) noexcept;
  void store(KnownFile& known, std::span<const std::uint8_t> fresh) noexcept;
  void request_store(const ips::Alert& alert) noexcept;
  void want(KnownFile& file, const StoreRequest& request) noexcept;
  void tell_file(const Transaction& transaction, KnownFile& file) noexcept;
  void tell_files(const Transaction& transaction) noexcept;
  void tell_files(Direction direction) noexcept;
  void tell_oddities(const Transaction& transaction) noexcept;
  void follow_rules() noexcept;
  void follow_hosts() noexcept;
  bool is_of_former_policy(ApplicationId application) const noexcept;
  bool is_settled() const noexcept;
  bool is_tcp() const noexcept { return view_.ip_protocol == 6; }
  /// Between the wire's directions and the protocol's.
  Direction turned(Direction direction) const noexcept {
    return reversed_ ? opposite(direction) : direction;
  }
  RecordOrigin origin(Direction direction) const noexcept;

  Inspector::Core& core_;
  ips::FlowView view_;
  std::uint32_t rules_generation_;
  std::uint32_t hosts_generation_;
  const bool asymmetric_;  // one direction of its stream may stay unseen
  Pooled<stream::TcpReassembler> reassembler_;
  Pooled<Parser> parser_;
  Recognition recognition_;
  const ProtocolSpec* spec_ = nullptr;  // parser_'s
  std::uint32_t transactions_ = 0;
  bool compared_[2] = {};  // by the wire's direction: whether its bytes are the protocol's, too
  PooledBytes unread_[2];  // by the wire's direction: until it is known what they are
  Direction first_ = Direction::to_server;  // who spoke first
  bool spoke_ = false;
  bool parsing_ = false;  // parser_ wants bytes
  bool enough_ = false;   // it has said all
  // An end's bytes are behind the depth: rules do not search them.
  bool only_parses_requests_ : 1 = false;
  bool only_parses_answers_ : 1 = false;
  bool files_wanted_ : 1 = false;  // by core_.files
  bool reversed_ = false;
  bool midstream_ = false;  // its first segment was not the first of a handshake
  bool quiet_ = false;      // a rule wants no records of the flow
  const Transaction* quiet_transaction_ = nullptr;  // or of this one, the last that one named
  bool asked_ = false;                              // whether it was announced
  bool ended_[2] = {};
  bool unreadable_[2] = {};
  bool end_told_[2] = {};  // to the parser
  Protocol expected_ = Protocol::unknown;
  stream::TcpState tcp_state_ = stream::TcpState::none;
  bool condemned_ = false;          // nothing of its content is told any more
  bool muted_ = false;              // no policy in force wants to hear of it
  bool starved_ = false;            // a part of it found no memory
  bool noted_[2] = {};              // by the protocol's direction: recognised there too
  bool server_named_ = false;       // the URL's host is more than an address
  bool certificate_named_ = false;  // its names were told, or are not needed
  bool certificate_compared_ = false, name_is_false_ = false;  // of the server and its name
  bool hello_told_ = false;                                    // to whoever watches fingerprints
  bool certificate_told_ = false;                              // likewise
  ApplicationId application_ = 0;                              // by the host names in it
  bool told_by_client_ = false;                                // by its hello, not by a name
  std::uint32_t urls_told_ = 0;                                // those of transactions below
  std::uint8_t upgrades_ = 0;
  std::uint8_t num_delayed_ = 0;
  std::uint8_t num_stores_ = 0;
  std::uint32_t requests_compared_ = 0;  // as urls_told_
  bool in_tunnel_ = false;               // that the last CONNECT asked for
  bool hello_compared_ = false, certificate_told_false_ = false;
  Pooled<Seldom> seldom_;
  Files files_;

  // Of the packet under way.
  bool packet_seen_ = false;  // by the rules on packets
  const PacketView* packet_ = nullptr;
  Direction packet_direction_ = Direction::to_server;  // of the wire
  std::span<const std::uint8_t> stream_window_;
  Direction stream_direction_ = Direction::to_server;  // its, as the ends are
  std::span<const std::uint8_t> consumed_;             // by the parser, right now
  const Transaction* frame_ = nullptr;                 // whose rules are asked
  ContentOutcome outcome_;
  std::string_view last_members_;  // of the datagram's last transaction, when its rules may want it
};

}  // namespace sekisho::engines
