#include "controlplane/uplink/uplink.h"

#include <spdlog/spdlog.h>

#include <random>

#include "controlplane/uplink/certificate.h"
#include "enrolment.h"
#include "json_fields.h"
#include "uplink_impl.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxPaceBytes = 4'096;

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

Uplink::Impl::Impl(UplinkSettings settings, UplinkDoors doors)
    : settings_(std::move(settings)),
      box_(doors.box),
      events_(doors.events),
      files_(doors.files),
      identity_file_(settings_.state_dir + "/identity/identity.json", files_),
      pace_path_(settings_.state_dir + "/link/pace.json"),
      confirm_time_(settings_.confirm_least, load_pace()),
      backoff_(settings_.backoff, random_seed()),
      diagnostics_(box_, settings_.state_dir + "/link"),
      worker_(
          doors.policy, doors.content, doors.databases,
          AttemptFile(settings_.state_dir + "/link/attempt.json", files_),
          [this] { return confirm_time(); }, [this] { return diagnostics_.is_answering(); }) {
  if (auto loaded = identity_file_.load(); loaded) {
    set_identity(std::move(*loaded));
    events_.set_enrolled(identity_.has_value());
  } else {
    last_error_ = loaded.error().message;
    spdlog::error("console: {}", last_error_);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Uplink::Impl::~Impl() {
  thread_.request_stop();
  thread_.join();
}

std::chrono::milliseconds Uplink::Impl::load_pace() const {
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

/// Of the identity and the stream.
json Uplink::Impl::link_status() const {
  constexpr std::array<std::string_view, 4> kStates{"not_enrolled", "connecting", "connected",
                                                    "revoked"};
  const std::lock_guard lock(mutex_);
  const auto state = identity_ ? state_ : State::not_enrolled;
  json reply{{"state", kStates[static_cast<std::size_t>(state)]},
             {"confirm_seconds", static_cast<double>(confirm_time_.value().count()) / 1000.0}};
  if (!last_error_.empty()) reply["last_error"] = last_error_;
  if (connected_since_ != 0) reply["connected_since"] = connected_since_;
  if (!identity_) return reply;
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
  return reply;
}

void Uplink::Impl::add_deliveries(json& reply) const {
  const auto report = worker_.report();
  reply["version"] = report.in_force.bundle_version;
  if (report.attempt.version != 0) {
    reply["last_delivery"] = {{"version", report.attempt.version},
                              {"state", name_of(report.attempt.state)}};
    if (!report.attempt.reason.empty()) reply["last_delivery"]["reason"] = report.attempt.reason;
  }
  const auto content = worker_.content_report();
  reply["content_version"] = content.version_in_force;
  if (content.attempt.version != 0) {
    reply["last_content"] = {{"version", content.attempt.version},
                             {"state", name_of(content.attempt.outcome)}};
    if (!content.attempt.reason.empty()) reply["last_content"]["reason"] = content.attempt.reason;
  }
}

Status Uplink::Impl::ask_for_content() {
  const std::lock_guard lock(mutex_);
  if (!identity_) return Error{Error::Code::not_found, "this box is not enrolled at a console"};
  if (session_ == nullptr || !session_->ask_for_content())
    return Error{Error::Code::not_found, "the console cannot be reached now" +
                                             (last_error_.empty() ? "" : ": " + last_error_)};
  return ok();
}

json Uplink::Impl::status() const {
  json reply = link_status();
  add_deliveries(reply);
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

Uplink::Uplink(UplinkSettings settings, UplinkDoors doors)
    : impl_(std::make_unique<Impl>(std::move(settings), doors)) {}
Uplink::~Uplink() = default;

Result<json> Uplink::enrol(std::string_view address, std::string_view code, bool again) {
  return impl_->enrol(address, code, again);
}
Status Uplink::unenrol() { return impl_->unenrol(); }
bool Uplink::is_enrolled() const { return impl_->is_enrolled(); }
json Uplink::status() const { return impl_->status(); }
Status Uplink::ask_for_content() { return impl_->ask_for_content(); }
ReputationService& Uplink::reputation() { return impl_->reputation(); }

}  // namespace sekisho::controlplane
