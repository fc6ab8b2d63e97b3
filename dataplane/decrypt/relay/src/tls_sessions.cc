// What a loop does for its sessions of TLS, beside giving them turns: tells their workers, lends
// plaintext, brings leafs, looks at the clock.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dataplane/decrypt/relay/loop.h"
#include "event_tag.h"

namespace sekisho::decrypt {
namespace {

// A worker's ring keeps so much for packets and for what must not be lost.
constexpr std::size_t kSparedBytes = std::size_t{256} << 10;

// Of a waiter's number: its place; above it, which of the place's sessions.
constexpr unsigned kPlaceBits = 20;
constexpr std::uint32_t kPlaceMask = (1U << kPlaceBits) - 1;

}  // namespace

TlsSession* Loop::tls_of(std::uint32_t place) noexcept {
  auto& tls = places_[place].tls;
  return tls ? &*tls : nullptr;
}

/// False: there is more to tell than the worker's ring has room for.
bool Loop::report(std::uint32_t number) noexcept {
  Place& place = places_[number];
  auto& session = *place.tls;
  Worker& worker = workers_[place.worker];
  if (!session.is_open()) return true;
  if (!place.is_told) {
    if (!tell(worker, MessageKind::opened, place.flow_id, bytes_of(session.opened()))) return false;
    place.is_told = true;
    counters_.opened.add(1);
  }
  if (!session.lends()) return true;
  const bool is_up_told = lend(number, Side::client);
  return lend(number, Side::server) && is_up_told;
}

/// What `from` has said since, and its end.
bool Loop::lend(std::uint32_t number, Side from) noexcept {
  const Place& place = places_[number];
  auto& session = *places_[number].tls;
  Worker& worker = workers_[place.worker];
  const auto flags = static_cast<std::uint16_t>(from);
  // A piece at a time: what is behind one that has to wait must not overtake it.
  if (session.awaits_clearing(from)) return true;
  if (const auto said = session.unlent(from); !said.empty()) {
    const auto piece = said.first(std::min(said.size(), kMostPlaintextBytes));
    if (!worker.channel || !worker.channel->out.has_room(kMostPlaintextBytes + kSparedBytes) ||
        !tell(worker, MessageKind::plaintext, place.flow_id, piece, flags))
      return false;
    session.note_lent(from, piece.size());
    return true;
  }
  if (!session.owes_end(from)) return true;
  if (!tell(worker, MessageKind::plaintext_end, place.flow_id, {}, flags)) return false;
  session.note_end_lent(from);
  give_turn(number);
  return true;
}

/// A worker has looked at what it was lent. One of a session that is over has come too late.
void Loop::take_verdict(std::uint32_t worker, const RingReader::Message& message) noexcept {
  const auto& by_flow = workers_[worker].by_flow;
  const auto found = by_flow.find(message.header.flow_id);
  if (found == by_flow.end()) return;
  auto* const session = tls_of(found->second);
  if (session == nullptr) return counters_.malformed.add(1);
  give_turn(found->second);
  bool is_good = true;
  if (message.header.kind == MessageKind::condemn) {
    counters_.condemned.add(1);
    session->condemn();
  } else if (message.header.kind == MessageKind::answer) {
    counters_.answered.add(1);
    is_good = session->answer(message.body);
  } else {
    const auto bytes = read_cleared(message.body);
    is_good = bytes && message.header.flags <= 1 &&
              session->clear(static_cast<Side>(message.header.flags), *bytes);
    if (!is_good) session->condemn();
  }
  if (!is_good) counters_.malformed.add(1);
}

void Loop::go_on_unopened(std::uint32_t number) noexcept {
  Place& place = places_[number];
  auto& session = *place.tls;
  tell_failure(place, session.failure());
  counters_.unopened.add(1);
  auto rest = session.take_unopened();
  place.tls.reset();
  auto& raw = place.raw.emplace(std::move(rest.pair), std::move(rest.sent), rest.sent_bytes);
  for (const Side side : {Side::client, Side::server})
    raw.note(side, rest.events[static_cast<std::size_t>(side)]);
  give_turn(number);
}

void Loop::tell_failure(const Place& place, TlsFailure failure) noexcept {
  const std::array<std::uint8_t, 1> body{static_cast<std::uint8_t>(failure)};
  counters_.failures[body[0]].add(1);
  (void)tell(workers_[place.worker], MessageKind::failed, place.flow_id, body);
}

// Leafs.

/// A place, and which of its sessions: a leaf may come when the one that asked has gone.
std::uint32_t Loop::waiter_of(std::uint32_t place) const noexcept {
  return places_[place].age << kPlaceBits | place;
}

TlsSession* Loop::waiting_session(std::uint32_t waiter) noexcept {
  const auto number = waiter & kPlaceMask;
  auto* const session = tls_of(number);
  return session == nullptr || waiter_of(number) != waiter ? nullptr : session;
}

void Loop::take_leafs() noexcept {
  told_.clear();
  tls_.leafs.take_answers(told_);
  watch_leafs();  // it may have closed the connection, and another may come with the same number
  for (const auto& told : told_) {
    auto* const session = waiting_session(told.waiter);
    if (session == nullptr) continue;
    session->leaf_told(told.is_there);
    give_turn(told.waiter & kPlaceMask);
  }
}

void Loop::watch_leafs() noexcept {
  const int descriptor = tls_.leafs.descriptor();
  if (descriptor != watched_leafs_) {
    watched_leafs_ = descriptor;
    if (descriptor >= 0)
      (void)watch(descriptor, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  tag_of(About::leafs, 0, 0));
  }
  counters_.leafs_made.set(tls_.leafs.made());
  counters_.leafs_refused.set(tls_.leafs.refused());
}

// What sekisho-fetch found out.

void Loop::take_findings() noexcept {
  std::vector<Inquiries::Told> told;
  tls_.inquiries.take_findings(told);
  watch_findings();
  for (const auto& [waiter, finding] : told) {
    auto* const session = waiting_session(waiter);
    if (session == nullptr) continue;
    if (finding.state == inquiry::State::revoked) counters_.found_revoked.add(1);
    if (!finding.issuers.empty()) counters_.chains_completed.add(1);
    session->finding_told(finding);
    give_turn(waiter & kPlaceMask);
  }
}

void Loop::watch_findings() noexcept {
  const int descriptor = tls_.inquiries.descriptor();
  if (descriptor != watched_findings_) {
    watched_findings_ = descriptor;
    if (descriptor >= 0)
      (void)watch(descriptor, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  tag_of(About::findings, 0, 0));
  }
  counters_.inquiries.set(tls_.inquiries.asked());
  counters_.inquiries_unanswered.set(tls_.inquiries.unanswered());
}

// The clock.

void Loop::check_sessions() noexcept {
  if (checks_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  while (!checks_.empty() && checks_.front().due <= now) {
    auto check = checks_.front();
    checks_.pop_front();
    const Place& place = places_[check.place];
    auto* const session = tls_of(check.place);
    if (session == nullptr || place.age != check.age || !session->may_time_out()) continue;
    if (session->forgoes_finding()) give_turn(check.place);
    if (session->has_timed_out()) {
      give_turn(check.place);
      continue;
    }
    check.due = now + std::chrono::seconds(TlsSession::kCheckSeconds);
    checks_.push_back(check);
  }
}

}  // namespace sekisho::decrypt
