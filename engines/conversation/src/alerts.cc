// What becomes of matches: verdicts, and alerts that are told.
#include <algorithm>

#include "alert_notes.h"
#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "conversation.h"
#include "engines/ips/profiles.h"
#include "forwarded_for.h"

namespace sekisho::engines {
namespace {

std::span<const std::uint8_t> excerpt(std::span<const std::uint8_t> payload,
                                      const InspectorConfig& config) noexcept {
  return payload.first(std::min(payload.size(), config.payload_bytes));
}

/// A rule on the protocol of datagrams that names no transaction.
bool of_datagram(const ips::Alert& alert) noexcept {
  constexpr std::uint8_t kUdp = 17;
  return alert.transaction == nullptr && alert.rule->of_application && alert.packet != nullptr &&
         alert.packet->ip_protocol == kUdp;
}

}  // namespace

void Conversation::on_alert(const ips::Alert& alert) noexcept {
  if (muted_) return;
  if (alert.action == rules::RuleAction::pass && alert.whole_flow) outcome_.passed = true;
  outcome_.alerted |= alert.logged;
  ++core_.counters.alerts;
  obey(alert);
  if (alert.rule->store_file) request_store(alert);
  outcome_.bypassed |= alert.rule->bypass;
  quieten(alert);
  if (!alert.logged) return;
  const bool withheld =
      alert.action != rules::RuleAction::alert && alert.action != rules::RuleAction::pass;
  const bool is_frame = alert.transaction != nullptr && alert.transaction == frame_;
  DelayedAlert told{.rule = alert.rule->index,
                    .direction = turned(alert.direction),
                    .transaction = subject_of(alert),
                    .from_stream = alert.from_stream || is_frame,
                    .blocked = core_.config.enforce && withheld,
                    .details = {}};
  // What a transaction matched is somewhere in the bytes of its direction.
  const bool in_stream =
      alert.from_stream || (alert.transaction != nullptr && !stream_window_.empty() &&
                            stream_direction_ == alert.direction);
  const auto payload = in_stream ? stream_window_ : packet_->payload;
  // A listener sees bytes when they are acknowledged, by a packet of the other end; the alert
  // belongs to the next packet of the end that sent them.
  const bool delayed = !core_.config.enforce && is_tcp() && told.direction != packet_direction_ &&
                       (alert.transaction != nullptr || alert.from_stream);
  const AlertNotes notes(alert.notes, core_.notes_text);
  const auto client = forwarded_client(core_.config.forwarded_for, told.transaction);
  const Particulars what{.payload = payload,
                         .context = notes.context(),
                         .metadata = notes.metadata(),
                         .members = of_datagram(alert) ? last_members_ : std::string_view{},
                         .client = client};
  if (!delayed) return tell(*alert.rule, told, what);
  delay(*alert.rule, std::move(told), what, in_stream || !alert.notes.empty() || client);
}

/// The alert waits for the next packet of its direction; without room it is told now.
void Conversation::delay(const ips::RuleInfo& rule, DelayedAlert alert, const Particulars& what,
                         bool with_details) noexcept {
  if (seldom() == nullptr || num_delayed_ == kMaxDelayed) return tell(rule, alert, what);
  if (with_details) alert.details = kept(what);
  seldom_->delayed[num_delayed_++] = std::move(alert);
}

/// A rule may keep the records of a flow or of a transaction from being written.
void Conversation::quieten(const ips::Alert& alert) noexcept {
  using Quiet = rules::Rule::Quiet;
  const auto what = alert.rule->disable_logging;
  if (what == Quiet::flow) quiet_ = true;
  if (what == Quiet::transaction && alert.transaction != nullptr)
    quiet_transaction_ = alert.transaction;
}

/// What matched so far is judged first.
bool Conversation::is_quiet(const Transaction& transaction) noexcept {
  if (!quiet_ && quiet_transaction_ != &transaction) core_.detector->decide();
  return quiet_ || quiet_transaction_ == &transaction;
}

/// What the record shows: where no transaction matched, the one that the bytes belong to.
Transaction* Conversation::subject_of(const ips::Alert& alert) noexcept {
  // a frame is gone when its alert is told
  const bool is_frame = alert.transaction != nullptr && alert.transaction == frame_;
  if (alert.transaction != nullptr && !is_frame) return alert.transaction;
  if (parser_ == nullptr) return nullptr;
  if (is_frame || alert.from_stream) return parser_->current(alert.direction);
  return of_datagram(alert) && last_members_.empty() ? parser_->current(alert.direction) : nullptr;
}

/// A datagram's transaction may be over before its packet's rules speak.
void Conversation::keep_last(Transaction& transaction) noexcept {
  const auto direction = turned(packet_direction_);
  if (core_.detector == nullptr || !core_.detector->expects_alert(view_, direction)) return;
  events::BoundedText text(core_.members_text);
  events::BoundedJsonWriter json(text);
  write_members(
      {.flow = &view_, .direction = direction, .transaction = &transaction, .files = files_.all()},
      json);
  last_members_ = text.overflowed() ? std::string_view{} : text.view();
}

/// Null without memory: the record then says less.
Pooled<Conversation::AlertDetails> Conversation::kept(const Particulars& what) noexcept {
  auto details = make_pooled<AlertDetails>(*core_.pool, *core_.pool);
  if (!details) return details;
  static_cast<void>(details->payload.append(excerpt(what.payload, core_.config)));
  static_cast<void>(details->context.append(bytes_of(what.context)));
  static_cast<void>(details->metadata.append(bytes_of(what.metadata)));
  details->client = what.client;
  return details;
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
      reset_ends(alert);
      break;
  }
  if (verdict > outcome_.verdict) {
    outcome_.rule = alert.rule;
    outcome_.over_rate = alert.by_rate;
  }
  outcome_.verdict = std::max(outcome_.verdict, verdict);
  quarantine(alert);
}

/// Source is who sent what matched; several rules together name both ends.
void Conversation::reset_ends(const ips::Alert& alert) noexcept {
  const bool from_client = turned(alert.direction) == Direction::to_server;
  const bool source = alert.action != rules::RuleAction::reject_destination;
  const bool destination = alert.action != rules::RuleAction::reject_source;
  outcome_.resets_client |= from_client ? source : destination;
  outcome_.resets_server |= from_client ? destination : source;
}

/// The attacker is who the rule says is not the target; without a word, who sent the packet. Of
/// several rules the one that cuts off for longest counts.
void Conversation::quarantine(const ips::Alert& alert) noexcept {
  if (view_.profile == nullptr) return;
  const auto seconds = view_.profile->quarantine_of(alert.rule->signature);
  if (seconds <= outcome_.quarantine_seconds) return;
  outcome_.quarantine_seconds = seconds;
  outcome_.quarantine_rule = alert.rule;
  outcome_.attacker =
      alert.rule->target == rules::RuleTarget::source ? packet_->destination : packet_->source;
}

void Conversation::tell(const ips::RuleInfo& rule, const DelayedAlert& alert,
                        const Particulars& what) noexcept {
  const auto direction = packet_->frame.empty() ? alert.direction : packet_direction_;
  auto from = origin(direction);
  const bool overwrites = core_.config.forwarded_for.overwrite;
  if (what.client && overwrites) from.client = &*what.client;
  const auto capture = capture_around(rule);
  core_.record_what_fits(from, "alert", [&](auto& json, unsigned cuts) {
    write_alert(core_.config, rule,
                {.flow = &view_,
                 .direction = turned(alert.direction),
                 .transaction = alert.transaction,
                 .members = what.members,
                 .files = files_.all(),
                 .packet = packet_,
                 .payload = what.payload,
                 .cuts = cuts,
                 .from_stream = alert.from_stream,
                 .blocked = alert.blocked,
                 .forwarded_for = what.client && !overwrites ? &*what.client : nullptr,
                 .notes = what.context,
                 .metadata = what.metadata,
                 .capture = capture},
                json);
  });
}

/// The file with the flow's packets; empty: none.
std::string_view Conversation::capture_around(const ips::RuleInfo& rule) noexcept {
  if (core_.capture == nullptr) return {};
  const auto* profile = view_.profile;
  if (profile != nullptr && profile->captures(rule.signature))
    return core_.capture->capture(rule, profile->capture);
  if (rule.tag.seconds == 0) return {};
  return core_.capture->capture(rule, {.seconds_after = rule.tag.seconds,
                                       .packets_after = rule.tag.packets,
                                       .bytes_after = rule.tag.bytes});
}

void Conversation::tell_delayed(const DelayedAlert& alert) noexcept {
  if (core_.rules == nullptr) return;
  const auto rule = core_.rules->info(alert.rule);
  if (!alert.details) return tell(rule, alert, {});
  const auto& details = *alert.details;
  tell(rule, alert,
       {.payload = details.payload.view(),
        .context = as_text(details.context.view()),
        .metadata = as_text(details.metadata.view()),
        .members = as_text(details.transaction.view()),
        .client = details.client});
}

void Conversation::tell_delayed(Direction direction) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < num_delayed_; ++i) {
    auto& alert = seldom_->delayed[i];
    if (alert.direction == direction)
      tell_delayed(alert);
    else if (kept++ != i)
      seldom_->delayed[kept - 1] = std::move(alert);
  }
  num_delayed_ = static_cast<std::uint8_t>(kept);
}

/// What the record says of the transaction is written now. False: no memory, or too much.
bool Conversation::keep_members(DelayedAlert& alert) noexcept {
  if (!alert.details) alert.details = make_pooled<AlertDetails>(*core_.pool, *core_.pool);
  if (!alert.details) return false;
  events::BoundedText text(core_.notes_text);
  events::BoundedJsonWriter json(text);
  write_members({.flow = &view_,
                 .direction = turned(alert.direction),
                 .transaction = alert.transaction,
                 .files = files_.all()},
                json);
  return !text.overflowed() && alert.details->transaction.append(bytes_of(text.view()));
}

/// The transaction ends before its alerts are told.
void Conversation::outlive(const Transaction& transaction) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < num_delayed_; ++i) {
    auto& alert = seldom_->delayed[i];
    const bool of_this = alert.transaction == &transaction;
    if (of_this && !keep_members(alert)) {
      tell_delayed(alert);
      continue;
    }
    if (of_this) alert.transaction = nullptr;
    if (kept++ != i) seldom_->delayed[kept - 1] = std::move(alert);
  }
  num_delayed_ = static_cast<std::uint8_t>(kept);
}

}  // namespace sekisho::engines
