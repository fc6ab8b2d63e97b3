// Plaintext between two ends that are both open, as it comes or as a worker clears it.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "dataplane/decrypt/tls/tls_session.h"

namespace sekisho::decrypt {

std::span<const std::uint8_t> TlsSession::unlent(Side from) const noexcept {
  return ways_[index(from)].passage.unlent();
}

void TlsSession::note_lent(Side from, std::size_t bytes) noexcept {
  ways_[index(from)].passage.note_lent(bytes);
  ++progress_;
}

bool TlsSession::owes_end(Side from) const noexcept {
  const Way& way = ways_[index(from)];
  return lends() && stage_ == Stage::relay && way.is_ended && !way.is_end_lent &&
         way.passage.unlent().empty() && !is_answered_;
}

bool TlsSession::clear(Side from, std::uint32_t bytes) noexcept {
  if (stage_ != Stage::relay || is_answered_) return true;  // what was lent is gone meanwhile
  if (bytes != 0) ++progress_;
  if (is_refused_) {
    fail(TlsFailure::untrusted_origin);
    return false;
  }
  if (lends() && ways_[index(from)].passage.clear(bytes)) return true;
  fail(TlsFailure::broken);
  return false;
}

bool TlsSession::answer(std::span<const std::uint8_t> bytes) {
  if (stage_ == Stage::relay && is_answered_) return true;
  if (stage_ != Stage::relay || !lends() || bytes.size() > kMostAnswerBytes) {
    fail(TlsFailure::broken);
    return false;
  }
  ++progress_;
  answer_.assign(bytes.begin(), bytes.end());
  is_answered_ = true;
  ways_[index(Side::client)].passage.reset();
  ways_[index(Side::server)].passage.drop_uncleared();
  close_origin();
  return true;
}

void TlsSession::close_origin() noexcept {
  ends_[index(Side::server)].tls.reset();
  decrypt::reset(std::exchange(pair_.server, {}));
}

TlsSession::Step TlsSession::relay(BufferPool& buffers) noexcept {
  bool has_moved = false, lacks = false;
  for (const Side side : {Side::client, Side::server})
    if (ends_[index(side)].failed) lose(side);
  if (ends_[index(Side::server)].failed && certificate_wanted_ &&
      ways_[index(Side::server)].carried == 0 && ways_[index(Side::server)].passage.is_empty())
    return fail(TlsFailure::wants_certificate);
  for (const Side from : {Side::client, Side::server}) {
    const auto done = relay_from(from, buffers);
    if (stage_ == Stage::over) return Step::failed;  // and it has said why
    if (done == Step::failed)
      return fail(certificate_wanted_ ? TlsFailure::wants_certificate : TlsFailure::broken);
    has_moved |= done == Step::moved;
    lacks |= done == Step::no_buffer;
  }
  if (is_over()) {
    // A client that still speaks to a server that has gone is to read what it has been sent.
    if (!is_answered_ && !ends_[index(Side::server)].failed) {
      end(false);
      return Step::moved;
    }
    enter(Stage::farewell);
    return Step::moved;
  }
  if (has_moved) return Step::moved;
  return lacks ? Step::no_buffer : Step::stuck;
}

/// That end was reset: nothing goes there any more. What came from it before goes on, and its end
/// behind that.
void TlsSession::lose(Side side) noexcept {
  Way& towards = ways_[index(other(side))];
  if (!towards.is_shut) {
    towards.passage.reset();
    towards.is_shut = true;
  }
  if (!ways_[index(side)].is_ended) ends_[index(side)].readable = true;  // to its last byte
}

bool TlsSession::is_over() const noexcept {
  const auto is_done = [](const Way& way) { return way.is_shut || way.is_told; };
  if (is_answered_) return ways_[index(Side::server)].is_shut;
  if (is_refused_) return ways_[index(Side::client)].is_end_lent;  // it has left
  return std::all_of(ways_.begin(), ways_.end(), is_done);
}

TlsSession::Step TlsSession::relay_from(Side from, BufferPool& buffers) noexcept {
  Way& way = ways_[index(from)];
  if (way.is_shut) return Step::stuck;
  if (is_answered_ && from == Side::client) return Step::stuck;
  if (!way.passage.cleared().empty()) return write_some(from);
  if (is_answered_) return give_answer(buffers);
  if (way.is_ended) {
    const bool is_known = !lends() || way.is_end_lent;  // whoever looks hears of it first
    return way.passage.is_empty() && is_known && !is_refused_ ? pass_on_end(from) : Step::stuck;
  }
  if (is_refused_ && from == Side::server) return Step::stuck;
  return ends_[index(from)].readable ? read_some(from, buffers) : Step::stuck;
}

/// As many records as there is room for, so that the other end gets them in few pieces.
TlsSession::Step TlsSession::read_some(Side from, BufferPool& buffers) noexcept {
  constexpr std::size_t kLeastRoom = std::size_t{16} << 10;  // what waits to be cleared fills it
  Way& way = ways_[index(from)];
  if (!way.passage.open(buffers)) return Step::no_buffer;
  if (way.passage.room().size() < kLeastRoom) return Step::stuck;
  std::size_t filled = 0;
  auto said = Said::done;
  for (auto room = way.passage.room(); !room.empty() && said == Said::done;
       room = way.passage.room()) {
    std::size_t got = 0;
    ERR_clear_error();
    said = hear(from, SSL_read_ex(tls(from), room.data(), room.size(), &got));
    if (is_flood(from, room.first(got))) return fail(TlsFailure::http2_flood);
    way.passage.note_read(got);
    filled += got;
  }
  way.is_ended = said == Said::closed || said == Said::truncated || said == Said::reset;
  way.is_truncated = way.is_ended && said != Said::closed;
  if (filled == 0) way.passage.close_if_empty();
  if (said == Said::failed) return Step::failed;
  if (filled != 0 && !lends()) {
    way.passage.clear_all();
    return write_some(from);
  }
  return filled != 0 || way.is_ended ? Step::moved : Step::stuck;
}

/// Whatever becomes of the plaintext elsewhere: it is we who open the connection to it.
bool TlsSession::is_flood(Side from, std::span<const std::uint8_t> bytes) noexcept {
  using namespace engines::http2;
  if (frames_ == nullptr) return false;
  const auto sender = from == Side::client ? Sender::client : Sender::server;
  return frames_->consume(sender, bytes) != Flood::none;
}

TlsSession::Step TlsSession::write_some(Side from) noexcept {
  Way& way = ways_[index(from)];
  const Side to = other(from);
  if (!ends_[index(to)].writable) return Step::stuck;
  for (auto waiting = way.passage.cleared(); !waiting.empty(); waiting = way.passage.cleared()) {
    std::size_t sent = 0;
    ERR_clear_error();
    const auto said = hear(to, SSL_write_ex(tls(to), waiting.data(), waiting.size(), &sent));
    if (said == Said::waits) return Step::stuck;
    if (said == Said::reset) {
      lose(to);
      return Step::moved;
    }
    if (said != Said::done) return Step::failed;
    way.passage.note_written(sent);
    way.carried += sent;
    ++progress_;
  }
  return Step::moved;
}

/// The receiver hears of the end as the sender told it: by close_notify (RFC 8446 §6.1), by FIN, or
/// by both. Without a close_notify the receiver gets none either: it has to see that something may
/// be missing. An end that was reset before it said anything is told as a reset; later that could
/// overtake what was said.
TlsSession::Step TlsSession::pass_on_end(Side from) noexcept {
  Way& way = ways_[index(from)];
  const Side to = other(from);
  if (ends_[index(from)].failed && way.carried == 0) return Step::failed;
  if (!way.is_truncated && !way.is_told) {
    ERR_clear_error();
    const int result = SSL_shutdown(tls(to));
    if (result < 0 && hear(to, result) == Said::waits) return Step::stuck;
    way.is_told = true;
    return Step::moved;
  }
  if (!way.is_truncated && !ends_[index(from)].has_closed) return Step::stuck;
  // An end that has gone meanwhile needs no FIN.
  if (shutdown(pair_.towards(to).get(), SHUT_WR) != 0) lose(to);
  way.is_shut = true;
  return Step::moved;
}

/// Behind everything that was cleared before.
TlsSession::Step TlsSession::give_answer(BufferPool& buffers) noexcept {
  Way& way = ways_[index(Side::server)];
  if (answer_.empty()) {
    way.is_truncated = false;
    ends_[index(Side::server)].has_closed = true;
    return pass_on_end(Side::server);
  }
  if (!way.passage.open(buffers)) return Step::no_buffer;
  std::memcpy(way.passage.room().data(), answer_.data(), answer_.size());  // which is empty
  way.passage.note_read(answer_.size());
  way.passage.clear_all();
  answer_ = {};
  return Step::moved;
}

/// What the client still sends is thrown away: a socket that closed on it would reset the
/// connection, and the client might lose its answer by that.
TlsSession::Step TlsSession::say_farewell() noexcept {
  constexpr std::size_t kAtOnce = std::size_t{1} << 20;
  End& client = ends_[index(Side::client)];
  if (!client.readable) return Step::stuck;
  const auto got = recv(pair_.client.get(), nullptr, kAtOnce, MSG_TRUNC);
  if (got > 0) return Step::moved;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    client.readable = false;
    return Step::stuck;
  }
  end(false);
  return Step::moved;
}

}  // namespace sekisho::decrypt
