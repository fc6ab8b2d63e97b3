#include "http1/parser.h"

namespace sekisho::engines::http1 {

HttpParser::HttpParser(MemoryPool& pool, const ParserOptions& options) noexcept
    : pool_(pool),
      options_(options),
      first_(nullptr, {&pool, 0}),
      open_request_(pool, kMaxOpenRequest) {}

HttpParser::~HttpParser() {
  // one after the other: a chain of destructors would be as deep as the queue
  while (first_ != nullptr) {
    auto next = std::move(first_->next);
    first_ = std::move(next);
  }
}

ParseStatus HttpParser::consume(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept {
  consumed_ = 0;
  const auto all = bytes.size();
  while (!bytes.empty() && !upgraded_ && !failed_) {
    const auto* before = side(direction).transaction;
    const auto used = step(direction, bytes, events);
    bytes = bytes.subspan(used);
    if (events.wants_frames()) follow_frame(direction, before, used, bytes.data(), events);
  }
  if (failed_) return ParseStatus::failed;
  auto& here = side(direction);
  if (here.state == State::extra && !here.goes_on) {
    const auto* before = here.transaction;
    finish_message(direction, false, events);
    if (events.wants_frames()) follow_frame(direction, before, 0, bytes.data(), events);
  }
  if (here.transaction != nullptr) {
    if (auto& pipe = here.transaction->pipe(direction); pipe != nullptr)
      pipe->flush(*here.transaction, events);
  }
  close_finished(events);
  consumed_ = all - bytes.size();
  return upgraded_ ? ParseStatus::upgraded : ParseStatus::ok;
}

/// A message is a frame, told of at its end. One that is longer than what is at hand is not told.
void HttpParser::follow_frame(Direction direction, const HttpTransaction* before, std::size_t used,
                              const std::uint8_t* end, ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  const bool begins = before == nullptr;
  here.message_bytes = (begins ? 0 : here.message_bytes) + used;
  const bool goes_on = here.transaction != nullptr && here.state != State::idle;
  if (goes_on || (begins && here.transaction == nullptr && here.state != State::idle)) return;
  const auto message = events.bytes_before(end, here.message_bytes);
  if (message.size() == here.message_bytes)
    events.frame(direction == Direction::to_server ? rules::Field::frame_http1_request
                                                   : rules::Field::frame_http1_response,
                 direction, message);
  here.message_bytes = 0;
}

/// As consume(), for bytes that come from here.
void HttpParser::run(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept {
  while (!bytes.empty() && !upgraded_ && !failed_)
    bytes = bytes.subspan(step(direction, bytes, events));
}

/// Reads from the front; how many bytes, at least one unless upgraded or failed.
std::size_t HttpParser::step(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  switch (here.state) {
    case State::idle:
      return direction == Direction::to_server ? begin_request(bytes, events)
                                               : begin_response(bytes, events);
    case State::head:
      return read_head(direction, bytes, events);
    case State::length:
      return read_length(direction, bytes, events);
    case State::chunked:
      return read_chunks(direction, bytes, events);
    case State::until_end:
      add_body(direction, bytes, events);
      return bytes.size();
    case State::maybe_body:
      return read_maybe_body(bytes, events);
    case State::until_next:
      return read_until_next(bytes, events);
    case State::extra:
      return read_extra(direction, bytes, events);
    case State::lost: {
      const auto at = find_message(direction, bytes);
      if (at < bytes.size()) here.state = State::idle;
      return at;
    }
  }
  return bytes.size();
}

std::size_t HttpParser::read_head(Direction direction, Bytes bytes,
                                  ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  auto& head = here.transaction->head(direction);
  const bool response = direction == Direction::to_client;
  std::size_t used = 0;
  auto progress = MessageHead::Progress::more;
  do {
    std::size_t taken = 0;
    progress = head.read(bytes.subspan(used), response, taken);
    used += taken;
    if (progress != MessageHead::Progress::line_done) continue;
    const auto status = response ? parse_status_line(head.line()).status : 0;
    // an interim answer may be followed by the real one, which then counts
    const bool interim = response && status >= 100 && status < 200 && status != 101;
    if (!interim) reach(direction, 1, events);
    if (!response && is_bare_request(bytes.subspan(used))) {
      head.end();
      progress = MessageHead::Progress::done;
    }
  } while (progress == MessageHead::Progress::line_done);
  if (progress == MessageHead::Progress::no_head) {
    begin_bare_body(events);
    return used;
  }
  if (progress != MessageHead::Progress::done) return used;
  const auto following = bytes.subspan(used);
  if (response)
    response_head_done(following, events);
  else
    request_head_done(following, events);
  return used;
}

void HttpParser::reach(Direction direction, std::uint8_t stage, ProtocolEvents& events) noexcept {
  auto& transaction = *side(direction).transaction;
  if (transaction.stage(direction) >= stage) return;
  transaction.set_stage(direction, stage);
  events.stage_reached(transaction, direction);
}

void HttpParser::finish_message(Direction direction, bool truncated,
                                ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  if (here.transaction == nullptr) return;
  if (auto& pipe = here.transaction->pipe(direction); pipe != nullptr)
    pipe->finish(truncated, *here.transaction, events);
  reach(direction, kStageEnd, events);
  here.state = State::idle;
  here.transaction = nullptr;
  here.shows_raw = here.goes_on = here.length_follows = false;
}

/// A new transaction at the queue's end; null when there is no memory.
HttpTransaction* HttpParser::open_transaction(ProtocolEvents& events) noexcept {
  if (open_ == kMaxOpen) {
    auto& client = side(Direction::to_client);
    if (client.transaction == first_.get()) {
      finish_message(Direction::to_client, true, events);
      client.state = State::lost;
    }
    close_front(events);
  }
  // As a conversation: whole blocks of the pool, which web traffic takes most of.
  static_assert(sizeof(HttpParser) <= 512 && sizeof(HttpTransaction) <= 1024 &&
                sizeof(BodyPipe) <= 1024);
  auto made = make_pooled<HttpTransaction>(pool_, next_id_, pool_, options_);
  if (made == nullptr) {
    failed_ = true;
    return nullptr;
  }
  ++next_id_;
  ++open_;
  auto* const transaction = made.get();
  if (first_ == nullptr)
    first_ = std::move(made);
  else
    last_->next = std::move(made);
  last_ = transaction;
  return transaction;
}

void HttpParser::close_front(ProtocolEvents& events) noexcept {
  auto& transaction = *first_;
  for (auto& here : sides_) {
    if (here.transaction != &transaction) continue;
    here.transaction = nullptr;  // what still comes of it is nobody's
    here.state = State::lost;
    here.at_line_begin = false;
  }
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    if (transaction.over(direction)) continue;
    transaction.set_stage(direction, kStageEnd);
    events.stage_reached(transaction, direction);
  }
  events.record_due(transaction, "http", kLog, Direction::to_server);
  events.ended(transaction);
  auto next = std::move(transaction.next);
  first_ = std::move(next);
  if (first_ == nullptr) last_ = nullptr;
  --open_;
}

void HttpParser::close_finished(ProtocolEvents& events) noexcept {
  while (first_ != nullptr && first_->over(Direction::to_server) &&
         first_->over(Direction::to_client))
    close_front(events);
}

bool HttpParser::gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  auto* const pipe =
      here.transaction == nullptr ? nullptr : here.transaction->pipe(direction).get();
  const auto pass = [&](std::uint64_t bytes) {
    if (here.transaction != nullptr) here.transaction->body_bytes[index_of(direction)] += bytes;
    if (pipe != nullptr) pipe->gap(bytes, *here.transaction, events);
  };
  switch (here.state) {
    case State::length:
      pass(std::min(count, here.left));
      if (count < here.left) {
        here.left -= count;
        return true;
      }
      if (count == here.left) {
        finish_message(direction, true, events);
        close_finished(events);
        return true;
      }
      break;
    case State::chunked:
      pass(std::min(count, here.chunks.left()));
      if (count < here.chunks.left()) {
        here.chunks.skip(count);
        return true;
      }
      break;
    case State::until_end:
      pass(count);
      return true;
    case State::head:
      if (count <= kMaxHeadGap) return true;
      break;
    default:
      break;
  }
  if (here.state == State::head && here.transaction != nullptr &&
      here.transaction->head(direction).line_done()) {
    auto& head = here.transaction->head(direction);
    head.end();
    head.table.parse(head.bytes(), head.block_at());
    reach(direction, 2, events);
  }
  finish_message(direction, true, events);
  here.state = State::lost;
  here.at_line_begin = true;
  close_finished(events);
  return true;
}

void HttpParser::end(Direction direction, ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  if (here.ended) return;
  here.ended = true;
  if (here.state == State::head) {
    auto& head = here.transaction->head(direction);
    const bool had_line = head.line_done();
    if (!had_line && direction == Direction::to_client && !looks_like_status_line(head.bytes())) {
      begin_bare_body(events);
    } else if (!head.empty()) {
      head.end();
      if (!had_line) reach(direction, 1, events);
      if (direction == Direction::to_client)
        response_head_done(head.unread(), events);
      else
        request_head_done(head.unread(), events);
    }
  }
  const bool cut = here.state == State::length || here.state == State::chunked;
  finish_message(direction, cut, events);
  close_finished(events);
  // no answers any more, or nobody who asks: what is open stays as it is
  const bool both = side(Direction::to_server).ended && side(Direction::to_client).ended;
  if (both)
    while (first_ != nullptr) close_front(events);
}

Transaction* HttpParser::current(Direction direction) noexcept {
  auto& here = side(direction);
  if (here.transaction != nullptr) return here.transaction;
  return direction == Direction::to_client ? first_.get() : last_;
}

}  // namespace sekisho::engines::http1
