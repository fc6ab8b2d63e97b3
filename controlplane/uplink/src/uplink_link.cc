// The link's thread: one stream after another, for as long as the box is enrolled.
#include <spdlog/spdlog.h>

#include <ctime>

#include "enrolment.h"
#include "messages.h"
#include "uplink_impl.h"

namespace sekisho::controlplane {
namespace {

using Milliseconds = std::chrono::milliseconds;
using nlohmann::json;

constexpr std::int64_t kBetweenRenewals = 600;  // seconds, after one that did not work

}  // namespace

void Uplink::Impl::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<Identity> identity;
    std::uint64_t generation = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return identity_.has_value(); });
      if (stop.stop_requested()) return;
      identity = identity_;
      generation = generation_;
      state_ = State::connecting;
      if (!lost_at_) lost_at_ = Clock::now();
    }
    renew_when_due(*identity);
    const auto failure = link_once(*identity, generation, stop);
    const auto wait = note_end(failure, generation);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, wait, [&] { return generation_ != generation; });
    if (generation_ != generation) backoff_.reset();
  }
}

LinkFailure Uplink::Impl::link_once(const Identity& identity, std::uint64_t generation,
                                    const std::stop_token& stop) {
  std::optional<Identity> newest;
  std::optional<HostAndPort> console;
  {
    const std::lock_guard lock(mutex_);
    if (generation_ == generation) newest = identity_;  // it may just have been renewed
    console = target();
    welcomed_ = false;
  }
  if (!console)
    return {LinkFailure::Kind::refused, "'" + addresses_of(identity) + "' is not HOST:PORT"};
  const Identity& used = newest ? *newest : identity;
  LinkSession session(
      used, peer_of(used, *console),
      {.deliveries = worker_,
       .box = box_,
       .events = events_,
       .diagnostics = diagnostics_,
       .reputation = reputation_,
       .welcomed = [this] { note_welcome(); },
       .pin = [this, generation](const bundle::Pinned& p) { return pin(p, generation); },
       .status = [this] { return status_report(); },
       .software_version = settings_.software_version});
  const auto note_session = [this](LinkSession* running) {
    const std::lock_guard lock(mutex_);
    session_ = running;
  };
  note_session(&session);
  auto failure = session.run(stop, [&] {
    {
      const std::lock_guard lock(mutex_);
      if (generation_ != generation) return true;
    }
    renew_when_due(used);
    return false;
  });
  note_session(nullptr);
  return failure;
}

void Uplink::Impl::note_welcome() {
  std::string pace, where;
  {
    const std::lock_guard lock(mutex_);
    if (const auto console = target()) where = console->text();
    state_ = State::connected;
    connected_since_ = std::time(nullptr);
    last_error_.clear();
    welcomed_ = true;
    if (lost_at_)
      confirm_time_.observe(std::chrono::duration_cast<Milliseconds>(Clock::now() - *lost_at_));
    lost_at_.reset();
    pace = json{{"smoothed_reconnect_ms", confirm_time_.smoothed().count()}}.dump();
  }
  spdlog::info("console: connected to {}", where);
  if (auto saved = replace_file(files_, pace_path_, pace, Readers::group); !saved)
    spdlog::error("console: {}", saved.error().message);
}

/// Under mutex_; nothing: the box file or the identity has an address that is none.
std::optional<HostAndPort> Uplink::Impl::target() const {
  if (targets_.empty()) return std::nullopt;
  return targets_[turn_ % targets_.size()];
}

/// Under mutex_. They are tried in order, after the last one again. True: not all have been tried.
bool Uplink::Impl::turn_to_next_target(bool was_welcome) {
  ++turn_;
  failed_ = was_welcome ? 0 : failed_ + 1;
  if (failed_ < targets_.size()) return !was_welcome;
  failed_ = 0;
  return false;
}

/// Under mutex_, or before the thread begins.
void Uplink::Impl::set_identity(std::optional<Identity> identity) {
  identity_ = std::move(identity);
  turn_ = failed_ = 0;
  targets_.clear();
  if (!identity_) return;
  if (auto targets = parse_hosts_and_ports(addresses_of(*identity_)); targets)
    targets_ = std::move(*targets);
}

/// How long to wait before the next attempt.
Milliseconds Uplink::Impl::note_end(const LinkFailure& failure, std::uint64_t generation) {
  const bool revoked = failure.kind == LinkFailure::Kind::revoked;
  const std::lock_guard lock(mutex_);
  const bool was_welcome = std::exchange(welcomed_, false);
  if (was_welcome) {
    backoff_.reset();
    lost_at_ = Clock::now();
  }
  const bool others_left = generation_ == generation && turn_to_next_target(was_welcome);
  const std::string why =
      revoked ? "this gateway's certificate is revoked; enrol it anew (sekisho enrol --again)"
      : failure.message.empty() ? "the console ended the link"
                                : failure.message;
  if (why != last_error_) spdlog::warn("console: {}", why);
  last_error_ = why;
  connected_since_ = 0;
  if (identity_) state_ = revoked ? State::revoked : State::connecting;
  if (revoked) return settings_.revoked_retry;
  return others_left ? backoff_.short_one() : backoff_.next();
}

void Uplink::Impl::renew_when_due(const Identity& identity) {
  const std::int64_t now = std::time(nullptr);
  std::uint64_t generation = 0;
  std::optional<Identity> current;
  std::optional<HostAndPort> console;
  {
    const std::lock_guard lock(mutex_);
    current = identity_;
    console = target();
    generation = generation_;
  }
  if (!current || !console || current->gateway != identity.gateway || now < next_renewal_) return;
  const std::int64_t due = renewal_time(*current);
  if (now < due) {
    next_renewal_ = std::min(due, now + kBetweenRenewals);
    return;
  }
  next_renewal_ = now + kBetweenRenewals;
  auto renewed = renew_identity(*current, *console);
  if (const auto* failure = std::get_if<LinkFailure>(&renewed)) {
    if (failure->kind != LinkFailure::Kind::unreachable)
      spdlog::warn("console: certificate renewal: {}", failure->message);
    return;
  }
  // A key that was pinned meanwhile stays.
  Identity& identity_renewed = *std::get_if<Identity>(&renewed);
  {
    const std::lock_guard lock(mutex_);
    if (generation_ == generation && identity_)
      identity_renewed.signing_key = identity_->signing_key;
  }
  if (auto kept = keep(identity_renewed, generation); !kept)
    return spdlog::error("console: certificate renewal: {}", kept.error().message);
  spdlog::info("console: the certificate was renewed");
}

Status Uplink::Impl::pin(const bundle::Pinned& pinned, std::uint64_t generation) {
  std::optional<Identity> changed;
  {
    const std::lock_guard lock(mutex_);
    changed = identity_;
  }
  if (!changed) return Error{Error::Code::not_found, "the box is not enrolled"};
  changed->signing_key = pinned;
  return keep(*changed, generation);
}

/// Puts what was learned about the same enrolment on the disk, then in force.
Status Uplink::Impl::keep(const Identity& identity, std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (generation_ != generation) return Error{Error::Code::not_found, "the box enrolled anew"};
  if (auto saved = identity_file_.save(identity); !saved) return saved;
  identity_ = identity;
  return ok();
}

link::v1::StatusReport Uplink::Impl::status_report() {
  auto message = to_message(box_.status());
  const auto spool = events_.state();
  message.set_events_lost(message.events_lost() + spool.lost);
  message.set_spool_lines(spool.waiting);
  message.set_confirm_seconds(static_cast<double>(confirm_time().count()) / 1000.0);
  return message;
}

}  // namespace sekisho::controlplane
