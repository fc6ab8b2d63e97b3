// What becomes of flows by the reputation of the URLs that they ask for. A worker looks into the
// answers at hand; for others it asks sekisho-control, and the packet waits aside meanwhile.
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/events/json_writer.h"
#include "config/reputation/url_key.h"
#include "dataplane/worker/worker.h"
#include "rules/urls/categories.h"

namespace sekisho::dataplane {
namespace {

using engines::ListOutcome;
using engines::Verdict;
using engines::reputation::Profile;
using reputation::Answer;
using reputation::AnswerSource;
using reputation::ServiceState;
using State = FlowReputation::State;

constexpr std::size_t kLookedAtARound = 8;  // waiting flows; a cache line each
constexpr std::uint64_t kMillisecond = 1'000'000, kSecond = 1'000'000'000;
/// How long what does not hold up a packet waits for its answer.
constexpr std::uint64_t kPatienceNs = 5 * kSecond;
constexpr std::uint8_t kTcp = 6;

bool is_bad(const Profile& profile, const FlowReputation& known) noexcept {
  return known.state == State::known && known.answer.score != Answer::kUnrated &&
         rules::is_bad(known.answer.score, profile.threshold);
}

std::string_view name_of(AnswerSource source) noexcept {
  switch (source) {
    case AnswerSource::service:
      return "service";
    case AnswerSource::database:
      return "database";
    case AnswerSource::none:
    case AnswerSource::failed:
      break;
  }
  return "failed";
}

/// From the host on: the scheme has no part in a reputation.
std::string_view named_part(const rules::CanonicalUrl& url) noexcept {
  return url.text.substr(static_cast<std::size_t>(url.host.data() - url.text.data()));
}

}  // namespace

WaitingRoom::WaitingRoom() noexcept {
  for (std::size_t i = 0; i < kPlaces; ++i) free_[i] = static_cast<std::uint16_t>(kPlaces - i);
}

void WaitingRoom::leave(std::uint16_t number) noexcept {
  at(number) = {};
  free_[num_free_++] = number;
}

std::uint16_t WaitingRoom::next() noexcept {
  next_ = static_cast<std::uint16_t>(next_ % kPlaces + 1);
  return next_;
}

std::uint32_t Worker::unix_seconds() const noexcept {
  return static_cast<std::uint32_t>(wall_clock(now_ns_) / kSecond);
}

/// Of a flow that its rule lets pass. The allow list wins.
bool Worker::is_refused_for_reputation(const PolicySnapshot& policy, const Flow& flow,
                                       const engines::Facts& facts,
                                       const engines::Judgement& judgement) noexcept {
  if (notes_.empty() || !policy.wants_reputations()) return false;
  auto& about = url_of(flow);
  about.reputation.blocks = false;
  const auto* profile = policy.reputation_of(judgement.inspected_as);
  if (about.reputation.state == State::none || profile == nullptr || !profile->blocks ||
      judgement.verdict != Verdict::pass)
    return false;
  refresh_url(flow, about);
  if (about.facts.list == ListOutcome::allowed || facts.address_list == ListOutcome::allowed)
    return false;
  const bool is_unknown = about.reputation.state == State::failed;
  about.reputation.blocks =
      is_bad(*profile, about.reputation) || (is_unknown && profile->fails_closed);
  return about.reputation.blocks;
}

bool Worker::is_blocked_for_reputation(const Flow& flow) noexcept {
  return !notes_.empty() && url_of(flow).reputation.blocks;
}

/// A URL that rules and lists let pass.
void Worker::ask_reputation(Flow& flow, const rules::CanonicalUrl& url) noexcept {
  const auto* profile = policy_->reputation_of(flow.inspected_as);
  auto& about = url_of(flow);
  if (profile == nullptr || about.facts.list == ListOutcome::allowed) return;
  // The box itself asks over this path: its link to the console must not wait for its own answers.
  if (shared_.quarantine.is_never(flow.initiator_is_a ? flow.key.a : flow.key.b)) return;
  const auto now_s = unix_seconds();
  const auto key = reputation::url_key(url_secret_, named_part(url));
  if (const auto answer = answers_.find(key, now_s)) {
    ++counters_.reputation_hits;
    about.reputation.state = answer->source == AnswerSource::failed ? State::failed : State::known;
    about.reputation.answer = *answer;
    const bool failed = about.reputation.state == State::failed;
    return conclude_reputation(flow, failed ? "failed" : "cache");
  }
  ++counters_.reputation_asked;
  const bool is_sent = lookups_.offer(key, url.text);
  counters_.reputation_lost += !is_sent;
  const auto service = config_.reputations->service(now_s);
  if (!is_sent || service != ServiceState::up) {
    about.reputation.state = State::failed;
    // Where nobody rates URLs nothing has failed.
    if (service == ServiceState::off && !profile->fails_closed) return;
    return conclude_reputation(flow, "failed");
  }
  if (asked_.count < AskedKeys::kMost) asked_.keys[asked_.count++] = key;
}

/// After packet `i`, which asked for URLs that nobody knows yet.
void Worker::await_reputation(Flow& flow, std::size_t i) noexcept {
  const auto asked = std::exchange(asked_, {});
  const auto* profile = policy_->reputation_of(flow.inspected_as);
  if (profile == nullptr || flow.verdict != Verdict::pass) return;
  auto& known = url_of(flow).reputation;
  // One that holds up nothing gives way to what the flow asks for now.
  const auto number = known.waiting != 0 ? known.waiting : waiting_.enter();
  if (number != 0 && waiting_.at(number).frame != nullptr) return;
  if (number == 0) {
    ++counters_.reputation_lost;
    known.state = State::failed;
    return conclude_reputation(flow, "failed");
  }
  // A packet that goes no further needs no place, but its URL will not be told again.
  const bool is_dropped = batch_.drop[i] != DropReason::none;
  const bool holds = profile->blocks && profile->wait_ms != 0 && !is_dropped;
  waiting_.at(number) = {
      .frame = holds ? batch_.frames[i] : nullptr,
      .flow = flows_.index_of(flow),
      .until_ns = now_ns_ + (holds ? profile->wait_ms * kMillisecond : kPatienceNs),
      .asked = asked,
      .slot = static_cast<std::uint8_t>(i),
      .to_server = batch_.to_server[i]};
  known.waiting = number;
  num_waiting_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_relaxed);
  if (!holds) return;
  ++counters_.reputation_waited;
  set_aside_[num_set_aside_++] = number;
}

/// Once the burst was inspected: what waits is out of it.
void Worker::set_aside() noexcept {
  const auto count = std::exchange(num_set_aside_, 0);
  for (std::size_t k = 0; k < count; ++k) {
    const auto& place = waiting_.at(set_aside_[k]);
    if (place.flow != kNoFlow) batch_.frames[place.slot] = nullptr;
  }
}

/// What follows a packet that waits would overtake it: its sender sends it again. A reset passes,
/// as nobody repeats it.
bool Worker::is_behind_waiting(const Flow& flow, std::size_t i) noexcept {
  const auto number = url_of(flow).reputation.waiting;
  if (number == 0 || i >= kBurst) return false;
  const auto& place = waiting_.at(number);
  const auto& info = batch_.info[i];
  const bool is_reset = info.protocol == kTcp && (info.tcp_flags & kTcpRst) != 0;
  return place.frame != nullptr && !is_reset && place.to_server == batch_.to_server[i];
}

/// False: it still waits. The worst of what was asked for counts.
bool Worker::has_reputation(const WaitingFlow& place, const Profile* profile,
                            FlowReputation& known) const noexcept {
  const auto now_s = unix_seconds();
  bool is_whole = true;
  known.state = State::known;
  known.answer = {};
  for (std::size_t k = 0; k < place.asked.count; ++k) {
    const auto answer = answers_.find(place.asked.keys[k], now_s);
    if (!answer) {
      is_whole = false;
    } else if (answer->source == AnswerSource::failed) {
      known.state = State::failed;
    } else if (answer->score <= known.answer.score) {
      known.answer = *answer;
    }
  }
  FlowReputation worst = known;
  worst.state = State::known;
  if (profile != nullptr && is_bad(*profile, worst)) {
    known.state = State::known;
    return true;
  }
  if (is_whole) return true;
  known.state = now_ns_ >= place.until_ns ? State::failed : State::none;
  return known.state == State::failed;
}

/// Before the burst: flows whose answers came, or whose time is over. Their packets go on from
/// where they were put aside.
void Worker::settle_waiting(PolicySnapshot* policy) noexcept {
  batch_.count = 0;
  for (std::size_t k = 0; k < std::min(kLookedAtARound, WaitingRoom::kPlaces); ++k) {
    const auto number = waiting_.next();
    const auto& place = waiting_.at(number);
    if (place.flow == kNoFlow) continue;
    Flow& flow = flows_.at(place.flow);
    auto& known = url_of(flow).reputation;
    if (policy != nullptr && flow.judged_generation != generation_) judge_again(*policy, flow);
    const auto* profile = policy == nullptr ? nullptr : policy->reputation_of(flow.inspected_as);
    if (!has_reputation(place, profile, known)) continue;
    counters_.reputation_timed_out += known.state == State::failed;
    rte_mbuf* const frame = place.frame;
    const bool to_server = place.to_server;
    known.waiting = 0;
    waiting_.leave(number);
    if (profile != nullptr)
      conclude_reputation(flow,
                          known.state == State::failed ? "failed" : name_of(known.answer.source));
    if (frame != nullptr) bring_back(flow, frame, to_server);
  }
  num_waiting_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_relaxed);
  if (batch_.count == 0) return;
  if (policy == nullptr) {
    io_.discard({batch_.frames.data(), batch_.count});
  } else {
    enforce(*policy);
    send_all();
  }
  batch_.count = 0;
}

/// It was received, counted and inspected already.
void Worker::bring_back(Flow& flow, rte_mbuf* frame, bool to_server) noexcept {
  const auto i = batch_.count++;
  batch_.frames[i] = frame;
  decode_frame(i);
  batch_.drop[i] = DropReason::none;
  batch_.culprit[i] = nullptr;
  batch_.info[i].key.segment = config_.ports[frame->port].segment;
  batch_.keys[i] = &batch_.info[i].key;
  batch_.flows[i] = &flow;
  batch_.to_server[i] = to_server;
}

/// The flow is no more.
void Worker::end_waiting(const Flow& flow) noexcept {
  if (notes_.empty()) return;
  const auto number = std::exchange(url_of(flow).reputation.waiting, std::uint16_t{0});
  if (number == 0) return;
  // Of this very burst it still is in the burst, which lets go of it.
  const auto* const first = set_aside_.data();
  const auto* const end = first + num_set_aside_;
  const bool is_in_burst = std::find(first, end, number) != end;
  rte_mbuf* frame = waiting_.at(number).frame;
  waiting_.leave(number);
  if (frame == nullptr || is_in_burst) return;
  ++counters_.dropped[static_cast<std::size_t>(DropReason::web_reputation_wait)];
  io_.discard({&frame, 1});
}

/// With what is known now: the verdict, and a record of what is bad or could not be had.
void Worker::conclude_reputation(Flow& flow, std::string_view source) noexcept {
  const auto& known = url_of(flow).reputation;
  const auto& profile = *policy_->reputation_of(flow.inspected_as);
  const bool bad = is_bad(profile, known);
  const bool failed = known.state == State::failed;
  if (!bad && !failed) return;
  if (profile.blocks && (bad || profile.fails_closed)) {
    judge_again(*policy_, flow);
    const bool is_blocked = is_blocked_for_reputation(flow);
    counters_.reputation_blocked += is_blocked;
    if (is_blocked) return report_reputation(flow, profile, source, "block");
  }
  if (bad) return report_reputation(flow, profile, source, profile.blocks ? "pass" : "monitor");
  if (!failures_.take(now_ns_)) return;
  report_reputation(flow, profile, source, "pass");
}

void Worker::report_reputation(Flow& flow, const Profile& profile, std::string_view source,
                               std::string_view action) noexcept {
  const auto& about = url_of(flow);
  std::array<char, 2048> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  json.begin_object("reputation");
  if (about.text != nullptr) {
    json.member("hostname", about.text->host()).member("url", about.text->view());
    if (about.text->is_cut) json.member("url_truncated", true);
  }
  if (about.reputation.state == State::known) {
    json.member("score", about.reputation.answer.score);
    const auto* category = rules::url_category(about.reputation.answer.category);
    if (category != nullptr) json.member("category", category->name);
  }
  json.member("sensitivity", rules::name_of(profile.sensitivity)).member("action", action);
  json.member("source", source);
  if (action == "block") {
    const auto id = events::block_id_text(block_id_of(flow));
    json.member("id", std::string_view(id.data(), id.size()));
  }
  json.end_object();
  if (text.overflowed()) {
    ++counters_.records_lost;
    return;
  }
  auto* const at_work = std::exchange(inspected_flow_, &flow);
  record({.flow_id = flow.flow_id, .time_ns = wall_clock(now_ns_)}, "reputation", text.view());
  inspected_flow_ = at_work;
}

}  // namespace sekisho::dataplane
