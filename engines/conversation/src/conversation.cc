// The life of a flow's bytes: from its packets to streams, protocols and rules.
#include "conversation.h"

#include <algorithm>
#include <utility>

namespace sekisho::engines {
namespace {

constexpr std::uint8_t kUdp = 17;

/// Whether a connection that begins with these flags has begun before. One that is torn down at
/// once is none.
bool begins_midstream(std::uint8_t tcp_flags) noexcept {
  constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10;
  const bool opens = (tcp_flags & kSyn) != 0 && (tcp_flags & kAck) == 0;
  return !opens && (tcp_flags & (kFin | kRst)) == 0;
}

}  // namespace

Conversation::Conversation(Inspector::Core& core, const FlowIdentity& flow) noexcept
    : core_(core),
      rules_generation_(core.rules_generation),
      hosts_generation_(core.hosts_generation),
      asymmetric_(flow.asymmetric),
      unread_{{*core.pool, Recognition::kMaxBytes}, {*core.pool, Recognition::kMaxBytes}},
      files_(*core.pool) {
  view_.flow_id = flow.flow_id;
  view_.client = flow.client;
  view_.server = flow.server;
  view_.client_port = flow.client_port;
  view_.server_port = flow.server_port;
  view_.ip_protocol = flow.ip_protocol;
  view_.start_ns = flow.start_ns;
  view_.decrypted = flow.decrypted;
  if (is_tcp())
    reassembler_ = make_pooled<stream::TcpReassembler>(*core.pool, core.tcp, asymmetric_);
  view_.has_stream = reassembler_ != nullptr;
  starved_ = is_tcp() && reassembler_ == nullptr;
}

Conversation::~Conversation() {
  if (core_.detector != nullptr) core_.detector->flow_ended(view_);
  ips::Detector::release(view_, *core_.pool);  // of rules that are no more
}

ContentOutcome Conversation::packet(Direction direction, const PacketView& packet,
                                    const FlowStatus& status) noexcept {
  follow_rules();
  follow_hosts();
  outcome_ = {};
  packet_ = &packet;
  packet_direction_ = direction;
  for (std::size_t i = 0; i < 2; ++i) {
    view_.packets[index_of(turned(static_cast<Direction>(i)))] = status.packets[i];
    view_.bytes[index_of(turned(static_cast<Direction>(i)))] = status.bytes[i];
  }
  if (core_.rules != nullptr && core_.rules->wants_elephants()) measure_rate(packet.time_ns);
  view_.uses = status.treatment.uses;
  view_.profile = status.treatment.profile;
  view_.stream_oddities = {};
  packet_seen_ = false;
  last_members_ = {};
  view_.application_oddity = {};
  if (core_.detector != nullptr) {
    core_.detector->begin_packet(packet);
    if (core_.config.enforce && wants_records(ips::ProtocolRecords::files)) core_.held.start();
  }
  const bool taken = is_tcp() ? tcp_segment(direction, packet) : datagram(direction, packet);
  if (core_.config.record_decode_events) core_.tell_packet_events(origin(direction));
  see_packet();
  if (core_.detector != nullptr)
    core_.detector->end_packet(&view_, turned(direction), packet, !taken, *this);
  if (num_delayed_ != 0) tell_delayed(direction);
  tell_files(direction);
  condemned_ |= outcome_.verdict >= ContentVerdict::drop_flow;
  core_.release(!condemned_);
  packet_ = nullptr;
  stream_window_ = {};
  outcome_.protocol = facts().protocol;
  outcome_.application = application_;
  outcome_.settled = outcome_.bypassed || is_settled();
  outcome_.starved = starved_;
  return outcome_;
}

Conversation::Seldom* Conversation::seldom() noexcept {
  if (!seldom_) seldom_ = make_pooled<Seldom>(*core_.pool);
  return seldom_.get();
}

/// flow.elephant: counted over windows that follow each other, so that a flow that slows down is
/// none any more when the next window is over.
void Conversation::measure_rate(std::uint64_t now_ns) noexcept {
  constexpr std::uint64_t kWindowNs = rules::kElephantSeconds * 1'000'000'000;
  auto* const rate = seldom();
  if (rate == nullptr) return;
  const bool first = rate->window_begin_ns == 0;
  const bool begins = first || now_ns - rate->window_begin_ns >= kWindowNs;
  for (std::size_t i = 0; i < 2; ++i) {
    const bool large = !first && view_.bytes[i] - rate->bytes_before[i] >= rules::kElephantBytes;
    if (large || begins) view_.elephant[i] = large ? 1 : 0;
    if (begins) rate->bytes_before[i] = view_.bytes[i];
  }
  if (begins) rate->window_begin_ns = now_ns;
}

/// Rules on the packet itself: once its place in the connection is known, before its bytes.
void Conversation::see_packet() noexcept {
  if (packet_seen_ || core_.detector == nullptr) return;
  packet_seen_ = true;
  core_.detector->packet(&view_, turned(packet_direction_), *packet_, *this);
}

/// False: no stream took its payload.
bool Conversation::tcp_segment(Direction direction, const PacketView& packet) noexcept {
  if (!reassembler_) return false;  // no memory when the flow began: packets only
  view_.was_established = reassembler_->established();
  if (reassembler_->state() == stream::TcpState::none && tcp_state_ == stream::TcpState::none)
    midstream_ |= begins_midstream(packet.tcp_flags);
  auto result = reassembler_->segment(direction, packet, *this);
  if (result.reuse) {  // the ends began anew on the same ports
    start_over();
    if (!reassembler_) return false;
    view_.was_established = false;
    result = reassembler_->segment(direction, packet, *this);
  }
  view_.midstream = reassembler_->midstream();
  tcp_state_ = reassembler_->state();
  view_.stream_oddities = result.oddities;
  if (result.drop != DropReason::none && core_.config.enforce) {
    outcome_.verdict = std::max(outcome_.verdict, ContentVerdict::drop_packet);
    outcome_.drop = result.drop;
  }
  tell_segment(direction, packet);
  return result.payload_taken;
}

/// What was before is over; the flow's next connection begins.
void Conversation::start_over() noexcept {
  reassembler_->close(*this);
  for (const auto direction : {Direction::to_server, Direction::to_client})
    stream_end(direction, stream::StreamEnd::timeout);
  if (core_.detector != nullptr) core_.detector->decide();  // while its transactions live
  parser_ = {};
  if (seldom_) seldom_->cutter.reset();
  application_ = 0;
  told_by_client_ = false;
  if (seldom_) seldom_->tunnel.reset();
  in_tunnel_ = false;
  parsing_ = enough_ = spoke_ = asked_ = files_wanted_ = false;
  only_parses_requests_ = only_parses_answers_ = false;
  ended_[0] = ended_[1] = false;
  unreadable_[0] = unreadable_[1] = false;
  view_.protocol = view_.original_protocol = Protocol::unknown;
  view_.protocol_by_direction[0] = view_.protocol_by_direction[1] = Protocol::unknown;
  view_.protocol_news = 0;
  noted_[0] = noted_[1] = false;
  recognition_.start_over();
  reassembler_ = make_pooled<stream::TcpReassembler>(*core_.pool, core_.tcp, asymmetric_);
  starved_ |= reassembler_ == nullptr;
}

bool Conversation::datagram(Direction direction, const PacketView& packet) noexcept {
  view_.established = view_.was_established = view_.packets[0] != 0 && view_.packets[1] != 0;
  if (view_.ip_protocol != kUdp || packet.payload.empty()) return true;
  view_.stream_bytes[index_of(turned(direction))] += packet.payload.size();
  const auto rest = recognise(direction, packet.payload);
  see_packet();
  parse(direction, rest);
  return true;
}

void Conversation::stream_bytes(Direction direction, const BodyView& view) noexcept {
  view_.stream_bytes[index_of(turned(direction))] += view.fresh;
  view_.established = reassembler_->established();
  stream_window_ = view.window;
  stream_direction_ = turned(direction);
  const bool readable = !unreadable_[index_of(direction)];
  std::span<const std::uint8_t> rest;
  if (readable) rest = recognise(direction, view.window.last(view.fresh));
  see_packet();
  if (core_.detector != nullptr && !is_only_parsed(turned(direction)))
    core_.detector->stream(view_, turned(direction), view, *packet_, *this);
  if (readable) parse(direction, rest);
  if (core_.detector != nullptr) core_.detector->decide();
}

/// Rules look at it all the same; for the protocol it was never said.
void Conversation::stream_unreadable(Direction direction) noexcept {
  unreadable_[index_of(direction)] = true;
}

void Conversation::stream_gap(Direction direction, std::uint64_t count) noexcept {
  if (unreadable_[index_of(direction)]) return;
  if (auto* const frames = cutter(); frames != nullptr && !frames->gap(turned(direction), count))
    seldom_->cutter.reset();
  if (parsing_) {
    if (!parser_->gap(turned(direction), count, *this)) parsing_ = false;
  } else if (!parser_) {
    const auto result = recognition_.give_up(direction);
    if (result.failed) fail_recognition();
  }
}

/// Each request has a URL that may be refused, however much was sent before it on the connection,
/// and each answer may be a file that is wanted.
bool Conversation::stream_depth_reached(Direction direction) noexcept {
  const bool asks = view_.protocol == Protocol::http1 || view_.protocol == Protocol::http2;
  const bool requests = turned(direction) == Direction::to_server;
  if (asks && parsing_ && (files_wanted_ || (requests && core_.urls != nullptr))) {
    only_parses_requests_ |= requests;
    only_parses_answers_ |= !requests;
    return true;
  }
  stream_end(direction, stream::StreamEnd::timeout);
  return false;
}

void Conversation::stream_end(Direction direction, stream::StreamEnd /*why*/) noexcept {
  if (ended_[index_of(direction)]) return;
  ended_[index_of(direction)] = true;
  if (parser_) tell_end(direction);
}

void Conversation::tell_end(Direction direction) noexcept {
  end_told_[index_of(direction)] = true;
  if (auto* const frames = cutter()) frames->end(turned(direction), *this);
  if (!enough_) parser_->end(turned(direction), *this);
}

/// Of what came, what the parser of the protocol was not given yet; that there is none until then.
std::span<const std::uint8_t> Conversation::recognise(
    Direction direction, std::span<const std::uint8_t> bytes) noexcept {
  if (!spoke_) {
    spoke_ = true;
    first_ = direction;
  }
  if (parser_ || begin_announced()) return bytes;
  if (view_.protocol == Protocol::failed) return {};
  return find_protocol(direction, bytes);
}

/// What came before the protocol was known, in the order in which the ends spoke; then `bytes`.
void Conversation::parse(Direction direction, std::span<const std::uint8_t> bytes) noexcept {
  if (!parser_) return;
  for (const auto side : {first_, opposite(first_)}) {
    const auto before = std::move(unread_[index_of(side)]);
    if (!before.empty()) feed(side, before.view());
  }
  if (!bytes.empty()) feed(direction, bytes);
  // An end may have closed before the other one said what they speak.
  for (const auto side : {first_, opposite(first_)})
    if (parser_ && ended_[index_of(side)] && !end_told_[index_of(side)]) tell_end(side);
}

void Conversation::feed(Direction direction, std::span<const std::uint8_t> bytes) noexcept {
  note_protocol(direction);
  if (!compared_[index_of(direction)]) compare_directions(direction, bytes);
  while (parsing_ && !bytes.empty()) {
    consumed_ = bytes;
    if (auto* const frames = cutter()) frames->consume(turned(direction), bytes, *this);
    const auto status = parser_->consume(turned(direction), bytes, *this);
    consumed_ = {};
    follow_protocol();
    if (status == ParseStatus::ok) return;
    if (status != ParseStatus::upgraded || ++upgrades_ > kMaxUpgrades) {
      parsing_ = view_.ip_protocol == kUdp && status == ParseStatus::failed;
      enough_ = status == ParseStatus::enough;
      return;
    }
    bytes = bytes.subspan(std::min(parser_->consumed(), bytes.size()));
    const auto next = parser_->next_protocol();
    for (const auto side : {Direction::to_server, Direction::to_client}) parser_->end(side, *this);
    const auto before = view_.protocol;
    in_tunnel_ |= tunnel() != nullptr && before == Protocol::http1;
    if (view_.original_protocol == Protocol::unknown) view_.original_protocol = before;
    if (core_.detector != nullptr) core_.detector->decide();
    const auto former = std::move(parser_);
    parsing_ = false;
    recognition_.start_over();
    if (const auto* spec = spec_of(next, is_tcp())) {
      begin(*spec, before, former.get());
      if (!bytes.empty()) note_protocol(direction);
    } else if (!bytes.empty()) {
      parse(direction, find_protocol(direction, bytes));
      return;
    }
  }
}

/// What the parser finds its conversation to carry.
void Conversation::follow_protocol() noexcept {
  const auto became = parser_->became();
  if (became == Protocol::unknown || became == view_.protocol) return;
  view_.original_protocol = std::exchange(view_.protocol, became);
  view_.protocol_by_direction[0] = view_.protocol_by_direction[1] = became;
}

/// The protocol counts as recognised in a direction when something came there.
void Conversation::note_protocol(Direction direction) noexcept {
  const auto side = index_of(turned(direction));
  if (parser_ == nullptr || noted_[side]) return;
  noted_[side] = true;
  // What a parser made of it meanwhile was not recognised.
  if (parser_->became() == Protocol::unknown)
    view_.protocol_news = static_cast<std::uint8_t>(view_.protocol_news | 1U << side);
}

/// Another conversation may have said what this one is; asked when its first bytes come.
bool Conversation::begin_announced() noexcept {
  if (asked_) return false;
  asked_ = true;
  const auto* expectation = core_.announcements.take(view_, packet_->time_ns);
  if (expectation == nullptr) return false;
  const auto* spec = spec_of(expectation->protocol, is_tcp());
  if (spec == nullptr) return false;
  expected_ = spec->protocol;
  begin(*spec);
  compared_[0] = compared_[1] = true;
  if (parser_) parser_->announced(*expectation);
  return parser_ != nullptr;
}

void Conversation::begin(const ProtocolSpec& spec, Protocol before, const Parser* former) noexcept {
  auto options = core_.parsers;
  const auto wanted = core_.files == nullptr ? 0 : core_.files->wanted_bytes(spec.protocol);
  files_wanted_ = wanted != 0;
  if (files_wanted_ && options.body_depth != 0)
    options.body_depth = std::max(options.body_depth, wanted + 1);
  parser_ = spec.make(*core_.pool, options);
  cut_frames_of(spec.protocol);
  spec_ = &spec;
  transactions_ = urls_told_ = 0;
  requests_compared_ = 0;
  hello_told_ = certificate_told_ = hello_compared_ = certificate_told_false_ = false;
  server_named_ = false;
  if (parser_ && before != Protocol::unknown)
    parser_->upgraded_from(before,
                           former != nullptr ? former->open_request() : Parser::OpenRequest{});
  parsing_ = parser_ != nullptr;
  starved_ |= parser_ == nullptr;
  enough_ = false;
  end_told_[0] = end_told_[1] = false;
  view_.protocol = spec.protocol;
  view_.protocol_by_direction[0] = view_.protocol_by_direction[1] = spec.protocol;
  noted_[0] = noted_[1] = false;
}

/// Over UDP one direction's datagrams decide for what no answer contradicts.
FlowFacts Conversation::facts() const noexcept {
  FlowFacts facts{
      .protocol = view_.protocol,
      .by_direction = {view_.protocol_by_direction[0], view_.protocol_by_direction[1]},
      .original = view_.original_protocol,
      .transactions = transactions_,
      .expected = expected_,
      .tcp_state = tcp_state_,
      .reversed = reversed_,
      .midstream = midstream_,
      .alerted = outcome_.alerted,
      .application = is_of_former_policy(application_) ? ApplicationId{0} : application_};
  if (facts.protocol == Protocol::unknown && view_.ip_protocol == kUdp &&
      recognition_.failed_in_any())
    facts.protocol = Protocol::failed;
  return facts;
}

void Conversation::count(const Transaction& transaction) noexcept {
  transactions_ = std::max(transactions_, static_cast<std::uint32_t>(transaction.id() + 1));
}

void Conversation::stage_reached(Transaction& transaction, Direction direction) noexcept {
  count(transaction);
  if (parser_) follow_protocol();
  name_application(transaction, direction);
  // Before what may refuse the flow for one of its names.
  if (core_.evasions != nullptr) compare_names(transaction, direction);
  if (core_.urls != nullptr) tell_url(transaction, direction);
  if (core_.fingerprints != nullptr) tell_fingerprints(transaction, direction);
  if (core_.detector != nullptr)
    core_.detector->stage_reached(view_, transaction, direction, *packet_, *this);
}

/// What is fresh of it lies behind what rules look at. The end of a body always is told.
bool Conversation::is_over_depth(const BodyView& body) const noexcept {
  const auto depth = core_.parsers.body_depth;
  const auto begin = body.window_offset + body.window.size() - body.fresh;
  return depth != 0 && begin >= depth && !body.complete;
}

void Conversation::body_grew(Transaction& transaction, rules::Field field,
                             Direction direction) noexcept {
  if (core_.detector == nullptr) return;
  if (files_wanted_) {  // rules look as deep as they do everywhere
    const auto body = transaction.body(field, direction);
    if (body && is_over_depth(*body)) return;
  }
  core_.detector->body_grew(view_, transaction, field, direction, *packet_, *this);
}

void Conversation::record_due(Transaction& transaction, std::string_view event_type,
                              std::uint8_t kind, Direction direction) noexcept {
  if (!wants_records(ips::ProtocolRecords::all) || condemned_) return;
  if (core_.rules_quieten && is_quiet(transaction)) return;
  if (!may_record()) return;
  core_.record_later(origin(turned(direction)), event_type, [&](auto& json) {
    write_packet_origin(packet_, json);
    json.member("tx_id", transaction.id());
    transaction.write_record(kind, json);
  });
}

void Conversation::ended(Transaction& transaction) noexcept {
  if (core_.detector != nullptr) core_.detector->ended(view_, transaction);
  count(transaction);
  if (!is_tcp()) keep_last(transaction);
  outlive(transaction);
  if (quiet_transaction_ == &transaction) quiet_transaction_ = nullptr;
  tell_files(transaction);
  if (wants_records(ips::ProtocolRecords::all)) tell_oddities(transaction);
}

/// The box asks for records of all flows, or the flow's profile for its own.
bool Conversation::wants_records(ips::ProtocolRecords least) const noexcept {
  return core_.config.record_protocols ||
         (view_.profile != nullptr && view_.profile->records >= least);
}

/// Records that a profile asks for are bounded; what is over the bound counts as lost.
bool Conversation::may_record() noexcept {
  return core_.config.record_protocols || core_.take_record(packet_->time_ns);
}

void Conversation::expect(const Expectation& expectation) noexcept {
  core_.announcements.put(expectation, view_, packet_->time_ns);
}

void Conversation::close(const std::optional<ips::Treatment>& treatment,
                         std::uint64_t now_ns) noexcept {
  follow_rules();
  follow_hosts();
  outcome_ = {};
  muted_ = !treatment.has_value();
  view_.uses = muted_ ? std::span<const ips::RuleUse>() : treatment->uses;
  view_.profile = muted_ ? nullptr : treatment->profile;
  PacketView none;  // stands for the packet that did not come
  none.time_ns = now_ns;
  none.source = view_.client;
  none.destination = view_.server;
  none.source_port = view_.client_port;
  none.destination_port = view_.server_port;
  none.ip_protocol = view_.ip_protocol;
  packet_ = &none;
  packet_seen_ = true;
  view_.stream_oddities = {};
  if (core_.detector != nullptr) core_.detector->begin_packet(none);
  if (reassembler_) reassembler_->close(*this);
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    stream_end(direction, stream::StreamEnd::timeout);
    packet_direction_ = direction;
    if (core_.detector != nullptr)
      core_.detector->end_packet(&view_, turned(direction), none, false, *this);
    tell_delayed(direction);
    tell_files(direction);
  }
  parser_ = {};
  if (seldom_) seldom_->cutter.reset();
  packet_ = nullptr;
}

/// Ids of own applications mean something with their policy only.
bool Conversation::is_of_former_policy(ApplicationId application) const noexcept {
  return OwnApplication::is_own(application) && hosts_generation_ != core_.hosts_generation;
}

void Conversation::follow_hosts() noexcept {
  if (is_of_former_policy(application_)) application_ = 0;
  hosts_generation_ = core_.hosts_generation;
}

/// What older rules remembered of this flow by name (flowbits, flowints) the new ones know too.
void Conversation::follow_rules() noexcept {
  if (rules_generation_ == core_.rules_generation) return;
  rules_generation_ = core_.rules_generation;
  num_delayed_ = 0;
  ips::Detector::rules_changed(view_);
}

/// Nothing that may still come can change the verdict.
bool Conversation::is_settled() const noexcept {
  if (!core_.config.settles && core_.detector != nullptr) return false;
  if (enough_) return true;
  if (!is_tcp()) {
    const auto depth = core_.config.datagram_depth;
    return depth != 0 && view_.stream_bytes[0] + view_.stream_bytes[1] > depth;
  }
  if (!reassembler_) return core_.detector == nullptr;
  if (ended_[0] && ended_[1]) return core_.detector == nullptr;
  const bool wants_bytes = core_.rules != nullptr && core_.rules->wants_streams();
  return view_.protocol == Protocol::failed && !wants_bytes;
}

RecordOrigin Conversation::origin(Direction direction) const noexcept {
  return {.flow_id = view_.flow_id,
          .direction = direction,
          .time_ns = packet_ == nullptr ? 0 : packet_->time_ns,
          .packet = packet_};
}

}  // namespace sekisho::engines
