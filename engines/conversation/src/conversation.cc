// The life of a flow's bytes: from its packets to streams, protocols and rules.
#include "conversation.h"

#include <algorithm>
#include <utility>

#include "forwarded_for.h"

namespace sekisho::engines {
namespace {

constexpr std::uint8_t kUdp = 17;

}  // namespace

Conversation::Conversation(Inspector::Core& core, const FlowIdentity& flow) noexcept
    : core_(core),
      rules_generation_(core.rules_generation),
      unread_{{*core.pool, Recognition::kMaxBytes}, {*core.pool, Recognition::kMaxBytes}},
      files_(*core.pool) {
  view_.flow_id = flow.flow_id;
  view_.client = flow.client;
  view_.server = flow.server;
  view_.client_port = flow.client_port;
  view_.server_port = flow.server_port;
  view_.ip_protocol = flow.ip_protocol;
  view_.start_ns = flow.start_ns;
  if (is_tcp()) reassembler_ = make_pooled<stream::TcpReassembler>(*core.pool, core.tcp);
  view_.has_stream = reassembler_ != nullptr;
}

Conversation::~Conversation() {
  if (core_.detector != nullptr) core_.detector->flow_ended(view_);
}

ContentOutcome Conversation::packet(Direction direction, const PacketView& packet,
                                    const FlowStatus& status) noexcept {
  follow_rules();
  outcome_ = {};
  packet_ = &packet;
  packet_direction_ = direction;
  for (std::size_t i = 0; i < 2; ++i) {
    view_.packets[index_of(turned(static_cast<Direction>(i)))] = status.packets[i];
    view_.bytes[index_of(turned(static_cast<Direction>(i)))] = status.bytes[i];
  }
  view_.uses = status.uses;
  view_.stream_oddities = {};
  view_.application_oddity = {};
  if (is_tcp())
    tcp_segment(direction, packet);
  else
    datagram(direction, packet);
  if (core_.detector != nullptr) core_.detector->packet(&view_, turned(direction), packet, *this);
  if (num_delayed_ != 0) tell_delayed(direction);
  tell_files(direction);
  packet_ = nullptr;
  stream_window_ = {};
  outcome_.protocol = facts().protocol;
  outcome_.settled = is_settled();
  return outcome_;
}

void Conversation::tcp_segment(Direction direction, const PacketView& packet) noexcept {
  if (!reassembler_) return;  // no memory when the flow began: packets only
  auto result = reassembler_->segment(direction, packet, *this);
  if (result.reuse) {  // the ends began anew on the same ports
    start_over();
    if (!reassembler_) return;
    result = reassembler_->segment(direction, packet, *this);
  }
  view_.established = reassembler_->established();
  view_.midstream = reassembler_->midstream();
  view_.stream_oddities = result.oddities;
  if (result.drop != DropReason::none && core_.config.enforce) {
    outcome_.verdict = std::max(outcome_.verdict, ContentVerdict::drop_packet);
    outcome_.drop = result.drop;
  }
  if (!core_.config.record_protocols) return;
  for (const auto oddity : result.oddities)
    core_.record(origin(direction), "anomaly", [&](auto& json) {
      if (packet.number != 0) json.member("pcap_cnt", packet.number);
      json.begin_object("anomaly").member("type", "stream").member("event", oddity).end_object();
    });
}

/// What was before is over; the flow's next connection begins.
void Conversation::start_over() noexcept {
  reassembler_->close(*this);
  for (const auto direction : {Direction::to_server, Direction::to_client})
    stream_end(direction, stream::StreamEnd::timeout);
  parser_ = {};
  parsing_ = enough_ = spoke_ = asked_ = false;
  ended_[0] = ended_[1] = false;
  view_.protocol = view_.original_protocol = Protocol::unknown;
  recognition_.start_over();
  reassembler_ = make_pooled<stream::TcpReassembler>(*core_.pool, core_.tcp);
}

void Conversation::datagram(Direction direction, const PacketView& packet) noexcept {
  view_.established = view_.packets[0] != 0 && view_.packets[1] != 0;
  if (view_.ip_protocol != kUdp || packet.payload.empty()) return;
  view_.stream_bytes[index_of(turned(direction))] += packet.payload.size();
  feed(direction, packet.payload);
}

void Conversation::stream_bytes(Direction direction, const BodyView& view) noexcept {
  const auto side = turned(direction);
  view_.stream_bytes[index_of(side)] += view.fresh;
  view_.established = reassembler_->established();
  stream_window_ = view.window;
  if (core_.detector != nullptr) core_.detector->stream(view_, side, view, *packet_, *this);
  feed(direction, view.window.last(view.fresh));
}

void Conversation::stream_gap(Direction direction, std::uint64_t count) noexcept {
  if (parsing_) {
    if (!parser_->gap(turned(direction), count, *this)) parsing_ = false;
  } else if (!parser_) {
    const auto result = recognition_.give_up(direction);
    if (result.failed) fail_recognition();
  }
}

void Conversation::stream_depth_reached(Direction direction) noexcept {
  stream_end(direction, stream::StreamEnd::timeout);
}

void Conversation::stream_end(Direction direction, stream::StreamEnd /*why*/) noexcept {
  if (ended_[index_of(direction)]) return;
  ended_[index_of(direction)] = true;
  if (parser_ && !enough_) parser_->end(turned(direction), *this);
}

void Conversation::feed(Direction direction, std::span<const std::uint8_t> bytes) noexcept {
  if (!spoke_) {
    spoke_ = true;
    first_ = direction;
  }
  if (!parser_ && !begin_announced()) {
    if (view_.protocol != Protocol::failed) recognise(direction, bytes);
    return;
  }
  if (!compared_[index_of(direction)]) compare_directions(direction, bytes);
  while (parsing_ && !bytes.empty()) {
    consumed_ = bytes;
    const auto status = parser_->consume(turned(direction), bytes, *this);
    consumed_ = {};
    if (const auto became = parser_->became();
        became != Protocol::unknown && became != view_.protocol) {
      view_.original_protocol = std::exchange(view_.protocol, became);
      view_.protocol_by_direction[0] = view_.protocol_by_direction[1] = became;
    }
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
    if (view_.original_protocol == Protocol::unknown) view_.original_protocol = before;
    parser_ = {};
    parsing_ = false;
    recognition_.start_over();
    if (const auto* spec = spec_of(next, is_tcp()))
      begin(*spec, before);
    else if (!bytes.empty())
      return recognise(direction, bytes);
  }
}

/// Another conversation may have said what this one is; asked when its first bytes come.
bool Conversation::begin_announced() noexcept {
  if (asked_) return false;
  asked_ = true;
  const auto* expectation = core_.announcements.take(view_, packet_->time_ns);
  if (expectation == nullptr) return false;
  const auto* spec = spec_of(expectation->protocol, is_tcp());
  if (spec == nullptr) return false;
  begin(*spec);
  compared_[0] = compared_[1] = true;
  if (parser_) parser_->announced(*expectation);
  return parser_ != nullptr;
}

void Conversation::begin(const ProtocolSpec& spec, Protocol before) noexcept {
  parser_ = spec.make(*core_.pool, core_.config.parsers);
  spec_ = &spec;
  transactions_ = 0;
  if (parser_ && before != Protocol::unknown) parser_->upgraded_from(before);
  parsing_ = parser_ != nullptr;
  enough_ = false;
  view_.protocol = spec.protocol;
  view_.protocol_by_direction[0] = view_.protocol_by_direction[1] = spec.protocol;
}

/// Keeps the first bytes of both directions until they tell what they are; then gives them to the
/// parser in the order in which the ends spoke.
void Conversation::recognise(Direction direction, std::span<const std::uint8_t> bytes) noexcept {
  auto& unread = unread_[index_of(direction)];
  std::size_t kept = 0;
  if (is_tcp()) kept = unread.append_some(bytes);
  const auto result = recognition_.look({.bytes = is_tcp() ? unread.view() : bytes,
                                         .direction = direction,
                                         .server_port = view_.server_port,
                                         .client_port = view_.client_port},
                                        is_tcp(), core_.config.left_out[is_tcp() ? 0 : 1]);
  if (result.failed) return fail_recognition();
  if (result.spec == nullptr) return;
  if (result.reversed && !reversed_) turn_round();
  begin(*result.spec);
  // after an upgrade the other end may still say a last word in the old protocol
  compared_[0] = compared_[1] = upgrades_ != 0 || !is_tcp();
  compared_[index_of(direction)] = true;
  for (const auto side : {first_, opposite(first_)}) {
    const auto before = std::move(unread_[index_of(side)]);
    if (!before.empty()) feed(side, before.view());
  }
  feed(direction, bytes.subspan(kept));  // what was too much to keep, or a datagram
}

/// The bytes of one direction told what it is; the other direction's first bytes may say otherwise.
void Conversation::compare_directions(Direction direction,
                                      std::span<const std::uint8_t> bytes) noexcept {
  compared_[index_of(direction)] = true;
  const ProbeInput input{.bytes = bytes,
                         .direction = turned(direction),
                         .server_port = view_.server_port,
                         .client_port = view_.client_port};
  if (spec_->probe == nullptr || spec_->probe(input) != Likeness::no) return;
  const auto other = probe_all(input, is_tcp(), core_.config.left_out[is_tcp() ? 0 : 1]);
  if (other.spec == nullptr && other.undecided) return;
  const auto protocol = other.spec == nullptr ? Protocol::failed : other.spec->protocol;
  view_.protocol_by_direction[index_of(turned(direction))] = protocol;
  tell_recognition(other.spec == nullptr ? "applayer_detect_protocol_only_one_direction"
                                         : "applayer_mismatch_protocol_both_directions");
}

/// The server spoke first: the ends were taken for each other.
void Conversation::turn_round() noexcept {
  reversed_ = true;
  std::swap(view_.client, view_.server);
  std::swap(view_.client_port, view_.server_port);
  std::swap(view_.packets[0], view_.packets[1]);
  std::swap(view_.bytes[0], view_.bytes[1]);
  std::swap(view_.stream_bytes[0], view_.stream_bytes[1]);
}

void Conversation::fail_recognition() noexcept {
  view_.protocol = Protocol::failed;
  for (auto& unread : unread_) unread.reset();
}

/// Over UDP one direction's datagrams decide for what no answer contradicts.
FlowFacts Conversation::facts() const noexcept {
  FlowFacts facts{.protocol = view_.protocol,
                  .by_direction = {view_.protocol_by_direction[0], view_.protocol_by_direction[1]},
                  .original = view_.original_protocol,
                  .transactions = transactions_,
                  .reversed = reversed_};
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
  if (core_.detector != nullptr)
    core_.detector->stage_reached(view_, transaction, direction, *packet_, *this);
}

void Conversation::body_grew(Transaction& transaction, rules::Field field,
                             Direction direction) noexcept {
  if (core_.detector != nullptr)
    core_.detector->body_grew(view_, transaction, field, direction, *packet_, *this);
}

void Conversation::record_due(Transaction& transaction, std::string_view event_type,
                              std::uint8_t kind, Direction direction) noexcept {
  if (!core_.config.record_protocols) return;
  core_.record(origin(turned(direction)), event_type, [&](auto& json) {
    write_packet_origin(packet_, json);
    json.member("tx_id", transaction.id());
    transaction.write_record(kind, json);
  });
}

void Conversation::ended(Transaction& transaction) noexcept {
  count(transaction);
  for (std::size_t i = 0; i < num_delayed_;) {
    if (delayed_[i].transaction != &transaction) {
      ++i;
      continue;
    }
    if (core_.rules != nullptr) tell(core_.rules->info(delayed_[i].rule), delayed_[i], {});
    delayed_[i] = delayed_[--num_delayed_];
  }
  tell_files(transaction);
  if (core_.config.record_protocols) tell_oddities(transaction);
  if (core_.detector != nullptr) core_.detector->ended(view_, transaction);
}

void Conversation::expect(const Expectation& expectation) noexcept {
  core_.announcements.put(expectation, view_, packet_->time_ns);
}

void Conversation::on_alert(const ips::Alert& alert) noexcept {
  alerted_ = outcome_.alerted = true;
  ++core_.counters.alerts;
  obey(alert);
  if (alert.rule->store_file) request_store(alert);
  if (!alert.logged) return;
  const bool is_frame = alert.transaction != nullptr && alert.transaction == frame_;
  const DelayedAlert told{
      .rule = alert.rule->index,
      .direction = turned(alert.direction),
      // a frame is gone when its alert is told
      .transaction = is_frame && parser_ != nullptr ? parser_->current(alert.direction)
                     : is_frame                     ? nullptr
                                                    : alert.transaction,
      .from_stream = alert.from_stream || is_frame,
      .blocked = core_.config.enforce && alert.action != rules::RuleAction::alert};
  // A listener sees bytes when they are acknowledged, by a packet of the other end; the alert
  // belongs to the next packet of the end that sent them.
  const bool delayed = !core_.config.enforce && is_tcp() && told.direction != packet_direction_ &&
                       (alert.transaction != nullptr || alert.from_stream);
  if (delayed && num_delayed_ < kMaxDelayed)
    delayed_[num_delayed_++] = told;
  else
    tell(*alert.rule, told, alert.from_stream ? stream_window_ : packet_->payload);
}

void Conversation::obey(const ips::Alert& alert) noexcept {
  if (!core_.config.enforce) return;
  auto verdict = ContentVerdict::pass;
  switch (alert.action) {
    case rules::RuleAction::alert:
    case rules::RuleAction::pass:
      return;
    case rules::RuleAction::drop:
      verdict = alert.whole_flow ? ContentVerdict::drop_flow : ContentVerdict::drop_packet;
      break;
    case rules::RuleAction::reject_source:
    case rules::RuleAction::reject_destination:
    case rules::RuleAction::reject_both:
      verdict = ContentVerdict::reset_flow;
      break;
  }
  if (verdict > outcome_.verdict) outcome_.rule = alert.rule;
  outcome_.verdict = std::max(outcome_.verdict, verdict);
}

void Conversation::tell(const ips::RuleInfo& rule, const DelayedAlert& alert,
                        std::span<const std::uint8_t> payload) noexcept {
  const auto& forwarded = core_.config.forwarded_for;
  const auto client = forwarded_client(forwarded, alert.transaction);
  auto from = origin(alert.direction);  // its packet, were it told in time
  if (client && forwarded.overwrite) from.client = &*client;
  core_.record(from, "alert", [&](auto& json) {
    write_alert(core_.config, rule,
                {.flow = &view_,
                 .direction = turned(alert.direction),
                 .transaction = alert.transaction,
                 .files = files_.all(),
                 .packet = packet_,
                 .payload = payload,
                 .from_stream = alert.from_stream,
                 .blocked = alert.blocked,
                 .forwarded_for = client && !forwarded.overwrite ? &*client : nullptr},
                json);
  });
}

void Conversation::tell_delayed(Direction direction) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < num_delayed_; ++i) {
    if (delayed_[i].direction != direction)
      delayed_[kept++] = delayed_[i];
    else if (core_.rules != nullptr)
      tell(core_.rules->info(delayed_[i].rule), delayed_[i], {});
  }
  num_delayed_ = static_cast<std::uint8_t>(kept);
}

void Conversation::close() noexcept {
  follow_rules();
  PacketView none;  // stands for the packet that did not come
  none.source = view_.client;
  none.destination = view_.server;
  none.source_port = view_.client_port;
  none.destination_port = view_.server_port;
  none.ip_protocol = view_.ip_protocol;
  packet_ = &none;
  if (reassembler_) reassembler_->close(*this);
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    stream_end(direction, stream::StreamEnd::timeout);
    packet_direction_ = direction;
    tell_delayed(direction);
    tell_files(direction);
  }
  parser_ = {};
  packet_ = nullptr;
}

/// New rules know nothing of what older ones remembered of this flow.
void Conversation::follow_rules() noexcept {
  if (rules_generation_ == core_.rules_generation) return;
  rules_generation_ = core_.rules_generation;
  num_delayed_ = 0;
  if (core_.detector != nullptr) core_.detector->flow_ended(view_);
}

/// Nothing that may still come can change the verdict.
bool Conversation::is_settled() const noexcept {
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
