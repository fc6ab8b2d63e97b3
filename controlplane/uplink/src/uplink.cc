#include "controlplane/uplink/uplink.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <random>
#include <thread>

#include "controlplane/uplink/certificate.h"
#include "enrolment.h"
#include "json_fields.h"
#include "link_session.h"
#include "messages.h"

namespace sekisho::controlplane {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using nlohmann::json;

constexpr std::size_t kMaxPaceBytes = 4'096;
constexpr std::int64_t kBetweenRenewals = 600;  // seconds, after one that did not work

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

class Uplink::Impl {
 public:
  Impl(UplinkSettings settings, PolicyDoor& policy, BoxDoor& box, EventSource& events,
       FileDoor& files)
      : settings_(std::move(settings)),
        box_(box),
        events_(events),
        files_(files),
        identity_file_(settings_.state_dir + "/identity/identity.json", files),
        pace_path_(settings_.state_dir + "/link/pace.json"),
        confirm_time_(settings_.confirm_least, load_pace()),
        backoff_(settings_.backoff, random_seed()),
        worker_(policy, AttemptFile(settings_.state_dir + "/link/attempt.json", files),
                [this] { return confirm_time(); }),
        diagnostics_(box, settings_.state_dir + "/link") {
    if (auto loaded = identity_file_.load(); loaded) {
      set_identity(std::move(*loaded));
      events_.set_enrolled(identity_.has_value());
    } else {
      last_error_ = loaded.error().message;
      spdlog::error("console: {}", last_error_);
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~Impl() {
    thread_.request_stop();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<json> enrol(std::string_view address, std::string_view code, bool again);
  Status unenrol();
  bool is_enrolled() const {
    const std::lock_guard lock(mutex_);
    return identity_.has_value();
  }
  json status() const;

 private:
  enum class State { not_enrolled, connecting, connected, revoked };

  void run(const std::stop_token& stop);
  void renew_when_due(const Identity& identity);
  LinkFailure link_once(const Identity& identity, std::uint64_t generation,
                        const std::stop_token& stop);
  void note_welcome();
  Milliseconds note_end(const LinkFailure& failure, std::uint64_t generation);
  Status pin(const bundle::Pinned& pinned, std::uint64_t generation);
  Status keep(const Identity& identity, std::uint64_t generation);
  void replace_identity(std::optional<Identity> identity);
  std::string addresses_of(const Identity& identity) const {
    return settings_.console_address.empty() ? identity.console_address : settings_.console_address;
  }
  std::optional<HostAndPort> target() const;
  bool turn_to_next_target(bool was_welcome);
  void set_identity(std::optional<Identity> identity);
  link::v1::StatusReport status_report();
  Milliseconds confirm_time() const {
    const std::lock_guard lock(mutex_);
    return confirm_time_.value();
  }
  Milliseconds load_pace() const;

  const UplinkSettings settings_;
  BoxDoor& box_;
  EventSource& events_;
  FileDoor& files_;
  IdentityFile identity_file_;
  const std::string pace_path_;

  std::mutex enrol_mutex_;  // one enrolment at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Identity> identity_;  // under mutex_, as what follows
  std::uint64_t generation_ = 0;      // of identity_: each enrolment is another one
  ConfirmTime confirm_time_;
  State state_ = State::connecting;
  std::int64_t connected_since_ = 0;  // Unix seconds
  std::string last_error_;
  std::optional<Clock::time_point> lost_at_;  // the link, since it was last there
  bool welcomed_ = false;                     // the running session
  std::vector<HostAndPort> targets_;          // of identity_: where its console answers
  std::size_t turn_ = 0;                      // of targets_, modulo their number: is dialled
  std::size_t failed_ = 0;                    // of targets_, since a Welcome or since all were

  Backoff backoff_;  // of the link's thread
  std::int64_t next_renewal_ = 0;
  PolicyWorker worker_;
  Diagnostics diagnostics_;
  std::jthread thread_;
};

// ---- the link's thread ----

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
      {.policy = worker_,
       .box = box_,
       .events = events_,
       .diagnostics = diagnostics_,
       .welcomed = [this] { note_welcome(); },
       .pin = [this, generation](const bundle::Pinned& p) { return pin(p, generation); },
       .status = [this] { return status_report(); },
       .software_version = settings_.software_version});
  return session.run(stop, [&] {
    {
      const std::lock_guard lock(mutex_);
      if (generation_ != generation) return true;
    }
    renew_when_due(used);
    return false;
  });
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

Milliseconds Uplink::Impl::load_pace() const {
  const auto bytes = files_.read(pace_path_, kMaxPaceBytes);
  if (!bytes) return Milliseconds(0);
  const auto number = number_at(parse_json(*bytes), "smoothed_reconnect_ms");
  return Milliseconds(static_cast<std::int64_t>(std::min<std::uint64_t>(
      number, static_cast<std::uint64_t>(ConfirmTime::kLongestSample.count()))));
}

// ---- requests ----

Result<json> Uplink::Impl::enrol(std::string_view address, std::string_view code, bool again) {
  const std::lock_guard one(enrol_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (identity_ && !again)
      return Error{Error::Code::invalid_input,
                   "this box is enrolled as gateway " + identity_->gateway + " at " +
                       addresses_of(*identity_) + "; --again replaces that"};
  }
  const std::string where(address.empty() ? settings_.console_address : std::string(address));
  if (where.empty())
    return Error{Error::Code::invalid_input, "the console's address is missing (HOST:PORT)"};
  auto enrolled = enrol_box(where, code, settings_.box_name, settings_.software_version);
  if (!enrolled) return std::move(enrolled).error();
  if (auto saved = identity_file_.save(*enrolled); !saved) return std::move(saved).error();
  events_.set_enrolled(true);
  bool same_gateway = false;
  {
    const std::lock_guard lock(mutex_);
    same_gateway = identity_ && identity_->gateway == enrolled->gateway &&
                   identity_->tenant == enrolled->tenant;
  }
  if (!same_gateway) {
    events_.drop_all();
    worker_.forget();
  }
  json reply{{"tenant", enrolled->tenant},
             {"gateway", enrolled->gateway},
             {"console", addresses_of(*enrolled)}};
  if (const auto facts = facts_of(enrolled->chain_pem))
    reply["certificate_until"] = facts->not_after;
  replace_identity(std::move(*enrolled));
  return reply;
}

Status Uplink::Impl::unenrol() {
  const std::lock_guard one(enrol_mutex_);
  if (!is_enrolled()) return Error{Error::Code::invalid_input, "this box is not enrolled"};
  identity_file_.remove();
  worker_.forget();
  events_.drop_all();
  events_.set_enrolled(false);
  replace_identity(std::nullopt);
  return ok();
}

void Uplink::Impl::replace_identity(std::optional<Identity> identity) {
  {
    const std::lock_guard lock(mutex_);
    set_identity(std::move(identity));
    ++generation_;
    last_error_.clear();
    lost_at_.reset();
    connected_since_ = 0;
    state_ = State::connecting;
  }
  changed_.notify_all();
}

json Uplink::Impl::status() const {
  constexpr std::array<std::string_view, 4> kStates{"not_enrolled", "connecting", "connected",
                                                    "revoked"};
  json reply;
  {
    const std::lock_guard lock(mutex_);
    const auto state = identity_ ? state_ : State::not_enrolled;
    reply = {{"state", kStates[static_cast<std::size_t>(state)]},
             {"confirm_seconds", static_cast<double>(confirm_time_.value().count()) / 1000.0}};
    if (!last_error_.empty()) reply["last_error"] = last_error_;
    if (connected_since_ != 0) reply["connected_since"] = connected_since_;
    if (identity_) {
      if (const auto console = target()) reply["address"] = console->text();
      if (targets_.size() > 1) {
        reply["addresses"] = json::array();
        for (const auto& each : targets_) reply["addresses"].push_back(each.text());
      }
      reply["tenant"] = identity_->tenant;
      reply["gateway"] = identity_->gateway;
      reply["signing_key_sequence"] = identity_->signing_key.sequence;
      if (const auto facts = facts_of(identity_->chain_pem))
        reply["certificate_until"] = facts->not_after;
    }
  }
  const auto report = worker_.report();
  reply["version"] = report.in_force.bundle_version;
  if (report.attempt.version != 0) {
    reply["last_delivery"] = {{"version", report.attempt.version},
                              {"state", name_of(report.attempt.state)}};
    if (!report.attempt.reason.empty()) reply["last_delivery"]["reason"] = report.attempt.reason;
  }
  if (const auto wait = worker_.wait()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::seconds>(wait->until - Clock::now()).count();
    reply["waiting_for_confirmation"] = {{"version", wait->version},
                                         {"seconds_left", std::max<std::int64_t>(left, 0)}};
  }
  if (!events_.epoch().empty()) {
    const auto spool = events_.state();
    reply["spool"] = {{"waiting", spool.waiting}, {"lost", spool.lost}};
  }
  return reply;
}

// ---- the way in ----

Uplink::Uplink(UplinkSettings settings, PolicyDoor& policy, BoxDoor& box, EventSource& events,
               FileDoor& files)
    : impl_(std::make_unique<Impl>(std::move(settings), policy, box, events, files)) {}
Uplink::~Uplink() = default;

Result<json> Uplink::enrol(std::string_view address, std::string_view code, bool again) {
  return impl_->enrol(address, code, again);
}
Status Uplink::unenrol() { return impl_->unenrol(); }
bool Uplink::is_enrolled() const { return impl_->is_enrolled(); }
json Uplink::status() const { return impl_->status(); }

}  // namespace sekisho::controlplane
