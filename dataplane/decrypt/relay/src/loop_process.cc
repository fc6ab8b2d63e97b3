// One turn of the loop, top to bottom: what waits, what is told, who works.
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "dataplane/decrypt/relay/loop.h"
#include "event_tag.h"

namespace sekisho::decrypt {
namespace {

constexpr int kEventsAtATime = 256;
constexpr int kSleepMs = 1000;  // sessions are checked every few of them
constexpr int kLinkRetryMs = 1;
constexpr unsigned kSessionsBetweenLinks = 64;

}  // namespace

Result<std::unique_ptr<Loop>> Loop::make(const LoopSettings& settings, TlsParts tls) {
  FileDescriptor poll(epoll_create1(EPOLL_CLOEXEC));
  if (!poll.valid()) return Error{Error::Code::io, std::string("epoll: ") + std::strerror(errno)};
  auto bell = Bell::make();
  if (!bell) return std::move(bell).error();
  std::unique_ptr<Loop> loop(new Loop(settings, std::move(tls), std::move(poll), std::move(*bell)));
  if (auto s = loop->watch(loop->inbox_bell_.descriptor(), EPOLLIN, tag_of(About::inbox, 0, 0)); !s)
    return std::move(s).error();
  return loop;
}

Loop::Loop(const LoopSettings& settings, TlsParts tls, FileDescriptor poll, Bell inbox_bell)
    : settings_(settings),
      poll_(std::move(poll)),
      inbox_bell_(std::move(inbox_bell)),
      buffers_(settings.buffers),
      tls_(std::move(tls)),
      places_(settings.most_sessions),
      link_room_(kLinkReadBytes) {
  for (auto* list : {&free_places_, &turns_, &turns_under_way_, &without_memory_})
    list->reserve(settings.most_sessions);
  for (std::uint32_t i = settings.most_sessions; i > 0; --i) free_places_.push_back(i - 1);
}

Status Loop::serve(unsigned worker, LinkQueue queue) {
  const auto number = static_cast<std::uint32_t>(workers_.size());
  const int link = queue.descriptor();
  workers_.push_back({worker, std::move(queue), std::nullopt, false, {}});
  return watch(link, EPOLLIN | EPOLLET, tag_of(About::link, 0, number));
}

Status Loop::watch(int descriptor, std::uint32_t events, std::uint64_t tag) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  if (epoll_ctl(poll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0) return ok();
  return Error{Error::Code::io, std::string("epoll: ") + std::strerror(errno)};
}

void Loop::run(const std::atomic<bool>& stop) noexcept {
  bool was_busy = true;
  while (!stop.load(std::memory_order_relaxed)) was_busy = turn(!was_busy);
}

bool Loop::turn(bool may_sleep) noexcept {
  bool busy = false;
  for (std::uint32_t i = 0; i < workers_.size(); ++i) busy |= take_messages(i);
  busy |= wait(may_sleep && !busy) != 0;
  for (Worker& worker : workers_) busy |= empty_link(worker);
  check_sessions();
  busy |= work_sessions();
  watch_leafs();
  watch_findings();
  return busy;
}

int Loop::wait(bool may_sleep) noexcept {
  int patience = 0;
  if (may_sleep && workers_sleep()) {
    patience = kSleepMs;
    for (const Worker& worker : workers_)
      if (worker.link_is_readable) patience = kLinkRetryMs;  // its worker's ring was full
  }
  std::array<epoll_event, kEventsAtATime> events;
  const int count = epoll_wait(poll_.get(), events.data(), kEventsAtATime, patience);
  wake_workers();
  for (int i = 0; i < count; ++i)
    take_event(events[static_cast<std::size_t>(i)].data.u64,
               events[static_cast<std::size_t>(i)].events);
  return count;
}

/// False: a message came meanwhile.
bool Loop::workers_sleep() noexcept {
  for (Worker& worker : workers_)
    if (worker.channel && !worker.channel->in.fall_asleep()) return false;
  return true;
}

void Loop::wake_workers() noexcept {
  for (Worker& worker : workers_)
    if (worker.channel) worker.channel->in.wake_up();
}

void Loop::take_event(std::uint64_t tag, std::uint32_t events) noexcept {
  const auto about = static_cast<About>(tag >> 56);
  const auto number = static_cast<std::uint32_t>(tag);
  switch (about) {
    case About::inbox:
      inbox_bell_.hush();
      return take_arrivals();
    case About::bell:
      if (workers_[number].channel) workers_[number].channel->bell.hush();
      return;
    case About::link:
      workers_[number].link_is_readable = true;
      return;
    case About::leafs:
      return take_leafs();
    case About::findings:
      return take_findings();
    case About::client:
    case About::server:
      break;
  }
  Place& place = places_[number];
  if (tag_of(about, place.age, number) != tag) return;  // of the one before
  const Side side = about == About::client ? Side::client : Side::server;
  if (place.tls) place.tls->note(side, events);
  if (place.raw) place.raw->note(side, events);
  give_turn(number);
}

// Workers that come and go.

void Loop::attach(unsigned worker, ChannelMemory memory, Bell bell) {
  const RingReader in(memory.to_decrypt());
  const RingWriter out(memory.from_decrypt());
  {
    const std::lock_guard lock(inbox_lock_);
    inbox_.push_back({worker, Channel{std::move(memory), std::move(bell), in, out}});
  }
  wake_up();
}

void Loop::detach(unsigned worker) {
  {
    const std::lock_guard lock(inbox_lock_);
    inbox_.push_back({worker, std::nullopt});
  }
  wake_up();
}

void Loop::take_arrivals() noexcept {
  std::vector<Arrival> arrived;
  {
    const std::lock_guard lock(inbox_lock_);
    arrived.swap(inbox_);
  }
  for (Arrival& arrival : arrived) {
    for (std::uint32_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i].number != arrival.worker) continue;
      drop_channel(i);
      workers_[i].channel = std::move(arrival.channel);
      if (workers_[i].channel)
        (void)watch(workers_[i].channel->bell.descriptor(), EPOLLIN, tag_of(About::bell, 0, i));
    }
  }
}

void Loop::drop_channel(std::uint32_t worker) noexcept {
  if (!workers_[worker].channel) return;
  for (std::uint32_t i = 0; i < places_.size(); ++i) {
    if (places_[i].is_free() || places_[i].worker != worker) continue;
    counters_.lost_with_worker.add(1);
    forget_session(i);
  }
  workers_[worker].channel.reset();
}

// The kernel's packets.

/// One round: a worker's ring that is full is emptied by the worker, and the kernel holds back.
/// What the sessions of this turn have sent, before the link's queue overflows.
void Loop::empty_links() noexcept {
  for (Worker& worker : workers_) {
    worker.link_is_readable = true;
    (void)empty_link(worker);
  }
}

bool Loop::empty_link(Worker& worker) noexcept {
  constexpr int kPiecesARound = 64;
  // A piece of 64 KB may become 128 segments of the least size that is worth counting with.
  constexpr std::size_t kRoomForAPiece = std::size_t{160} << 10;
  if (!worker.link_is_readable) return false;
  bool busy = false;
  for (int i = 0; i < kPiecesARound; ++i) {
    if (worker.channel && !worker.channel->out.has_room(kRoomForAPiece)) return busy;
    const auto piece = worker.queue.read(link_room_);
    if (piece.empty()) {
      worker.link_is_readable = false;
      return busy;
    }
    busy = true;
    counters_.pieces_out.add(1);
    to_worker(worker, piece);
  }
  return true;
}

void Loop::to_worker(Worker& worker, std::span<const std::uint8_t> piece) noexcept {
  VirtualHeader header;
  std::memcpy(&header, piece.data(), kVirtualHeaderBytes);
  const auto problem = segmenter_.begin(header, piece.subspan(kVirtualHeaderBytes), settings_.mtu);
  if (problem == LinkProblem::not_tcp) return counters_.not_tcp.add(1);
  if (problem != LinkProblem::none) return counters_.malformed.add(1);
  if (!worker.channel) return;
  auto& out = worker.channel->out;
  while (true) {
    const auto room = out.reserve(settings_.mtu);
    if (room.empty()) return;  // lost, as on any wire
    const auto bytes = segmenter_.next(room);
    if (bytes == 0) return;
    counters_.packets_out.add(1);
    (void)out.commit(MessageKind::emitted, 0, 0, bytes);  // a worker never sleeps
  }
}

// Sessions.

bool Loop::begin_session(std::uint32_t worker, const Handover& handover, const HandoverWish& wish,
                         RebuiltPair pair) noexcept {
  const auto number = free_places_.back();
  Place& place = places_[number];
  ++place.age;
  constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  if (!watch(pair.client.get(), kEvents, tag_of(About::client, place.age, number)) ||
      !watch(pair.server.get(), kEvents, tag_of(About::server, place.age, number))) {
    forget(std::move(pair));
    return false;
  }
  free_places_.pop_back();
  place.tls.emplace(std::move(pair), tls_, wish,
                    TlsEnds{to_string(handover.client.address), to_string(handover.server.address),
                            handover.server.port},
                    waiter_of(number));
  place.flow_id = handover.flow_id;
  place.worker = worker;
  place.is_told = false;
  workers_[worker].by_flow[handover.flow_id] = number;
  checks_.push_back(
      {number, place.age,
       std::chrono::steady_clock::now() + std::chrono::seconds(TlsSession::kCheckSeconds)});
  counters_.taken_over.add(1);
  counters_.sessions.set(places_.size() - free_places_.size());
  return true;
}

void Loop::give_turn(std::uint32_t place) noexcept {
  if (std::exchange(places_[place].has_turn, true)) return;
  turns_.push_back(place);
}

bool Loop::work_sessions() noexcept {
  if (buffers_.returns() != returns_seen_) {
    returns_seen_ = buffers_.returns();
    for (const auto place : without_memory_) {
      places_[place].lacks_memory = false;
      give_turn(place);
    }
    without_memory_.clear();
  }
  turns_under_way_.swap(turns_);
  unsigned worked = 0;
  for (const auto place : turns_under_way_) {
    places_[place].has_turn = false;
    if (places_[place].is_free()) continue;
    work_session(place);
    if (++worked % kSessionsBetweenLinks == 0) empty_links();
  }
  turns_under_way_.clear();
  return !turns_.empty();
}

void Loop::work_session(std::uint32_t place) noexcept {
  auto outcome = TurnOutcome::over;
  bool was_reset = false;
  const auto work = [&](auto& session) {
    const auto up = session.carried(Side::client), down = session.carried(Side::server);
    outcome = session.work(buffers_);
    counters_.bytes_to_server.add(session.carried(Side::client) - up);
    counters_.bytes_to_client.add(session.carried(Side::server) - down);
    was_reset = session.was_reset();
  };
  if (auto& tls = places_[place].tls) {
    work(*tls);
    // Somebody reads more than was told: its worker's ring is full.
    if (!report(place) && outcome == TurnOutcome::waits) outcome = TurnOutcome::goes_on;
  } else if (auto& raw = places_[place].raw) {
    work(*raw);
  }
  switch (outcome) {
    case TurnOutcome::waits:
      return;
    case TurnOutcome::goes_on:
      return give_turn(place);
    case TurnOutcome::lacks_memory:
      counters_.memory_short.add(1);
      if (!std::exchange(places_[place].lacks_memory, true)) without_memory_.push_back(place);
      return;
    case TurnOutcome::unopened:
      return go_on_unopened(place);
    case TurnOutcome::over:
      (was_reset ? counters_.reset : counters_.closed).add(1);
      return end_session(place, true);
  }
}

void Loop::end_session(std::uint32_t number, bool tell_worker) noexcept {
  Place& place = places_[number];
  if (place.tls && tell_worker && place.tls->failure() != TlsFailure::none)
    tell_failure(place, place.tls->failure());
  place.tls.reset();
  place.raw.reset();
  workers_[place.worker].by_flow.erase(place.flow_id);
  free_places_.push_back(number);
  counters_.sessions.set(places_.size() - free_places_.size());
  if (tell_worker) (void)tell(workers_[place.worker], MessageKind::closed, place.flow_id, {});
}

/// Its ends hear nothing, nor does its worker.
void Loop::forget_session(std::uint32_t place) noexcept {
  if (auto& tls = places_[place].tls) tls->forget();
  if (auto& raw = places_[place].raw) raw->forget();
  end_session(place, false);
}

}  // namespace sekisho::decrypt
