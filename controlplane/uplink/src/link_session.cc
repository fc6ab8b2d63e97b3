#include "link_session.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "config/bundle/rotation.h"
#include "deflate_door.h"
#include "messages.h"

namespace sekisho::controlplane {
namespace {

namespace v1 = link::v1;

constexpr std::chrono::milliseconds kLook{200};
constexpr std::chrono::milliseconds kUploadNap{1'000};
constexpr std::uint32_t kMaxHeartbeatSeconds = 300;
constexpr std::uint32_t kMaxStatusSeconds = 3'600;

std::chrono::seconds seconds_within(std::uint32_t asked, std::uint32_t most) {
  return std::chrono::seconds(std::clamp<std::uint32_t>(asked, 1, most));
}

v1::FromGateway message_of(const DeliveryReport& report) {
  v1::FromGateway message;
  *message.mutable_policy() = to_message(report);
  return message;
}

v1::FromGateway message_of(const DatabaseWanted& wanted) {
  v1::FromGateway message;
  auto& asked = *message.mutable_database();
  asked.set_kind(std::string(name_of(wanted.kind)));
  asked.set_version(wanted.version);
  asked.set_base(wanted.base);
  asked.set_piece(wanted.piece);
  return message;
}

}  // namespace

LinkSession::LinkSession(const Identity& identity, const LinkPeer& peer, SessionDoors doors)
    : tenant_(identity.tenant),
      gateway_(identity.gateway),
      doors_(std::move(doors)),
      stream_(open_link(peer)),
      epoch_(doors_.events.epoch()),
      signing_key_(identity.signing_key) {}

LinkSession::~LinkSession() = default;

LinkFailure LinkSession::run(const std::stop_token& stop, const std::function<bool()>& hurry) {
  say_hello();
  std::string why;
  {
    const std::jthread writer([this] { write_all(); });
    const std::jthread reader([this] { read_all(); });
    const std::jthread uploader([this](const std::stop_token& s) { upload(s); });
    for (;;) {
      speak_when_due();
      doors_.reputation.tick(ReputationLink::Clock::now());
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kLook, [this] { return over_ || status_wanted_; });
      if (over_) break;
      lock.unlock();
      why = stop.stop_requested() || hurry() ? "ended by the box" : trouble();
      if (!why.empty()) break;
    }
    // A stream that has ended by itself tells why, unless it is cancelled first.
    if (!why.empty()) stream_->cancel();
    outbox_->close();
    doors_.deliveries.listen({});
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }
  doors_.reputation.detach();  // the reader, who attaches, has ended
  auto failure = stream_->finish();
  const std::lock_guard lock(mutex_);
  if (!broken_.empty()) return {LinkFailure::Kind::refused, broken_};
  if (!why.empty()) return {LinkFailure::Kind::ended, why};
  return failure;
}

std::string LinkSession::trouble() const {
  const auto wait = doors_.deliveries.wait();
  const auto unproven = doors_.deliveries.unproven_since();
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (!welcome_ && now - started_ > kWelcomeTime) return "the console says nothing";
  if (welcome_ && now - heard_ > heartbeat_ * kSilentHeartbeats)
    return "nothing was heard of the console for " +
           std::to_string((heartbeat_ * kSilentHeartbeats).count()) + " s";
  if (wait && started_ < wait->since && now > wait->since + (wait->until - wait->since) / 2)
    return "a new policy is not confirmed: a fresh connection is tried";
  if (unproven && started_ < *unproven)
    return "packs of rules are new: a fresh connection is tried";
  return {};
}

// ---- out ----

void LinkSession::say_hello() {
  v1::FromGateway message;
  auto& hello = *message.mutable_hello();
  hello.set_software_version(doors_.software_version);
  hello.set_signing_key_sequence(signing_key_.sequence);
  *hello.mutable_policy() = to_message(doors_.deliveries.report());
  hello.set_spool_epoch(epoch_);
  hello.set_spool_next_sequence(doors_.events.state().next_sequence);
  *hello.mutable_status() = doors_.status();
  *hello.mutable_content() =
      to_message(doors_.deliveries.content_report(), doors_.deliveries.database_reports());
  (void)outbox_->put_now(std::move(message));
}

void LinkSession::say_status() {
  v1::FromGateway message;
  *message.mutable_status() = doors_.status();
  (void)outbox_->put_now(std::move(message));
}

void LinkSession::speak_when_due() {
  bool status = false;
  bool word = false;
  {
    const std::lock_guard lock(mutex_);
    if (!welcome_) return;
    const auto now = Clock::now();
    status = std::exchange(status_wanted_, false) || now >= next_status_;
    word = now >= next_word_;
    if (status) next_status_ = now + status_interval_;
    // Half of what is asked for: the way takes time too.
    if (status || word) next_word_ = now + std::chrono::milliseconds(heartbeat_) / 2;
  }
  if (status)
    say_status();
  else if (word)
    (void)outbox_->put_now({});  // an empty message says that we are there
}

void LinkSession::write_all() {
  while (auto message = outbox_->take())
    if (!stream_->send(*message)) break;
  outbox_->close();
}

void LinkSession::upload(const std::stop_token& stop) {
  if (epoch_.empty()) return;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kUploadNap,
                        [this] { return over_ || (window_ && window_->has_room()); });
      if (over_) return;
      if (!window_ || !window_->has_room()) continue;
    }
    if (!upload_once(stop)) return;
  }
}

bool LinkSession::upload_once(const std::stop_token& stop) {
  std::uint64_t next = 0;
  {
    const std::lock_guard lock(mutex_);
    next = window_->next();
  }
  if (!doors_.events.wait_for_more(next, kUploadNap, stop)) return true;
  auto read = doors_.events.read(next, UploadWindow::kLines, UploadWindow::kRawBytes);
  if (!read) {
    spdlog::error("spool: {}", read.error().message);
    return false;  // the next stream begins anew
  }
  if (read->lines.empty()) return true;
  std::string raw;
  for (const auto& line : read->lines) raw.append(line).push_back('\n');
  v1::FromGateway message;
  auto& batch = *message.mutable_events();
  batch.set_epoch(epoch_);
  batch.set_first_sequence(read->first_sequence);
  batch.set_lines(static_cast<std::uint32_t>(read->lines.size()));
  batch.set_raw_bytes(static_cast<std::uint32_t>(raw.size()));
  batch.set_zlib(deflate_fast(raw));
  batch.set_lost_before(doors_.events.state().lost);
  {
    const std::lock_guard lock(mutex_);
    window_->sent(read->first_sequence, read->lines.size());
  }
  return outbox_->put(std::move(message));
}

// ---- in ----

void LinkSession::read_all() {
  v1::ToGateway message;
  while (stream_->receive(message)) {
    {
      const std::lock_guard lock(mutex_);
      heard_ = Clock::now();
    }
    if (take(message)) continue;
    stream_->cancel();
    break;
  }
  const std::lock_guard lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

bool LinkSession::take(v1::ToGateway& message) {
  using Message = v1::ToGateway::MessageCase;
  if (message.message_case() == Message::kWelcome) return take_welcome(message.welcome());
  {
    const std::lock_guard lock(mutex_);
    if (!welcome_) {
      broken_ = "the console's first message is no Welcome";
      return false;
    }
  }
  switch (message.message_case()) {
    case Message::kKeyRotation:
      take_rotation(message.key_rotation());
      break;
    case Message::kBundle:
      take_bundle(*message.mutable_bundle());
      break;
    case Message::kContentBundle:
      take_content(*message.mutable_content_bundle());
      break;
    case Message::kDatabaseOffer:
      take_database(*message.mutable_database_offer());
      break;
    case Message::kDatabasePiece:
      take_database(*message.mutable_database_piece());
      break;
    case Message::kConfirmation:
      doors_.deliveries.confirmation(message.confirmation().version());
      break;
    case Message::kEventsStored:
      take_stored(message.events_stored());
      break;
    case Message::kDiagnostic:
      take_diagnostic(message.diagnostic());
      break;
    case Message::kReputation:
      doors_.reputation.take(message.reputation());
      break;
    case Message::kReputationChanged:
      doors_.reputation.take(message.reputation_changed());
      break;
    case Message::kStatusWanted: {
      const std::lock_guard lock(mutex_);
      status_wanted_ = true;
      changed_.notify_all();
      break;
    }
    case Message::kWelcome:
    case Message::MESSAGE_NOT_SET:  // a heartbeat, or of a newer console
      break;
  }
  return true;
}

bool LinkSession::take_welcome(const v1::Welcome& welcome) {
  {
    const std::lock_guard lock(mutex_);
    if (welcome_) return true;  // said twice
    welcome_ = true;
    heartbeat_ = seconds_within(welcome.heartbeat_seconds(), kMaxHeartbeatSeconds);
    status_interval_ = seconds_within(welcome.status_interval_seconds(), kMaxStatusSeconds);
    const auto now = Clock::now();
    next_word_ = now + std::chrono::milliseconds(heartbeat_) / 2;
    next_status_ = now + status_interval_;  // Hello had the first
    window_.emplace(welcome.events_stored());
    changed_.notify_all();
  }
  if (!epoch_.empty() && welcome.events_stored() != 0) acknowledge(welcome.events_stored());
  doors_.deliveries.welcomed(started_);
  doors_.welcomed();
  const auto tell = [outbox = outbox_](const auto& report) {
    (void)outbox->put_now(message_of(report));
  };
  const auto tell_content = [this](const ContentReport& report) {
    v1::FromGateway message;
    *message.mutable_content() = to_message(report, doors_.deliveries.database_reports());
    (void)outbox_->put_now(std::move(message));
  };
  doors_.deliveries.listen({.policy = tell, .content = tell_content, .wanted = tell});
  // What happened between Hello and here.
  tell(doors_.deliveries.report());
  tell_content(doors_.deliveries.content_report());
  if (welcome.answers_reputation())
    doors_.reputation.attach([outbox = outbox_](v1::FromGateway message) {
      return outbox->put_now(std::move(message));
    });
  return true;
}

void LinkSession::take_rotation(const v1::KeyRotation& rotation) {
  v1::FromGateway message;
  auto& pinned = *message.mutable_key_pinned();
  const auto accepted = bundle::accept_rotation(rotation.statement(), tenant_, signing_key_);
  if (accepted) {
    if (auto kept = doors_.pin(*accepted); kept)
      signing_key_ = *accepted;
    else
      pinned.set_refusal(utf8_of("the box's disk: " + kept.error().message));
  } else {
    const auto& refusal = accepted.refusal();
    pinned.set_refusal(std::string(bundle::name_of(refusal.reason)) + ": " + refusal.message);
  }
  pinned.set_sequence(signing_key_.sequence);
  (void)outbox_->put_now(std::move(message));
}

void LinkSession::take_bundle(v1::Bundle& bundle) {
  doors_.deliveries.bundle(bundle.version(), std::move(*bundle.mutable_bytes()),
                           {.key = signing_key_.key, .tenant = tenant_, .gateway = gateway_});
}

void LinkSession::take_content(v1::ContentBundle& bundle) {
  doors_.deliveries.content_bundle(
      bundle.version(), std::move(*bundle.mutable_bytes()),
      {.key = signing_key_.key, .tenant = tenant_, .gateway = gateway_});
}

void LinkSession::take_database(v1::DatabaseOffer& offer) {
  const auto kind = content::find_database_kind(offer.kind());
  if (!kind) return;  // of a newer console
  doors_.deliveries.database_offer(
      *kind, offer.version(), std::move(*offer.mutable_description()),
      {.key = signing_key_.key, .tenant = tenant_, .gateway = gateway_});
}

void LinkSession::take_database(v1::DatabasePiece& piece) {
  const auto kind = content::find_database_kind(piece.kind());
  if (!kind) return;
  doors_.deliveries.database_piece({.kind = *kind,
                                    .version = piece.version(),
                                    .base = piece.base(),
                                    .piece = piece.piece(),
                                    .pieces = piece.pieces(),
                                    .bytes = std::move(*piece.mutable_bytes())});
}

bool LinkSession::ask_for_content() {
  {
    const std::lock_guard lock(mutex_);
    if (!welcome_ || over_) return false;
  }
  v1::FromGateway message;
  message.mutable_content_wanted();
  return outbox_->put_now(std::move(message));
}

void LinkSession::take_stored(const v1::EventsStored& stored) {
  if (epoch_.empty() || stored.epoch() != epoch_) return;
  {
    const std::lock_guard lock(mutex_);
    if (!window_ || !window_->stored(stored.sequence())) return;
    changed_.notify_all();
  }
  acknowledge(stored.sequence());
}

void LinkSession::acknowledge(std::uint64_t sequence) {
  if (auto done = doors_.events.acknowledge(sequence); !done)
    spdlog::error("spool: {}", done.error().message);
}

void LinkSession::take_diagnostic(const v1::DiagnosticRequest& request) {
  const auto outbox = outbox_;
  spdlog::info("the console asks for '{}' ({})", request.op(), request.id());
  doors_.diagnostics.submit(request.id(), request.op(), request.arguments(),
                            [outbox](Diagnostics::Piece piece) {
                              v1::FromGateway message;
                              auto& reply = *message.mutable_diagnostic();
                              reply.set_id(piece.id);
                              reply.set_json(std::move(piece.json));
                              reply.set_file(std::move(piece.file));
                              reply.set_last(piece.last);
                              return outbox->put(std::move(message));
                            });
}

}  // namespace sekisho::controlplane
