#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "dataplane/decrypt/relay/session.h"

namespace sekisho::decrypt {
namespace {

constexpr int kStepsOfATurn = 16;  // buffers: others wait

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

Session::Session(RebuiltPair pair, Buffer sent, std::uint32_t sent_bytes) noexcept
    : pair_(std::move(pair)) {
  Way& up = ways_[index(Side::client)];
  up.end = sent_bytes;
  if (sent_bytes != 0) up.buffer = std::move(sent);
}

void Session::note(Side side, std::uint32_t events) noexcept {
  End& end = ends_[index(side)];
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) end.has_closed = true;
  if ((events & EPOLLIN) != 0 || end.has_closed) end.readable = true;
  if ((events & EPOLLOUT) != 0) end.writable = true;
  if ((events & EPOLLERR) != 0) end.failed = true;
}

TurnOutcome Session::work(BufferPool& buffers) noexcept {
  bool lacks = false;
  for (int turn = 0; turn < kStepsOfATurn; ++turn) {
    // What an end sent before its reset is lost with it, as it would be without us.
    if (ends_[0].failed || ends_[1].failed) {
      reset_both();
      return TurnOutcome::over;
    }
    bool moved = false;
    lacks = false;
    for (const Side from : {Side::client, Side::server}) {
      const auto done = step(from, buffers);
      moved |= done == Step::moved;
      lacks |= done == Step::no_buffer;
      if (done == Step::failed) ends_[index(from)].failed = true;
    }
    if (ways_[0].is_shut && ways_[1].is_shut) {
      pair_ = {};
      return TurnOutcome::over;
    }
    if (!moved && !ends_[0].failed && !ends_[1].failed)
      return lacks ? TurnOutcome::lacks_memory : TurnOutcome::waits;
  }
  return TurnOutcome::goes_on;
}

Session::Step Session::step(Side from, BufferPool& buffers) noexcept {
  Way& way = ways_[index(from)];
  if (way.is_shut) return Step::stuck;
  if (way.begin != way.end) return write_some(from);
  if (way.is_ended) return pass_on_end(from);
  return ends_[index(from)].readable ? read_some(from, buffers) : Step::stuck;
}

Session::Step Session::read_some(Side from, BufferPool& buffers) noexcept {
  Way& way = ways_[index(from)];
  way.buffer = buffers.take();
  if (!way.buffer) return Step::no_buffer;
  const auto room = way.buffer.bytes();
  const auto got = recv(pair_.towards(from).get(), room.data(), room.size(), 0);
  if (got > 0) {
    way.begin = 0;
    way.end = static_cast<std::uint32_t>(got);
    // A short read has emptied the socket, and what comes later is told anew. What was told
    // already, behind the bytes, is not.
    End& end = ends_[index(from)];
    end.readable = static_cast<std::size_t>(got) == room.size() || end.has_closed;
    return write_some(from);
  }
  way.buffer.reset();
  if (got == 0) {
    way.is_ended = true;
    return Step::moved;
  }
  if (errno == EINTR) return Step::moved;  // another try
  if (!would_block()) return Step::failed;
  ends_[index(from)].readable = false;
  return Step::stuck;
}

Session::Step Session::write_some(Side from) noexcept {
  Way& way = ways_[index(from)];
  End& to = ends_[index(other(from))];
  if (!to.writable) return Step::stuck;
  const auto waiting = way.buffer.bytes().subspan(way.begin, way.end - way.begin);
  const auto sent =
      send(pair_.towards(other(from)).get(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno == EINTR) return Step::moved;
    if (!would_block()) return Step::failed;
    to.writable = false;
    return Step::stuck;
  }
  way.begin += static_cast<std::uint32_t>(sent);
  way.carried += static_cast<std::uint64_t>(sent);
  if (way.begin == way.end) way.buffer.reset();
  return Step::moved;
}

Session::Step Session::pass_on_end(Side from) noexcept {
  Way& way = ways_[index(from)];
  if (shutdown(pair_.towards(other(from)).get(), SHUT_WR) != 0) return Step::failed;
  way.is_shut = true;
  return Step::moved;
}

void Session::reset_both() noexcept {
  was_reset_ = true;
  decrypt::reset(std::move(pair_.client));
  decrypt::reset(std::move(pair_.server));
}

void Session::forget() noexcept { decrypt::forget(std::exchange(pair_, {})); }

}  // namespace sekisho::decrypt
